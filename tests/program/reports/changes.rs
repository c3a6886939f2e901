//! Tests for the changes since the last run.

use rstest::rstest;
use serde_json::Value;
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{ChangeKind, Report, ReportComparison};
use tempfile::TempDir;

use super::{events, with};
use super::{json, written};
use crate::binary::{output, stderr, stdout};

#[rstest]
#[case::fails_now(Verdict::Pass, Verdict::Fail, Some(ChangeKind::NewlyFailing))]
#[case::proves_nothing_now(Verdict::Pass, Verdict::Untestable, Some(ChangeKind::NewlyFailing))]
#[case::a_known_failure_that_changed(Verdict::Known, Verdict::Fail, Some(ChangeKind::NewlyFailing))]
#[case::is_known_and_passes(Verdict::Known, Verdict::Stale, Some(ChangeKind::NewlyFailing))]
#[case::was_skipped_and_fails(Verdict::Skip, Verdict::Error, Some(ChangeKind::NewlyFailing))]
#[case::is_fixed(Verdict::Fail, Verdict::Pass, Some(ChangeKind::Fixed))]
#[case::is_steady_again(Verdict::Flaky, Verdict::Pass, Some(ChangeKind::Fixed))]
#[case::is_skipped_now(Verdict::Fail, Verdict::Skip, Some(ChangeKind::NewlySkipped))]
#[case::is_run_again(Verdict::Skip, Verdict::Pass, Some(ChangeKind::NoLongerSkipped))]
#[case::is_known_now(Verdict::Fail, Verdict::Known, Some(ChangeKind::NewlyExcused))]
#[case::is_flaky_now(Verdict::Pass, Verdict::Flaky, Some(ChangeKind::NewlyFlaky))]
#[case::still_fails(Verdict::Fail, Verdict::Error, None)]
#[case::still_passes(Verdict::Pass, Verdict::Pass, None)]
#[tokio::test]
async fn each_pair_of_verdicts_is_the_right_kind_of_change(
    #[case] before: Verdict,
    #[case] after: Verdict,
    #[case] kind: Option<ChangeKind>,
) {
    let events = events().await;
    let [old, new] = [before, after].map(|verdict| Report::new(&with(&events, [verdict]), false));
    let compared = ReportComparison::new(&old, &new);
    assert_eq!(compared.changes.iter().map(|change| change.kind).collect::<Vec<_>>(), Vec::from_iter(kind));
    assert_eq!(compared.is_regression(), kind == Some(ChangeKind::NewlyFailing));
    assert_eq!(compared.unchanged, old.checks().count() - compared.changes.len());
    assert_eq!(compared.remarks, Vec::<String>::new());
}

#[test]
fn compare_shows_newly_failing_checks() {
    let folder = TempDir::new().unwrap();
    let run = |name: &str, args: &[&str]| written(folder.path(), name, &[&["run", "--access-table", "off"], args]).0;
    let good = run("good", &["user", "reset-key"]);
    let bad = run("bad", &["user", "reset-key", "--no-diagnosis", "--defects", "user-key-survives-reset"]);
    let less = run("less", &["user"]);
    let compare = |old: &str, new: &str| {
        let compared = output(&["compare", old, new]);
        (compared.status.code(), stdout(&compared))
    };
    let (code, said) = compare(&good, &bad);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("\nnewly failing: ") && said.contains("  reset-key/the-old-user-key-is-invalid pass -> fail\n"),
        "{said}"
    );
    let (code, said) = compare(&bad, &good);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("\nfixed: ") && said.contains("  reset-key/the-old-user-key-is-invalid fail -> pass\n"),
        "{said}"
    );
    let (code, said) = compare(&bad, &bad);
    assert!(code == Some(0) && said.starts_with("changed 0, unchanged ") && said.contains(" failing\n"), "{said}");
    let (code, said) = compare(&bad, &less);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("note other parts of the suite were selected: user reset-key before, user now"), "{said}");
    assert!(said.contains("\ngone: ") && said.contains(" more\n"), "{said}");

    let nothing =
        output(&["compare", &good, &run("nothing", &["--url", "http://127.0.0.1:1", "--register", "--allow-writes"])]);
    assert_eq!(nothing.status.code(), Some(4));
    assert!(stderr(&nothing).contains("nothing: no check was judged"), "{}", stderr(&nothing));
}

#[test]
fn only_failed_checks_are_run_again() {
    let folder = TempDir::new().unwrap();
    let run = |name: &str, args: &[&str]| written(folder.path(), name, &[&["run", "--access-table", "off"], args]);
    let (bad, _) = run("bad", &["user", "reset-key", "--no-diagnosis", "--defects", "user-key-survives-reset"]);
    let names = |path: &str, which: fn(&Value) -> bool| {
        let report = json(path);
        let scenarios = report["scenarios"].as_array().unwrap().iter();
        let of = scenarios.filter(|scenario| scenario["checks"].as_array().unwrap().iter().any(which));
        of.map(|scenario| scenario["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let failed = names(&bad, |check| check["verdict"] == "fail");
    assert!(!failed.is_empty());
    let (again, code) = run("again", &["--failed", &bad]);
    assert_eq!((names(&again, |_| true), code), (failed, Some(0)), "what has failed is mended");

    let nothing = output(&["run", "--failed", &again]);
    assert_eq!(nothing.status.code(), Some(4), "nothing is no success");
    assert!(stderr(&nothing).contains("has no failed check"), "{}", stderr(&nothing));
    assert_eq!(
        output(&["run", "--failed", &bad, "login"]).status.code(),
        Some(4),
        "words choose among what has failed"
    );
}
