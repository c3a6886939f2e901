//! The suite can fail, and says so: what it makes of a simulator that is wrong on purpose.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use rstest::rstest;
use syncano_conformance::defects;
use syncano_conformance::harness::{self, Event, Plan, Selection, Target};
use syncano_conformance::judge::Verdict;
use syncano_conformance::scenario::{Suite, SuiteFiles};
use syncano_conformance::selftest::{self, Matrix, Transport};
use syncano_simulator::Simulator;
use tempfile::TempDir;
use tokio::sync::watch;

/// Every check of a run with its verdict.
async fn verdicts(suite: &Arc<Suite>, defect: &str) -> HashMap<String, Verdict> {
    let deployment = defects::around(&Simulator::builder().build(), &[defects::named(defect).unwrap()]);
    let target = Target::in_process("simulator", move |request| deployment.respond(request));
    let plan = Plan { patience: std::time::Duration::ZERO, ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    let mut verdicts = HashMap::new();
    harness::run(Arc::clone(suite), &Selection::default(), target, plan, stop, |event| {
        if let Event::Scenario(scenario) = event {
            verdicts.extend(scenario.checks.into_iter().map(|check| (check.id, check.verdict)));
        }
    })
    .await
    .unwrap();
    verdicts
}

#[rstest]
#[case::every_list_is_empty("every-list-is-empty")]
#[case::everything_is_refused("everything-is-refused")]
#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_seen_not_one_negative_check_passes(#[case] defect: &str) {
    let suite = Arc::new(SuiteFiles::embedded().read().unwrap());
    let verdicts = verdicts(&suite, defect).await;
    let checks = suite.scenarios.iter().flat_map(|scenario| scenario.checks());
    let negative = checks.filter(|(_, check)| check.assertion.is_negative()).map(|(_, check)| check.id.to_string());
    let canaries = verdicts.keys().filter(|id| id.starts_with("canary/")).cloned();
    let all = negative.chain(canaries).collect::<Vec<_>>();
    assert!(all.len() > 300, "{} negative checks", all.len());
    for id in all {
        let verdict = verdicts[&id];
        assert!(matches!(verdict, Verdict::Untestable | Verdict::Fail), "{id}: {verdict}");
    }
}

/// A suite that looks at the list of users and at nothing else.
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

const RULES: &str = r#"
["users/scoped"]
code = "R1"
statement = "A user sees himself."
level = "seed"
source = "the page"
"#;

/// The small suite, in which every defect is pinned to the same checks.
fn small(pinned: &[&str]) -> SuiteFiles {
    let pins = defects::all().iter().map(|defect| format!("{} = {pinned:?}\n", defect.name())).collect::<String>();
    let files = [("users/scoped.yaml", SCENARIO), ("rules.toml", RULES), ("defects.toml", &pins)];
    let scenarios = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    SuiteFiles { scenarios, folder: "scenarios".to_owned(), ..SuiteFiles::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_is_noticed_by_a_pinned_check_that_fails_while_its_witness_holds() {
    let suite = Arc::new(small(&["users/only-alice"]).read().unwrap());
    let tried = ["users-list-unscoped", "every-list-is-empty", "user-key-survives-reset"];
    let tried = tried.map(|name| defects::named(name).unwrap());
    let rows = selftest::run(&suite, &tried, Transport::InProcess).await.unwrap();
    let row = |name: &str| rows.iter().find(|row| row.defect == name).unwrap();
    let unscoped = row("users-list-unscoped");
    assert!(unscoped.is_noticed(), "{unscoped:?}");
    assert_eq!(unscoped.unpinned().collect::<Vec<_>>(), ["canary/users/scoped"]);
    // The list is not as it should be here either, and yet nothing is proved: nobody is seen by those who may see.
    let empty = row("every-list-is-empty");
    assert!(!empty.is_noticed(), "{empty:?}");
    assert!(empty.noticed_by.contains("users/witness"), "{empty:?}");
    // What the small suite does not look at survives, and a check that nothing could break is told.
    assert!(!row("user-key-survives-reset").is_noticed());
    let matrix = Matrix::new(&suite, rows);
    assert!(!matrix.is_good());
    assert!(matrix.survivors().any(|row| row.defect == "user-key-survives-reset"));
}

fn selftest(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syncano-conformance"));
    command.arg("selftest").arg("--scenarios").arg(folder).args(["--transport", "in-process"]).args(args);
    command.output().unwrap()
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
fn survivors_are_named_and_make_it_fail() {
    let folder = written(&small(&["users/only-alice"]));
    let output = selftest(folder.path(), &["--format", "table"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("survivor user-key-survives-reset (in process): The user key from before"), "{text}");
    assert!(text.contains("users-list-unscoped: canary/users/scoped\n"), "an unpinned kill is told: {text}");
    let all = text.lines().last().unwrap();
    assert!(all.contains(" defects noticed; "), "{all}");
}

#[test]
fn a_defect_without_a_pin_and_a_pin_without_a_defect_or_check_are_errors() {
    let mut files = small(&["users/only-alice"]);
    let pins = files.scenarios["defects.toml"].replace("users-list-unscoped", "users-list-unscopd");
    files.scenarios.insert("defects.toml".to_owned(), pins);
    let output = selftest(written(&files).path(), &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains("there is no defect `users-list-unscopd`"), "{text}");
    assert!(text.contains("no check is pinned to the defect `users-list-unscoped`"), "{text}");

    let output = selftest(written(&small(&["users/only-alise"])).path(), &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains("there is no check `users/only-alise`") && text.contains("did you mean `users/only-alice`?"));
}
