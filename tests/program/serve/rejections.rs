//! Tests for requests that the server rejects before they reach the API.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use rstest::rstest;
use syncano_simulator::Simulator;
use syncano_simulator::server::{BODY_LIMIT, ServerLimits};
use tower::ServiceExt;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use super::client::RawClient;
use super::{demo, listen, loopback};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_receives_the_rejection_of_a_too_large_body() {
    let running = listen(ServerLimits { body: 1000, ..ServerLimits::default() }).await;
    for (size, status) in [(1000, None), (1001, Some(413)), (5_000_000, Some(413))] {
        let mut client = RawClient::connect(running.url());
        client.send(&format!(
            "POST /v1.1/account/register/ HTTP/1.1\r\nHost: simulator\r\nContent-Length: {size}\r\n\r\n{}",
            " ".repeat(size)
        ));
        let answer = client.answer();
        match status {
            Some(status) => {
                assert_eq!(answer.status, status, "{size} bytes");
                assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
                let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                assert_eq!(body, serde_json::json!({ "detail": "The body has more than 1000 bytes." }));
            }
            None => assert_ne!(answer.status, 413, "{size} bytes"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_expects_100_continue_is_rejected_before_it_sends_a_too_large_body() {
    let running = listen(ServerLimits { body: 1000, ..ServerLimits::default() }).await;
    let mut client = RawClient::connect(running.url());
    client.send("POST /v1.1/ HTTP/1.1\r\nHost: simulator\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.answer().status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_too_large_head_is_rejected() {
    let running = listen(ServerLimits { head: 1000, ..ServerLimits::default() }).await;
    let mut client = RawClient::connect(running.url());
    client.send(&format!("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\nX-Long: {}\r\n\r\n", "x".repeat(1000)));
    assert_eq!(client.answer().status, 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_with_too_many_fields_is_rejected() {
    let running = listen(ServerLimits::default()).await;
    let mut client = RawClient::connect(running.url());
    client.send(&format!("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n{}\r\n", "X-Many: 1\r\n".repeat(1000)));
    assert_eq!(client.answer().status, 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_too_long_target_is_rejected() {
    let running = listen(ServerLimits { target: 1000, ..ServerLimits::default() }).await;
    let mut client = RawClient::connect(running.url());
    for (length, status) in [(1000, 200), (1001, 414), (20, 200)] {
        let target = format!("/v1.1/?{}", "x".repeat(length - "/v1.1/?".len()));
        client.send(&format!("GET {target} HTTP/1.1\r\nHost: simulator\r\n\r\n"));
        assert_eq!(client.answer().status, status, "{length} bytes");
    }
}

/// The public manual prints queries in this form, and nginx and uWSGI accept them.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_may_contain_unencoded_characters() {
    let (simulator, world) = demo();
    let running = loopback().await.spawn(simulator);
    let mut client = RawClient::connect(running.url());
    let mut ask = |target: &str| {
        let fields = format!("Content-Type: application/json\r\nX-API-KEY: {}\r\n", world.account.account_key);
        let head = format!("POST {target} HTTP/1.1\r\nHost: simulator\r\n{fields}");
        let body = r#"{"label": "POST /{ HTTP/1.1"}"#;
        // Sends both requests on one connection; the first body is chunked.
        client.send(&format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"));
        client.send(&format!("{}Content-Length: {}\r\n\r\n{body}", head.replace("POST", "GET"), body.len()));
        [client.answer(), client.answer()].map(|answer| (answer.status, String::from_utf8(answer.body).unwrap()))
    };
    let raw = r#"/v1.1/instances/demo/classes/user_profile/objects/?query={"owner":{"_eq":1}}&page_size=1"#;
    let encoded = raw.replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
    assert_eq!(ask(raw), ask(&encoded));
    assert_eq!(ask(raw)[1].0, 200);
    assert_eq!(ask(r#"/v1.1/instances/demo/classes/"<>{|}^\`/"#)[1].0, 404);
    assert_eq!(ask("/v1.1/instances/demo/classes/é/?é")[1].0, 404);
}

#[rstest]
#[case::the_method("G{T /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n", 400, "400 ? ?")]
#[case::the_version("GET /v1.1/?api_key=1 HTTP/3.0\r\nHost: simulator\r\n\r\n", 400, "400 GET /v1.1/?api_key=<hidden>")]
#[case::a_control_character("GET /\x01 HTTP/1.1\r\nHost: simulator\r\n\r\n", 400, "400 GET ?")]
#[case::no_path("GET v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n", 400, "400 GET v1.1/")]
#[case::a_field("GET / HTTP/1.1\r\nX Y: 1\r\n\r\n", 400, "400 GET /")]
#[case::the_length("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400, "400 POST /")]
#[case::two_hosts("GET / HTTP/1.1\r\nHost: simulator\r\nHost: other\r\n\r\n", 400, "400 GET /")]
#[case::not_http("\x16\x03\x01\x02", 400, "400 ? ?")]
#[case::many_fields(&format!("GET / HTTP/1.1\r\n{}\r\n", "X: 1\r\n".repeat(101)), 431, "431 GET /")]
#[case::a_long_head(&format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 16)), 431, "431 GET /")]
#[case::a_long_target(&format!("GET /{} HTTP/1.1\r\n\r\n", "{".repeat(1 << 14)), 414, "414 GET /%7B")]
#[case::a_longer_target(&format!("GET /{} HTTP/1.1\r\n\r\n", "{".repeat(21_800)), 414, "414 GET /%7B")]
#[case::a_long_body("POST / HTTP/1.1\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n", 413, "413 POST /")]
#[tokio::test(flavor = "multi_thread")]
async fn requests_rejected_before_the_api_get_json_and_a_log_entry(
    #[case] sent: &str,
    #[case] status: u16,
    #[case] line: &str,
) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&lines);
    let listener = loopback().await.log(move |entry| told.lock().unwrap().push(entry.to_string()));
    let running = listener.spawn(Simulator::builder().build());
    let mut client = RawClient::connect(running.url());
    client.send(sent);
    let answer = client.answer();
    assert_eq!(answer.status, status);
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(answer.header("vary"), Some("Origin"));
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(body["detail"].as_str().unwrap().ends_with('.'), "{body}");
    let lines = lines.lock().unwrap();
    assert!(lines.len() == 1 && lines[0].starts_with(line), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_can_read_why_its_request_is_too_long() {
    let running = listen(ServerLimits { target: 1000, body: 10, ..ServerLimits::default() }).await;
    let long = "x".repeat(1000);
    for (sent, status) in [
        (format!("GET /{long} HTTP/1.1\r\nHost: simulator\r\nOrigin: http://app.example\r\n\r\n"), 414),
        (format!("POST / HTTP/1.1\r\nOrigin: http://app.example\r\nContent-Length: 1000\r\n\r\n{long}"), 413),
        ("POST / HTTP/1.1\r\nOrigin: http://app.example\r\nContent-Length: x\r\n\r\n".to_owned(), 400),
    ] {
        let mut client = RawClient::connect(running.url());
        client.send(&sent);
        let answer = client.answer();
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mounted_simulator_has_the_limits_of_its_server() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
    let mut client = RawClient::connect(&server.uri());
    client.send("GET /v1.1/?q=a|b^c`d{e HTTP/1.1\r\nHost: simulator\r\n\r\n");
    assert_eq!(client.answer().status, 200);
}

#[tokio::test]
async fn the_service_has_a_limit_of_its_own() {
    let body = Full::new(Bytes::from(vec![b' '; BODY_LIMIT + 1]));
    let Ok(answer) = Simulator::builder().build().oneshot(Request::post("/v1.1/").body(body).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
