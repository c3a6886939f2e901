//! Checks that the scenarios of a run share instances, and that the run never has more than
//! allowed.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use syncano_conformance::harness::{self, Access, CheckResult, Credentials, Event, Plan, Selection, Target};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Report, RunOutcome};
use syncano_simulator::{PlatformLimits, Simulator};
use tokio::sync::watch;

/// A simulator that allows an account four instances.
struct LimitedDeployment {
    simulator: Simulator,
    key: String,
    /// The status of each response to a request that creates or deletes an instance.
    seen: Arc<Mutex<Vec<(Method, StatusCode)>>>,
}

impl LimitedDeployment {
    fn new() -> LimitedDeployment {
        let limits = PlatformLimits { instances: Some(4), ..PlatformLimits::none() };
        let simulator = Simulator::builder().limits(limits).build();
        let account = json!({"email": "owner@example.com", "password": "pw"});
        let account = post(&simulator, "/v1.1/account/register/", "", &account);
        let key = account["account_key"].as_str().unwrap().to_owned();
        LimitedDeployment { simulator, key, seen: Arc::default() }
    }

    /// Adds an instance that is not of the run.
    fn add(&self, name: &str) {
        assert_eq!(post(&self.simulator, "/v1.1/instances/", &self.key, &json!({"name": name}))["name"], name);
    }

    /// Returns the names of all instances of the account.
    fn instances(&self) -> Vec<String> {
        let request = Request::get("/v1.1/instances/").header("X-API-KEY", &self.key).body(Bytes::new()).unwrap();
        let answer = self.simulator.handle(request);
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        answer["objects"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    }

    async fn run(&self, words: &[&str], plan: Plan) -> Report {
        self.run_with(words, Plan { jobs: 8, ..plan }, |_| None).await
    }

    /// Runs the suite on a target that gives these answers in place of the simulator's.
    async fn run_with(
        &self,
        words: &[&str],
        plan: Plan,
        instead: impl Fn(&str) -> Option<Response<Bytes>> + Send + Sync + 'static,
    ) -> Report {
        let (simulator, seen) = (self.simulator.clone(), Arc::clone(&self.seen));
        let target = Target::in_process("simulator", move |request| {
            let (method, path) = (request.method().clone(), request.uri().path().to_owned());
            let answer = instead(&format!("{method} {path}")).unwrap_or_else(|| simulator.handle(request));
            let creates = method == Method::POST && path.ends_with("/instances/");
            let deletes = method == Method::DELETE && path.matches('/').count() == 4;
            if creates || deletes {
                seen.lock().unwrap().push((method, answer.status()));
            }
            answer
        });
        let suite = Arc::new(syncano_conformance::embedded::suite_files().read().unwrap());
        let selection = Selection::new(words.iter().map(|word| (*word).to_owned()).collect());
        let credentials = Credentials::AccountKey(SecretString::from(self.key.as_str()));
        let plan = Plan { credentials, max_instances: Some(4), more_accounts: false, ..plan };
        let (_end, stop) = watch::channel(false);
        let mut events: Vec<Event> = Vec::new();
        harness::run(suite, &selection, target, plan, stop, |event| events.push(event)).await.unwrap();
        Report::new(&events, false)
    }

    /// Returns the number of instances that were created, and the number of requests for one that
    /// were rejected because the account had too many.
    fn created(&self) -> (usize, usize) {
        let seen = self.seen.lock().unwrap();
        let count = |wanted| seen.iter().filter(|seen| **seen == (Method::POST, wanted)).count();
        (count(StatusCode::CREATED), count(StatusCode::BAD_REQUEST))
    }
}

fn post(simulator: &Simulator, path: &str, key: &str, body: &Value) -> Value {
    let request = Request::post(path).header("content-type", "application/json");
    let request = if key.is_empty() { request } else { request.header("X-API-KEY", key) };
    serde_json::from_slice(simulator.handle(request.body(Bytes::from(body.to_string())).unwrap()).body()).unwrap()
}

/// Returns the checks that did not pass, each with the reason.
fn troubles(report: &Report) -> Vec<String> {
    let checks = report.scenarios.iter().flat_map(|scenario| &scenario.checks);
    let bad = checks.filter(|check| check.verdict() >= Verdict::Fail);
    bad.map(|check| format!("{}: {}", check.id, check.because().unwrap_or_default())).collect()
}

/// Names of instances that no account can have: what the suite itself sends.
const INVALID_NAMES: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_has_at_most_four_instances_at_a_time_and_sixty_in_all() {
    let deployment = LimitedDeployment::new();
    let report = deployment.run(&[], Plan { access: Access::ReadOnly, ..Plan::default() }).await;
    assert_eq!(report.summary.outcome(false), RunOutcome::Passed, "{:#?}", troubles(&report));
    let (created, rejected) = deployment.created();
    assert!(created <= 60, "{created} instances");
    assert!(rejected <= INVALID_NAMES, "{rejected} instances were too many");
    assert_eq!(deployment.instances(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_uses_fewer_instances_where_the_account_has_one_already() {
    let deployment = LimitedDeployment::new();
    deployment.add("an-app");
    let words = ["instances", "users", "reset-key"];
    let report = deployment.run(&words, Plan { replays: true, ..Plan::default() }).await;
    assert_eq!(report.summary.outcome(false), RunOutcome::Passed, "{:#?}", troubles(&report));
    assert_eq!(deployment.instances(), ["an-app"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_uses_the_only_instance_that_the_account_can_have() {
    let deployment = LimitedDeployment::new();
    for name in ["app-one", "app-two", "app-three"] {
        deployment.add(name);
    }
    let report = deployment.run(&["user", "reset-key"], Plan::default()).await;
    let bad = troubles(&report);
    let ran = report.scenarios.iter().flat_map(|scenario| &scenario.checks).count();
    assert!(bad.len() * 4 < ran, "{} of {ran}: {bad:#?}", bad.len());
    assert!(bad.iter().all(|check| check.contains("delete instances that nobody needs")), "{bad:#?}");
    assert_eq!(deployment.instances().len(), 3);
}

fn too_many_instances() -> Response<Bytes> {
    let response = Response::builder().status(400).header("content-type", "application/json");
    response.body(Bytes::from_static(br#"{"detail": "Instance count exceeded (4)."}"#)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_ends_does_not_stop_the_run() {
    let deployment = LimitedDeployment::new();
    // Another run has the last instances for a moment.
    let asked = Mutex::new(0);
    let report = deployment
        .run_with(&["instances", "users"], Plan { jobs: 1, ..Plan::default() }, move |request| {
            let mut asked = asked.lock().unwrap();
            *asked += usize::from(request == "POST /v1.1/instances/");
            (request == "POST /v1.1/instances/" && (3..6).contains(&*asked)).then(too_many_instances)
        })
        .await;
    let is_bad = |check: &CheckResult| check.verdict() >= Verdict::Fail;
    let bad = report.scenarios.iter().filter(|scenario| scenario.checks.iter().any(is_bad)).count();
    assert!(bad <= 3, "three requests were rejected: {:#?}", troubles(&report));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_instances_to_another_request_is_judged_as_it_is() {
    let deployment = LimitedDeployment::new();
    let report = deployment
        .run_with(&["login/right"], Plan::default(), |request| {
            request.ends_with("/user/auth/").then(too_many_instances)
        })
        .await;
    let checks = report.scenarios.iter().flat_map(|scenario| &scenario.checks).collect::<Vec<_>>();
    assert!(checks.iter().any(|check| check.verdict() == Verdict::Fail), "{checks:?}");
    let is_about_instances =
        |check: &&&CheckResult| check.because().is_some_and(|why| why.contains("another instance"));
    assert_eq!(checks.iter().find(is_about_instances), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_could_not_be_used_once_is_not_shared() {
    let deployment = LimitedDeployment::new();
    let left = Mutex::new(1);
    let words = ["users", "groups"];
    let report = deployment
        .run_with(&words, Plan { jobs: 1, ..Plan::default() }, move |request| {
            let mut left = left.lock().unwrap();
            let is_lost = request.starts_with("GET ") && request.ends_with("-shared/groups/") && *left > 0;
            *left -= usize::from(is_lost);
            is_lost.then(|| Response::builder().status(404).body(Bytes::new()).unwrap())
        })
        .await;
    let unseen = report.scenarios.iter().filter(|scenario| scenario.unseen.is_some()).count();
    assert_eq!(unseen, 1, "{:#?}", troubles(&report));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_reports_that_the_account_can_have_no_instance() {
    let deployment = LimitedDeployment::new();
    for name in ["app-one", "app-two", "app-three", "app-four"] {
        deployment.add(name);
    }
    let report = deployment.run(&["user/reads"], Plan::default()).await;
    let checks = report.scenarios.iter().flat_map(|scenario| &scenario.checks).collect::<Vec<_>>();
    assert!(checks.iter().all(|check| check.verdict() == Verdict::Error), "{checks:?}");
    let because = checks[0].because().unwrap();
    assert!(because.contains("delete instances that nobody needs"), "{because}");
    assert_eq!(deployment.created().0, 0);
}
