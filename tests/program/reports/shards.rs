//! Tests for sharded runs and merged reports.

use serde_json::Value;
use syncano_conformance::report::ReportFormat;
use tempfile::TempDir;

use super::{SOME, WRONG, json, written};
use crate::binary::{output, stderr, stdout};

/// Returns a report without values that differ between runs: times, the run id, and the names and
/// numbers in requests.
fn timeless(mut report: Value) -> Value {
    for name in ["run", "began"] {
        report["started"][name] = Value::Null;
    }
    report["finished"]["elapsed"] = Value::Null;
    for scenario in report["scenarios"].as_array_mut().unwrap() {
        scenario["milliseconds"] = Value::Null;
        for check in scenario["checks"].as_array_mut().unwrap() {
            check["request"] = Value::Null;
        }
    }
    report
}

#[test]
fn the_merged_shards_of_a_run_equal_the_whole_run() {
    let folder = TempDir::new().unwrap();
    let (whole, code) = written(folder.path(), "whole", &[SOME, WRONG]);
    assert_eq!(code, Some(1));
    let expected = timeless(json(&whole));
    for of in [1, 3] {
        let shard = |number: usize| {
            let shard = format!("{number}/{of}");
            // The merged report is diagnosed, not its parts.
            written(folder.path(), &format!("{number}"), &[SOME, WRONG, &["--no-diagnosis", "--shard", &shard]]).0
        };
        let mut parts = (1..=of).map(shard).collect::<Vec<_>>();
        parts.reverse();
        let parts = parts.iter().map(String::as_str).collect::<Vec<_>>();
        let (merged, code) = written(folder.path(), "merged", &[&["report", "merge"], &parts]);
        assert_eq!(code, Some(1), "the exit code is that of the whole run");
        assert!(timeless(json(&merged)) == expected, "{of} shards");
    }
}

#[test]
fn shards_of_different_runs_are_not_merged() {
    let folder = TempDir::new().unwrap();
    let part = |name: &str, args: &[&str]| written(folder.path(), name, &[&["run", "--access-table", "off"], args]).0;
    let one = part("one", &["user", "--shard", "1/3"]);
    let two = part("two", &["user", "--shard", "2/3"]);
    let three = part("three", &["user", "--shard", "3/3"]);
    let strict = part("strict", &["user", "--shard", "3/3", "--strict"]);
    let of_two = part("of-two", &["user", "--shard", "2/2"]);
    let other = part("other", &["reset-key", "--shard", "3/3"]);
    let whole = part("whole", &["user/reads"]);
    let elsewhere = part("elsewhere", &["user", "--shard", "3/3", "--api-version", "v1"]);
    for (files, said) in [
        (vec![&one, &two], "the reports of these shards of 3 are missing: 3"),
        (vec![&two], "the reports of these shards of 3 are missing: 1, 3"),
        (vec![&one, &two, &three, &two], "two are both shard 2/3"),
        (vec![&one, &two, &strict], "are not from one run: whether it is strict"),
        (vec![&one, &of_two], "the number of shards is \"2\", not \"3\""),
        (vec![&one, &two, &other], "the selection is \"reset-key\", not \"user\""),
        (vec![&one, &whole], "whole: report is not from a sharded run"),
        (vec![&one, &two, &elsewhere], "the version of the API is \"v1\", not \"v1.1\""),
    ] {
        let files = files.into_iter().map(String::as_str).collect::<Vec<_>>();
        let merged = output(&[&["report", "merge"], files.as_slice()].concat());
        assert_eq!(merged.status.code(), Some(2), "{said}: {}", stderr(&merged));
        assert!(stderr(&merged).contains(said), "{said} is not in {}", stderr(&merged));
    }
    let too_many = output(&["run", "user/reads", "--shard", "2/2"]);
    assert_eq!(too_many.status.code(), Some(4));
    assert!(stderr(&too_many).contains("nothing is left for shard 2/2"), "{}", stderr(&too_many));
}

#[test]
fn a_saved_report_converts_to_every_format() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let forms =
        ReportFormat::ALL.iter().flat_map(|form| ["--report".to_owned(), format!("{form}={}", path(form.name()))]);
    let forms = forms.collect::<Vec<_>>();
    let forms = forms.iter().map(String::as_str).collect::<Vec<_>>();
    let run = output(&[&["run", "reset-key"], WRONG, forms.as_slice()].concat());
    for form in ReportFormat::ALL {
        let again = output(&["report", &path("json"), "--format", form.name()]);
        assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
        assert!(stdout(&again) == std::fs::read_to_string(path(form.name())).unwrap(), "{form}");
    }
    let shown = output(&["report", &path("json")]);
    assert_eq!(shown.status.code(), Some(0));
    assert!(stdout(&shown) == stdout(&run), "{}", stdout(&shown));

    let no_report = output(&["report", &path("tap")]);
    assert_eq!(no_report.status.code(), Some(2));
    assert!(stderr(&no_report).contains("tap is not a report: "), "{}", stderr(&no_report));
    let no_form = output(&["report", &path("json"), "--format", "yaml"]);
    assert_eq!(no_form.status.code(), Some(2));
    assert!(stderr(&no_form).contains("there are json, junit, tap"), "{}", stderr(&no_form));
}

#[test]
fn a_plan_can_be_split_like_the_run() {
    let checks = |shard: &[&str]| {
        let plan = output(&[&["plan", "user", "access/users/self/groups/mine", "--format", "json"], shard].concat());
        serde_json::from_str::<Value>(&stdout(&plan)).unwrap()["checks"].as_u64().unwrap()
    };
    let shards = [checks(&["--shard", "1/2"]), checks(&["--shard", "2/2"])];
    assert!(shards.iter().all(|shard| *shard > 0), "{shards:?}");
    assert_eq!(shards.iter().sum::<u64>(), checks(&[]));
}
