//! Runs the servers that `benches/compare/run` compares with `serve`.
//!
//! `bare` is a minimal service: hyper on the same runtime, with a fixed response, which is the
//! simulator's response to alice's `GET /user/`. `mounted` is the simulator on a
//! `wiremock::MockServer`. Like `serve`, both first print their URL and the keys of alice.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

use std::convert::Infallible;
use std::future::pending;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).expect("a world");
    match std::env::args().nth(1).as_deref() {
        Some("bare") => bare(&simulator, &world).await,
        Some("mounted") => mounted(simulator, &world).await,
        _ => eprintln!("expected an argument: bare or mounted"),
    }
}

/// Prints the URL and the keys, in the format of `serve`.
fn ready(url: &str, world: &DemoWorld) {
    let mut ready = json!(world);
    ready["url"] = json!(url);
    println!("{ready}");
}

async fn bare(simulator: &Simulator, world: &DemoWorld) {
    let request = Request::get("/v1.1/instances/demo/user/")
        .header("x-api-key", world.api_keys.plain.to_string())
        .header("x-user-key", world.users[0].user_key.to_string())
        .body(Bytes::new())
        .expect("a request");
    let answer = simulator.handle(request);
    assert_eq!(answer.status(), 200);
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("an address");
    ready(&format!("http://{}", socket.local_addr().expect("an address")), world);
    while let Ok((stream, _)) = socket.accept().await {
        let answer = answer.clone();
        tokio::spawn(async move {
            stream.set_nodelay(true).expect("a socket");
            let service = service_fn(|_| {
                let answer: Response<Full<Bytes>> = answer.clone().map(Full::new);
                async { Ok::<_, Infallible>(answer) }
            });
            // An error means that the client has disconnected.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn mounted(simulator: Simulator, world: &DemoWorld) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(simulator).mount(&server).await;
    ready(&server.uri(), world);
    pending::<()>().await;
}
