//! Tests which requests `run --replays` repeats, and which defects only the replays find.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use rstest::rstest;
use secrecy::SecretString;
use syncano_conformance::defects;
use syncano_conformance::harness::{self, CheckResult, Credentials, Event, Plan, Selection, Target};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Report, RunOutcome};
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use syncano_suite::{BuiltInCheck, Suite};
use tokio::sync::watch;

use crate::small::suite;

/// A scenario with two users in a group. Alice reads before and after a reset of her key. The
/// checks cover only the status.
const SCENARIO: &str = r#"
title: Two users read
given: {users: [alice, bob], groups: {crew: [alice, bob]}}
steps:
  - {name: alice reads the users, as: alice, send: GET /users/?page_size=1, checks: [{id: reads/users, status: 200}]}
  - {name: alice reads the members, as: alice, send: "GET /groups/{{crew.id}}/users/", checks: [{id: reads/members, status: 200}]}
  - {name: bob reads himself, as: bob, send: GET /user/, checks: [{id: reads/bob, status: 200}]}
  - name: the key of alice is reset
    as: account
    send: POST /users/{{alice.id}}/reset_key/
    save: {alice.user_key: $.user_key}
    checks: [{id: reads/reset, status: 200}]
  - {name: alice reads herself, as: alice, send: "GET /users/{{alice.id}}/", checks: [{id: reads/alice, status: 200}]}
  - {name: bob reads the groups, as: bob, send: GET /groups/, checks: [{id: reads/groups, status: 200}]}
"#;

/// The number of checks in the scenario, plus the built-in checks of every scenario.
const CHECKS: usize = 6 + BuiltInCheck::ALL.len();

const WAYS: [&str; 7] = [
    "twice",
    "in-the-query",
    "with-list-parameters",
    "as-another-user",
    "with-the-old-key",
    "from-another-instance",
    "as-the-administrator",
];

async fn run_suite(suite: Arc<Suite>, target: Target, plan: Plan) -> Report {
    let (_end, stop) = watch::channel(false);
    let mut events: Vec<Event> = Vec::new();
    harness::run(suite, &Selection::default(), target, plan, stop, |event| events.push(event)).await.unwrap();
    Report::new(&events, false)
}

async fn run(target: Target) -> Report {
    run_suite(suite(&[("a/reads.yaml", SCENARIO)]), target, replays()).await
}

fn replays() -> Plan {
    Plan { replays: true, ..Plan::default() }
}

/// Returns the checks of replays, with the last part of their ids.
fn replayed(report: &Report) -> Vec<(&str, &CheckResult)> {
    let checks = report.scenarios.iter().flat_map(|scenario| &scenario.checks);
    checks.filter_map(|check| Some((check.id.strip_prefix("replay/a/reads/")?, check))).collect()
}

fn verdicts(report: &Report) -> Vec<(&str, Verdict)> {
    replayed(report).into_iter().map(|(way, check)| (way, check.verdict())).collect()
}

fn failed(report: &Report) -> Vec<&str> {
    verdicts(report).into_iter().filter(|(_, verdict)| *verdict == Verdict::Fail).map(|(way, _)| way).collect()
}

/// Returns a target, and the requests that it receives.
fn target(
    simulator: Simulator,
    answer: impl Fn(&Simulator, Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
) -> (Target, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    let target = Target::in_process("simulator", move |request| {
        requests.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
        answer(&simulator, request)
    });
    (target, seen)
}

fn right() -> (Target, Arc<Mutex<Vec<String>>>) {
    target(Simulator::builder().build(), Simulator::handle)
}

#[tokio::test]
async fn every_relation_holds_on_a_right_target() {
    let report = run(right().0).await;
    assert_eq!(verdicts(&report), WAYS.map(|way| (way, Verdict::Pass)));
    assert_eq!(report.summary.outcome(true), RunOutcome::Passed);
    assert_eq!(report.summary.declared, CHECKS + WAYS.len(), "what is declared is what is reported");
    assert_eq!(report.summary.selected, report.summary.declared);
}

#[tokio::test]
async fn nothing_is_replayed_unless_the_plan_says_so() {
    let (target, seen) = right();
    let report = run_suite(suite(&[("a/reads.yaml", SCENARIO)]), target, Plan::default()).await;
    assert_eq!(verdicts(&report), []);
    assert_eq!(report.summary.declared, CHECKS);
    let reads = seen.lock().unwrap().iter().filter(|request| request.ends_with("/users/?page_size=1")).count();
    assert_eq!(reads, 1);
}

#[rstest]
#[case::keys_in_the_query_are_ignored("query-keys-ignored", "in-the-query")]
#[case::links_carry_the_keys_of_the_query("links-carry-keys", "in-the-query")]
#[case::users_are_shown_to_all("users-list-unscoped", "as-another-user")]
#[case::members_are_shown_to_all("group-users-unscoped", "as-another-user")]
#[case::a_user_is_shown_as_another("user-shows-the-first", "as-the-administrator")]
#[case::large_pages_show_all_users("large-pages-unscoped", "with-list-parameters")]
#[case::the_old_key_stays_valid("user-key-survives-reset", "with-the-old-key")]
#[case::user_keys_count_in_every_instance("user-key-of-other-instance-accepted", "from-another-instance")]
#[case::api_keys_open_every_instance("api-key-of-other-instance-accepted", "from-another-instance")]
#[tokio::test]
async fn replays_notice_a_broken_promise_without_a_check(#[case] defect: &str, #[case] way: &str) {
    let deployment = defects::around(&Simulator::builder().build(), &[defects::named(defect).unwrap()]);
    let target = Target::in_process("simulator", move |request| deployment.respond(request));
    let report = run(target).await;
    assert!(failed(&report).contains(&way), "{:?}", verdicts(&report));
    let of_the_file = report.scenarios[0].checks.iter().filter(|check| check.id.starts_with("reads/"));
    assert!(of_the_file.into_iter().all(|check| check.verdict() == Verdict::Pass));
    let said = serde_json::to_string(&report).unwrap();
    let mut words = said.split(|c: char| !c.is_ascii_alphanumeric());
    assert!(!words.any(|word| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit())), "{said}");
}

#[tokio::test]
async fn an_unstable_answer_is_reported_with_both_answers_and_the_request() {
    let times = Mutex::new(0);
    let (target, _) = target(Simulator::builder().build(), move |simulator, request| {
        let asked = request.uri().to_string().ends_with("/users/?page_size=1");
        let response = simulator.handle(request);
        let mut times = times.lock().unwrap();
        *times += usize::from(asked);
        match (asked, *times) {
            (true, 2) => replaced(response, "\"revision\":1", "\"revision\":2"),
            _ => response,
        }
    });
    let report = run(target).await;
    assert_eq!(failed(&report), ["twice"]);
    let (_, twice) = replayed(&report)[0];
    assert_eq!(
        twice.because(),
        Some(
            "GET <root>/instances/<instance.name>/users/?page_size=1 as alice, asked once more: 200: the answer differs from the first"
        )
    );
    let evidence = twice.evidence().unwrap();
    assert!(
        evidence.expected.contains("\"revision\": 1") && evidence.actual.contains("\"revision\": 2"),
        "{evidence:?}"
    );
    let line = twice.request.as_deref().unwrap();
    assert!(line.contains("-H \"X-USER-KEY: ${ALICE_USER_KEY}\"") && line.ends_with("/users/?page_size=1\""), "{line}");
}

/// Returns the administrator's lists of users with one user per page.
fn one_on_a_page(simulator: &Simulator, mut request: Request<Bytes>) -> Response<Bytes> {
    let path = request.uri().to_string();
    if path.ends_with("/users/?ordering=desc") && !request.headers().contains_key("x-user-key") {
        *request.uri_mut() = format!("{path}&page_size=1").parse().unwrap();
    }
    simulator.handle(request)
}

/// A scenario in which alice, who is older than bob, reads the list of users.
const SHORT: &str = r#"
title: A user reads the users
given: {users: [alice]}
steps:
  - {name: bob is made, as: account, send: POST /users/, json: '{"username": "{{unique.bob}}", "password": "x"}'}
  - {name: alice reads the users, as: alice, send: GET /users/, checks: [{id: reads/users, status: 200}]}
"#;

#[tokio::test]
async fn the_administrators_list_is_read_by_page_and_foreign_links_are_not_followed() {
    let (pages, _) = target(Simulator::builder().build(), one_on_a_page);
    let report = run_suite(suite(&[("a/reads.yaml", SHORT)]), pages, replays()).await;
    assert_eq!(failed(&report), Vec::<&str>::new());

    let (astray, seen) = target(Simulator::builder().build(), |simulator, request| {
        replaced(one_on_a_page(simulator, request), "/users/?", "/api_keys/?")
    });
    let report = run_suite(suite(&[("a/reads.yaml", SHORT)]), astray, replays()).await;
    assert_eq!(failed(&report), ["as-the-administrator"]);
    assert!(!seen.lock().unwrap().iter().any(|request| request.contains("/api_keys/?page_size")));
}

#[tokio::test]
async fn a_run_creates_the_other_instance_once_and_deletes_it_at_the_end() {
    let (target, seen) = right();
    let again = SCENARIO.replace("id: reads/", "id: again/");
    let report = run_suite(suite(&[("a/reads.yaml", SCENARIO), ("b/reads.yaml", &again)]), target, replays()).await;
    assert_eq!(report.summary.outcome(true), RunOutcome::Passed);
    let seen = seen.lock().unwrap();
    let made = seen.iter().filter(|request| *request == "POST /v1.1/instances/").count();
    let removed = seen.iter().filter(|request| request.starts_with("DELETE /v1.1/instances/")).count();
    assert_eq!((made, removed), (3, 3), "one for each scenario and one for both: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn another_instance_that_cannot_be_deleted_is_reported() {
    let (target, _) = target(Simulator::builder().build(), |simulator, request| {
        let removes = *request.method() == Method::DELETE && request.uri().path().ends_with("-other/");
        if removes { answer(StatusCode::SERVICE_UNAVAILABLE, "") } else { simulator.handle(request) }
    });
    let report = run(target).await;
    assert_eq!(report.summary.outcome(false), RunOutcome::LeftBehind);
    let left = &report.finished.unwrap().left_behind;
    assert!(left.len() == 1 && left[0].contains("DELETE was answered with 503"), "{left:?}");
}

#[tokio::test]
async fn a_missing_other_instance_is_an_error_of_its_replays_only() {
    let (target, _) = target(Simulator::builder().build(), |simulator, request| {
        let makes = *request.method() == Method::POST && request.uri().path() == "/v1.1/instances/";
        let rejected = makes && String::from_utf8_lossy(request.body()).contains("-other\"");
        if rejected { answer(StatusCode::FORBIDDEN, "{}") } else { simulator.handle(request) }
    });
    let report = run(target).await;
    let bad = replayed(&report).into_iter().filter(|(_, check)| check.verdict() != Verdict::Pass).collect::<Vec<_>>();
    let [("from-another-instance", check)] = bad[..] else { panic!("{bad:?}") };
    assert_eq!(check.verdict(), Verdict::Error);
    assert!(check.because().unwrap().contains("the other instance could not be created"), "{check:?}");
}

#[tokio::test]
async fn in_a_named_instance_no_other_is_created_and_only_own_reads_are_replayed() {
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).unwrap();
    let (target, seen) = target(simulator, Simulator::handle);
    let plan = Plan {
        credentials: Credentials::AccountKey(SecretString::from(world.account.account_key.to_string())),
        instance: Some(world.instance.to_owned()),
        ..replays()
    };
    let report = run_suite(suite(&[("a/reads.yaml", SCENARIO)]), target, plan).await;
    let asked = WAYS.into_iter().filter(|way| *way != "from-another-instance");
    assert_eq!(verdicts(&report), asked.map(|way| (way, Verdict::Pass)).collect::<Vec<_>>());
    assert_eq!(report.summary.selected, report.summary.declared);
    let seen = seen.lock().unwrap();
    let count = |end: &str| seen.iter().filter(|request| request.starts_with("GET") && request.ends_with(end)).count();
    assert_eq!(count("demo/users/?page_size=1"), 3, "as alice, once more, as bob: {seen:?}");
    assert_eq!(count("/groups/"), 2, "by who looks at the world and by bob: {seen:?}");
    assert!(!seen.iter().any(|request| request.starts_with("POST /v1.1/instances/ ")));
}

#[tokio::test]
async fn no_replay_passes_in_an_invisible_world() {
    let (target, _) = target(Simulator::builder().build(), |simulator, request| {
        let lists = *request.method() == Method::GET && request.uri().path().ends_with("/api_keys/");
        let nothing = r#"{"next": null, "prev": null, "objects": []}"#;
        if lists { answer(StatusCode::OK, nothing) } else { simulator.handle(request) }
    });
    let report = run(target).await;
    assert_eq!(verdicts(&report), WAYS.map(|way| (way, Verdict::Untestable)));
}

fn replaced(response: Response<Bytes>, from: &str, to: &str) -> Response<Bytes> {
    response.map(|body| String::from_utf8_lossy(&body).replace(from, to).into())
}

fn answer(status: StatusCode, body: &'static str) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap()
}
