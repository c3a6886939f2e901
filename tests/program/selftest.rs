//! Tests for `selftest`: the suite fails on simulators with deliberate defects.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use crate::binary::{self, Served, program, stderr, stdout};
use bytes::Bytes;
use http::{Request, Response};
use rstest::rstest;
use serde_json::{Value, json};
use syncano_conformance::defects;
use syncano_conformance::harness::{self, Event, Plan, Selection, Target};
use syncano_conformance::judge::Verdict;
use syncano_conformance::selftest::{self, Breadth, Matrix, Transport, Wrong};
use syncano_simulator::Simulator;
use syncano_suite::{Suite, SuiteFiles};
use tempfile::TempDir;
use tokio::sync::watch;

/// Returns the checks of a run with their verdicts.
async fn verdicts(suite: &Arc<Suite>, defect: &str) -> HashMap<String, Verdict> {
    let deployment = defects::around(&Simulator::builder().build(), &[defects::named(defect).unwrap()]);
    let target = Target::in_process("simulator", move |request| deployment.respond(request));
    let plan = Plan { patience: std::time::Duration::ZERO, ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    let mut verdicts = HashMap::new();
    // The gate runs the whole suite.
    let part = ["channels", "groups", "objects", "reset-key", "users"].map(str::to_owned).to_vec();
    let selection = if binary::whole_suite() { Selection::default() } else { Selection::new(part) };
    harness::run(Arc::clone(suite), &selection, target, plan, stop, |event| {
        if let Event::Scenario(scenario) = event {
            verdicts.extend(scenario.checks.into_iter().map(|check| {
                let verdict = check.verdict();
                (check.id, verdict)
            }));
        }
    })
    .await
    .unwrap();
    verdicts
}

#[rstest]
#[case::every_list_is_empty("every-list-is-empty")]
#[case::everything_is_rejected("everything-is-rejected")]
#[tokio::test(flavor = "multi_thread")]
async fn no_negative_check_passes_on_an_invisible_world(#[case] defect: &str) {
    let suite = Arc::new(syncano_conformance::embedded::suite_files().read().unwrap());
    let verdicts = verdicts(&suite, defect).await;
    let checks = suite.scenarios.iter().flat_map(|scenario| scenario.checks());
    let negative = checks.filter(|(_, check)| check.assertion.is_negative()).map(|(_, check)| check.id.as_str());
    let negative = negative.collect::<HashSet<_>>();
    let all = verdicts.iter().filter(|(id, _)| id.starts_with("leak/") || negative.contains(id.as_str()));
    let all = all.collect::<Vec<_>>();
    assert!(all.len() > if binary::whole_suite() { 1_000 } else { 200 }, "{} negative checks", all.len());
    for (id, verdict) in all {
        assert!(matches!(verdict, Verdict::Untestable | Verdict::Fail), "{id}: {verdict}");
    }
}

/// A scenario that checks only the list of users.
const SCENARIO: &str = r#"
title: A user sees nobody else
given: {users: [alice, bob]}
steps:
  - name: the administrator sees both
    as: account
    send: GET /users/
    checks:
      - {id: users/witness, witness: true, at: "$.objects[*].id", contains: '["{{alice.id}}", "{{bob.id}}"]'}
  - name: alice sees herself
    as: alice
    send: GET /users/
    checks:
      - {id: users/only-alice, rule: users/scoped, at: "$.objects[*].id", only: '["{{alice.id}}"]'}
      - {id: users/is-a-list, rule: users/scoped, at: $.objects, present: true}
"#;

/// A scenario that uses a user key from before a reset.
const RESET: &str = r#"
title: A reset ends the old key
given: {users: [alice]}
steps:
  - name: alice's key works
    as: alice
    send: GET /user/
    checks:
      - {id: reset/witness, witness: true, at: $.user_key, equals: '"{{alice.user_key}}"'}
  - name: the administrator resets it
    as: account
    send: POST /users/{{alice.id}}/reset_key/
    save: {alice.user_key: $.user_key}
  - name: the old key signs nobody in
    as: alice@revoked
    send: GET /user/
    checks:
      - {id: reset/old-key, status: 403}
"#;

const RULES: &str = r#"
["users/scoped"]
code = "R1"
statement = "A user sees himself."
level = "seed"
source = "the page"
"#;

/// Returns a suite of one scenario, with every defect and quirk pinned to the same checks.
fn small(pinned: &[&str]) -> SuiteFiles {
    let pins = Wrong::all().map(|wrong| format!("{} = {pinned:?}\n", wrong.name())).collect::<String>();
    let files = [("users/scoped.yaml", SCENARIO), ("rules.toml", RULES), ("defects.toml", &pins)];
    let scenarios = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    SuiteFiles { scenarios, folder: "scenarios".to_owned(), ..SuiteFiles::default() }
}

/// Returns a suite that also uses a key after a reset, with each defect pinned to the check that
/// must notice it.
fn two() -> SuiteFiles {
    let mut files = small(&["users/only-alice"]);
    let pins = "users-list-unscoped = [\"users/only-alice\"]\nuser-key-survives-reset = [\"reset/old-key\"]\n";
    let texts = [("user/reset.yaml", RESET), ("defects.toml", pins)];
    files.scenarios.extend(texts.map(|(path, text)| (path.to_owned(), text.to_owned())));
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_is_noticed_by_a_pinned_check_that_fails_while_its_witness_holds() {
    let suite = Arc::new(small(&["users/only-alice"]).read().unwrap());
    let tried = ["users-list-unscoped", "every-list-is-empty", "user-key-survives-reset"];
    let tried = tried.map(|name| Wrong::named(name).unwrap());
    let rows = selftest::run(&suite, &tried, Breadth::Whole, Transport::InProcess).await.unwrap();
    let row = |name: &str| rows.iter().find(|row| row.defect == name).unwrap();
    let unscoped = row("users-list-unscoped");
    assert!(unscoped.is_noticed(), "{unscoped:?}");
    assert_eq!(unscoped.unpinned().collect::<Vec<_>>(), ["leak/users/scoped"]);
    // The list is wrong here too, but the positive control fails as well, so the check proves
    // nothing.
    let empty = row("every-list-is-empty");
    assert!(!empty.is_noticed(), "{empty:?}");
    assert!(empty.noticed_by.contains("users/witness"), "{empty:?}");
    // Defects outside the small suite survive, and the matrix reports them.
    assert!(!row("user-key-survives-reset").is_noticed());
    let matrix = Matrix::new(&suite, rows);
    assert!(!matrix.is_good());
    assert!(matrix.survivors().any(|row| row.defect == "user-key-survives-reset"));
}

fn selftest(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(binary::path());
    command.arg("selftest").arg("--scenarios").arg(folder).args(["--transport", "in-process"]).args(args);
    command.output().unwrap()
}

/// Runs `selftest` against a served simulator, with the defects applied in front of it.
fn live(served: &Served, folder: &Path, args: &[&str]) -> Output {
    let mut command = program();
    command.args(["selftest", "--url", served.url(), "--register", "--scenarios"]).arg(folder).args(args);
    command.output().unwrap()
}

#[test]
fn selftest_tries_one_defect_after_another_on_a_live_deployment() {
    let served = Served::start(&["--empty"]);
    let folder = written(&two());
    let json = folder.path().join("matrix.json");
    let tried = ["users-list-unscoped", "user-key-survives-reset"];
    let output =
        live(&served, folder.path(), &["--allow-writes", "--json", json.to_str().unwrap(), tried[0], tried[1]]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(stderr(&output), "users-list-unscoped: noticed\nuser-key-survives-reset: noticed\n");
    let matrix: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    let noticed = matrix["defects"].as_array().unwrap().iter().map(|row| &row["noticed_by"]);
    let noticed = noticed.cloned().collect::<Vec<_>>();
    assert!(noticed[0].as_array().unwrap().contains(&json!("users/only-alice")), "{noticed:?}");
    assert!(noticed[1].as_array().unwrap().contains(&json!("reset/old-key")), "{noticed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clean_up_bypasses_a_defect() {
    let simulator = Simulator::builder().build();
    let target = Target::in_process("simulator", move |request| simulator.handle(request));
    let wrong = target.behind(|_right| |_| Response::builder().status(403).body(Bytes::new()).unwrap());
    let root = || Request::get("/").body(Bytes::new()).unwrap();
    assert!(wrong.send(root()).await.unwrap().response.status().is_client_error());
    assert!(wrong.insist(root()).await.unwrap().response.status().is_success());
}

#[test]
fn a_defect_works_in_an_existing_instance() {
    let served = Served::start(&["--seed", "1"]);
    let folder = written(&two());
    let mut command = program();
    command.env("SYNCANO_ACCOUNT_KEY", served.ready["account"]["account_key"].as_str().unwrap());
    command.args(["selftest", "--url", served.url(), "--instance", "demo", "--allow-writes", "--scenarios"]);
    let output = command.arg(folder.path()).arg("users-list-unscoped").output().unwrap();
    assert_eq!(stderr(&output), "users-list-unscoped: noticed\n");
}

#[test]
fn selftest_rejects_a_deployment_without_allowed_writes() {
    let served = Served::start(&["--empty"]);
    let output = live(&served, written(&two()).path(), &["users-list-unscoped"]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert!(stderr(&output).contains("may not write to") && stderr(&output).contains("give --allow-writes"));
}

#[test]
fn selftest_rejects_a_deployment_on_which_the_suite_fails() {
    let served = Served::start(&["--empty", "--defects", "users-list-unscoped"]);
    let output = live(&served, written(&two()).path(), &["--allow-writes", "users-list-unscoped"]);
    assert_eq!(output.status.code(), Some(6), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("the suite does not pass without a defect: fail users/only-alice"),
        "{}",
        stderr(&output)
    );
}

fn written(files: &SuiteFiles) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in &files.scenarios {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn selftest_fails_and_names_the_survivors() {
    let folder = written(&small(&["users/only-alice"]));
    let output = selftest(folder.path(), &["--format", "table"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("survivor user-key-survives-reset (in process): The previous user key"), "{text}");
    assert!(text.contains("users-list-unscoped: leak/users/scoped\n"), "an unpinned kill is told: {text}");
    let all = text.lines().last().unwrap();
    assert!(all.contains(" defects and quirks noticed; "), "{all}");
}

#[test]
fn a_defect_without_a_pin_and_a_pin_without_a_defect_or_check_are_errors() {
    let mut files = small(&["users/only-alice"]);
    let pins = files.scenarios["defects.toml"].replace("users-list-unscoped", "users-list-unscopd");
    files.scenarios.insert("defects.toml".to_owned(), pins);
    let output = selftest(written(&files).path(), &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains("no defect or quirk is named `users-list-unscopd`"), "{text}");
    assert!(text.contains("no check is pinned to the defect `users-list-unscoped`"), "{text}");

    let output = selftest(written(&small(&["users/only-alise"])).path(), &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains("there is no check `users/only-alise`") && text.contains("did you mean `users/only-alice`?"));
}
