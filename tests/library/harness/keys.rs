//! Checks that no output of a run contains keys or passwords.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use serde_json::{Value, json};
use syncano_conformance::harness::Target;
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::Report;
use syncano_simulator::Simulator;

use super::{SCENARIO, replaced, run_suite, suite, tampered, verdicts};

#[tokio::test]
async fn a_step_with_a_missing_key_is_not_sent_without_it() {
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
      - {id: reset/the-old-key-is-invalid, status: 403}
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
    let checks = &Report::new(&events, false).scenarios[0].checks[..3];
    // The old key would still work here, so the harness must not send it in place of the new one.
    assert_eq!(verdicts(checks), [Verdict::Pass, Verdict::Untestable, Verdict::Untestable], "{checks:?}");
}

#[tokio::test]
async fn no_secret_is_shown_in_any_encoding() {
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
            // The keys are within longer words, truncated, in capitals, or in another format.
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
    let said = serde_json::to_string(&Report::new(&events, false)).unwrap().to_lowercase();
    assert!(said.contains("key_<alice.user_key>"), "{said}");
    for secret in seen.lock().unwrap().iter() {
        assert!(!said.contains(&secret[..24]), "{secret} is shown in {said}");
    }
    assert!(!said.contains("sk.7ae0"), "{said}");
}

#[tokio::test]
async fn an_echoed_password_is_not_shown() {
    let (target, _) = tampered(|request, response| match request.uri.path().ends_with("/users/") {
        true => http::Response::builder().status(400).body(Bytes::from("rejected: ECHO")).unwrap(),
        false => response,
    });
    // The function above does not see the request body, so this target adds the echo.
    let echoing = Target::in_process("simulator", move |request| {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let answer = futures_lite(target.send(request));
        replaced(answer.unwrap().response, "ECHO", &body)
    });
    let events = run_suite(&suite(&[("a/user.yaml", SCENARIO)]), echoing).await.unwrap();
    let because = Report::new(&events, false).scenarios[0].checks[0].because().unwrap().to_owned();
    assert!(because.contains("rejected") && because.contains("<password>"), "{because}");
}

/// Polls a future once. An in-process target responds at once.
fn futures_lite<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(std::task::Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an in-process target waits for nothing"),
    }
}

#[tokio::test]
async fn a_leak_names_the_caller_the_request_and_the_place() {
    let leaking = |place: &'static str| {
        let bob = Mutex::new(String::new());
        tampered(move |request, mut response| {
            let made = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
            if request.method == http::Method::POST && request.uri.path().ends_with("/users/") {
                // Bob is created last.
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
    for (place, shown) in [("header", "in the header x-trace"), ("body", "at $.next")] {
        let events = run_suite(&suite(&[("a/leak.yaml", scenario)]), leaking(place)).await.unwrap();
        let checks = &Report::new(&events, false).scenarios[0].checks;
        let leak_check = checks.iter().find(|check| check.id == "leak/a/leak").unwrap();
        assert_eq!(leak_check.verdict(), Verdict::Fail, "{checks:?}");
        let expected = format!("GET <root>/instances/<instance.name>/groups/ as alice: 200: bob.user_key is {shown}");
        // Bob himself may see his key.
        assert_eq!(leak_check.because(), Some(expected.as_str()));
    }
}

#[tokio::test]
async fn the_events_of_a_run_contain_no_key_and_no_password() {
    // The run produces all possible output: each check fails, and the wrong response is full of
    // keys.
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
    let report = Report::new(&events, false);
    assert_eq!(report.scenarios[0].checks[1].verdict(), Verdict::Fail, "{:?}", report.scenarios);
    let mut said = serde_json::to_string(&report).unwrap();
    said.push_str(&syncano_conformance::report::ReportFormat::Junit.render(&report).unwrap());
    let mut terminal = Vec::new();
    let mut writer = syncano_conformance::report::Terminal::new(&mut terminal, false)
        .detail(syncano_conformance::report::Detail::Much);
    events.iter().for_each(|event| writer.show(event).unwrap());
    writer.end(&Report::new(&events, false)).unwrap();
    said.push_str(&String::from_utf8(terminal).unwrap());
    let seen = seen.lock().unwrap();
    assert!(seen.len() >= 5, "the run has made keys and passwords: {}", seen.len());
    for secret in seen.iter() {
        assert!(!said.contains(secret), "{secret} is shown");
    }
}
