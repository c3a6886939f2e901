//! What people rely on who reach the simulator through a transport.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use rstest::rstest;
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use syncano_simulator::server::{BODY_LIMIT, Limits, Listener, Running};
use tower::ServiceExt;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

/// A limit that no test reaches.
const FOREVER: Duration = Duration::from_secs(3600);
/// Far longer than anything here takes: what would hang fails.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_serves_one_request_after_another() {
    let running = listen(Limits::default()).await;
    let mut client = Client::connect(running.url());
    for _ in 0..2 {
        client.send("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n");
        assert_eq!(client.answer().status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_closed_its_side_still_gets_its_answer() {
    let running = listen(Limits::default()).await;
    let mut client = Client::connect(running.url());
    client.send("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n");
    client.close_sending();
    assert_eq!(client.answer().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_answers_what_is_in_flight_and_takes_nothing_new() {
    let running = listen(Limits { silence: FOREVER, grace: FOREVER, ..Limits::default() }).await;
    let url = running.url().to_owned();
    let mut idle = Client::connect(&url);
    idle.send("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n");
    idle.answer();
    let mut fresh = Client::connect(&url);
    let mut busy = Client::begin_request(&url);

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
    let running = listen(Limits { silence: FOREVER, grace: Duration::from_millis(1), ..Limits::default() }).await;
    let mut busy = Client::begin_request(running.url());
    within_patience(running.stop()).await;
    assert!(busy.is_closed());
}

#[rstest]
#[case::nothing("")]
#[case::a_head_that_does_not_end("GET /v1.1/ HTTP/1.1\r\nHost: simu")]
#[case::a_body_that_does_not_come("POST /v1.1/account/auth/ HTTP/1.1\r\nHost: simulator\r\nContent-Length: 9\r\n\r\n{")]
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_brings_no_request_is_closed(#[case] sent: &str) {
    let running = listen(Limits { silence: Duration::from_millis(20), ..Limits::default() }).await;
    let mut client = Client::connect(running.url());
    client.send(sent);
    assert!(client.is_closed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_and_the_refusal_arrives() {
    let running = listen(Limits { body: 1000, ..Limits::default() }).await;
    for (size, status) in [(1000, None), (1001, Some(413)), (5_000_000, Some(413))] {
        let mut client = Client::connect(running.url());
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
async fn a_client_that_asks_first_is_refused_before_it_sends_too_large_a_body() {
    let running = listen(Limits { body: 1000, ..Limits::default() }).await;
    let mut client = Client::connect(running.url());
    client.send("POST /v1.1/ HTTP/1.1\r\nHost: simulator\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.answer().status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_is_refused() {
    let running = listen(Limits { head: 1000, ..Limits::default() }).await;
    let mut client = Client::connect(running.url());
    client.send(&format!("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\nX-Long: {}\r\n\r\n", "x".repeat(1000)));
    assert_eq!(client.answer().status, 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_with_too_many_fields_is_refused() {
    let running = listen(Limits::default()).await;
    let mut client = Client::connect(running.url());
    client.send(&format!("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n{}\r\n", "X-Many: 1\r\n".repeat(1000)));
    assert_eq!(client.answer().status, 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_too_long_is_refused() {
    let running = listen(Limits { target: 1000, ..Limits::default() }).await;
    let mut client = Client::connect(running.url());
    for (length, status) in [(1000, 200), (1001, 414), (20, 200)] {
        let target = format!("/v1.1/?{}", "x".repeat(length - "/v1.1/?".len()));
        client.send(&format!("GET {target} HTTP/1.1\r\nHost: simulator\r\n\r\n"));
        assert_eq!(client.answer().status, status, "{length} bytes");
    }
}

/// The public manual prints its queries like this, and nginx and uWSGI take them.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_may_hold_raw_what_is_to_be_percent_encoded() {
    let (simulator, world) = demo();
    let running = loopback().await.spawn(simulator);
    let mut client = Client::connect(running.url());
    let mut ask = |target: &str| {
        let fields = format!("Content-Type: application/json\r\nX-API-KEY: {}\r\n", world.account.account_key);
        let head = format!("POST {target} HTTP/1.1\r\nHost: simulator\r\n{fields}");
        let body = r#"{"label": "POST /{ HTTP/1.1"}"#;
        // The answers to both come on one connection; the first body is chunked.
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
#[case::no_http("\x16\x03\x01\x02", 400, "400 ? ?")]
#[case::many_fields(&format!("GET / HTTP/1.1\r\n{}\r\n", "X: 1\r\n".repeat(101)), 431, "431 GET /")]
#[case::a_long_head(&format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 16)), 431, "431 GET /")]
#[case::a_long_target(&format!("GET /{} HTTP/1.1\r\n\r\n", "{".repeat(1 << 14)), 414, "414 GET /%7B")]
#[case::a_longer_target(&format!("GET /{} HTTP/1.1\r\n\r\n", "{".repeat(21_800)), 414, "414 GET /%7B")]
#[case::a_long_body("POST / HTTP/1.1\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n", 413, "413 POST /")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_before_the_api_is_said_in_json_and_logged(
    #[case] sent: &str,
    #[case] status: u16,
    #[case] line: &str,
) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&lines);
    let listener = loopback().await.log(move |entry| told.lock().unwrap().push(entry.to_string()));
    let running = listener.spawn(Simulator::builder().build());
    let mut client = Client::connect(running.url());
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
    let running = listen(Limits { target: 1000, body: 10, ..Limits::default() }).await;
    let long = "x".repeat(1000);
    for (sent, status) in [
        (format!("GET /{long} HTTP/1.1\r\nHost: simulator\r\nOrigin: http://app.example\r\n\r\n"), 414),
        (format!("POST / HTTP/1.1\r\nOrigin: http://app.example\r\nContent-Length: 1000\r\n\r\n{long}"), 413),
        ("POST / HTTP/1.1\r\nOrigin: http://app.example\r\nContent-Length: x\r\n\r\n".to_owned(), 400),
    ] {
        let mut client = Client::connect(running.url());
        client.send(&sent);
        let answer = client.answer();
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mounted_simulator_takes_what_its_server_takes() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
    let mut client = Client::connect(&server.uri());
    client.send("GET /v1.1/?q=a|b^c`d{e HTTP/1.1\r\nHost: simulator\r\n\r\n");
    assert_eq!(client.answer().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_beyond_the_limit_of_connections_waits_for_another_to_leave() {
    let running = listen(Limits { connections: 1, silence: FOREVER, ..Limits::default() }).await;
    let request = "GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n";
    let mut first = Client::connect(running.url());
    first.send(request);
    assert_eq!(first.answer().status, 200);

    let mut second = Client::connect(running.url());
    second.send(request);
    first.send(request);
    assert_eq!(first.answer().status, 200);
    assert!(second.has_nothing_to_read());
    drop(first);
    assert_eq!(second.answer().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_and_does_not_listen_is_cut_off() {
    let running = listen(Limits { silence: Duration::from_millis(50), ..Limits::default() }).await;
    let mut client = Client::connect(running.url());
    let request = "GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n".repeat(1000);
    // What the sockets hold is finite, so either this fails in the end or the listener keeps what nobody reads.
    while client.try_send(&request).is_ok() {}
}

#[tokio::test]
async fn the_service_has_a_limit_of_its_own() {
    let body = Full::new(Bytes::from(vec![b' '; BODY_LIMIT + 1]));
    let Ok(answer) = Simulator::builder().build().oneshot(Request::post("/v1.1/").body(body).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_handle_stops_the_listener() {
    let running = listen(Limits::default()).await;
    let mut idle = Client::connect(running.url());
    drop(running);
    assert!(idle.is_closed());
}

/// The same seed and the same requests: whichever way they come, status, headers and body are the same.
#[tokio::test(flavor = "multi_thread")]
async fn every_transport_gives_the_same_answers() {
    let (simulator, world) = demo();
    let in_process: Vec<Answer> = asks(&world).into_iter().map(|ask| ask.handled_by(&simulator)).collect();

    let (simulator, world) = demo();
    let mut service = Vec::new();
    for ask in asks(&world) {
        service.push(ask.served_by(simulator.clone()).await);
    }
    assert_alike(&service, &in_process, "as a tower service");

    let (simulator, world) = demo();
    let running = loopback().await.spawn(simulator);
    assert_alike(&sent_to(running.url(), &world, &in_process).await, &in_process, "over a socket");

    let (simulator, world) = demo();
    let server = MockServer::builder().disable_request_recording().start().await;
    Mock::given(any()).respond_with(simulator).mount(&server).await;
    assert_alike(&sent_to(&server.uri(), &world, &in_process).await, &in_process, "on a mock server");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_says_how_long_the_answer_to_get_is() {
    let running = listen(Limits::default()).await;
    let url = format!("{}/v1.1/", running.url());
    let get = http_client().get(&url).send().await.unwrap();
    let head = http_client().head(&url).send().await.unwrap();
    assert_ne!(get.content_length(), Some(0));
    assert_eq!(head.headers().get("content-length"), get.headers().get("content-length"));
}

#[cfg(unix)]
#[test]
fn serve_says_where_it_is_and_ends_well_on_sigterm() {
    let mut served = Served::start(&["--seed", "7"]);
    let ready = served.ready();
    let url = ready["url"].as_str().unwrap();
    let mut client = Client::connect(url);
    client.send(&format!(
        "GET /v1.1/instances/{}/user/ HTTP/1.1\r\nHost: simulator\r\nX-API-KEY: {}\r\nX-USER-KEY: {}\r\n\r\n",
        ready["instance"].as_str().unwrap(),
        ready["api_keys"]["plain"].as_str().unwrap(),
        ready["users"][0]["user_key"].as_str().unwrap(),
    ));
    let user: serde_json::Value = serde_json::from_slice(&client.answer().body).unwrap();
    assert_eq!(user["username"], "alice");

    let mut busy = Client::begin_request(url);
    served.terminate();
    assert!(client.is_closed());
    busy.send("{}");
    assert_eq!(busy.answer().status, 400);
    assert_eq!(served.exit_code(), Some(0));
}

#[cfg(unix)]
#[test]
fn serve_ends_well_when_its_terminal_is_closed() {
    let mut served = Served::start(&["--empty"]);
    served.ready();
    served.signal("HUP");
    assert_eq!(served.exit_code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_simulator_that_was_started_with_nohup_outlives_its_terminal() {
    let program = serve_command(&["--empty"]);
    let mut nohup = Command::new("nohup");
    nohup.arg(program.get_program()).args(program.get_args()).stdin(Stdio::null());
    let mut served = Served(nohup.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let ready = served.ready();
    served.signal("HUP");
    std::thread::sleep(Duration::from_millis(200));
    let mut client = Client::connect(ready["url"].as_str().unwrap());
    client.send("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n");
    assert_eq!(client.answer().status, 200);
    drop(client);
    served.terminate();
    assert_eq!(served.exit_code(), Some(0));
}

#[cfg(unix)]
#[test]
fn an_empty_simulator_says_its_url_alone() {
    let mut served = Served::start(&["--empty"]);
    let ready = served.ready();
    assert_eq!(ready.as_object().unwrap().keys().collect::<Vec<_>>(), ["url"]);
    served.terminate();
    assert_eq!(served.exit_code(), Some(0));
}

#[cfg(unix)]
#[test]
fn the_limits_are_options() {
    let mut served = Served::start(&["--empty", "--max-body", "10", "--max-connections", "1", "--timeout", "1"]);
    let ready = served.ready();
    let url = ready["url"].as_str().unwrap();
    let mut idle = Client::connect(url);
    let mut client = Client::connect(url);
    // There is room for one, until the one that says nothing is closed.
    client.send("POST /v1.1/account/auth/ HTTP/1.1\r\nHost: simulator\r\nContent-Length: 11\r\n\r\n[1,2,3,4,5]");
    assert_eq!(client.answer().status, 413);
    assert!(idle.is_closed());
}

#[rstest]
#[case(&["--timeout", "0"])]
#[case(&["--max-connections", "0"])]
#[case(&["--max-body", "much"])]
fn a_limit_that_would_serve_nobody_ends_with_2(#[case] limit: &[&str]) {
    assert_eq!(serve_command(limit).output().unwrap().status.code(), Some(2));
}

#[test]
fn an_address_in_use_is_said_and_ends_with_6() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = serve_command(&["--empty", "--listen", &address]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains(&address) && said.contains("in use") && said.contains("--listen"), "{said}");
}

#[rstest]
#[case::no_address("nonsense")]
#[case::no_such_port("127.0.0.1:65536")]
#[case::an_address_of_another_machine("192.0.2.1:0")]
fn an_address_that_cannot_be_ends_with_2(#[case] address: &str) {
    let output = serve_command(&["--empty", "--listen", address]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(address) && said.contains("127.0.0.1:8080"), "{said}");
}

async fn loopback() -> Listener {
    Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
}

async fn listen(limits: Limits) -> Running {
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

/// One end of a connection, byte for byte.
struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(url: &str) -> Client {
        let stream = TcpStream::connect(address(url)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Client(BufReader::new(stream))
    }

    /// A request whose body of two bytes is still to come, while the server is known to wait for it.
    fn begin_request(url: &str) -> Client {
        let mut client = Client::connect(url);
        client.send("POST /v1.1/account/auth/ HTTP/1.1\r\nHost: simulator\r\nContent-Type: application/json\r\n");
        client.send("Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        assert_eq!(client.answer().status, 100);
        client
    }

    fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    fn try_send(&mut self, text: &str) -> std::io::Result<()> {
        self.0.get_mut().set_write_timeout(Some(PATIENCE))?;
        match self.0.get_mut().write_all(text.as_bytes()) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("it hangs"),
            sent => sent,
        }
    }

    fn has_nothing_to_read(&mut self) -> bool {
        self.0.get_mut().set_nonblocking(true).unwrap();
        let read = self.0.get_mut().peek(&mut [0]);
        self.0.get_mut().set_nonblocking(false).unwrap();
        read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    fn close_sending(&mut self) {
        self.0.get_mut().shutdown(std::net::Shutdown::Write).unwrap();
    }

    fn answer(&mut self) -> RawAnswer {
        let status_line = self.line();
        let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        let mut answer = RawAnswer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        answer.body.resize(length, 0);
        self.0.read_exact(&mut answer.body).unwrap();
        answer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Waits for the end of the connection; false if something else comes, or nothing.
    fn is_closed(&mut self) -> bool {
        match self.0.read(&mut [0]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

struct RawAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl RawAnswer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// A request in a form that every transport can carry.
struct Ask {
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: &'static str,
}

#[derive(Debug, PartialEq)]
struct Answer {
    ask: String,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Answers of every kind: JSON, HTML, nothing at all, refusals, preflight; keys in headers, query and body.
fn asks(world: &DemoWorld) -> Vec<Ask> {
    let base = format!("/v1.1/instances/{}", world.instance);
    let (alice, bob) = (&world.users[0], &world.users[1]);
    let ask = |method: Method, target: String, headers: &[(&'static str, String)], body: &'static str| {
        // What a client adds of its own accord is said, so that it is the same everywhere.
        let mut all = vec![("host", "simulator".to_owned()), ("accept", "*/*".to_owned())];
        all.extend_from_slice(headers);
        if !body.is_empty() {
            all.push(("content-length", body.len().to_string()));
        }
        Ask { method, target, headers: all, body }
    };
    let api = ("x-api-key", world.api_keys.plain.to_string());
    let as_alice = [api.clone(), ("x-user-key", alice.user_key.to_string())];
    let account = ("x-api-key", world.account.account_key.to_string());
    let as_owner = [account.clone()];
    let json = ("content-type", "application/json".to_owned());
    let origin = ("origin", "http://app.example.com".to_owned());
    vec![
        ask(Method::GET, "/".into(), &[], ""),
        ask(Method::GET, "/v1.1/".into(), &[], ""),
        ask(Method::GET, "/nowhere".into(), &[], ""),
        ask(Method::GET, format!("{base}/user/"), &as_alice, ""),
        ask(Method::HEAD, format!("{base}/user/"), &as_alice, ""),
        ask(Method::GET, format!("{base}/user/?api_key={}&user_key={}", api.1, alice.user_key), &[], ""),
        ask(Method::GET, format!("{base}/user/"), &[], ""),
        ask(Method::DELETE, format!("{base}/user/"), &as_alice, ""),
        ask(Method::GET, format!("{base}/groups/{}/users/", world.group.id), &as_alice, ""),
        ask(Method::GET, format!("{base}/users/?page_size=1&ordering=desc"), &[account.clone(), origin.clone()], ""),
        ask(Method::GET, format!("{base}/users/%C3%A9%20%2F/"), &as_owner, ""),
        ask(Method::POST, format!("{base}/users/"), &[account.clone(), json.clone()], r#"{"username": "zoë"}"#),
        ask(
            Method::POST,
            format!("{base}/users/"),
            &[account, json.clone()],
            r#"{"username": "zoë", "password": "p"}"#,
        ),
        ask(Method::POST, format!("{base}/user/auth/"), &[api.clone(), json.clone()], "{"),
        ask(
            Method::POST,
            format!("{base}/user/auth/"),
            &[api.clone(), ("content-type", "application/x-www-form-urlencoded".to_owned())],
            "username=alice&password=demo-alice",
        ),
        ask(Method::POST, format!("{base}/users/{}/reset_key/", bob.id), &as_owner, ""),
        ask(Method::OPTIONS, format!("{base}/users/"), &as_owner, ""),
        ask(
            Method::OPTIONS,
            format!("{base}/users/"),
            &[origin, ("access-control-request-method", "POST".to_owned())],
            "",
        ),
        ask(Method::DELETE, format!("{base}/users/{}/", bob.id), &as_owner, ""),
    ]
}

impl Ask {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    fn request(&self) -> Request<Bytes> {
        let mut request = Request::builder().method(&self.method).uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(Bytes::from_static(self.body.as_bytes())).unwrap()
    }

    fn handled_by(&self, simulator: &Simulator) -> Answer {
        let (head, body) = simulator.handle(self.request()).into_parts();
        Answer { ask: self.name(), status: head.status, headers: head.headers, body }
    }

    async fn served_by(&self, simulator: Simulator) -> Answer {
        let Ok(response) = simulator.oneshot(self.request().map(Full::new)).await;
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { ask: self.name(), status: head.status, headers: head.headers, body }
    }
}

/// One by one, so that the first difference is what is shown.
fn assert_alike(answers: &[Answer], in_process: &[Answer], transport: &str) {
    assert_eq!(answers.len(), in_process.len(), "{transport}");
    for (answer, expected) in answers.iter().zip(in_process) {
        assert_eq!(answer, expected, "{transport}");
    }
}

/// Sends the requests over HTTP. Of headers that only a transport sets, those remain that the simulator set as well.
async fn sent_to(url: &str, world: &DemoWorld, in_process: &[Answer]) -> Vec<Answer> {
    let client = http_client();
    let mut answers = Vec::new();
    for (ask, expected) in asks(world).into_iter().zip(in_process) {
        let mut request = client.request(ask.method.clone(), format!("{url}{}", ask.target)).body(ask.body);
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap();
        let (status, mut headers) = (response.status(), response.headers().clone());
        for name in ["date", "content-length"] {
            if !expected.headers.contains_key(name) {
                headers.remove(name);
            }
        }
        answers.push(Answer { ask: ask.name(), status, headers, body: response.bytes().await.unwrap() });
    }
    answers
}

fn http_client() -> reqwest::Client {
    // The client wants a provider of TLS even where it speaks none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn serve_command(arguments: &[&str]) -> Command {
    let mut command = crate::binary::program();
    command.arg("serve").args(arguments);
    command
}

/// The real program.
struct Served(Child);

impl Served {
    fn start(arguments: &[&str]) -> Served {
        Served(serve_command(arguments).stdout(Stdio::piped()).spawn().unwrap())
    }

    fn ready(&mut self) -> serde_json::Value {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn terminate(&self) {
        self.signal("TERM");
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args(["-s", signal]).arg(self.0.id().to_string()).status().unwrap().success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
