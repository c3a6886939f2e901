//! Checks that a run deletes the resources that it created, and nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use rstest::rstest;
use serde_json::Value;
use syncano_conformance::harness::{self, Credentials, Plan, Selection, Target};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Report, RunOutcome};
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{SCENARIO, replaced, run_suite, suite, tampered};

#[tokio::test(start_paused = true)]
async fn a_resource_that_cannot_be_deleted_is_reported() {
    let simulator = Simulator::builder().build();
    let target = Target::in_process("simulator", move |request| match *request.method() {
        http::Method::DELETE => http::Response::builder().status(503).body(Bytes::new()).unwrap(),
        _ => simulator.handle(request),
    });
    let events = run_suite(&suite(&[("a/user.yaml", SCENARIO)]), target).await.unwrap();
    let report = Report::new(&events, false);
    assert_eq!(report.summary.outcome(false), RunOutcome::LeftBehind);
    assert_eq!(report.summary.left_behind, 1, "{report:?}");
}

#[rstest]
#[case::another_name("/v1.1/instances/victim/")]
#[case::a_parent_path("/v1.1/instances/../")]
#[case::another_path("/v1.1/account/")]
#[tokio::test]
async fn resources_that_the_target_merely_claims_to_have_created_are_not_deleted(#[case] link: &'static str) {
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
async fn an_instance_is_deleted_even_if_its_creation_got_no_answer() {
    let (target, seen) = tampered(|request, mut response| {
        if request.method == http::Method::POST && request.uri.path() == "/v1.1/instances/" {
            *response.status_mut() = http::StatusCode::BAD_GATEWAY;
        }
        response
    });
    let events = run_suite(&suite(&[("a/user.yaml", SCENARIO)]), target).await.unwrap();
    let report = Report::new(&events, false);
    assert_eq!(report.summary.outcome(false), RunOutcome::NotSetUp);
    assert_eq!(report.summary.left_behind, 0, "{report:?}");
    assert!(seen.lock().unwrap().iter().any(|request| request.starts_with("DELETE /v1.1/instances/conformance-")));
}

#[tokio::test]
async fn an_interrupted_run_deletes_its_resources() {
    let suite = suite(&[("a/user.yaml", SCENARIO), ("b/user.yaml", &SCENARIO.replace("id: user/", "id: again/"))]);
    let simulator = Simulator::builder().build();
    let (interrupt, stop) = watch::channel(false);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (handle, requests) = (simulator, Arc::clone(&seen));
    let target = Target::in_process("simulator", move |request| {
        // The user presses Ctrl-C while the run creates the first world.
        if request.method() == http::Method::POST && request.uri().path().ends_with("/users/") {
            interrupt.send_replace(true);
        }
        requests.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
        handle.handle(request)
    });
    let plan = Plan { jobs: 1, ..Plan::default() };
    let mut events = Vec::new();
    harness::run(suite, &Selection::default(), target, plan, stop, |event| events.push(event)).await.unwrap();
    let report = Report::new(&events, false);
    assert_eq!(report.summary.outcome(false), RunOutcome::Interrupted);
    assert_eq!(report.summary.of(Verdict::Pass), 0);
    let seen = seen.lock().unwrap();
    let made = seen.iter().filter(|request| request.as_str() == "POST /v1.1/instances/").count();
    let removed = seen.iter().filter(|request| request.starts_with("DELETE /v1.1/instances/")).count();
    assert_eq!((made, removed), (1, 1), "{seen:?}");
    assert!(!seen.iter().any(|request| request.ends_with("/user/")), "no step is sent any more: {seen:?}");
}

#[tokio::test]
async fn the_resources_of_a_panicking_scenario_are_deleted() {
    let suite = suite(&[("a/user.yaml", SCENARIO), ("b/user.yaml", &SCENARIO.replace("id: user/", "id: again/"))]);
    let simulator = Simulator::builder().build();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    let target = Target::in_process("simulator", move |request| {
        // The first scenario completes, the second does not.
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
    assert!(running.await.unwrap_err().is_panic(), "the caller of the run gets the panic");
    let seen = seen.lock().unwrap();
    let instance = |method: &str, request: &&String| request.starts_with(&format!("{method} /v1.1/instances/"));
    let made = seen.iter().filter(|request| request.as_str() == "POST /v1.1/instances/").count();
    let removed = seen.iter().filter(|request| instance("DELETE", request)).count();
    assert_eq!((made, removed), (2, 2), "{seen:?}");
    let report = Report::new(&told.lock().unwrap(), false);
    assert_eq!(report.scenarios.len(), 1);
    assert_eq!(report.finished.unwrap().left_behind, Vec::<String>::new());
}

#[rstest]
#[case::outside_of_a_batch("/users/")]
#[case::in_a_batch("/batch/")]
#[tokio::test]
async fn a_resource_created_without_an_answer_is_found_by_its_name(#[case] wordless: &'static str) {
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
    let report = Report::new(&events, false);
    assert_eq!(report.summary.of(Verdict::Fail), 2, "one of the answers was lost, and is an error");
    assert_eq!(report.summary.left_behind, 0, "{report:?}");
    assert_eq!(users(), before);
}

#[tokio::test(start_paused = true)]
async fn a_run_waits_for_all_late_deletions_together() {
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).unwrap();
    let late = Duration::from_secs(5);
    // The answers to GET that a cache keeps, each until five seconds after the deletion.
    let cache = Mutex::new(HashMap::new());
    let target = Target::in_process("simulator", move |request| {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = simulator.handle(request);
        let mut cache = cache.lock().unwrap();
        if method == http::Method::GET && answer.status() == 200 {
            cache.insert(path.clone(), (answer.clone(), None));
        } else if method == http::Method::DELETE && answer.status().is_success() {
            cache.entry(path.clone()).and_modify(|(_, until)| *until = Some(Instant::now() + late));
        }
        match cache.get(&path) {
            Some((kept, Some(until))) if method == http::Method::GET && *until > Instant::now() => kept.clone(),
            _ => answer,
        }
    });
    let scenarios = (0..20)
        .map(|number| (format!("a/{number}.yaml"), SCENARIO.replace("id: user/", &format!("id: user-{number}/"))));
    let scenarios = scenarios.collect::<Vec<_>>();
    let suite = suite(&scenarios.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let credentials = Credentials::AccountKey(world.account.account_key.to_string().into());
    let plan = Plan { credentials, instance: Some("demo".to_owned()), jobs: 1, ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    let begun = Instant::now();
    let mut events = Vec::new();
    harness::run(suite, &Selection::default(), target, plan, stop, |event| events.push(event)).await.unwrap();
    let report = Report::new(&events, false);
    assert_eq!(report.summary.left_behind, 0, "{report:?}");
    assert!(begun.elapsed() < late * 2, "{:?}", begun.elapsed());
    let notes = report.finished.unwrap().notes.join("\n");
    assert!(notes.contains("deletes late, or a cache"), "{notes}");
}
