//! What a bad deployment does, and what the harness makes of it: a verdict within the time limit, never a hang, never a
//! panic, never a pass.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rstest::rstest;
use serde_json::{Value, json};
use syncano_conformance::harness::{
    self, CheckResult, Credentials, Event, Limits, Plan, Rate, Retries, RunError, Selection, Target, TimeOuts,
};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Outcome, Report};
use syncano_conformance::scenario::{Suite, SuiteFiles};
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use tokio::net::TcpListener;
use tokio::sync::watch;
use wiremock::matchers::{any, method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Short enough for a test.
const LIMITS: Limits = Limits {
    time_outs: TimeOuts { connect: Duration::from_secs(2), exchange: Duration::from_millis(400) },
    rate: Rate::Unlimited,
    retries: Retries {
        most: 3,
        shortest: Duration::from_millis(1),
        longest: Duration::from_millis(4),
        busy: Duration::from_secs(30),
    },
    answer: 2 << 20,
};

/// A user who reads herself, and another who must not appear.
const SCENARIO: &str = r#"
title: A user reads herself
given: {users: [alice, bob]}
steps:
  - name: alice reads herself
    as: alice
    send: GET /user/
    checks:
      - id: user/is-answered
        witness: true
        status: 200
      - id: user/is-the-caller
        at: $.id
        equals: '"{{alice.id}}"'
      - id: user/is-not-bob
        absent: [bob.username, bob.user_key]
"#;

fn suite(scenarios: &[(&str, &str)]) -> Arc<Suite> {
    let scenarios = scenarios.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Arc::new(SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap())
}

async fn run_suite(suite: &Arc<Suite>, target: Target) -> Result<Vec<Event>, RunError> {
    let plan = Plan { jobs: 3, ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    let mut events = Vec::new();
    harness::run(Arc::clone(suite), &Selection::default(), target, plan, stop, |event| events.push(event)).await?;
    Ok(events)
}

async fn run(url: &str) -> Result<Vec<CheckResult>, RunError> {
    let events = run_suite(&suite(&[("a/user.yaml", SCENARIO)]), Target::http(url, LIMITS).unwrap()).await?;
    let checks = Report::of(&events, false).scenarios.into_iter().flat_map(|scenario| scenario.checks);
    // The check that every scenario has by itself is tested by itself.
    Ok(checks.filter(|check| !check.id.starts_with("leak/")).collect())
}

/// The simulator, but for `GET /user/`.
async fn all_but_user(fault: ResponseTemplate) -> MockServer {
    let server = MockServer::builder().disable_request_recording().start().await;
    Mock::given(method("GET")).and(path_regex("/user/$")).respond_with(fault).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
    server
}

fn verdicts(checks: &[CheckResult]) -> Vec<Verdict> {
    checks.iter().map(|check| check.verdict()).collect()
}

#[tokio::test]
async fn a_good_deployment_passes() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
    assert_eq!(verdicts(&run(&server.uri()).await.unwrap()), [Verdict::Pass; 3]);
}

#[rstest]
#[case::an_error_page(ResponseTemplate::new(500).set_body_raw("<h1>Server Error (500)</h1>", "text/html"))]
#[case::no_json(ResponseTemplate::new(200).set_body_raw("{\"id\": ", "application/json"))]
#[case::no_utf8(ResponseTemplate::new(200).set_body_raw([0xff, 0xfe, 0x00], "application/json"))]
#[case::an_empty_body(ResponseTemplate::new(200))]
#[case::another_type(ResponseTemplate::new(200).set_body_json(serde_json::json!([1, 2])))]
#[case::too_deep(ResponseTemplate::new(200).set_body_raw("[".repeat(100_000), "application/json"))]
#[tokio::test]
async fn what_is_not_the_answer_fails(#[case] fault: ResponseTemplate) {
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
    let because = format!("the target sends its users to another host, {}, which is not followed", elsewhere.uri());
    assert!(checks.iter().all(|check| check.because() == Some(&because)), "{checks:?}");
    elsewhere.verify().await;
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_an_error() {
    let fault = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    let checks = run(&all_but_user(fault).await.uri()).await.unwrap();
    assert_eq!(verdicts(&checks), [Verdict::Error; 3]);
    assert!(checks[0].because().unwrap().contains("within the time-out"), "{:?}", checks[0].because());
}

#[tokio::test]
async fn a_connection_that_is_closed_is_an_error() {
    let server = MockServer::start().await;
    let reset = |_: &wiremock::Request| std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Mock::given(path_regex("/user/$")).respond_with_err(reset).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
    assert_eq!(verdicts(&run(&server.uri()).await.unwrap()), [Verdict::Error; 3]);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error() {
    let url = truncating(Simulator::builder().build()).await;
    let checks = run(&url).await.unwrap();
    assert_eq!(verdicts(&checks), [Verdict::Error; 3]);
    assert!(checks[0].because().unwrap().contains("no complete answer"), "{:?}", checks[0].because());
}

#[rstest]
#[case::errors(ResponseTemplate::new(500))]
#[case::no_json(ResponseTemplate::new(201).set_body_string("registered"))]
#[case::no_account(ResponseTemplate::new(201).set_body_json(serde_json::json!({"id": 1})))]
#[case::silence(ResponseTemplate::new(201).set_delay(Duration::from_secs(30)))]
#[tokio::test]
async fn a_deployment_that_does_nothing_cannot_be_set_up(#[case] answer: ResponseTemplate) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    run(&server.uri()).await.unwrap_err();
}

#[tokio::test]
async fn nobody_there_cannot_be_set_up() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = run(&format!("http://{free}")).await.unwrap_err();
    assert!(error.to_string().contains("no connection"), "{error}");
}

#[tokio::test]
async fn a_world_that_cannot_be_made_is_an_error_and_nothing_else() {
    let server = MockServer::start().await;
    Mock::given(path_regex("/users/$")).respond_with(ResponseTemplate::new(503)).with_priority(1).mount(&server).await;
    let simulator = Simulator::builder().build();
    Mock::given(any()).respond_with(simulator.clone()).mount(&server).await;
    let suite = suite(&[("a/user.yaml", SCENARIO)]);
    let events = run_suite(&suite, Target::http(&server.uri(), LIMITS).unwrap()).await.unwrap();
    let report = Report::of(&events, false);
    assert_eq!(report.summary.outcome(false), Outcome::NotSetUp);
    assert_eq!(report.scenarios[0].left_behind, Vec::<String>::new(), "what had been made was removed");
    let because = report.scenarios[0].checks[0].because().unwrap().to_owned();
    assert!(because.contains("/users/ was answered with 503"), "{because}");
}

#[tokio::test]
async fn what_cannot_be_removed_is_reported() {
    let server = MockServer::start().await;
    Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(503)).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
    let suite = suite(&[("a/user.yaml", SCENARIO)]);
    let events = run_suite(&suite, Target::http(&server.uri(), LIMITS).unwrap()).await.unwrap();
    let report = Report::of(&events, false);
    assert_eq!(report.summary.outcome(false), Outcome::LeftBehind);
    assert_eq!(report.scenarios[0].left_behind.len(), 1, "{:?}", report.scenarios[0].left_behind);
}

/// The simulator behind a function that may change each answer; and the requests that came, as method and path.
fn tampered(
    tamper: impl Fn(&http::request::Parts, http::Response<Bytes>) -> http::Response<Bytes> + Send + Sync + 'static,
) -> (Target, Arc<Mutex<Vec<String>>>) {
    let simulator = Simulator::builder().build();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    let target = Target::in_process("simulator", move |request| {
        let (parts, body) = request.into_parts();
        requests.lock().unwrap().push(format!("{} {}", parts.method, parts.uri.path()));
        let response = simulator.handle(Request::from_parts(parts.clone(), body));
        tamper(&parts, response)
    });
    (target, seen)
}

fn replaced(response: http::Response<Bytes>, from: &str, to: &str) -> http::Response<Bytes> {
    response.map(|body| Bytes::from(String::from_utf8_lossy(&body).replace(from, to)))
}

#[rstest]
#[case::another_name("/v1.1/instances/victim/")]
#[case::a_way_up("/v1.1/instances/../")]
#[case::somewhere_else("/v1.1/account/")]
#[tokio::test]
async fn nothing_is_removed_that_a_target_only_says_was_made(#[case] link: &'static str) {
    let (target, seen) = tampered(move |request, response| match request.uri.path() {
        "/v1.1/instances/" => http::Response::builder()
            .status(201)
            .body(Bytes::from(format!(r#"{{"name": "victim", "links": {{"self": "{link}"}}}}"#)))
            .unwrap(),
        "/v1.1/instances/victim/" => replaced(response, "Not found.", "Here."),
        _ => response,
    });
    run_suite(&suite(&[("a/user.yaml", SCENARIO)]), target).await.unwrap();
    let seen = seen.lock().unwrap();
    let removed = seen.iter().filter(|request| request.starts_with("DELETE")).collect::<Vec<_>>();
    assert!(removed.iter().all(|request| request.contains("/instances/conformance-")), "{removed:?}");
}

#[tokio::test]
async fn an_instance_is_removed_whose_making_was_not_answered() {
    let (target, seen) = tampered(|request, mut response| {
        if request.method == http::Method::POST && request.uri.path() == "/v1.1/instances/" {
            *response.status_mut() = http::StatusCode::BAD_GATEWAY;
        }
        response
    });
    let events = run_suite(&suite(&[("a/user.yaml", SCENARIO)]), target).await.unwrap();
    let report = Report::of(&events, false);
    assert_eq!(report.summary.outcome(false), Outcome::NotSetUp);
    assert_eq!(report.scenarios[0].left_behind, Vec::<String>::new());
    assert!(seen.lock().unwrap().iter().any(|request| request.starts_with("DELETE /v1.1/instances/conformance-")));
}

#[tokio::test]
async fn a_key_that_never_came_is_not_replaced_by_no_key() {
    let scenario = r#"
title: The old key is dead
given: {users: [alice]}
steps:
  - name: the key is reset
    as: account
    send: POST /users/{{alice.id}}/reset_key/
    save: {alice.user_key: $.user_key}
    checks:
      - {id: reset/is-answered, witness: true, at: $.username, equals: '"{{alice.username}}"'}
  - name: the old key
    as: alice@revoked
    send: GET /user/
    checks:
      - {id: reset/the-old-key-is-dead, status: 403}
  - name: the new key
    as: alice
    send: GET /user/
    checks:
      - {id: reset/the-new-key-works, at: $.id, equals: '"{{alice.id}}"'}
"#;
    let (target, _) = tampered(|request, response| match request.uri.path().ends_with("/reset_key/") {
        true => replaced(response, "user_key", "key_of_the_user"),
        false => response,
    });
    let events = run_suite(&suite(&[("a/reset.yaml", scenario)]), target).await.unwrap();
    let checks = &Report::of(&events, false).scenarios[0].checks[..3];
    // The key from before would still work here if it were sent: it is not the new one.
    assert_eq!(verdicts(checks), [Verdict::Pass, Verdict::Untestable, Verdict::Untestable], "{checks:?}");
}

#[tokio::test]
async fn no_secret_is_shown_however_a_target_writes_it() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let secrets = Arc::clone(&seen);
    let (target, _) = tampered(move |request, response| {
        let body = String::from_utf8_lossy(response.body()).into_owned();
        let json = serde_json::from_str::<serde_json::Value>(&body).unwrap_or_default();
        let key = ["user_key", "api_key", "account_key"].iter().find_map(|name| json[name].as_str());
        if let Some(key) = key {
            secrets.lock().unwrap().push(key.to_owned());
        }
        match request.uri.path().ends_with("/user/") {
            // Within longer words, cut short, in capitals, in another form, beside control characters.
            true => {
                let key = key.unwrap_or_default();
                let short = key.get(..36).unwrap_or_default();
                let body = format!(
                    "{{\"a\": \"key_{key}\", \"b\": \"%20{key}z\", \"c\": \"{short}\", \"d\": \"{}\", \"user_key\": \"sk.7ae0\"}}",
                    key.to_uppercase()
                );
                http::Response::builder().status(500).body(Bytes::from(body)).unwrap()
            }
            false => response,
        }
    });
    let events = run_suite(&suite(&[("a/user.yaml", SCENARIO)]), target).await.unwrap();
    let said = serde_json::to_string(&Report::of(&events, false)).unwrap().to_lowercase();
    assert!(said.contains("key_<alice.user_key>"), "{said}");
    for secret in seen.lock().unwrap().iter() {
        assert!(!said.contains(&secret[..24]), "{secret} is shown in {said}");
    }
    assert!(!said.contains("sk.7ae0"), "{said}");
}

#[tokio::test]
async fn a_password_that_a_target_sends_back_is_not_shown() {
    let (target, _) = tampered(|request, response| match request.uri.path().ends_with("/users/") {
        true => http::Response::builder().status(400).body(Bytes::from("refused: ECHO")).unwrap(),
        false => response,
    });
    // The function above does not see the body, so the echo is added here.
    let echoing = Target::in_process("simulator", move |request| {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let answer = futures_lite(target.send(request));
        replaced(answer.unwrap().response, "ECHO", &body)
    });
    let events = run_suite(&suite(&[("a/user.yaml", SCENARIO)]), echoing).await.unwrap();
    let because = Report::of(&events, false).scenarios[0].checks[0].because().unwrap().to_owned();
    assert!(because.contains("refused") && because.contains("<password>"), "{because}");
}

/// An in-process target answers at once.
fn futures_lite<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(std::task::Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an in-process target waits for nothing"),
    }
}

#[tokio::test]
async fn what_an_answer_shows_of_another_user_is_told_with_who_asked_for_what_and_where_it_stands() {
    let leaking = |place: &'static str| {
        let bob = Mutex::new(String::new());
        tampered(move |request, mut response| {
            let made = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
            if request.method == http::Method::POST && request.uri.path().ends_with("/users/") {
                // Bob is made last.
                *bob.lock().unwrap() = made["user_key"].as_str().unwrap().to_owned();
            } else if request.uri.path().ends_with("/groups/") && request.headers.contains_key("x-user-key") {
                let key = bob.lock().unwrap().to_uppercase();
                match place {
                    "header" => drop(response.headers_mut().insert("x-trace", key.parse().unwrap())),
                    _ => {
                        let mut body = made;
                        body["next"] = json!(format!("/groups/?user_key={key}"));
                        *response.body_mut() = body.to_string().into();
                    }
                }
            }
            response
        })
        .0
    };
    let scenario = r#"
title: Nobody is shown a key of another
given: {users: [alice, bob]}
steps:
  - {name: alice reads the groups, as: alice, send: GET /groups/, checks: [{id: groups/may-be-read, status: 200}]}
  - {name: bob reads the groups, as: bob, send: GET /groups/, checks: [{id: groups/may-be-read-by-bob, status: 200}]}
"#;
    for (place, shown) in [("header", "in the header x-trace"), ("body", "in the body at $.next")] {
        let events = run_suite(&suite(&[("a/leak.yaml", scenario)]), leaking(place)).await.unwrap();
        let checks = &Report::of(&events, false).scenarios[0].checks;
        let leak_check = checks.last().unwrap();
        assert_eq!((leak_check.id.as_str(), leak_check.verdict()), ("leak/a/leak", Verdict::Fail), "{checks:?}");
        let expected = format!("GET <root>/instances/<instance.name>/groups/ as alice shows bob.user_key {shown}");
        // Bob himself may see his key.
        assert_eq!(leak_check.because(), Some(expected.as_str()));
    }
}

#[tokio::test]
async fn where_the_world_cannot_be_seen_no_refusal_passes() {
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
        ("api_keys", "GET /api_keys/?ordering=desc does not show the administrator all that was made"),
        ("user", "GET /user/ is answered with 403 to somebody who may"),
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
        let checks = &Report::of(&events, false).scenarios[0].checks;
        assert_eq!(verdicts(checks), [Verdict::Pass, Verdict::Untestable, Verdict::Untestable], "{checks:?}");
        assert_eq!(checks[1].because(), Some(format!("its world cannot be seen: {why}").as_str()));
    }
}

#[tokio::test]
async fn an_interrupted_run_clears_away_what_it_has_made() {
    let suite = suite(&[("a/user.yaml", SCENARIO), ("b/user.yaml", &SCENARIO.replace("id: user/", "id: again/"))]);
    let simulator = Simulator::builder().build();
    let (interrupt, stop) = watch::channel(false);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (handle, requests) = (simulator, Arc::clone(&seen));
    let target = Target::in_process("simulator", move |request| {
        // The user presses Ctrl-C while the first world is being made.
        if request.method() == http::Method::POST && request.uri().path().ends_with("/users/") {
            interrupt.send_replace(true);
        }
        requests.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
        handle.handle(request)
    });
    let plan = Plan { jobs: 1, ..Plan::default() };
    let mut events = Vec::new();
    harness::run(suite, &Selection::default(), target, plan, stop, |event| events.push(event)).await.unwrap();
    let report = Report::of(&events, false);
    assert_eq!(report.summary.outcome(false), Outcome::Interrupted);
    assert_eq!(report.summary.of(Verdict::Pass), 0);
    let seen = seen.lock().unwrap();
    let made = seen.iter().filter(|request| request.as_str() == "POST /v1.1/instances/").count();
    let removed = seen.iter().filter(|request| request.starts_with("DELETE /v1.1/instances/")).count();
    assert_eq!((made, removed), (1, 1), "{seen:?}");
    assert!(!seen.iter().any(|request| request.ends_with("/user/")), "no step is sent any more: {seen:?}");
}

#[tokio::test]
async fn a_scenario_that_panics_is_cleared_away_like_any_other() {
    let suite = suite(&[("a/user.yaml", SCENARIO), ("b/user.yaml", &SCENARIO.replace("id: user/", "id: again/"))]);
    let simulator = Simulator::builder().build();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    let target = Target::in_process("simulator", move |request| {
        // The first scenario comes to its end, the second does not.
        let number = |path: &str| path.contains("-1-own/users/");
        assert!(request.method() != http::Method::POST || !number(request.uri().path()), "a defect of the harness");
        requests.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
        simulator.handle(request)
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&told);
    let (_end, stop) = watch::channel(false);
    let running = tokio::spawn(async move {
        let tell = |event| events.lock().unwrap().push(event);
        harness::run(suite, &Selection::default(), target, Plan { jobs: 1, ..Plan::default() }, stop, tell).await
    });
    assert!(running.await.unwrap_err().is_panic(), "whoever runs it is told");
    let seen = seen.lock().unwrap();
    let instance = |method: &str, request: &&String| request.starts_with(&format!("{method} /v1.1/instances/"));
    let made = seen.iter().filter(|request| request.as_str() == "POST /v1.1/instances/").count();
    let removed = seen.iter().filter(|request| instance("DELETE", request)).count();
    assert_eq!((made, removed), (2, 2), "{seen:?}");
    let report = Report::of(&told.lock().unwrap(), false);
    assert_eq!(report.scenarios.len(), 1);
    assert_eq!(report.finished.unwrap().left_behind, Vec::<String>::new());
}

#[rstest]
#[case::outside_of_a_batch("/users/")]
#[case::in_a_batch("/batch/")]
#[tokio::test]
async fn what_was_made_without_a_word_in_an_instance_of_others_is_found_by_its_name(#[case] wordless: &'static str) {
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).unwrap();
    let handle = simulator.clone();
    let target = Target::in_process("simulator", move |request| {
        let is_wordless = request.method() == http::Method::POST && request.uri().path().ends_with(wordless);
        let mut response = handle.handle(request);
        if is_wordless {
            *response.status_mut() = http::StatusCode::BAD_GATEWAY;
            *response.body_mut() = Bytes::new();
        }
        response
    });
    let key = world.account.account_key.to_string();
    let users = || {
        let request = Request::get("/v1.1/instances/demo/users/").header("x-api-key", &key);
        serde_json::from_slice::<Value>(simulator.handle(request.body(Bytes::new()).unwrap()).body()).unwrap()
    };
    let before = users();
    let scenario = r#"
title: Users are made
steps:
  - name: one
    as: account
    send: POST /users/
    json: '{"username": "{{unique.zoe}}", "password": "jones"}'
    checks: [{id: users/makes-one, status: 201}]
  - name: one more
    as: account
    send: POST /batch/
    json: '{"requests": [{"method": "POST", "path": "{{instance.path}}/users/", "body": {"username": "{{unique.ash}}", "password": "x"}}]}'
    checks: [{id: users/makes-one-more, status: 200}]
"#;
    let credentials = Credentials::AccountKey(key.clone().into());
    let plan = Plan { credentials, instance: Some("demo".to_owned()), ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    let mut events = Vec::new();
    let suite = suite(&[("a/users.yaml", scenario)]);
    harness::run(suite, &Selection::default(), target, plan, stop, |event| events.push(event)).await.unwrap();
    let report = Report::of(&events, false);
    assert_eq!(report.summary.of(Verdict::Fail), 1, "one of the answers was lost");
    assert_eq!(report.scenarios[0].left_behind, Vec::<String>::new());
    assert_eq!(users(), before);
}

#[tokio::test]
async fn a_step_with_eventually_asks_again_and_one_without_does_not() {
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
        let report = Report::of(&events, false);
        assert_eq!(report.scenarios[0].checks[0].verdict(), expected);
    }
}

#[tokio::test]
async fn events_come_in_the_order_of_the_files_whatever_finishes_first() {
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
    let names = Report::of(&events, false).scenarios.into_iter().map(|scenario| scenario.name).collect::<Vec<_>>();
    assert_eq!(names, ["a/first", "b/second"]);
}

#[tokio::test]
async fn no_key_and_no_password_stands_in_what_a_run_says() {
    // Everything that can be said is said: each check fails, and the wrong answer is full of keys.
    let scenario = SCENARIO
        .replace(
            "GET /user/",
            "PATCH /user/?note={{alice.user_key}}\n    json: '{\"password\": \"{{alice.password}}\"}'",
        )
        .replace("status: 200", "status: 599")
        .replace("        witness: true\n", "")
        .replace("equals: '\"{{alice.id}}\"'", "equals: '\"{{alice.user_key}}\"'");
    let simulator = Simulator::builder().build();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keys = Arc::clone(&seen);
    let target = Target::in_process("simulator", move |request| {
        if request.method() == http::Method::POST && request.uri().path().ends_with("/users/") {
            let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
            keys.lock().unwrap().push(body["password"].as_str().unwrap().to_owned());
        }
        let response = simulator.handle(request);
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let found = ["user_key", "api_key", "account_key"].map(|name| body[name].as_str().map(str::to_owned));
        keys.lock().unwrap().extend(found.into_iter().flatten());
        response
    });
    let events = run_suite(&suite(&[("a/user.yaml", &scenario)]), target).await.unwrap();
    let report = Report::of(&events, false);
    assert_eq!(report.scenarios[0].checks[1].verdict(), Verdict::Fail, "{:?}", report.scenarios);
    let mut said = serde_json::to_string(&report).unwrap();
    said.push_str(&syncano_conformance::report::Format::Junit.render(&report).unwrap());
    let mut terminal = Vec::new();
    let mut writer = syncano_conformance::report::Terminal::new(&mut terminal, false);
    events.iter().for_each(|event| writer.show(event).unwrap());
    said.push_str(&String::from_utf8(terminal).unwrap());
    let seen = seen.lock().unwrap();
    assert!(seen.len() >= 5, "the run has made keys and passwords: {}", seen.len());
    for secret in seen.iter() {
        assert!(!said.contains(secret), "{secret} is shown");
    }
}

/// A listener that answers like the simulator, but breaks the answer to `GET /user/` off in the middle.
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

/// A body that, where it is broken, ends with an error in its middle.
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
