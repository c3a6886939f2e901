//! What a script of `repro` says of a deployment is what the suite says. Its tests need curl and jq, and say so where they are
//! not there.

#![cfg(unix)]

mod program;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use rstest::rstest;
use tempfile::TempDir;

use program::{Served, output, program, stderr, stdout};

/// The script of a check; nothing where it could not be run here.
fn script(folder: &Path, check: &str) -> Option<String> {
    let there = |tool: &str| Command::new(tool).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !there("curl") || !there("jq") {
        println!("skipped: curl or jq is not here");
        return None;
    }
    let path = folder.join("repro.sh").display().to_string();
    let written = output(&["repro", check, "--output", &path]);
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    let text = std::fs::read_to_string(&path).unwrap();
    let longest = text.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
    assert!(longest < Some(24), "there is no key in it");
    Some(path)
}

fn run(script: &str, served: &Served) -> Output {
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    let ran = Command::new("sh").args([script, served.url()]).env("SYNCANO_ACCOUNT_KEY", key).output().unwrap();
    let said = stdout(&ran) + &stderr(&ran);
    assert!(!said.contains(key), "{said}");
    let list = ["-s", "-H", &format!("X-API-KEY: {key}"), &format!("{}/v1.1/instances/", served.url())];
    let left = stdout(&Command::new("curl").args(list).output().unwrap());
    assert!(!left.contains("conformance-"), "its instance is removed: {left}");
    ran
}

#[rstest]
#[case::a_status("reset-key/the-old-user-key-is-dead", "user-key-survives-reset")]
#[case::a_list("users/shows-nothing-of-others", "users-list-unscoped")]
#[case::a_text_that_must_not_be_there("user/echoes-no-password-after-patch", "password-shown")]
#[case::a_refusal("transport/foreign-api-key-is-refused-in-the-query", "foreign-api-key-outside-its-header")]
#[case::a_cell("access/users/get/self", "users-list-unscoped")]
fn the_script_of_a_check_comes_to_the_verdict_of_the_check(#[case] check: &str, #[case] defect: &str) {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), check) else { return };
    let right = run(&script, &Served::start(&[]));
    let said = stdout(&right);
    assert_eq!(right.status.code(), Some(0), "{said}{}", stderr(&right));
    assert!(said.contains(&format!("  holds     {check}\n")) && said.ends_with("\npass\n"), "{said}");

    let wrong = run(&script, &Served::start(&["--defects", defect]));
    let said = stdout(&wrong);
    assert_eq!(wrong.status.code(), Some(1), "{said}{}", stderr(&wrong));
    assert!(said.contains(&format!("  fails     {check}\n  expected  ")), "{said}");
    assert!(said.contains("\n  actual    ") && said.ends_with("\nfail\n"), "{said}");
}

#[test]
fn where_a_witness_does_not_hold_nothing_is_proved() {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), "reset-key/the-old-user-key-is-dead") else { return };
    let ran = run(&script, &Served::start(&["--defects", "everything-is-refused"]));
    assert_eq!(ran.status.code(), Some(7), "{}{}", stdout(&ran), stderr(&ran));
    assert!(stderr(&ran).starts_with("untestable: "), "{}", stderr(&ran));
}

#[test]
fn a_script_that_was_not_started_right_says_how() {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), "user/answers-a-user") else { return };
    let start = |args: &[&str]| {
        let mut sh = Command::new("sh");
        sh.arg(&script).args(args).env_remove("SYNCANO_ACCOUNT_KEY").env_remove("SYNCANO_URL");
        sh.output().unwrap()
    };
    let (nowhere, keyless) = (start(&[]), start(&["http://127.0.0.1:1"]));
    assert_eq!((nowhere.status.code(), keyless.status.code()), (Some(2), Some(2)));
    assert!(stderr(&nowhere).starts_with("usage: sh "), "{}", stderr(&nowhere));
    assert!(stderr(&keyless).contains("SYNCANO_ACCOUNT_KEY"), "{}", stderr(&keyless));
}

#[rstest]
#[case::of_all_answers("canary/user/reads", 2, "it is about all answers of its scenario")]
#[case::unknown("user/answers-a-usr", 4, "did you mean `user/answers-a-user`?")]
fn what_no_script_can_show_is_said(#[case] check: &str, #[case] code: i32, #[case] said: &str) {
    let refused = program().args(["repro", check]).output().unwrap();
    assert_eq!(refused.status.code(), Some(code));
    assert!(stderr(&refused).contains(said), "{}", stderr(&refused));
    assert!(stdout(&refused).is_empty());
}
