//! Tests responses that are wrong, late, truncated or missing.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rstest::rstest;
use syncano_conformance::harness::Target;
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Report, RunOutcome};
use syncano_simulator::Simulator;
use tokio::net::TcpListener;
use wiremock::matchers::{any, method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{LIMITS, SCENARIO, run, run_suite, suite, tampered, verdicts};

/// Starts the simulator with this response to `GET /user/`.
async fn all_but_user(fault: ResponseTemplate) -> MockServer {
    let server = MockServer::builder().disable_request_recording().start().await;
    Mock::given(method("GET")).and(path_regex("/user/$")).respond_with(fault).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
    server
}

#[tokio::test]
async fn a_good_deployment_passes() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
    assert_eq!(verdicts(&run(&server.uri()).await.unwrap()), [Verdict::Pass; 3]);
}

#[rstest]
#[case::an_error_page(ResponseTemplate::new(500).set_body_raw("<h1>Server Error (500)</h1>", "text/html"))]
#[case::invalid_json(ResponseTemplate::new(200).set_body_raw("{\"id\": ", "application/json"))]
#[case::invalid_utf8(ResponseTemplate::new(200).set_body_raw([0xff, 0xfe, 0x00], "application/json"))]
#[case::an_empty_body(ResponseTemplate::new(200))]
#[case::another_type(ResponseTemplate::new(200).set_body_json(serde_json::json!([1, 2])))]
#[case::too_deep(ResponseTemplate::new(200).set_body_raw("[".repeat(100_000), "application/json"))]
#[tokio::test]
async fn a_wrong_answer_fails(#[case] fault: ResponseTemplate) {
    let checks = run(&all_but_user(fault).await.uri()).await.unwrap();
    assert_eq!(checks[1].verdict(), Verdict::Fail, "{:?}", checks[1]);
    assert_ne!(checks[1].because(), None);
    assert!(checks[2].verdict() == Verdict::Untestable || checks[0].verdict() == Verdict::Pass, "{checks:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).expect(0).mount(&elsewhere).await;
    let fault = ResponseTemplate::new(302).insert_header("location", format!("{}/user/", elsewhere.uri()));
    let checks = run(&all_but_user(fault).await.uri()).await.unwrap();
    assert_eq!(verdicts(&checks), [Verdict::Fail; 3]);
    let because = format!("302: the target redirects to {}, which is not followed", elsewhere.uri());
    assert!(checks.iter().all(|check| check.because() == Some(&because)), "{checks:?}");
    elsewhere.verify().await;
}

#[tokio::test]
async fn a_late_answer_is_an_error() {
    let fault = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    let checks = run(&all_but_user(fault).await.uri()).await.unwrap();
    assert_eq!(verdicts(&checks), [Verdict::Error; 3]);
    assert!(checks[0].because().unwrap().contains("within the time-out"), "{:?}", checks[0].because());
}

#[tokio::test]
async fn a_closed_connection_is_an_error() {
    let server = MockServer::start().await;
    let reset = |_: &wiremock::Request| std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Mock::given(path_regex("/user/$")).respond_with_err(reset).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
    assert_eq!(verdicts(&run(&server.uri()).await.unwrap()), [Verdict::Error; 3]);
}

#[tokio::test]
async fn an_incomplete_answer_is_an_error() {
    let url = truncating(Simulator::builder().build()).await;
    let checks = run(&url).await.unwrap();
    assert_eq!(verdicts(&checks), [Verdict::Error; 3]);
    assert!(checks[0].because().unwrap().contains("no complete answer"), "{:?}", checks[0].because());
}

#[rstest]
#[case::errors(ResponseTemplate::new(500))]
#[case::invalid_json(ResponseTemplate::new(201).set_body_string("registered"))]
#[case::no_account(ResponseTemplate::new(201).set_body_json(serde_json::json!({"id": 1})))]
#[case::silence(ResponseTemplate::new(201).set_delay(Duration::from_secs(30)))]
#[tokio::test]
async fn a_deployment_that_creates_nothing_cannot_be_set_up(#[case] answer: ResponseTemplate) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    run(&server.uri()).await.unwrap_err();
}

#[tokio::test]
async fn an_unreachable_deployment_cannot_be_set_up() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = run(&format!("http://{free}")).await.unwrap_err();
    assert!(error.to_string().contains("no connection"), "{error}");
}

#[tokio::test]
async fn a_world_that_cannot_be_created_is_an_error() {
    let server = MockServer::start().await;
    Mock::given(path_regex("/users/$")).respond_with(ResponseTemplate::new(503)).with_priority(1).mount(&server).await;
    let simulator = Simulator::builder().build();
    Mock::given(any()).respond_with(simulator.clone()).mount(&server).await;
    let suite = suite(&[("a/user.yaml", SCENARIO)]);
    let events = run_suite(&suite, Target::http(&server.uri(), LIMITS).unwrap()).await.unwrap();
    let report = Report::new(&events, false);
    assert_eq!(report.summary.outcome(false), RunOutcome::NotSetUp);
    assert_eq!(report.summary.left_behind, 0, "what had been made was removed");
    let because = report.scenarios[0].checks[0].because().unwrap().to_owned();
    assert!(because.contains("/users/ was answered with 503"), "{because}");
}

#[tokio::test]
async fn no_rejection_passes_in_an_invisible_world() {
    let scenario = r#"
title: A user key opens only so much
given: {users: [alice, bob]}
steps:
  - name: alice is there
    as: account
    send: GET /users/{{alice.id}}/
    checks: [{id: users/witness, witness: true, at: $.id, equals: '"{{alice.id}}"'}]
  - name: bob asks for alice
    as: bob
    send: GET /users/{{alice.id}}/
    checks: [{id: users/hides-alice, status: 404}]
"#;
    for (wrong, why) in [
        ("api_keys", "GET /api_keys/?ordering=desc does not show the administrator every created resource"),
        ("user", "GET /user/ is answered with 403 to a caller who may read it"),
    ] {
        let (target, _) = tampered(move |request, mut response| {
            let listed = request.method == http::Method::GET && request.uri.path().ends_with("/api_keys/");
            match wrong {
                "api_keys" if listed => *response.body_mut() = r#"{"next":null,"prev":null,"objects":[]}"#.into(),
                "user" if request.uri.path().ends_with("/user/") => {
                    *response.status_mut() = http::StatusCode::FORBIDDEN
                }
                _ => {}
            }
            response
        });
        let events = run_suite(&suite(&[("a/hidden.yaml", scenario)]), target).await.unwrap();
        let checks = &Report::new(&events, false).scenarios[0].checks;
        // Last come the leak check, and the checks of the form of answers, which need no world.
        let expected = [Verdict::Pass, Verdict::Untestable, Verdict::Untestable, Verdict::Pass, Verdict::Pass];
        assert_eq!(verdicts(checks), expected, "{checks:?}");
        assert_eq!(checks[1].because(), Some(format!("its world cannot be seen: {why}").as_str()));
    }
}

#[tokio::test]
async fn only_a_step_with_eventually_is_repeated() {
    for (patience, expected) in [("    eventually: 10s\n", Verdict::Pass), ("", Verdict::Fail)] {
        let server = MockServer::start().await;
        Mock::given(path_regex("/user/$"))
            .respond_with(ResponseTemplate::new(404))
            .up_to_n_times(2)
            .with_priority(1)
            .mount(&server)
            .await;
        Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
        let scenario = SCENARIO.replace("    checks:\n", &format!("{patience}    checks:\n"));
        let suite = suite(&[("a/user.yaml", &scenario)]);
        let events = run_suite(&suite, Target::http(&server.uri(), LIMITS).unwrap()).await.unwrap();
        let report = Report::new(&events, false);
        assert_eq!(report.scenarios[0].checks[0].verdict(), expected);
    }
}

#[tokio::test]
async fn events_follow_the_order_of_the_files() {
    let slow = SCENARIO.replace("GET /user/", "GET /users/{{alice.id}}/").replace("id: user/", "id: slow/");
    let server = MockServer::start().await;
    let simulator = Simulator::builder().build();
    let slowly = simulator.clone();
    let delayed = move |request: &wiremock::Request| {
        wiremock::Respond::respond(&slowly, request).set_delay(Duration::from_millis(150))
    };
    Mock::given(method("GET"))
        .and(path_regex("/users/[0-9]+/$"))
        .respond_with(delayed)
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(simulator).mount(&server).await;
    let suite = suite(&[("a/first.yaml", &slow), ("b/second.yaml", SCENARIO)]);
    let events = run_suite(&suite, Target::http(&server.uri(), LIMITS).unwrap()).await.unwrap();
    let names = Report::new(&events, false).scenarios.into_iter().map(|scenario| scenario.name).collect::<Vec<_>>();
    assert_eq!(names, ["a/first", "b/second"]);
}

/// Starts a listener that responds like the simulator, but truncates the response to `GET /user/`.
async fn truncating(simulator: Simulator) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let simulator = simulator.clone();
            let answer = service_fn(move |request: Request<Incoming>| {
                let simulator = simulator.clone();
                async move {
                    let broken = request.uri().path().ends_with("/user/");
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    let response = simulator.handle(Request::from_parts(parts, body));
                    Ok::<_, Infallible>(response.map(|body| Half { rest: Some(body), broken }))
                }
            });
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
            tokio::spawn(connection);
        }
    });
    url
}

/// A body that ends with an error in its middle if `broken` is set.
struct Half {
    rest: Option<Bytes>,
    broken: bool,
}

impl Body for Half {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        let broken = self.broken;
        Poll::Ready(match self.rest.take() {
            Some(body) if broken => Some(Ok(Frame::data(body.slice(..body.len() / 2)))),
            Some(body) => Some(Ok(Frame::data(body))),
            None if broken => Some(Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe))),
            None => None,
        })
    }
}
