//! Tests for the diagnosis of a failed run.

use std::fs;

use rstest::rstest;
use tempfile::TempDir;

use crate::binary::{program, stdout};

#[rstest]
#[case::its_pinned_check_failed("reset-key/by-the-administrator", "user-key-survives-reset")]
#[case::no_pinned_check_ran("scope/methods-in-the-body", "app-creates-users")]
fn a_run_of_a_part_of_the_suite_names_its_bug(#[case] part: &str, #[case] defect: &str) {
    let output = program().args(["run", "--quiet", part, "--defects", defect]).output().unwrap();
    let text = stdout(&output);
    let (diagnosis, _) = text.split_once("\n\n").unwrap();
    assert!(diagnosis.contains(defect) && diagnosis.matches("  * ").count() == 1, "{text}");
    assert!(!diagnosis.contains("No known bug"), "{text}");
}

#[test]
fn a_wrong_check_of_a_private_suite_is_blamed_on_no_bug() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("shop")).unwrap();
    let scenario = r#"
title: A wrong check
given: {users: [alice]}
steps:
  - name: alice reads herself
    as: alice
    send: GET /user/
    checks: [{id: shop/name, at: $.username, equals: '"a-name-that-nobody-has"'}]
"#;
    fs::write(folder.path().join("shop/name.yaml"), scenario).unwrap();
    let output = program().args(["run", "--scenarios"]).arg(folder.path()).output().unwrap();
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("No known bug explains 1 failure: shop/name."), "{text}");
}
