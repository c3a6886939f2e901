//! Tests for the authors of scenarios: folders of their own, and what `lint` says about them.

use std::fs;
use std::path::Path;
use std::process::Output;

use rstest::rstest;
use tempfile::TempDir;

use crate::binary::{program, stderr, stdout};

/// A scenario that names a rule of the suite in the program.
const RESET: &str = "\
title: A reset ends the old user key
given: {users: [alice]}
steps:
  - name: the administrator resets the key
    as: account
    send: POST /users/{{alice.id}}/reset_key/
    save: {alice.user_key: $.user_key}
    checks:
      - {id: crew/a-new-key, witness: true, at: $.user_key, present: true}
  - name: the old key is dead
    as: alice@revoked
    send: GET /user/
    checks:
      - {id: crew/the-old-key-is-invalid, rule: reset-key/ends-the-old-user-key, status: 403}
";

/// A rule with a check, and one without.
const RULES: &str = r#"
["my/promise"]
code = "M1"
statement = "The page promises it."
level = "public"
source = "our page"
"#;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn at(folder: &Path, args: &[&str]) -> Output {
    program().args(args).current_dir(folder).output().unwrap()
}

#[track_caller]
fn ends_with(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}{}", stdout(output), stderr(output));
}

#[rstest]
#[case::the_option(&["lint", "--scenarios", "my"], "the folder my\n")]
#[case::a_folder(&["lint", "my"], "the folder my\n")]
#[case::a_file(&["lint", "my/crew/reset.yaml"], "the file my/crew/reset.yaml\n")]
#[case::the_program(&["lint"], "the suite in the program\n")]
fn lint_lists_what_it_checked(#[case] args: &[&str], #[case] said: &str) {
    let folder = folder(&[("my/crew/reset.yaml", RESET)]);
    let lint = at(folder.path(), args);
    ends_with(&lint, 0);
    assert!(stdout(&lint).starts_with(said), "{}", stdout(&lint));
    assert_eq!(stderr(&lint), "");
}

#[test]
fn a_folder_may_use_rules_of_the_suite_and_must_check_its_own() {
    let folder = folder(&[("my/crew/reset.yaml", RESET)]);
    let lint = at(folder.path(), &["lint", "my"]);
    // Two more rules are those of the built-in checks.
    assert!(stdout(&lint).contains("\n1 scenario, 3 rules (3 with checks, 0 excluded)"), "{}", stdout(&lint));
    let explained = at(folder.path(), &["explain", "crew/the-old-key-is-invalid", "--scenarios", "my"]);
    ends_with(&explained, 0);
    assert!(stdout(&explained).contains("R95"), "{}", stdout(&explained));
    let run = at(folder.path(), &["run", "--scenarios", "my"]);
    ends_with(&run, 0);

    fs::write(folder.path().join("my/rules.toml"), RULES).unwrap();
    let lint = at(folder.path(), &["lint", "my"]);
    ends_with(&lint, 5);
    assert!(stderr(&lint).contains("no check names the rule `my/promise`"), "{}", stderr(&lint));
    assert!(stderr(&lint).contains("\n1 error;"), "{}", stderr(&lint));
    // A file alone cannot have the checks of every rule.
    ends_with(&at(folder.path(), &["lint", "my/crew/reset.yaml"]), 0);
}

#[rstest]
#[case::a_misspelt_rule_of_the_suite(
    "reset-key/ends-the-old-user-kye",
    "did you mean `reset-key/ends-the-old-user-key`?"
)]
#[case::unknown("nothing/of-the-kind", "add it to rules.toml")]
fn an_unknown_rule_is_an_error_in_a_folder_too(#[case] rule: &str, #[case] hint: &str) {
    let text = RESET.replace("reset-key/ends-the-old-user-key", rule);
    let folder = folder(&[("my/crew/reset.yaml", &text)]);
    let lint = at(folder.path(), &["lint", "my"]);
    ends_with(&lint, 5);
    assert!(stderr(&lint).contains(&format!("there is no rule `{rule}`")), "{}", stderr(&lint));
    assert!(stderr(&lint).contains(hint), "{}", stderr(&lint));
}

#[test]
fn a_rule_may_not_have_the_code_of_a_rule_that_a_check_names() {
    let rules = RULES.replace("M1", "R95");
    let folder = folder(&[("my/crew/reset.yaml", RESET), ("my/rules.toml", &rules)]);
    let lint = at(folder.path(), &["lint", "my"]);
    ends_with(&lint, 5);
    let said = "the rule `my/promise` has the code R95 of the rule `reset-key/ends-the-old-user-key`";
    assert!(stderr(&lint).contains(said), "{}", stderr(&lint));
}

#[test]
fn a_file_may_be_named_from_any_folder() {
    let rules = RULES.replace("my/promise", "my/other");
    let text = RESET.replace("reset-key/ends-the-old-user-key", "my/other");
    let folder = folder(&[("my/crew/reset.yaml", &text), ("my/rules.toml", &rules)]);
    for (here, file) in [("", "my/crew/reset.yaml"), ("my", "crew/reset.yaml"), ("my/crew", "reset.yaml")] {
        ends_with(&at(&folder.path().join(here), &["lint", file]), 0);
        let listed = at(&folder.path().join(here), &["list", "crew/reset", "--scenarios", file]);
        ends_with(&listed, 0);
    }
}

#[test]
fn the_snapshots_of_a_folder_are_beside_it() {
    let text = RESET.replace("status: 403", "snapshot: rejected");
    let folder = folder(&[("tests/my/crew/reset.yaml", text.as_str())]);
    ends_with(&at(folder.path(), &["lint", "tests/my"]), 5);
    let record = at(folder.path(), &["record", "--scenarios", "tests/my"]);
    ends_with(&record, 0);
    assert!(folder.path().join("tests/snapshots/crew/reset/rejected.snap").is_file());
    let lint = at(folder.path(), &["lint", "tests/my"]);
    ends_with(&lint, 0);
    let said = "the folder tests/my, with the snapshots in tests/snapshots\n";
    assert!(stdout(&lint).starts_with(said), "{}", stdout(&lint));

    // Other suites may keep their snapshots in the same folder.
    fs::create_dir_all(folder.path().join("tests/snapshots/other/users")).unwrap();
    fs::write(folder.path().join("tests/snapshots/other/users/all.snap"), "").unwrap();
    ends_with(&at(folder.path(), &["lint", "tests/my"]), 0);
    fs::write(folder.path().join("tests/snapshots/crew/reset/unused.snap"), "").unwrap();
    for path in ["tests/my", "tests/my/crew/reset.yaml"] {
        let lint = at(folder.path(), &["lint", path]);
        ends_with(&lint, 5);
        let said = "no check uses the snapshot crew/reset/unused.snap";
        assert!(stderr(&lint).contains(said), "{}", stderr(&lint));
    }
}

#[test]
fn files_that_are_not_embedded_are_reported() {
    let folder = folder(&[("scenarios/crew/reset.yaml", RESET)]);
    for command in [&["lint"][..], &["run", "user/reads"]] {
        let output = at(folder.path(), command);
        ends_with(&output, 0);
        let said = "note: scenarios/crew/reset.yaml is new or changed compared with the suite in the program, which this command uses\n  \
                    hint: `--scenarios scenarios` uses the folder\n";
        assert_eq!(stderr(&output), said);
    }
    fs::write(folder.path().join("scenarios/crew/other.yaml"), RESET).unwrap();
    let said = stderr(&at(folder.path(), &["lint"]));
    assert!(said.starts_with("note: scenarios/crew/other.yaml and 1 other file are new or changed"), "{said}");
    let repository = at(Path::new(env!("CARGO_MANIFEST_DIR")), &["lint"]);
    ends_with(&repository, 0);
    assert_eq!(stderr(&repository), "", "the program carries the scenarios of its repository");
}

#[rstest]
#[case::a_method("GET /user/", "GTE /user/", "the API does not have the method GTE", "did you mean `GET`?")]
#[case::a_strange_method("GET /user/", "LINK /user/", "the API does not have the method LINK", "`no_endpoint: true`")]
#[case::a_path("GET /user/", "GET /usr/?page=1", "no endpoint has the path /usr/?page=1", "did you mean `/user/`?")]
#[case::a_slash(
    "/reset_key/",
    "/reset_key",
    "no endpoint has the path /users/{{alice.id}}/reset_key",
    "end it with a slash"
)]
#[case::a_whole_path(
    "GET /user/",
    "GET {{root}}/nobody/7/nowhere/",
    "no endpoint has the path {{root}}/nobody",
    "no_endpoint"
)]
fn a_request_that_no_endpoint_answers_is_a_warning(
    #[case] right: &str,
    #[case] wrong: &str,
    #[case] said: &str,
    #[case] hint: &str,
) {
    let text = RESET.replace(right, wrong);
    let folder = folder(&[("my/crew/reset.yaml", &text)]);
    let lint = at(folder.path(), &["lint", "my"]);
    ends_with(&lint, 0);
    assert!(stdout(&lint).ends_with("\nno errors, 1 warning\n"), "{}", stdout(&lint));
    assert!(stderr(&lint).starts_with(&format!("warning: {said}")), "{}", stderr(&lint));
    assert!(stderr(&lint).contains(hint), "{}", stderr(&lint));

    let sends = format!("    send: {wrong}\n");
    let sends = if text.contains(&sends) { sends } else { format!("{wrong}\n") };
    let meant = text.replace(&sends, &format!("{sends}    no_endpoint: true\n"));
    fs::write(folder.path().join("my/crew/reset.yaml"), meant).unwrap();
    let lint = at(folder.path(), &["lint", "my"]);
    assert_eq!(stderr(&lint), "");
}

#[rstest]
#[case::the_status_is_expected("GET /nobody/", "status: 404")]
#[case::another_status_is_expected("LINK /user/", "status: 405")]
#[case::the_path_is_an_earlier_answer("GET {{link}}", "status: 200")]
#[case::the_path_is_of_the_other_version("GET /v1/instances/{{instance.name}}/users/", "status: 200")]
#[case::the_path_has_a_suffix("GET /user.json", "status: 200")]
fn an_intended_request_causes_no_warning(#[case] sends: &str, #[case] expects: &str) {
    let text = RESET.replace("GET /user/", sends).replace("status: 403", expects);
    let text = text.replace("save: {", "save: {link: $.links.self, ");
    let folder = folder(&[("my/crew/reset.yaml", &text)]);
    let lint = at(folder.path(), &["lint", "my"]);
    ends_with(&lint, 0);
    assert_eq!(stderr(&lint), "");
}
