//! Runs the access table against the simulator and against defective targets.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{Method, Request, Response};
use rstest::rstest;
use secrecy::SecretString;
use syncano_conformance::defects;
use syncano_conformance::harness::{self, Access, Credentials, Event, Plan, ScenarioResult, Selection, Target};
use syncano_conformance::judge::Verdict;
use syncano_simulator::api::Version;
use syncano_simulator::{Quirks, Simulator};
use syncano_suite::{AccessCase, AccessEndpoint, AccessTable, Suite};
use tokio::sync::watch;

static SUITE: LazyLock<Arc<Suite>> =
    LazyLock::new(|| Arc::new(syncano_conformance::embedded::suite_files().read().unwrap()));

/// Runs the access table with this plan. Returns one result per endpoint.
async fn access(plan: Plan, words: &[&str], target: Target) -> Vec<ScenarioResult> {
    let selection = Selection::new(words.iter().map(|word| (*word).to_owned()).collect());
    let (_end, stop) = watch::channel(false);
    let mut results = Vec::new();
    let ended = harness::run(Arc::clone(&SUITE), &selection, target, plan, stop, |event| match event {
        Event::Started(_) => {}
        Event::Scenario(result) => results.push(result),
        Event::Finished(finished) => assert_eq!(finished.left_behind, Vec::<String>::new()),
    });
    ended.await.unwrap();
    results
}

fn simulator(quirks: Quirks) -> Target {
    let simulator = Simulator::builder().seed(3).quirks(quirks).build();
    Target::in_process("simulator", move |request| simulator.handle(request))
}

fn table() -> &'static AccessTable {
    SUITE.access.as_ref().unwrap()
}

fn endpoint(name: &str) -> &'static AccessEndpoint {
    table().endpoints.iter().find(|endpoint| endpoint.name == name).unwrap()
}

/// Registers an administrator. Returns their credentials and account key.
fn register(simulator: &Simulator) -> (Credentials, String) {
    let request = Request::post("/v1.1/account/register/").header("Content-Type", "application/json");
    let account = r#"{"email": "owner@example.com", "password": "pw"}"#;
    let answer = simulator.handle(request.body(Bytes::from(account)).unwrap());
    let account: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    let key = account["account_key"].as_str().unwrap().to_owned();
    (Credentials::AccountKey(SecretString::from(key.clone())), key)
}

/// Returns the number of passed access cases. Panics if a check did not pass.
fn all_passed(results: &[ScenarioResult]) -> usize {
    for result in results {
        let bad = result.checks.iter().find(|check| check.verdict() != Verdict::Pass);
        assert!(bad.is_none(), "{bad:#?}");
    }
    results.iter().flat_map(|result| &result.checks).filter(|check| check.id.starts_with("access/")).count()
}

#[test]
fn the_access_table_has_every_endpoint_for_all_principals() {
    assert_eq!(table().callers.len(), 32);
    for name in ["instances", "instance", "user", "user/auth", "users", "groups/mine/users/self", "api-keys/missing"] {
        assert_eq!(endpoint(name).cases.len(), 6 * 32, "{name}");
    }
}

/// The leak checks that find messages of channels which the quirk `channel-anon` shows.
const MESSAGES_FOR_ANONYMOUS_READERS: [&str; 4] = [
    "leak/access/channels/heard/history",
    "leak/access/channels/closed/poll",
    "leak/access/channels/closed/history",
    "leak/access/channels/closed/history/message",
];

// Without quirks, in the newer version: the program's test of the whole suite.
#[rstest]
#[case::as_the_reference_deployment(Quirks::all(), Version::V1_1, &MESSAGES_FOR_ANONYMOUS_READERS)]
#[case::in_the_older_version(Quirks::none(), Version::V1, &[])]
#[tokio::test]
async fn access_cases_that_only_read_pass(
    #[case] quirks: Quirks,
    #[case] version: Version,
    #[case] expected_leaks: &[&str],
) {
    let plan = Plan { access: Access::ReadOnly, version, ..Plan::default() };
    let mut results = access(plan, &["access.toml"], simulator(quirks)).await;
    let mut leaks = Vec::new();
    for result in &mut results {
        result.checks.retain(|check| {
            let is_leak = check.id.starts_with("leak/") && check.verdict() == Verdict::Fail;
            leaks.extend(is_leak.then(|| check.id.clone()));
            !is_leak
        });
    }
    assert_eq!(leaks, expected_leaks);
    assert_eq!(all_passed(&results), table().access_cases() / 3);
}

#[rstest]
#[case::a_message("history-open-to-users", "channels/hidden", "bridge.message.text is at $.objects[0].payload.text")]
#[case::a_message_of_a_poll("polls-open-to-users", "channels/hidden", "bridge.message.text is at $.payload.text")]
#[case::a_file("file-of-hidden-objects-listed", "files/hidden", "diary.file is at $.files[")]
#[case::a_token("devices-of-others-found", "push/hidden", "phone.token is at $.objects[0].registration_id")]
#[tokio::test]
async fn what_another_user_must_not_see_is_a_leak(#[case] defect: &str, #[case] scenario: &str, #[case] found: &str) {
    let defect = defects::named(defect).unwrap();
    let deployment = defects::around(&Simulator::builder().seed(3).build(), &[defect]);
    let target = Target::in_process("simulator", move |request| deployment.respond(request));
    let results = access(Plan::default(), &[scenario], target).await;
    let checks = results.iter().flat_map(|result| &result.checks);
    let leak = checks.clone().find(|check| check.id == format!("leak/{scenario}")).unwrap();
    assert_eq!(leak.verdict(), Verdict::Fail);
    let because = leak.because().unwrap();
    assert!(because.contains(found), "{because}");
}

#[tokio::test]
async fn access_cases_and_replays_do_not_interfere() {
    let plan = Plan { access: Access::ReadOnly, replays: true, ..Plan::default() };
    let results = access(plan, &["access/instances", "user/only-the-caller"], simulator(Quirks::none())).await;
    all_passed(&results);
    assert!(results.iter().flat_map(|result| &result.checks).any(|check| check.id.ends_with("/from-another-instance")));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_access_case_of_an_endpoint_passes_and_all_resources_are_deleted() {
    let simulator = Simulator::builder().seed(4).build();
    let (credentials, key) = register(&simulator);
    let plan = Plan { access: Access::Full, credentials, ..Plan::default() };
    let under_test = simulator.clone();
    let target = Target::in_process("simulator", move |request| under_test.handle(request));
    // The `run` command runs the whole table with the same code.
    let results = access(plan, &["access/user"], target).await;
    let is_tried =
        |endpoint: &&AccessEndpoint| ["access/user", "access/user/auth"].contains(&endpoint.full_name().as_str());
    let cases: usize = table().endpoints.iter().filter(is_tried).map(|endpoint| endpoint.cases.len()).sum();
    assert_eq!(all_passed(&results), cases);

    let instances = Request::get("/v1.1/instances/").header("X-API-KEY", key).body(Bytes::new()).unwrap();
    let instances: serde_json::Value = serde_json::from_slice(simulator.handle(instances).body()).unwrap();
    assert_eq!(instances["objects"], serde_json::json!([]));
}

#[tokio::test]
async fn the_access_table_names_the_access_cases_that_fail() {
    let defect = defects::named("users-list-unscoped").unwrap();
    let deployment = defects::around(&Simulator::builder().seed(3).build(), &[defect]);
    let target = Target::in_process("simulator", move |request| deployment.respond(request));
    let plan = Plan { access: Access::ReadOnly, ..Plan::default() };
    let results = access(plan, &["access/users", "access/groups"], target).await;
    let wrong = results.iter().flat_map(|result| &result.checks).filter(|check| check.verdict() != Verdict::Pass);
    let wrong = wrong.map(|check| format!("{} {}", check.verdict(), check.id)).collect::<Vec<_>>();
    assert_eq!(
        wrong,
        [
            "fail access/users/get/self",
            "fail access/users/get/self-allow-user-create",
            "fail access/users/get/self-allow-group-create",
            "fail access/users/get/self-allow-anonymous-read",
            "fail access/users/get/self-ignore-acl",
            "fail leak/access/users",
        ]
    );
}

/// Spoils a correct response.
type Spoil = fn(&Request<Bytes>, Response<Bytes>) -> Response<Bytes>;

fn every_list_is_empty(request: &Request<Bytes>, answer: Response<Bytes>) -> Response<Bytes> {
    match serde_json::from_slice::<serde_json::Value>(answer.body()) {
        Ok(mut body) if request.method() == "GET" && body.get("objects").is_some() => {
            body["objects"] = serde_json::json!([]);
            answer.map(|_| Bytes::from(body.to_string()))
        }
        _ => answer,
    }
}

fn every_api_key_is_rejected(request: &Request<Bytes>, answer: Response<Bytes>) -> Response<Bytes> {
    let key = request.headers().get("x-api-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let is_api_key = key.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']);
    if is_api_key { rejection() } else { answer }
}

/// Rejects every change of a user. Only the administrator can still create resources.
fn nobody_changes_a_user(request: &Request<Bytes>, answer: Response<Bytes>) -> Response<Bytes> {
    let is_change = request.method() == "PATCH" && request.uri().path().contains("/users/");
    if is_change { rejection() } else { answer }
}

fn rejection() -> Response<Bytes> {
    let body = r#"{"detail": "You do not have permission to perform this action."}"#;
    Response::builder().status(403).header("Content-Type", "application/json").body(Bytes::from(body)).unwrap()
}

#[rstest]
#[case(every_list_is_empty, Access::ReadOnly, "")]
#[case(every_api_key_is_rejected, Access::ReadOnly, "")]
#[case(nobody_changes_a_user, Access::Full, "patch")]
#[tokio::test]
async fn no_rejection_passes_if_the_target_rejects_every_caller(
    #[case] spoil: Spoil,
    #[case] cells: Access,
    #[case] method: &str,
) {
    let simulator = Simulator::builder().seed(5).build();
    let target = Target::in_process("simulator", move |request| {
        let answer = simulator.handle(request.clone());
        spoil(&request, answer)
    });
    let plan = Plan { access: cells, ..Plan::default() };
    let results = access(plan, &["access/users/self"], target).await;
    let checks = results.iter().filter(|result| result.name == "access/users/self").flat_map(|result| &result.checks);
    let mut rejections = 0;
    for check in checks.filter(|check| check.id.contains(method)) {
        let cell = endpoint("users/self").cases.iter().find(|cell| cell.id.as_str() == check.id);
        if cell.is_some_and(|cell| cell.expected.is_rejection()) {
            rejections += 1;
            assert_ne!(check.verdict(), Verdict::Pass, "{}", check.id);
        }
    }
    assert!(rejections > 15, "{rejections} rejections");
}

#[tokio::test]
async fn a_rejected_request_that_takes_effect_fails_and_spoils_no_other() {
    let simulator = Simulator::builder().seed(6).build();
    let (credentials, key) = register(&simulator);
    // The target rejects the request of a user, but performs the action anyway.
    let target = Target::in_process("simulator", move |request| {
        let answer = simulator.handle(request.clone());
        if request.method() == "DELETE" && answer.status() == 403 && request.headers().contains_key("x-user-key") {
            let mut done = request;
            done.headers_mut().remove("x-user-key");
            done.headers_mut().insert("x-api-key", key.parse().unwrap());
            simulator.handle(done);
        }
        answer
    });
    let plan = Plan { access: Access::Full, credentials, ..Plan::default() };
    let results = access(plan, &["access/groups/mine"], target).await;
    let checks =
        || results.iter().filter(|result| result.name == "access/groups/mine").flat_map(|result| &result.checks);
    let is_wrong = |case: &AccessCase| {
        let caller = &table().callers[case.caller];
        let has_user = caller.principal.user.is_some()
            || caller.headers.keys().any(|name| name.as_str().eq_ignore_ascii_case("x-user-key"));
        case.method == Method::DELETE && has_user && case.expected.answers.iter().all(|answer| answer.status == 403)
    };
    let cases = endpoint("groups/mine").cases.iter();
    let wrong = cases.filter(|case| is_wrong(case)).map(|case| case.id.as_str()).collect::<Vec<_>>();
    let failed = checks().filter(|check| check.verdict() != Verdict::Pass);
    assert_eq!(failed.map(|check| check.id.as_str()).collect::<Vec<_>>(), wrong, "no case spoils another");
    assert!(wrong.contains(&"access/groups/mine/delete/self"), "{wrong:?}");
    let cell = checks().find(|check| check.id == "access/groups/mine/delete/self").unwrap();
    let because = cell.because().unwrap_or_default();
    assert!(because.starts_with("the request was rejected, but it has changed something"), "{because}");
}
