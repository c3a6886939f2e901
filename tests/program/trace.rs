//! Tests for traces: `judge` on a trace gives the verdicts of the run, traces hold no secrets, and
//! damaged traces are reported.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::Value;
use syncano_conformance::defects::{self, Deployment};
use syncano_conformance::harness::{
    self, Access, CheckResult, Credentials, Event, Handles, InstanceKeys, Limits, Login, Plan, Selection, Target,
    Trace, TraceWriter,
};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Report, RunOutcome};
use syncano_simulator::Simulator;
use syncano_simulator::api::Capability;
use syncano_simulator::server::demo::DemoWorld;
use syncano_suite::{BuiltInCheck, Suite, SuiteFiles};
use tempfile::TempDir;
use tokio::sync::watch;
use wiremock::matchers::{any, method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::binary::{only, output, stderr, stdout, whole_suite};

/// A scenario that resets a user key and then checks the list of users that the user sees.
const RESET: &str = r#"
title: A user gets another key
given: {users: [alice, bob]}
steps:
  - name: the administrator sees both
    as: account
    send: GET /users/
    checks: [{id: reset/both, witness: true, at: "$.objects[*].id", contains: '["{{alice.id}}", "{{bob.id}}"]'}]
  - name: the key is reset
    as: account
    send: POST /users/{{alice.id}}/reset_key/
    save: {alice.user_key: $.user_key}
    checks: [{id: reset/another, at: $.user_key, differs: '"{{alice.user_key}}"'}]
  - name: the new key shows her alone
    as: alice
    send: GET /user/
    checks: [{id: reset/new, at: $.user_key, equals: '"{{alice.user_key}}"'}, {id: reset/not-bob, absent: [bob.user_key]}]
"#;

/// A scenario that deletes a user and waits until the user is gone.
const LATE: &str = r#"
title: A user goes late
given: {users: [alice]}
steps:
  - {name: she goes, as: account, send: "DELETE /users/{{alice.id}}/", checks: [{id: late/goes, witness: true, status: 204}]}
  - {name: she is gone, as: account, send: "GET /users/{{alice.id}}/", eventually: 60s, checks: [{id: late/gone, status: 404}]}
"#;

fn suite(scenarios: &[(&str, &str)]) -> Arc<Suite> {
    let scenarios = scenarios.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Arc::new(SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap())
}

/// Returns a simulator with the named defects.
fn wrong(names: &[&str]) -> Arc<dyn Deployment> {
    let defects = names.iter().map(|name| defects::named(name).unwrap()).collect::<Vec<_>>();
    defects::around(&Simulator::builder().build(), &defects)
}

fn simulator(defects: &[&str]) -> Target {
    let deployment = wrong(defects);
    Target::in_process("simulator", move |request| deployment.respond(request))
}

/// A trace in a temporary folder, with the report of the run that wrote it.
struct Traced {
    _folder: TempDir,
    path: PathBuf,
    report: Report,
}

/// Runs the selected scenarios and records a trace.
async fn traced(suite: &Arc<Suite>, words: &[&str], target: Target, plan: Plan) -> Traced {
    let (_end, stop) = watch::channel(false);
    traced_until(suite, words, target, plan, stop).await
}

/// Like [`traced`], but stops when `stop` becomes true.
async fn traced_until(
    suite: &Arc<Suite>,
    words: &[&str],
    target: Target,
    plan: Plan,
    stop: watch::Receiver<bool>,
) -> Traced {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("trace.jsonl");
    let writer = Arc::new(TraceWriter::create(&path).unwrap());
    let handles = Handles { trace: Some(Arc::clone(&writer)), ..stop.into() };
    let mut events: Vec<Event> = Vec::new();
    let selection = selection(words);
    let run = harness::run(Arc::clone(suite), &selection, target, plan, handles, |event| events.push(event));
    run.await.unwrap();
    writer.finish().unwrap();
    Traced { _folder: folder, path, report: Report::new(&events, false) }
}

async fn judged(suite: &Arc<Suite>, words: &[&str], trace: &Path) -> Report {
    let trace = Trace::read(trace).unwrap();
    let mut events: Vec<Event> = Vec::new();
    harness::judge(Arc::clone(suite), &selection(words), trace, Vec::new(), |event| events.push(event)).await.unwrap();
    Report::new(&events, false)
}

fn selection(words: &[&str]) -> Selection {
    Selection::new(words.iter().map(|word| (*word).to_owned()).collect())
}

fn everything() -> Plan {
    Plan { access: Access::Full, replays: true, ..Plan::default() }
}

/// Returns the report as JSON without times and durations.
fn timeless(report: &Report) -> Value {
    let mut report = serde_json::to_value(report).unwrap();
    report["started"]["began"] = Value::Null;
    report["finished"]["elapsed"] = Value::Null;
    report["scenarios"].as_array_mut().unwrap().iter_mut().for_each(|scenario| scenario["milliseconds"] = Value::Null);
    report
}

fn verdicts(report: &Report) -> Vec<(&str, Verdict)> {
    let checks = report.scenarios.iter().flat_map(|scenario| &scenario.checks);
    // The built-in checks of each scenario have their own tests.
    let checks = checks.filter(|check| BuiltInCheck::named(&check.id).is_none());
    checks.map(|check: &CheckResult| (check.id.as_str(), check.verdict())).collect()
}

#[rstest]
#[case::a_right_target(&[])]
#[case::a_deployment_with_a_defect(&["users-list-unscoped", "user-key-survives-reset", "password-shown", "missing-key-is-401"])]
#[case::a_deployment_with_several_defects(&["user-keys-in-capitals", "reset-returns-old-key", "failed-login-shows-password", "bad-key-beside-good-key-accepted"])]
#[case::an_empty_one(&["every-list-is-empty"])]
#[case::one_that_rejects(&["everything-is-rejected"])]
#[tokio::test(flavor = "multi_thread")]
async fn a_judged_trace_gives_the_same_report_as_the_run(#[case] defects: &[&str]) {
    let suite = Arc::new(syncano_conformance::embedded::suite_files().read().unwrap());
    let mut words = vec![
        "reset-key/by-the-administrator",
        "transport/whole-keys",
        "transport/malformed-keys",
        "transport/empty-user-key",
        "users/length",
        "login/guesses",
        "user/never-shows-a-password",
        "channels/waiting",
        "files/hidden",
    ];
    if whole_suite() {
        words.push("access/users/self/reset-key");
    }
    let traced = traced(&suite, &words, simulator(defects), everything()).await;
    let judged = judged(&suite, &words, &traced.path).await;
    assert_eq!(verdicts(&judged), verdicts(&traced.report));
    assert_eq!(timeless(&judged), timeless(&traced.report));
    assert_eq!(defects.is_empty(), judged.summary.outcome(false) == RunOutcome::Passed);
}

#[tokio::test]
async fn no_key_and_no_password_is_in_a_trace() {
    let secrets = Arc::new(Mutex::new(BTreeSet::new()));
    let deployment = wrong(&["password-shown", "failed-login-shows-password"]);
    let known = Arc::clone(&secrets);
    let target = Target::in_process("simulator", move |request: Request<Bytes>| {
        let sent = serde_json::from_slice::<Value>(request.body()).unwrap_or_default();
        let is_set_up = request.headers().contains_key("x-api-key") || request.uri().path().ends_with("/register/");
        let response = deployment.respond(request);
        let answered = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
        let members = ["user_key", "api_key", "account_key"].into_iter().filter_map(|name| answered.get(name));
        let password = sent.get("password").filter(|_| is_set_up);
        known.lock().unwrap().extend(members.chain(password).filter_map(Value::as_str).map(str::to_owned));
        response
    });
    let suite = suite(&[("a/reset.yaml", RESET)]);
    let traced = traced(&suite, &[], target, everything()).await;
    let trace = fs::read_to_string(&traced.path).unwrap().to_lowercase();
    let secrets = secrets.lock().unwrap();
    assert!(secrets.len() > 8, "{} secrets", secrets.len());
    for secret in secrets.iter() {
        assert!(!trace.contains(&secret.to_lowercase()), "a secret is in the trace");
    }
    assert!(trace.contains(r#""phase":"set-up""#) && trace.contains(r#""phase":"clean-up""#), "all is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_api_keys_is_judged_in_full() {
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).unwrap();
    let users = world.users.iter().map(|user| Login {
        label: "a user".to_owned(),
        username: user.username.clone(),
        hidden: true,
        password: SecretString::from(user.password.as_str()),
    });
    let keys = BTreeMap::from([(None, SecretString::from(world.api_keys.plain.to_string()))]);
    let plan = Plan {
        credentials: Credentials::ApiKeys(InstanceKeys { keys, users: users.collect() }),
        instance: Some(world.instance.to_owned()),
        capabilities: Some(BTreeSet::from([Capability::Groups])),
        more_accounts: false,
        ..everything()
    };
    let suite = Arc::new(syncano_conformance::embedded::suite_files().read().unwrap());
    let words = ["user", "access/user"];
    let target = Target::in_process("shared", move |request| simulator.handle(request));
    let traced = traced(&suite, &words, target, plan).await;
    assert!(traced.report.summary.of(Verdict::Pass) > 10, "{}", traced.report.summary);
    assert_eq!(verdicts(&judged(&suite, &words, &traced.path).await), verdicts(&traced.report));
    let trace = fs::read_to_string(&traced.path).unwrap();
    for user in &world.users {
        assert!(!trace.contains(user.password.as_str()), "a password is in the trace");
        // Short names occur in unrelated text and are not redacted.
        let shown = format!(r#"\"username\":\"{}\""#, user.username);
        assert!(user.username.len() < 4 || !trace.contains(&shown), "a name that is a secret is in the trace");
    }
}

#[tokio::test]
async fn judge_uses_the_current_suite() {
    let suite_then = suite(&[("a/reset.yaml", RESET)]);
    let traced = traced(&suite_then, &[], simulator(&[]), Plan::default()).await;
    assert_eq!(traced.report.summary.outcome(true), RunOutcome::Passed);
    let now = |from: &str, to: &str| suite(&[("a/reset.yaml", &RESET.replace(from, to))]);

    let stricter = judged(&now("differs", "equals"), &[], &traced.path).await;
    assert_eq!(verdicts(&stricter)[1], ("reset/another", Verdict::Fail));

    let other_request = judged(&now("GET /user/", "GET /users/"), &[], &traced.path).await;
    assert_eq!(verdicts(&other_request)[2], ("reset/new", Verdict::Untestable));
    let other_caller = judged(&now("as: alice", "as: bob"), &[], &traced.path).await;
    assert_eq!(verdicts(&other_caller)[2], ("reset/new", Verdict::Untestable), "the answer was another's");
    assert_eq!(other_caller.summary.outcome(false), RunOutcome::Incomplete);

    let more = judged(&suite(&[("a/reset.yaml", RESET), ("b/late.yaml", LATE)]), &[], &traced.path).await;
    assert_eq!(verdicts(&more)[4..], [("late/goes", Verdict::Skip), ("late/gone", Verdict::Skip)]);
    assert_eq!(more.scenarios[1].checks[0].because(), Some("the trace does not hold it"));
    assert_eq!(more.summary.outcome(false), RunOutcome::Passed);
}

/// Returns a target that gives other answers to the first requests for a user after its deletion.
fn late(
    answers: usize,
    answer: impl Fn(&Simulator, Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
) -> Target {
    let simulator = Simulator::builder().build();
    let left = Mutex::new(None);
    Target::in_process("simulator", move |request: Request<Bytes>| {
        let mut left = left.lock().unwrap();
        let is_hers = request.uri().path().contains("/users/") && request.uri().query().is_none();
        if is_hers && request.method() == "DELETE" {
            *left = Some(answers);
        } else if let Some(more @ 1..) = left.as_mut().filter(|_| is_hers) {
            *more -= 1;
            return answer(&simulator, request);
        }
        simulator.handle(request)
    })
}

#[tokio::test]
async fn late_and_missing_answers_are_judged_again_as_in_the_run() {
    let suite = suite(&[("b/late.yaml", LATE)]);
    let still_there = |_: &Simulator, _| Response::new(Bytes::from_static(b"{}"));
    let came_late = traced(&suite, &[], late(2, still_there), Plan::default()).await;
    assert_eq!(verdicts(&came_late.report)[1], ("late/gone", Verdict::Pass));
    let stayed = traced(&suite, &[], late(2, still_there), Plan { patience: Duration::ZERO, ..Plan::default() }).await;
    assert_eq!(verdicts(&stayed.report)[1], ("late/gone", Verdict::Fail));
    for traced in [came_late, stayed] {
        assert_eq!(timeless(&judged(&suite, &[], &traced.path).await), timeless(&traced.report));
    }
}

#[tokio::test]
async fn a_flaky_check_is_flaky_again() {
    let server = MockServer::builder().disable_request_recording().start().await;
    let busy = ResponseTemplate::new(503);
    let herself = Mock::given(method("GET")).and(path_regex("/users/[0-9]+/$"));
    herself.respond_with(busy).up_to_n_times(1).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(Simulator::builder().build()).mount(&server).await;
    let suite = suite(&[("b/late.yaml", &LATE.replace(" eventually: 60s,", ""))]);
    let target = Target::http(&server.uri(), Limits::default()).unwrap();
    let traced = traced(&suite, &[], target, Plan::default()).await;
    assert!(
        verdicts(&traced.report).iter().any(|(_, verdict)| *verdict == Verdict::Flaky),
        "{:?}",
        verdicts(&traced.report)
    );
    assert_eq!(timeless(&judged(&suite, &[], &traced.path).await), timeless(&traced.report));
}

#[tokio::test]
async fn an_interrupted_run_is_judged_up_to_its_end() {
    let suite =
        suite(&[("a/reset.yaml", RESET), ("b/late.yaml", LATE), ("c/more.yaml", &RESET.replace("reset/", "more/"))]);
    let (end, stop) = watch::channel(false);
    let simulator = Simulator::builder().build();
    let target = Target::in_process("simulator", move |request| {
        if request.method() == "DELETE" && request.uri().path().contains("/users/") {
            end.send_replace(true);
        }
        simulator.handle(request)
    });
    let traced = traced_until(&suite, &[], target, Plan { jobs: 1, ..Plan::default() }, stop).await;
    assert_eq!(traced.report.summary.outcome(false), RunOutcome::Interrupted);
    let judged = judged(&suite, &[], &traced.path).await;
    assert_eq!(verdicts(&judged), verdicts(&traced.report));
    assert_eq!(verdicts(&judged)[5], ("late/gone", Verdict::Untestable));
    assert_eq!(judged.summary, traced.report.summary);
}

#[tokio::test]
async fn binary_bodies_are_judged_unchanged() {
    let suite = suite(&[("b/late.yaml", LATE)]);
    let no_text = |_: &Simulator, _| {
        let mut response = Response::new(Bytes::from_static(&[0xff, b'{', 0xe9]));
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    };
    let traced = traced(&suite, &[], late(1, no_text), Plan::default()).await;
    assert!(fs::read_to_string(&traced.path).unwrap().contains(r#""base64":"/3vp""#));
    assert_eq!(timeless(&judged(&suite, &[], &traced.path).await), timeless(&traced.report));
}

#[test]
fn the_program_judges_a_trace_like_the_run_with_the_same_exit_code() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for defects in [&[][..], &["--defects", "user-key-survives-reset"]] {
        let trace = path("trace.jsonl");
        let run = output(&[&["run", only!("reset-key/by-the-administrator"), "--trace", &trace], defects].concat());
        let judged = output(&["judge", &trace, only!("reset-key/by-the-administrator")]);
        assert_eq!(run.status.code(), Some(i32::from(!defects.is_empty())), "{}{}", stdout(&run), stderr(&run));
        assert_eq!(judged.status.code(), run.status.code(), "{}", stderr(&judged));
        let without_time = |said: String| said.rsplit_once(" (").unwrap().0.to_owned();
        assert_eq!(without_time(stdout(&judged)), without_time(stdout(&run)));
        assert!(!Path::new(&path("trace.jsonl.partial")).exists());
    }
    assert_eq!(output(&["judge", &path("trace.jsonl"), "nothing-like-this"]).status.code(), Some(4));
    let other = output(&["judge", &path("trace.jsonl"), "groups"]);
    assert_eq!(other.status.code(), Some(4), "nothing of it was run: {}", stdout(&other));
    assert!(stdout(&other).contains("the trace does not hold it"));
}

#[test]
fn the_error_for_an_invalid_trace_names_the_place_and_the_reason() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let trace = path("trace.jsonl");
    assert_eq!(output(&["run", only!("login/guesses"), "--trace", &trace]).status.code(), Some(0));
    let text = fs::read_to_string(&trace).unwrap();
    let lines = text.lines().count();

    let judged = |text: &str| {
        fs::write(&trace, text).unwrap();
        let judged = output(&["judge", &trace, only!("login/guesses")]);
        (judged.status.code(), stderr(&judged))
    };
    let (code, said) = judged(&text[..text.len() - 20]);
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains(&format!("trace.jsonl:{lines}: the line is incomplete")), "{said}");
    let (code, said) = judged(&text.replacen("\"status\":", "\"statos\":", 1));
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("trace.jsonl:2: "), "{said}");
    let (code, said) = judged(&text.replacen("trace/2", "trace/9", 1));
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("trace.jsonl:1: ") && said.contains("trace/9"), "{said}");
    assert_eq!(judged("").0, Some(5));
    let (code, said) = judged(&format!("\u{feff}{text}"));
    assert_eq!(code, Some(0), "a byte order mark is no part of it: {said}");
    if cfg!(unix) {
        let endless = output(&["judge", "/dev/zero"]);
        assert_eq!(endless.status.code(), Some(2));
        assert!(stderr(&endless).contains("larger than 64 MiB"), "{}", stderr(&endless));
    }
    assert_eq!(judged("{}\n").0, Some(5));

    // The trace of a killed run lacks its last lines.
    let cut = text.lines().take(lines / 2).map(|line| format!("{line}\n")).collect::<String>();
    let (code, said) = judged(&cut);
    assert_eq!(code, Some(130), "{said}");
    assert_eq!(output(&["judge", &path("no-such-file")]).status.code(), Some(2));
}

#[test]
fn nothing_is_sent_if_the_trace_cannot_be_written() {
    let folder = TempDir::new().unwrap();
    let served = crate::binary::Served::start(&["--empty"]);
    let in_vain = folder.path().join("no/such/folder/trace.jsonl").display().to_string();
    let taken = folder.path().join("trace.jsonl").display().to_string();
    fs::write(format!("{taken}.partial"), "of a run before").unwrap();
    for trace in [&in_vain, &taken, &folder.path().display().to_string()] {
        let run = output(&["run", "login", "--url", served.url(), "--register", "--allow-writes", "--trace", trace]);
        assert_eq!(run.status.code(), Some(2), "{}", stderr(&run));
        assert!(stderr(&run).contains("hint: ") && stdout(&run).is_empty(), "{}", stderr(&run));
    }
    assert_eq!(fs::read_to_string(format!("{taken}.partial")).unwrap(), "of a run before");
}

#[test]
fn a_trace_of_a_failed_set_up_is_judged_as_one() {
    let folder = TempDir::new().unwrap();
    let trace = folder.path().join("trace.jsonl").display().to_string();
    // No server listens on this port.
    let url = "http://127.0.0.1:9";
    let run = output(&["run", "login", "--url", url, "--register", "--allow-writes", "--trace", &trace]);
    assert_eq!(run.status.code(), Some(6), "{}", stderr(&run));
    let judged = output(&["judge", &trace]);
    assert_eq!(judged.status.code(), Some(6), "{}", stderr(&judged));
    assert!(stderr(&judged).contains("/account/register/"), "{}", stderr(&judged));
}
