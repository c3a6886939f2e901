//! Tests a target that disappears, and a run that reaches its time limit.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use rstest::rstest;
use secrecy::SecretString;
use syncano_conformance::harness::{self, CheckResult, Credentials, Plan, Selection, Target};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Report, RunOutcome};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Afterwards::{Closes, GoesOn, Stays};
use super::{LIMITS, SCENARIO, Server, asks_for_it, but, events, read, status, suite, times, wire, writes};

/// Matches every request from the first one that asks for a fault.
fn since_then() -> impl Fn(&Request<Bytes>) -> bool + Send + Sync {
    let met = AtomicBool::new(false);
    move |request| met.fetch_or(asks_for_it(request), Ordering::Relaxed) || asks_for_it(request)
}

#[rstest]
#[case::after_no_answer(None, "may have been registered for this run")]
#[case::after_an_unreadable_answer(Some(200), "may have been registered for this run")]
#[case::after_a_rejection(Some(403), "")]
#[tokio::test]
async fn an_account_is_reported_only_if_it_may_have_been_registered(#[case] answer: Option<u16>, #[case] note: &str) {
    let meets = |request: &Request<Bytes>| request.uri().path().ends_with("/register/");
    let server = Server::start(meets, move |stream, _, _| match answer {
        Some(code) => writes(stream, wire(&status(code)), GoesOn),
        None => writes(stream, Vec::new(), Closes),
    })
    .await;
    let error = no_account(&server.url).await;
    assert_eq!(error.contains("registered for this run"), !note.is_empty(), "{error}");
    assert!(error.contains(note), "{error}");
}

#[tokio::test]
async fn a_run_that_did_not_reach_its_target_reports_no_account() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = no_account(&url).await;
    assert!(error.contains("no connection") && !error.contains("registered"), "{error}");
}

/// Returns the error of a run that fails to register its account.
async fn no_account(url: &str) -> String {
    let plan = Plan { credentials: Credentials::Register, ..Plan::default() };
    let suite = suite(&[("a/fault.yaml", SCENARIO)]);
    let (_end, stop) = watch::channel(false);
    let target = Target::http(url, LIMITS).unwrap();
    harness::run(suite, &Selection::default(), target, plan, stop, |_| {}).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_resource_whose_request_was_never_sent_is_not_reported_as_left_behind() {
    // The deployment disappears before the run creates its world.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read(&mut stream).await.unwrap();
        drop(listener);
        let account = r#"{"id": 1, "email": "admin@example.com", "account_key": "0123"}"#;
        stream.write_all(&but(status(200), None, account)).await.unwrap();
    });
    let plan = Plan { credentials: Credentials::AccountKey(SecretString::from("0123")), jobs: 1, ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    let target = Target::http(&url, LIMITS).unwrap();
    let events = events(&suite(&[("a/fault.yaml", SCENARIO)]), &Selection::default(), target, plan, stop).await;
    let report = Report::new(&events, false);
    let because = report.scenarios[0].checks[0].because().unwrap();
    assert!(because.contains("no connection"), "{because}");
    assert_eq!(report.summary.left_behind, 0, "nothing was made");
}

/// Returns a scenario with enough requests to detect that the target no longer responds.
fn long(word: &str) -> String {
    let mut scenario = "title: Much is asked\ngiven: {users: [alice]}\nsteps:\n".to_owned();
    for number in 0..14 {
        scenario += &format!("  - name: number {number}\n    as: alice\n    send: GET /user/?fault=1\n");
        scenario += &format!("    checks: [{{id: {word}/number-{number}, status: 200}}]\n");
    }
    scenario
}

#[tokio::test]
async fn an_unreachable_target_receives_only_clean_up_requests() {
    let server = Server::start(since_then(), |stream, _, _| writes(stream, Vec::new(), Closes)).await;
    let suite = suite(&[("a/long.yaml", &long("first")), ("b/long.yaml", &long("second"))]);
    let report = server.run(&suite, LIMITS, server.plan()).await;
    let [first, second] = report.scenarios.as_slice() else { panic!("{report:?}") };
    let stopped = |check: &CheckResult| check.because() == Some("the target has stopped answering");
    assert!(first.checks.iter().take(14).all(|check| check.verdict() == Verdict::Error), "{first:?}");
    assert_eq!(first.checks.iter().filter(|check| stopped(check)).count(), 4, "{first:?}");
    // The run tries ten exchanges three times each. A kept connection that was closed is not an
    // attempt.
    assert_eq!(server.asked("fault=1"), 31);
    assert!(second.checks.iter().all(|check| check.verdict() == Verdict::Error), "{second:?}");
    let worlds = server.asked.lock().unwrap().iter().filter(|asked| asked.as_str() == "POST /v1.1/instances/").count();
    assert_eq!(worlds, 1, "no second world is begun");
    assert_eq!(report.summary.left_behind, 1, "{report:?}");
    let looked = format!("GET /v1.1/instances/conformance-{}-3-shared/", report.started.as_ref().unwrap().run);
    assert!(server.asked.lock().unwrap().contains(&looked), "what is left is tried to be removed");
    assert_eq!(report.summary.outcome(false), RunOutcome::Failed);
}

#[tokio::test]
async fn one_answer_shows_that_a_target_is_reachable_again() {
    let is_early = times(31);
    let meets = move |request: &Request<Bytes>| asks_for_it(request) && is_early();
    let server = Server::start(meets, |stream, _, _| writes(stream, Vec::new(), Closes)).await;
    let suite = suite(&[("a/long.yaml", &long("first")), ("b/long.yaml", &long("second"))]);
    let report = server.run(&suite, LIMITS, server.plan()).await;
    let [first, second] = report.scenarios.as_slice() else { panic!("{report:?}") };
    assert!(first.checks.iter().take(14).all(|check| check.verdict() == Verdict::Error), "{first:?}");
    assert!(second.checks.iter().all(|check| check.verdict() == Verdict::Pass), "{second:?}");
    assert_eq!(server.instances(), 0);
}

#[tokio::test]
async fn a_run_that_reaches_its_maximum_time_stops_and_cleans_up() {
    let server = Server::with(|stream, _| writes(stream, Vec::new(), Stays)).await;
    let suite = suite(&[("a/fault.yaml", SCENARIO), ("b/fault.yaml", &SCENARIO.replace("id: fault/", "id: later/"))]);
    let plan = Plan { max_time: Some(Duration::from_secs(2)), replays: true, ..server.plan() };
    let report = server.run(&suite, LIMITS, plan).await;
    let checks = report.scenarios.iter().flat_map(|scenario| &scenario.checks);
    let unjudged = checks.filter(|check| check.id != "fault/before").collect::<Vec<_>>();
    assert!(unjudged.len() > 10, "{unjudged:?}");
    for check in unjudged {
        let because = check.because().unwrap();
        assert_eq!((check.verdict(), because), (Verdict::Untestable, "the run's time was over"), "{}", check.id);
    }
    assert_eq!((report.summary.outcome(false), server.instances()), (RunOutcome::Incomplete, 0));
}

#[tokio::test]
async fn the_clean_up_has_a_maximum_time() {
    let server = Server::start(since_then(), |stream, _, _| writes(stream, Vec::new(), Stays)).await;
    let plan =
        Plan { max_time: Some(Duration::from_secs(2)), clearing_time: Duration::from_millis(100), ..server.plan() };
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, plan).await;
    let left = &report.finished.as_ref().unwrap().left_behind;
    assert!(left.len() == 1 && left[0].contains("could not be removed within"), "{left:?}");
    assert_eq!(report.summary.outcome(false), RunOutcome::Incomplete);
}
