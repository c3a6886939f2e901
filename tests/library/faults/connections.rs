//! Tests connections that are closed without notice.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use rstest::rstest;
use syncano_conformance::harness::{Limits, Plan, Rate, Retries};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::RunOutcome;
use syncano_suite::BuiltInCheck;
use tokio::io::AsyncWriteExt;

use super::Afterwards::Closes;
use super::{LIMITS, SCENARIO, Server, asks_for_it, faulty, suite, times, wire, writes};

/// A scenario that alternates writes and reads, so that requests of both kinds follow each other
/// closely.
const TURNS: &str = r#"
title: Groups are made and read
given: {users: [alice]}
steps:
  - name: the first group is made
    as: account
    send: POST /groups/
    json: '{"label": "{{unique.first}}"}'
    checks: [{id: turns/first, status: 201}]
  - name: alice reads herself
    as: alice
    send: GET /user/
    checks: [{id: turns/reads, at: $.id, equals: '"{{alice.id}}"'}]
  - name: the second group is made
    as: account
    send: POST /groups/
    json: '{"label": "{{unique.second}}"}'
    checks: [{id: turns/second, status: 201}]
  - name: there are two
    as: account
    send: GET /groups/?ordering=desc
    checks: [{id: turns/both-are-made, at: "$.objects[*].label", contains: '["{{unique.first}}", "{{unique.second}}"]'}]
  - name: alice changes
    as: account
    send: PATCH /users/{{alice.id}}/
    json: '{"username": "{{unique.ripley}}"}'
    checks: [{id: turns/changes, status: 200}]
"#;

/// Starts a server that responds to each request and closes the connection after a delay, without
/// notice and without reading further requests.
async fn closes_without_notice(idle: Duration) -> Server {
    Server::start(
        |_| true,
        move |mut stream, request, simulator| {
            Box::pin(async move {
                stream.write_all(&wire(&simulator.handle(request))).await?;
                tokio::time::sleep(idle).await;
                Ok(None)
            })
        },
    )
    .await
}

#[rstest]
#[case::at_once_without_a_pace(0, None)]
#[case::at_once_at_10_a_second(0, Some(10))]
#[case::at_once_at_100_a_second(0, Some(100))]
#[case::soon_without_a_pace(3, None)]
#[case::soon_at_10_a_second(100, Some(10))]
#[case::soon_at_100_a_second(10, Some(100))]
#[tokio::test]
async fn silently_closed_connections_do_not_count_against_the_target(#[case] idle: u64, #[case] rate: Option<u32>) {
    let server = closes_without_notice(Duration::from_millis(idle)).await;
    let rate = rate.map_or(Rate::Unlimited, |rate| Rate::Every(Duration::from_secs(1) / rate));
    // At a rate of 10 requests per second, one scenario takes two seconds.
    let most = if rate == Rate::Every(Duration::from_millis(100)) { 2 } else { 12 };
    let files = (0..most)
        .map(|number| (format!("a/{number}.yaml"), TURNS.replace("id: turns/", &format!("id: turns-{number}/"))));
    let files = files.collect::<Vec<_>>();
    let suite = suite(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let limits = Limits { rate, retries: Retries { most: 0, ..LIMITS.retries }, ..LIMITS };
    let report = server.run(&suite, limits, Plan { jobs: 4, ..server.plan() }).await;
    let checks = report.scenarios.iter().flat_map(|scenario| &scenario.checks).collect::<Vec<_>>();
    assert_eq!(checks.len(), (5 + BuiltInCheck::ALL.len()) * most);
    assert!(checks.iter().all(|check| check.verdict() == Verdict::Pass), "{checks:?}");
    let asked = server.asked.lock().unwrap();
    let made = asked.iter().filter(|asked| asked.starts_with("POST ") && asked.ends_with("/groups/")).count();
    assert_eq!(made, 2 * most, "each group is made once");
    assert_eq!((report.summary.outcome(true), server.instances()), (RunOutcome::Passed, 0));
}

#[tokio::test]
async fn after_a_silently_closed_connection_no_connection_is_reused() {
    // Returns true if a request closes its connection.
    let ends =
        |request: &Request<Bytes>| request.headers().get("connection").is_some_and(|connection| connection == "close");
    let kept = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&kept);
    let server = Server::start(
        move |request| {
            notes.lock().unwrap().push((request.method().clone(), !ends(request)));
            asks_for_it(request) && !ends(request)
        },
        |stream, _, _| writes(stream, Vec::new(), Closes),
    )
    .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    assert_eq!(report.summary.outcome(true), RunOutcome::Passed, "{report:?}");
    assert_eq!(server.asked("fault=1"), 2, "once on a kept connection, once on a new one");
    let kept = kept.lock().unwrap();
    let (reads, writes): (Vec<_>, Vec<_>) = kept.iter().partition(|(method, _)| *method == Method::GET);
    assert!(writes.iter().all(|(_, kept)| !kept), "what may change something has its own connection: {writes:?}");
    let last = reads.iter().rposition(|(_, kept)| *kept).unwrap();
    assert!(reads[..=last].iter().all(|(_, kept)| *kept) && last + 2 < reads.len(), "{reads:?}");
}

#[tokio::test]
async fn a_new_connection_closed_without_an_answer_is_a_failed_attempt() {
    // The second request uses a new connection, because the first failure ends the reuse of
    // connections.
    let is_early = times(2);
    let meets = move |request: &Request<Bytes>| asks_for_it(request) && is_early();
    let server = Server::start(meets, |stream, _, _| writes(stream, Vec::new(), Closes)).await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    let checks = faulty(&server, &report);
    assert!(checks.iter().all(|check| check.verdict() == Verdict::Flaky), "{checks:?}");
    assert_eq!(server.asked("fault=1"), 3);
}
