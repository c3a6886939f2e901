//! Tests for connections: timeouts, limits and shutdown.

use std::net::{IpAddr, TcpStream};
use std::time::Duration;

use rstest::rstest;
use syncano_simulator::server::{Control, ServerLimits};
use syncano_simulator::{PlatformLimits, Simulator};

use super::client::RawClient;
use super::{address, listen, loopback, within_patience};

/// A timeout that no test reaches.
const FOREVER: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_serves_one_request_after_another() {
    let running = listen(ServerLimits::default()).await;
    let mut client = RawClient::connect(running.url());
    for _ in 0..2 {
        client.send("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n");
        assert_eq!(client.answer().status, 200);
    }
}

/// Only Linux accepts connections from every address of 127.0.0.0/8.
#[cfg(target_os = "linux")]
#[rstest]
#[case::alone(None)]
#[case::with_control(Some(Control::default()))]
#[tokio::test(flavor = "multi_thread")]
async fn the_limit_without_a_key_counts_each_address(#[case] control: Option<Control>) {
    // A clock that stands still keeps all requests in one second.
    let simulator = Simulator::builder().clock(|| jiff::Timestamp::UNIX_EPOCH);
    let simulator = simulator.limits(PlatformLimits { anonymous: Some(1), ..PlatformLimits::none() }).build();
    let listener = loopback().await;
    let listener = match control {
        Some(control) => listener.control(control),
        None => listener,
    };
    let running = listener.spawn(simulator);
    let url = format!("{}/v1.1/", running.url());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut statuses = Vec::new();
    for from in [[127, 0, 0, 1], [127, 0, 0, 1], [127, 0, 0, 2], [127, 0, 0, 2]] {
        let client = reqwest::Client::builder().no_proxy().local_address(IpAddr::from(from)).build().unwrap();
        statuses.push(client.get(&url).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 429, 200, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_closed_its_side_still_gets_its_answer() {
    let running = listen(ServerLimits::default()).await;
    let mut client = RawClient::connect(running.url());
    client.send("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n");
    client.close_sending();
    assert_eq!(client.answer().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_listener_answers_requests_in_flight_and_accepts_no_new_ones() {
    let running = listen(ServerLimits { silence: FOREVER, grace: FOREVER, ..ServerLimits::default() }).await;
    let url = running.url().to_owned();
    let mut idle = RawClient::connect(&url);
    idle.send("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n");
    idle.answer();
    let mut fresh = RawClient::connect(&url);
    let mut busy = RawClient::begin_request(&url);

    let stopping = tokio::spawn(running.stop());
    assert!(idle.is_closed(), "an idle connection is closed at once");
    assert!(fresh.is_closed(), "so is one that has not been used");
    assert!(TcpStream::connect(address(&url)).is_err(), "nobody listens any more");

    busy.send("{}");
    let answer = busy.answer();
    assert_ne!(answer.status, 100);
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(busy.is_closed());
    within_patience(stopping).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_end_cannot_hold_the_listener() {
    let running =
        listen(ServerLimits { silence: FOREVER, grace: Duration::from_millis(1), ..ServerLimits::default() }).await;
    let mut busy = RawClient::begin_request(running.url());
    within_patience(running.stop()).await;
    assert!(busy.is_closed());
}

#[rstest]
#[case::nothing("")]
#[case::a_head_without_an_end("GET /v1.1/ HTTP/1.1\r\nHost: simu")]
#[case::a_body_that_never_arrives("POST /v1.1/account/auth/ HTTP/1.1\r\nHost: simulator\r\nContent-Length: 9\r\n\r\n{")]
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed(#[case] sent: &str) {
    let running = listen(ServerLimits { silence: Duration::from_millis(20), ..ServerLimits::default() }).await;
    let mut client = RawClient::connect(running.url());
    client.send(sent);
    assert!(client.is_closed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_beyond_the_limit_of_connections_waits_for_another_to_leave() {
    let running = listen(ServerLimits { connections: 1, silence: FOREVER, ..ServerLimits::default() }).await;
    let request = "GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n";
    let mut first = RawClient::connect(running.url());
    first.send(request);
    assert_eq!(first.answer().status, 200);

    let mut second = RawClient::connect(running.url());
    second.send(request);
    first.send(request);
    assert_eq!(first.answer().status, 200);
    assert!(second.has_nothing_to_read());
    drop(first);
    assert_eq!(second.answer().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_is_disconnected() {
    let running = listen(ServerLimits { silence: Duration::from_millis(50), ..ServerLimits::default() }).await;
    let mut client = RawClient::connect(running.url());
    let request = "GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n".repeat(1000);
    // Socket buffers are finite, so the loop ends unless the listener buffers unread answers
    // without limit.
    while client.try_send(&request).is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_handle_stops_the_listener() {
    let running = listen(ServerLimits::default()).await;
    let mut idle = RawClient::connect(running.url());
    drop(running);
    assert!(idle.is_closed());
}
