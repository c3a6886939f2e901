//! Tests for the transports of the simulator.

mod client;
mod command;
mod connections;
mod rejections;
mod transports;

use std::net::SocketAddr;
use std::time::Duration;

use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use syncano_simulator::server::{Listener, Running, ServerLimits};

/// Maximum time that a test waits, so that a hang fails the test.
const PATIENCE: Duration = Duration::from_secs(20);

async fn loopback() -> Listener {
    Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
}

async fn listen(limits: ServerLimits) -> Running {
    loopback().await.limits(limits).spawn(Simulator::builder().seed(7).build())
}

async fn within_patience<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it hangs")
}

fn demo() -> (Simulator, DemoWorld) {
    let simulator = Simulator::builder().seed(7).build();
    let world = DemoWorld::create(&simulator).unwrap();
    (simulator, world)
}

fn address(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

fn http_client() -> reqwest::Client {
    // The client requires a TLS provider even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
