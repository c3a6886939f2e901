//! Tests for the diagnosis of a failed run.

use rstest::rstest;

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
