//! Tests for the known bugs of the reference deployment: the quirks of the simulator are failures,
//! or known, and nothing else is.

use std::fs;

use rstest::rstest;
use tempfile::TempDir;

use crate::binary::{Served, program, stderr, stdout};

#[rstest]
#[case::the_bugs_are_failures(&["--quirks", "all"], 1, "FAILED")]
#[case::the_bugs_are_known(&["--quirks", "all", "--reference-bugs", "known"], 0, "67 known to differ")]
#[case::one_bug(&["--quirks", "object-head-403", "--reference-bugs", "known"], 0, "1 known to differ")]
#[case::a_bug_that_is_fixed_is_not_stale(&["--reference-bugs", "known"], 0, "PASSED")]
#[case::another_failure(&["--defects", "cookies-are-set", "--reference-bugs", "known"], 1, "FAILED")]
fn known_bugs_are_failures_or_known(#[case] args: &[&str], #[case] code: i32, #[case] said: &str) {
    let output = program()
        .args(["run", "--no-diagnosis", "sane", "channels/", "files/", "config/", "user-detail/profile-fields"])
        .args(args)
        .output()
        .unwrap();
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(code), "{text}{}", stderr(&output));
    assert!(text.lines().last().unwrap_or_default().contains(said), "{text}");
}

#[test]
fn known_bugs_come_first_with_their_workarounds() {
    let args = ["run", "--no-diagnosis", "sane", "--quirks", "all", "--reference-bugs", "known"];
    for (report, first, then) in
        [("markdown=-", "Known bugs of the reference", "| sane |"), ("html=-", "Workaround: ", "id=\"rules\"")]
    {
        let output = program().args(args).args(["--report", report]).output().unwrap();
        let text = stdout(&output);
        let place = |word: &str| text.find(word).unwrap_or_else(|| panic!("no {word} in {text}"));
        assert!(place(first) < place(then), "{report}");
        assert!(text.contains("block GET"), "{report}");
    }
    let text = stdout(&program().args(args).output().unwrap());
    assert!(text.find("Known bugs").unwrap() < text.find("  sane ").unwrap(), "{text}");
}

#[test]
fn a_trace_is_judged_with_the_known_bugs_of_its_profile() {
    let deployment = Served::start(&["--empty", "--quirks", "object-head-403"]);
    let folder = TempDir::new().unwrap();
    let config = |reference_bugs: &str| {
        let profile = format!("[target.ours]\nurl = \"{}\"\nregister = true\nwrites = true\n", deployment.url());
        fs::write(folder.path().join("conformance.toml"), profile + reference_bugs).unwrap();
    };
    let ends_with = |args: &[&str], code: i32, said: &str| {
        let output = program().current_dir(folder.path()).args(args).output().unwrap();
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{text}{}", stderr(&output));
        assert!(text.lines().last().unwrap_or_default().contains(said), "{args:?}\n{text}");
    };
    config("reference_bugs = \"known\"\n");
    let run = ["run", "--target", "ours", "sane/object-head", "--rate", "0", "--trace", "run.jsonl"];
    ends_with(&run, 0, "1 known to differ");
    ends_with(&["judge", "run.jsonl"], 0, "1 known to differ");
    ends_with(&["judge", "run.jsonl", "--reference-bugs", "failures", "--no-diagnosis"], 1, "FAILED");
    config("");
    ends_with(&["judge", "run.jsonl", "--no-diagnosis"], 1, "FAILED");
}
