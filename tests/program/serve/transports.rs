//! Tests that all transports give the same answers: in process, as a service, on a mock server and
//! over HTTP.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use syncano_simulator::Simulator;
use syncano_simulator::server::ServerLimits;
use syncano_simulator::server::demo::DemoWorld;
use tower::ServiceExt;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use super::{demo, http_client, listen, loopback};

/// Checks that status, headers and body are equal for the same seed and the same requests.
#[tokio::test(flavor = "multi_thread")]
async fn every_transport_gives_the_same_answers() {
    let (simulator, world) = demo();
    let in_process: Vec<TransportAnswer> = asks(&world).into_iter().map(|ask| ask.handled_by(&simulator)).collect();

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
async fn the_answer_to_head_has_the_content_length_of_get() {
    let running = listen(ServerLimits::default()).await;
    let url = format!("{}/v1.1/", running.url());
    let get = http_client().get(&url).send().await.unwrap();
    let head = http_client().head(&url).send().await.unwrap();
    assert_ne!(get.content_length(), Some(0));
    assert_eq!(head.headers().get("content-length"), get.headers().get("content-length"));
}

/// A request that every transport can carry.
struct TransportRequest {
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: &'static str,
}

#[derive(Debug, PartialEq)]
struct TransportAnswer {
    ask: String,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Returns requests with answers of every kind: JSON, HTML, empty, rejected and preflight. Their
/// keys are in headers, query and body.
fn asks(world: &DemoWorld) -> Vec<TransportRequest> {
    let base = format!("/v1.1/instances/{}", world.instance);
    let (alice, bob) = (&world.users[0], &world.users[1]);
    let ask = |method: Method, target: String, headers: &[(&'static str, String)], body: &'static str| {
        // HTTP clients add these headers themselves, so the other transports set them too.
        let mut all = vec![("host", "simulator".to_owned()), ("accept", "*/*".to_owned())];
        all.extend_from_slice(headers);
        if !body.is_empty() {
            all.push(("content-length", body.len().to_string()));
        }
        TransportRequest { method, target, headers: all, body }
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

impl TransportRequest {
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

    fn handled_by(&self, simulator: &Simulator) -> TransportAnswer {
        let (head, body) = simulator.handle(self.request()).into_parts();
        TransportAnswer { ask: self.name(), status: head.status, headers: head.headers, body }
    }

    async fn served_by(&self, simulator: Simulator) -> TransportAnswer {
        let Ok(response) = simulator.oneshot(self.request().map(Full::new)).await;
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        TransportAnswer { ask: self.name(), status: head.status, headers: head.headers, body }
    }
}

/// Compares the answers one by one, so that a failure shows the first difference.
fn assert_alike(answers: &[TransportAnswer], in_process: &[TransportAnswer], transport: &str) {
    assert_eq!(answers.len(), in_process.len(), "{transport}");
    for (answer, expected) in answers.iter().zip(in_process) {
        assert_eq!(answer, expected, "{transport}");
    }
}

/// Sends the requests over HTTP. Headers that the transport adds are removed, unless the simulator
/// set them too.
async fn sent_to(url: &str, world: &DemoWorld, in_process: &[TransportAnswer]) -> Vec<TransportAnswer> {
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
        answers.push(TransportAnswer { ask: ask.name(), status, headers, body: response.bytes().await.unwrap() });
    }
    answers
}
