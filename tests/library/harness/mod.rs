//! Runs the harness against defective deployments. Each defect must end in a verdict within the
//! time limit, without a hang, a panic or a pass.

mod answers;
mod keys;
mod removal;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use syncano_conformance::harness::{
    self, CheckResult, Event, Limits, Plan, Rate, Retries, RunError, Selection, Target, TimeOuts,
};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::Report;
use syncano_simulator::Simulator;
use syncano_suite::{BuiltInCheck, Suite};
use tokio::sync::watch;

use crate::small::suite;

/// Limits that are short enough for a test.
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

/// A scenario with a user who reads herself, and another user who must not appear.
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

async fn run_suite(suite: &Arc<Suite>, target: Target) -> Result<Vec<Event>, RunError> {
    let plan = Plan { jobs: 3, ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    let mut events = Vec::new();
    harness::run(Arc::clone(suite), &Selection::default(), target, plan, stop, |event| events.push(event)).await?;
    Ok(events)
}

async fn run(url: &str) -> Result<Vec<CheckResult>, RunError> {
    let events = run_suite(&suite(&[("a/user.yaml", SCENARIO)]), Target::http(url, LIMITS).unwrap()).await?;
    let checks = Report::new(&events, false).scenarios.into_iter().flat_map(|scenario| scenario.checks);
    // The built-in checks, which every scenario has, have their own tests.
    Ok(checks.filter(|check| BuiltInCheck::named(&check.id).is_none()).collect())
}

fn verdicts(checks: &[CheckResult]) -> Vec<Verdict> {
    checks.iter().map(|check| check.verdict()).collect()
}

/// Returns the simulator behind a function that may change each response, and the method and path
/// of every request.
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
