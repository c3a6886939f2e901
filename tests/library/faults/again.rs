//! Tests which requests are retried and which are sent only once.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rstest::rstest;
use syncano_conformance::harness::{Access, Limits, Plan, Rate, Retries, Selection, Target};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Detail, Report, ReportFormat, RunOutcome, Terminal};
use tokio::sync::watch;

use super::Afterwards::{Closes, GoesOn};
use super::{LIMITS, SCENARIO, Server, asks_for_it, but, events, faulty, in_file, status, suite, times, wire, writes};

#[tokio::test]
async fn a_check_that_passes_only_after_a_retry_is_flaky() {
    let is_early = times(2);
    let meets = move |request: &Request<Bytes>| asks_for_it(request) && is_early();
    let server = Server::start(meets, |stream, _, _| writes(stream, wire(&status(503)), GoesOn)).await;
    let (_end, stop) = watch::channel(false);
    let target = Target::http(&server.url, LIMITS).unwrap();
    let suite = suite(&[("a/fault.yaml", SCENARIO)]);
    let events = events(&suite, &Selection::default(), target, server.plan(), stop).await;
    let report = Report::new(&events, false);
    let because = "passed only after a retry: first 503, then 503";
    for check in faulty(&server, &report) {
        assert_eq!((check.verdict(), check.because()), (Verdict::Flaky, Some(because)));
    }
    assert_eq!(
        report.scenarios[0].checks.last().unwrap().verdict(),
        Verdict::Pass,
        "nothing was shown that must not be"
    );
    let outcomes = [false, true].map(|strict| report.summary.outcome(strict));
    assert_eq!(outcomes, [RunOutcome::Passed, RunOutcome::Incomplete]);

    let mut said = Vec::new();
    let mut terminal = Terminal::new(&mut said, false).detail(Detail::Much);
    events.iter().for_each(|event| terminal.show(event).unwrap());
    terminal.end(&Report::new(&events, false)).unwrap();
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("fault/value") && said.contains(because) && said.contains("3 flaky"), "{said}");
    let junit = ReportFormat::Junit.render(&report).unwrap();
    assert!(junit.contains("<flakyError") && junit.contains("failures=\"0\"") && junit.contains(because), "{junit}");
}

#[tokio::test]
async fn a_throttled_answer_is_not_flaky() {
    let is_early = times(2);
    let meets = move |request: &Request<Bytes>| asks_for_it(request) && is_early();
    let server = Server::start(meets, |stream, _, _| {
        writes(stream, but(status(429), Some(("retry-after", "0")), "slow down"), GoesOn)
    })
    .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    assert_eq!(report.summary.outcome(true), RunOutcome::Passed, "{report:?}");
    assert_eq!(server.asked("fault=1"), 3);
}

#[rstest]
#[case::nothing_was_processed(&[429, 429], 2, Verdict::Pass)]
#[case::a_change_was_processed(&[201, 429], 1, Verdict::Error)]
#[tokio::test]
async fn a_throttled_batch_is_repeated_if_it_has_changed_nothing(
    #[case] codes: &[u16],
    #[case] sent: usize,
    #[case] expected: Verdict,
) {
    const BATCH: &str = r#"
title: Two groups are created at once
steps:
  - name: both are created
    as: account
    send: POST /batch/?fault=1
    json: |
      {"requests": [
        {"method": "POST", "path": "{{instance.path}}/groups/", "body": {"label": "{{unique.first}}"}},
        {"method": "POST", "path": "{{instance.path}}/groups/", "body": {"label": "{{unique.second}}"}}
      ]}
    checks: [{id: batch/codes, at: "$[*].code", equals: "[201, 201]"}]
"#;
    let is_early = times(1);
    let meets = move |request: &Request<Bytes>| asks_for_it(request) && is_early();
    let throttled = serde_json::json!(codes.iter().map(|code| serde_json::json!({"code": code})).collect::<Vec<_>>());
    let server = Server::start(meets, move |stream, _, _| {
        writes(stream, wire(&Response::new(Bytes::from(throttled.to_string()))), GoesOn)
    })
    .await;
    let report = server.run(&suite(&[("a/batch.yaml", BATCH)]), LIMITS, server.plan()).await;
    assert_eq!(report.scenarios[0].checks[0].verdict(), expected, "{report:?}");
    assert_eq!(server.asked("fault=1"), sent);
}

#[tokio::test]
async fn a_long_retry_after_counts_as_no_answer() {
    let server =
        Server::with(|stream, _| writes(stream, but(status(429), Some(("retry-after", "3600")), "slow down"), GoesOn))
            .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    let checks = faulty(&server, &report);
    let because =
        "the target responds with 429, Too Many Requests, and asks for a wait of 3600 s; the maximum wait is 30 s";
    assert!(
        checks.iter().all(|check| check.verdict() == Verdict::Error),
        "an `absent` does not pass on it: {checks:?}"
    );
    assert_eq!(checks[0].because(), Some(because));
    assert_eq!(server.asked("fault=1"), 1);
}

#[rstest]
#[case::a_gateway(Some(503))]
#[case::no_answer(None)]
#[tokio::test]
async fn a_write_that_may_have_taken_effect_is_sent_only_once(#[case] answer: Option<u16>) {
    let meets =
        |request: &Request<Bytes>| request.uri().path().ends_with("/groups/") && *request.method() == Method::POST;
    let server = Server::start(meets, move |stream, request, simulator| {
        simulator.handle(request);
        match answer {
            Some(code) => writes(stream, wire(&status(code)), GoesOn),
            None => writes(stream, Vec::new(), Closes),
        }
    })
    .await;
    let scenario = r#"
title: A group is made
given: {}
steps:
  - name: the group is made
    as: account
    send: POST /groups/
    json: '{"label": "{{unique.group}}"}'
    checks: [{id: group/is-made, status: 201}]
  - name: there is one
    as: account
    send: GET /groups/
    checks: [{id: group/is-there-once, at: $.objects, count: 1}]
"#;
    let report = server.run(&suite(&[("a/group.yaml", scenario)]), LIMITS, server.plan()).await;
    let [made, once, ..] = report.scenarios[0].checks.as_slice() else { panic!("{report:?}") };
    let expected = if answer.is_some() { Verdict::Fail } else { Verdict::Error };
    assert_eq!((made.verdict(), once.verdict()), (expected, Verdict::Pass), "{made:?} {once:?}");
    assert_eq!(server.instances(), 0);
}

/// A write, with the steps that follow it whether or not it took effect.
const WRITE: &str = r#"
title: A user gets a new password
given: {users: [alice, bob]}
steps:
  - name: alice is there
    as: account
    send: GET /users/{{alice.id}}/
    checks: [{id: write/before, witness: true, at: $.id, equals: '"{{alice.id}}"'}]
  - name: the password is changed
    as: account
    send: PATCH /users/{{alice.id}}/
    json: '{"password": "{{unique.password}}"}'
    checks: [{id: write/status, status: STATUS}]
  - name: it opens
    as: api
    send: POST /user/auth/
    json: '{"username": "{{alice.username}}", "password": "{{unique.password}}"}'
    checks: [{id: write/opens, at: $.id, equals: '"{{alice.id}}"'}]
  - name: the one before does not
    as: api
    send: POST /user/auth/
    json: '{"username": "{{alice.username}}", "password": "{{alice.password}}"}'
    checks: [{id: write/rejected, status: 401}, {id: write/absent, absent: [alice.user_key]}]
  - name: bob is there
    as: account
    send: GET /users/{{bob.id}}/
    checks: [{id: write/after, at: $.id, equals: '"{{bob.id}}"'}]
"#;

#[rstest]
#[case::no_answer_and_no_effect(None, false, 200, Verdict::Error)]
#[case::no_answer_and_an_effect(None, true, 200, Verdict::Error)]
#[case::a_gateway_and_no_effect(Some(504), false, 200, Verdict::Fail)]
#[case::a_gateway_and_an_effect(Some(502), true, 200, Verdict::Fail)]
#[case::an_expected_rejection(None, false, 403, Verdict::Error)]
#[tokio::test]
async fn checks_that_depend_on_a_lost_write_are_untestable(
    #[case] answer: Option<u16>,
    #[case] takes_effect: bool,
    #[case] expected: u16,
    #[case] of_the_write: Verdict,
) {
    let meets = |request: &Request<Bytes>| {
        *request.method() == Method::PATCH && String::from_utf8_lossy(request.body()).contains("password")
    };
    let server = Server::start(meets, move |stream, request, simulator| {
        if takes_effect {
            simulator.handle(request);
        }
        match answer {
            Some(code) => writes(stream, wire(&status(code)), GoesOn),
            None => writes(stream, Vec::new(), Closes),
        }
    })
    .await;
    let scenario = WRITE.replace("STATUS", &expected.to_string());
    let plan = Plan { replays: true, ..server.plan() };
    let report = server.run(&suite(&[("a/write.yaml", &scenario)]), LIMITS, plan).await;
    let checks = &report.scenarios[0].checks;
    let verdict = |id: &str| checks.iter().find(|check| check.id == id).unwrap().verdict();
    assert_eq!((verdict("write/before"), verdict("write/status")), (Verdict::Pass, of_the_write));
    let of_the_answer = ["write/status", "sane/answers/a/write"];
    let is_due = |id: &str| of_the_answer.contains(&id);
    assert!(checks.iter().all(|check| check.verdict() != Verdict::Fail || is_due(&check.id)), "{checks:?}");
    for negative in ["write/rejected", "write/absent"] {
        assert_eq!(verdict(negative), Verdict::Untestable, "a target that never got the write could fulfil it too");
    }
    // A positive check that finds its value passes. After a write that must be rejected, even that
    // check is untestable.
    let shown = |is_there: bool| if is_there && expected == 200 { Verdict::Pass } else { Verdict::Untestable };
    assert_eq!((verdict("write/opens"), verdict("write/after")), (shown(takes_effect), shown(true)));
    let because = checks.iter().find(|check| check.id == "write/rejected").unwrap().because().unwrap();
    assert!(because.contains("the effect of the step \"the password is changed\" is unknown"), "{because}");
    assert_eq!(verdict("leak/a/write"), Verdict::Pass, "what was answered was searched");
    assert_eq!(verdict("replay/a/write/twice"), Verdict::Untestable, "the write may come between two reads");
    assert_eq!(server.instances(), 0);
}

#[tokio::test]
async fn a_step_that_needs_a_lost_answer_is_untestable() {
    let server = Server::start(asks_for_it, |stream, _, _| writes(stream, Vec::new(), Closes)).await;
    let scenario = r#"
title: A user is deleted
given: {users: [alice, bob]}
steps:
  - name: who is alice
    as: account
    send: GET /users/{{alice.id}}/?fault=1
    save: {number: $.id}
  - name: she is deleted
    as: account
    send: DELETE /users/{{number}}/
    checks: [{id: lost/deleted, status: 204}]
  - name: she is gone
    as: account
    send: GET /users/
    checks: [{id: lost/gone, at: $.objects, count: 1}]
"#;
    let report = server.run(&suite(&[("a/lost.yaml", scenario)]), LIMITS, server.plan()).await;
    let verdicts = in_file(&report).iter().map(|check| check.verdict()).collect::<Vec<_>>();
    assert_eq!(verdicts, [Verdict::Untestable, Verdict::Untestable], "{report:?}");
}

#[tokio::test]
async fn the_rate_limits_all_requests_of_all_jobs() {
    let server = Server::with(|stream, answer| writes(stream, wire(&answer), GoesOn)).await;
    let interval = Duration::from_millis(10);
    let limits = Limits { rate: Rate::Every(interval), ..LIMITS };
    let suite = suite(&[("a/fault.yaml", SCENARIO), ("b/fault.yaml", &SCENARIO.replace("id: fault/", "id: again/"))]);
    let begun = Instant::now();
    let report = server.run(&suite, limits, Plan { jobs: 4, ..server.plan() }).await;
    let took = begun.elapsed();
    let asked = server.asked("");
    assert_eq!(report.summary.outcome(false), RunOutcome::Passed);
    assert!(asked > 20 && took >= interval * (asked as u32 - 1), "{asked} requests in {took:?}");
}

/// Runs a part of the suite on the simulator behind a faulty server. Returns the id and verdict of
/// each check.
async fn part_of_the_suite(
    fault: impl Fn(&mut StdRng, &Request<Bytes>) -> Option<Response<Bytes>> + Send + Sync + 'static,
) -> Vec<(String, Verdict)> {
    let random = Mutex::new(StdRng::seed_from_u64(7));
    let server = Server::start(
        |_| true,
        move |stream, request, simulator| {
            let (delay, instead) = {
                let mut random = random.lock().unwrap();
                (random.random_range(0..3), fault(&mut random, &request))
            };
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(delay)).await;
                let answer = instead.unwrap_or_else(|| simulator.handle(request));
                writes(stream, wire(&answer), GoesOn).await
            })
        },
    )
    .await;
    // The high number of retries tolerates several identical faults in a row.
    let limits = Limits { retries: Retries { most: 20, ..LIMITS.retries }, ..LIMITS };
    let suite = Arc::new(syncano_conformance::embedded::suite_files().read().unwrap());
    let selection = Selection::new(vec!["reset-key/by-the".to_owned(), "access/groups/mine".to_owned()]);
    let plan = Plan { jobs: 4, replays: true, access: Access::ReadOnly, ..server.plan() };
    let (_end, stop) = watch::channel(false);
    let events = events(&suite, &selection, Target::http(&server.url, limits).unwrap(), plan, stop).await;
    assert_eq!(server.instances(), 0);
    let checks = Report::new(&events, false).scenarios.into_iter().flat_map(|scenario| scenario.checks);
    checks
        .map(|check| {
            let verdict = check.verdict();
            (check.id, verdict)
        })
        .collect()
}

#[tokio::test]
async fn a_slow_deployment_passes_and_an_unreliable_one_is_flaky() {
    let busy = |random: &mut StdRng, _: &Request<Bytes>| {
        let busy = Response::builder().status(429).header("Retry-After", "0").body(Bytes::new()).unwrap();
        random.random_bool(0.1).then_some(busy)
    };
    let shaky = |random: &mut StdRng, request: &Request<Bytes>| {
        (*request.method() == Method::GET && random.random_bool(0.2)).then(|| status(503))
    };
    let expected = part_of_the_suite(|_, _| None).await;
    assert!(expected.len() > 150 && expected.iter().all(|(_, verdict)| *verdict <= Verdict::Skip), "{expected:?}");
    assert_eq!(part_of_the_suite(busy).await, expected);
    let mut shaken = part_of_the_suite(shaky).await;
    let flaky = shaken.iter_mut().filter(|(_, verdict)| *verdict == Verdict::Flaky);
    let flaky = flaky.map(|(_, verdict)| *verdict = Verdict::Pass).count();
    assert!(flaky > 0, "{shaken:?}");
    assert_eq!(shaken, expected);
}
