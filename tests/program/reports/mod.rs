//! Tests for report formats and for commands that read reports.

mod changes;
mod explained;
mod forms;
mod output;
mod shards;

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use serde_json::Value;
use syncano_conformance::defects;
use syncano_conformance::divergence::DivergenceClass;
use syncano_conformance::harness::{
    self, CheckOutcome, Credentials, DivergenceResult, Event, OutcomeParts, Plan, Selection, Standing, Target,
};
use syncano_conformance::judge::{Evidence, Verdict};
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use syncano_suite::{BuiltInCheck, SuiteFiles};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::binary::output;

/// A suite with results of many kinds: `--instance` skips one scenario, and the defect
/// `users-list-unscoped` makes others fail.
const SUITE: &[(&str, &str)] = &[
    (
        "rules.toml",
        r#"
["a/is-promised"]
code = "R1"
statement = "It is promised."
level = "seed"
source = "a page"

["a/is-disputed"]
code = "R2"
statement = "It is disputed."
level = "observed"
source = "seen"
disputed = { page = "It is not so.", deployment = "It is so." }
"#,
    ),
    (
        "a/users.yaml",
        r#"
title: Users
given: {users: [alice, bob]}
steps:
  - name: alice asks for all
    as: alice
    send: GET /users/
    checks:
      - {id: a/users/answered, rule: a/is-promised, witness: true, status: 200}
      - {id: a/users/alone, rule: a/is-promised, at: "$.objects[*].id", equals: '["{{alice.id}}"]'}
      - {id: a/users/not-bob, rule: a/is-disputed, absent: [bob.username]}
      - {id: a/users/strange, at: $.next, equals: '"<b>|`x`</b> 100% # @somebody"'}
"#,
    ),
    (
        "b/reads.yaml",
        r#"
title: One who reads herself
given: {users: [alice]}
steps:
  - name: alice reads herself
    as: alice
    send: GET /user/
    checks:
      - {id: b/reads/answered, witness: true, status: 201}
      - {id: b/reads/nothing, absent: [api.key]}
"#,
    ),
    (
        "c/skipped.yaml",
        r#"
title: One for instances of its own
needs: [own_instance]
steps:
  - name: the app reads groups
    as: api
    send: GET /groups/
    checks:
      - {id: c/skipped/answered, status: 200}
"#,
    ),
];

/// Returns the events of a run of `SUITE`.
async fn events() -> Vec<Event> {
    let scenarios = SUITE.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let files = SuiteFiles { folder: "scenarios".to_owned(), scenarios, ..SuiteFiles::default() };
    let mut suite = files.read().unwrap();
    // The other built-in checks have no part in these reports.
    suite.scenarios.iter_mut().for_each(|scenario| scenario.built_in = vec![BuiltInCheck::Leak]);
    let suite = Arc::new(suite);
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).unwrap();
    let deployment = defects::around(&simulator, &[defects::named("users-list-unscoped").unwrap()]);
    let target = Target::in_process("simulator", move |request| deployment.respond(request));
    let key = SecretString::from(world.account.account_key.to_string());
    let plan = Plan {
        credentials: Credentials::AccountKey(key),
        instance: Some(world.instance.to_string()),
        ..Plan::default()
    };
    let (_end, stop) = watch::channel(false);
    let mut events = Vec::new();
    harness::run(suite, &Selection::default(), target, plan, stop, |event| events.push(event)).await.unwrap();
    events
}

/// Returns an outcome with this verdict.
fn outcome(verdict: Verdict, text: &str) -> CheckOutcome {
    let because = (verdict != Verdict::Pass).then(|| text.to_owned());
    let failed = matches!(verdict, Verdict::Fail | Verdict::Known);
    let evidence = failed.then(|| Evidence { expected: text.to_owned(), actual: text.to_owned() });
    let divergence = matches!(verdict, Verdict::Known | Verdict::Stale).then(|| DivergenceResult {
        standing: if failed { Standing::AsStated } else { Standing::NotNeeded },
        expected: text.to_owned(),
        instead: text.to_owned(),
        class: DivergenceClass::TargetBug,
        reason: text.to_owned(),
        link: None,
        since: "2026-01-01".parse().unwrap(),
        review_by: "2026-12-31".parse().unwrap(),
        age_days: 10,
        overdue: false,
        at: "divergences.toml:1:1".to_owned(),
    });
    OutcomeParts { verdict, because, evidence, divergence }.try_into().unwrap()
}

/// Returns the same events with other verdicts, check by check.
fn with(events: &[Event], verdicts: impl IntoIterator<Item = Verdict>) -> Vec<Event> {
    let mut verdicts = verdicts.into_iter();
    let mut events = events.to_vec();
    for event in &mut events {
        if let Event::Scenario(scenario) = event {
            for (check, verdict) in scenario.checks.iter_mut().zip(&mut verdicts) {
                check.outcome = outcome(verdict, "because");
            }
        }
    }
    events
}

/// Returns a suite of one scenario and one rule.
fn small_suite() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("a")).unwrap();
    std::fs::write(
        folder.path().join("a/one.yaml"),
        "title: One\nsteps:\n  - name: the links\n    as: api\n    send: GET /groups/\n    checks:\n      \
         - {id: a/one, rule: a/rule, witness: true, at: $.objects, present: true}\n",
    )
    .unwrap();
    let rule = "[\"a/rule\"]\ncode = \"R1\"\nstatement = \"It is so.\"\nlevel = \"seed\"\nsource = \"a page\"\n";
    std::fs::write(folder.path().join("rules.toml"), rule).unwrap();
    folder
}

/// Arguments that select a few scenarios and endpoints, some of which do not pass.
const SOME: &[&str] = &[
    "run",
    "user/reads",
    "users/scoped-list",
    "reset-key/by-the-administrator",
    "access/users",
    "--access-table",
    "read-only",
];

const WRONG: &[&str] = &["--defects", "users-list-unscoped,user-key-survives-reset"];

fn written(folder: &Path, name: &str, args: &[&[&str]]) -> (String, Option<i32>) {
    let path = folder.join(name).display().to_string();
    let output = output(&[args.concat().as_slice(), &["--report", &format!("json={path}")]].concat());
    (path, output.status.code())
}

fn json(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
