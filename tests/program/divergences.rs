//! Tests for known divergences: an exact entry makes a failure known, all other failures count, and
//! stale entries are reported.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rstest::rstest;
use serde_json::Value;
use syncano_conformance::defects;
use syncano_conformance::divergence::{self, Entry};
use syncano_conformance::harness::{self, CheckResult, Event, Plan, Selection, Target, check_ids};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Report, RunOutcome};
use syncano_simulator::Simulator;
use syncano_suite::{Diagnostic, Source, SuiteFiles};
use tempfile::TempDir;
use tokio::sync::watch;

/// Returns the text without line wraps.
fn unwrapped(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Defect of the deployment: old user keys stay valid after a reset.
const DEFECT: &str = "user-key-survives-reset";
/// A scenario that notices the defect.
const SCENARIO: &str = "reset-key/by-the-administrator.yaml";
/// A check of the scenario that fails.
const CHECK: &str = "reset-key/the-old-user-key-is-invalid-with-reason";

fn program(folder: &Path, args: &[&str]) -> Output {
    let mut program = Command::new(crate::binary::path());
    program.env_remove("SYNCANO_ACCOUNT_KEY").env_remove("CLICOLOR_FORCE").current_dir(folder);
    program.args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs the scenario, and returns the output, the exit code and the checks of the report.
fn run(folder: &Path, more: &[&str]) -> (String, i32, Vec<Value>) {
    run_words(folder, &[&[SCENARIO], more].concat())
}

/// Like [`run`], for any selection of scenarios.
fn run_words(folder: &Path, words: &[&str]) -> (String, i32, Vec<Value>) {
    let args = ["run", "--no-diagnosis", "--report", "json=report.json", "--report", "junit=report.xml"];
    let output = program(folder, &[args.as_slice(), words].concat());
    let report =
        fs::read_to_string(folder.join("report.json")).map(|text| serde_json::from_str::<Value>(&text).unwrap());
    let scenarios = report.unwrap_or_default()["scenarios"].take();
    let checks = scenarios.as_array().into_iter().flatten();
    let checks = checks.flat_map(|scenario| scenario["checks"].as_array().unwrap().clone());
    (said(&output), output.status.code().unwrap(), checks.collect())
}

fn of<'c>(checks: &'c [Value], verdict: &str) -> Vec<&'c str> {
    checks.iter().filter(|check| check["verdict"] == verdict).map(|check| check["id"].as_str().unwrap()).collect()
}

fn find<'c>(checks: &'c [Value], id: &str) -> &'c Value {
    checks.iter().find(|check| check["id"] == id).unwrap()
}

/// Adds an entry for each failed check of the scenario.
fn add_all(folder: &Path) -> Vec<String> {
    let (said, code, checks) = run(folder, &["--defects", DEFECT]);
    assert_eq!(code, 1, "{said}");
    add_failed(folder, &checks)
}

/// Adds an entry for each failed check, with a link to a bug report.
fn add_failed(folder: &Path, checks: &[Value]) -> Vec<String> {
    let failed = of(checks, "fail").into_iter().map(str::to_owned).collect::<Vec<_>>();
    let options = ["--class", "target-bug", "--reason", "old keys live on", "--link", "https://bugs.example.com/17"];
    let mut args = vec!["divergences", "add", "--report", "report.json"];
    args.extend(options);
    args.extend(failed.iter().map(String::as_str));
    let output = program(folder, &args);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    failed
}

#[test]
fn divergences_add_makes_failed_checks_known() {
    let folder = TempDir::new().unwrap();
    let failed = add_all(folder.path());
    assert!(failed.len() > 1, "{failed:?}");

    // The program also finds the file from a subfolder.
    let below = folder.path().join("a/b");
    fs::create_dir_all(&below).unwrap();
    let (said, code, checks) = run(&below, &["--defects", DEFECT]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(of(&checks, "known"), failed);
    let said = unwrapped(&said);
    assert!(said.contains(&format!("{} checks, {} known to differ (", checks.len(), failed.len())), "{said}");
    assert!(said.contains(&format!("{CHECK} (target-bug, 0 days, until ")), "{said}");
    assert!(said.contains("): old keys live on, https://bugs.example.com/17"), "{said}");

    let known = find(&checks, CHECK);
    let entry = &known["divergence"];
    assert_eq!((&entry["standing"], &entry["class"]), (&"as-stated".into(), &"target-bug".into()), "{known}");
    assert_eq!((&entry["age_days"], &entry["overdue"]), (&0.into(), &false.into()), "{known}");
    let because = known["because"].as_str().unwrap();
    let since = entry["since"].as_str().unwrap();
    assert_eq!(because, format!("target-bug, known since {since}: old keys live on"));
    let junit = fs::read_to_string(below.join("report.xml")).unwrap();
    assert_eq!(junit.matches("<skipped ").count(), failed.len(), "{junit}");
    assert!(!junit.contains("<failure"), "{junit}");
}

#[test]
fn access_cases_can_be_known() {
    let folder = TempDir::new().unwrap();
    let args = ["access/users", "--access-table", "read-only", "--defects", "users-list-unscoped"];
    let (said, code, checks) = run_words(folder.path(), &args[..]);
    assert_eq!(code, 1, "{said}");
    let failed = add_failed(folder.path(), &checks);
    let cells = failed.iter().filter(|id| id.starts_with("access/users/get/")).count();
    assert!(cells > 0 && cells < failed.len(), "cells and their leak check: {failed:?}");
    // If the access table is selected, each known case shows a `k`.
    let (said, code, checks) = run_words(folder.path(), &args[..]);
    assert_eq!((code, of(&checks, "known")), (0, failed.iter().map(String::as_str).collect()), "{said}");
    let row = said.lines().find(|line| line.starts_with("users ")).unwrap();
    assert_eq!(row.matches('k').count(), cells, "{said}");
}

#[test]
fn an_answer_other_than_the_stated_divergence_fails() {
    let folder = TempDir::new().unwrap();
    let failed = add_all(folder.path());
    let file = folder.path().join("divergences.toml");
    let text = fs::read_to_string(&file).unwrap();
    let at = text.find(CHECK).unwrap();
    let (before, entry) = text.split_at(at);
    let changed = entry.replacen("\"username\": \"<alice.username>\"", "\"username\": \"somebody\"", 1);
    assert_ne!(entry, changed);
    fs::write(&file, format!("{before}{changed}")).unwrap();

    let (said, code, checks) = run(folder.path(), &["-v", "--defects", DEFECT]);
    assert_eq!(code, 1, "{said}");
    assert_eq!((of(&checks, "fail"), of(&checks, "known").len()), (vec![CHECK], failed.len() - 1));
    // The entry begins two lines above.
    let line = text[..at].matches('\n').count() - 1;
    assert!(
        unwrapped(&said)
            .contains(&format!("divergences.toml:{line}:1 states something else (target-bug, known since ")),
        "{said}"
    );
    let shown = said.split("- stated in divergences.toml").nth(1).unwrap();
    let member = "      .username (id \"<alice.id:int>\")\n    - \"somebody\"\n    + \"<alice.username>\"\n";
    assert!(shown.contains(member), "{said}");
    let lines = |sign: &str| shown.split("\n\n").next().unwrap().matches(&format!("\n    {sign} ")).count();
    assert_eq!((lines("-"), lines("+")), (1, 1), "nothing else differs: {said}");
    assert!(said.contains(".detail\n    - \"You do not have permission"), "{said}");

    // An entry with another expectation than the suite does not apply either.
    fs::write(&file, text.replacen("expected = \"403\"", "expected = \"404\"", 1)).unwrap();
    let (said, code, checks) = run(folder.path(), &["--defects", DEFECT]);
    assert_eq!((code, of(&checks, "fail")), (1, vec!["reset-key/the-old-user-key-is-invalid"]), "{said}");
}

#[test]
fn an_unused_entry_is_stale_until_it_is_pruned() {
    let folder = TempDir::new().unwrap();
    let failed = add_all(folder.path());
    let file = folder.path().join("divergences.toml");
    let stale = fs::read_to_string(&file).unwrap();
    // The user's comments, blank lines, order and other targets stay unchanged.
    let kept = "# staging is older.\n[[divergence]] # for long\nclass    = \"drift\"\ntarget = \"staging\"\n\
                check = \"user/account-key-witness\"\nexpected = '403' # as everywhere\ninstead = \"\"\n\
                \n  reason = 'it waits\\for a release'\nsince = 2020-01-01\nreview-by = 2999-01-01\n";
    let stale = stale.replacen("[[divergence]]", "# Bug 17.\n[[divergence]]", 1);
    fs::write(&file, format!("# What we know.\n\n{stale}\n{kept}\n# The end.\n")).unwrap();

    let (said, code, checks) = run(folder.path(), &[]);
    assert_eq!(code, 3, "{said}");
    assert_eq!(of(&checks, "stale"), failed);
    assert!(
        unwrapped(&said)
            .contains("stale: divergences.toml:4:1: `reset-key/the-old-user-key-is-invalid` passes on simulator"),
        "{said}"
    );
    assert_eq!(unwrapped(&said).matches("so the entry is not needed").count(), failed.len(), "{said}");
    let junit = fs::read_to_string(folder.path().join("report.xml")).unwrap();
    assert_eq!(junit.matches("<failure ").count(), failed.len(), "{junit}");

    let before = fs::read_to_string(&file).unwrap();
    let prune = ["divergences", "prune", "--report", "report.json"];
    let dry = self::said(&program(folder.path(), &[prune.as_slice(), &["--dry-run"]].concat()));
    assert!(dry.contains(&format!("would be removed: {CHECK} on simulator")), "{dry}");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    let pruned = program(folder.path(), &prune);
    assert_eq!(pruned.status.code(), Some(0), "{}", self::said(&pruned));
    assert!(self::said(&pruned).contains(&format!("removed: {CHECK} on simulator")), "{}", self::said(&pruned));
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("# What we know.\n\n{kept}\n# The end.\n"));
    assert_eq!(run(folder.path(), &[]).1, 0);
}

#[test]
fn pruning_keeps_the_line_endings() {
    let entry = |check: &str| format!("[[divergence]]\ntarget = \"a\"\ncheck = \"{check}\"\n");
    let text = format!("{}\n# of two\n{}", entry("one"), entry("two")).replace('\n', "\r\n");
    let pruned = divergence::without(&text, |target, check| (target, check) == ("a", "one")).unwrap();
    assert_eq!(pruned, format!("# of two\n{}", entry("two")).replace('\n', "\r\n"));
    let pruned = divergence::without(&text, |target, check| (target, check) == ("a", "two")).unwrap();
    assert_eq!(pruned, entry("one").replace('\n', "\r\n"));
}

#[test]
fn an_overdue_entry_is_stale() {
    let folder = TempDir::new().unwrap();
    let failed = add_all(folder.path());
    let file = folder.path().join("divergences.toml");
    let mut text = String::new();
    for line in fs::read_to_string(&file).unwrap().lines() {
        text.push_str(match line {
            line if line.starts_with("since") => "since = 2020-01-01",
            line if line.starts_with("review-by") => "review-by = 2020-03-01",
            line => line,
        });
        text.push('\n');
    }
    fs::write(&file, &text).unwrap();
    let (said, code, checks) = run(folder.path(), &["--defects", DEFECT]);
    assert_eq!((code, of(&checks, "stale").len()), (3, failed.len()), "{said}");
    assert!(
        unwrapped(&said).contains(&format!("`{CHECK}` on simulator is overdue: its review was due by 2020-03-01")),
        "{said}"
    );

    let list = program(folder.path(), &["divergences", "list"]);
    assert_eq!(list.status.code(), Some(3), "{}", self::said(&list));
    let first = self::said(&list).lines().nth(1).unwrap().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(first[..4], ["simulator", "reset-key/the-old-user-key-is-invalid", "target-bug", "2020-01-01"]);
    assert_eq!(first[5..], ["2020-03-01", "overdue", "old", "keys", "live", "on"]);
    let list = program(folder.path(), &["divergences", "list", "--format", "json"]);
    let rows: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!((&rows[0]["overdue"], &rows[0]["at"]), (&true.into(), &"divergences.toml:1:1".into()), "{rows}");
    assert!(rows[0]["age_days"].as_i64().unwrap() > 2000, "{rows}");
    // A passing check takes precedence over an overdue review.
    let (said, ..) = run(folder.path(), &[]);
    assert!(!said.contains("overdue") && said.contains("passes on simulator"), "{said}");
}

#[test]
fn an_invalid_divergence_is_rejected_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let add = |more: &[&str]| {
        let args = ["divergences", "add", "--report", "report.json", "--reason", "so it is"];
        let output = program(folder.path(), &[args.as_slice(), more].concat());
        (output.status.code().unwrap(), said(&output))
    };
    let (code, said) = add(&["--class", "drift", CHECK]);
    assert!(code == 2 && said.contains("report.json cannot be read"), "{said}");
    run(folder.path(), &["--defects", DEFECT]);
    for (more, why) in [
        (
            &["--class", "drift", "reset-key/the-old-user-key-is-dad"][..],
            "did you mean `reset-key/the-old-user-key-is-invalid`?",
        ),
        (
            &["--class", "drift", CHECK, "reset-key/witness"],
            "`reset-key/witness` has the verdict `pass` in this report",
        ),
        (&["--class", "bug", CHECK], "expected target-bug, page-wrong, drift or unspecified"),
        (&["--class", "drift", "--link", "bug 17", CHECK], "write it like https://bugs.example.com/17"),
        (&["--class", "drift", "--review-by", "2020-01-01", CHECK], "the day of --review-by has passed"),
        (&["--class", "drift", "--review-by", "soon", CHECK], "--review-by"),
    ] {
        let (code, said) = add(more);
        assert!(code == 2 && said.contains(why), "{more:?}: {said}");
    }
    assert!(!folder.path().join("divergences.toml").exists());

    // If there is a configuration, the file goes beside it.
    fs::write(folder.path().join("conformance.toml"), "").unwrap();
    let below = folder.path().join("below");
    fs::create_dir(&below).unwrap();
    let args = ["divergences", "add", CHECK, "--report", "../report.json", "--class", "drift", "--reason", "so it is"];
    assert_eq!(program(&below, &args).status.code(), Some(0));
    assert!(folder.path().join("divergences.toml").exists());
    let (code, said) = add(&["--class", "drift", CHECK]);
    assert!(code == 2 && said.contains("already has an entry at divergences.toml:1:1"), "{said}");
}

#[test]
fn an_invalid_file_is_an_error_before_the_first_request() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("known.toml");
    let (said, code, _) = run(folder.path(), &["--divergences", "known.toml"]);
    assert!(code == 2 && said.contains("cannot read known.toml"), "{said}");
    fs::write(&file, "[[divergence]]\ncheck = \"user/account-key-witnes\"\n").unwrap();
    let (said, code, checks) = run(folder.path(), &["--divergences", "known.toml"]);
    assert!(code == 5 && checks.is_empty(), "{said}");
    assert!(said.contains("known.toml:2:9") && said.contains("did you mean `user/account-key-witness`?"), "{said}");
    let list = program(folder.path(), &["divergences", "list", "--divergences", "known.toml"]);
    assert_eq!(list.status.code(), Some(5), "{}", self::said(&list));
}

/// A valid entry; each case below changes one line of it.
const RIGHT: &str = r#"[[divergence]]
target = "staging"
check = "user/account-key-witness"
expected = "403"
instead = """
200
"""
class = "target-bug"
reason = "old keys live on"
link = "https://bugs.example.com/17"
since = 2026-11-26
review-by = 2027-02-24
"#;

fn parse(text: &str, checks: &HashSet<String>) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    divergence::parse(&Arc::new(Source::new("d.toml", text)), checks)
}

#[test]
fn an_entry_can_name_every_kind_of_check() {
    let checks = check_ids(&syncano_conformance::embedded::suite_files().read().unwrap());
    for check in [
        "user/account-key-witness",
        "leak/user/account-key",
        "replay/reset-key/by-the-administrator/as-another-user",
        "replay/reset-key/by-the-administrator/twice",
        "access/groups/mine/users/get/self-ignore-acl",
        "leak/access/groups/mine/users",
    ] {
        let known = parse(&RIGHT.replace("user/account-key-witness", check), &checks);
        // The scenario has no other user.
        assert_eq!(known.is_ok(), !check.ends_with("as-another-user"), "{check}: {known:?}");
    }
}

#[rstest]
#[case(
    "target = \"staging\"\n",
    "",
    "1:1: this divergence has no `target` (write the name of the target as in reports: target = \"staging\")"
)]
#[case(
    "target = \"staging\"",
    "target = \" \"",
    "2:10: `target` is empty (write the name of the target as in reports: target = \"staging\")"
)]
#[case("reason", "raeson", "9:1: unknown key `raeson` in a divergence (did you mean `reason`?)")]
#[case("target-bug", "target-bag", "8:9: unknown class \"target-bag\" (did you mean `target-bug`?)")]
#[case(
    "account-key-witness",
    "acount-key-witness",
    "3:9: there is no check `user/acount-key-witness` (did you mean `user/account-key-witness`?)"
)]
#[case("2026-11-26", "\"2026-11-26\"", "11:9: this is not a date (write a date without quotes: since = 2026-11-26)")]
#[case(
    "2026-11-26",
    "2026-11-26T10:00:00Z",
    "11:9: this is not a date (write a date without quotes: since = 2026-11-26)"
)]
#[case("2026-11-26", "2026-02-30", "11:9: invalid date, expected day between 01 and 28")]
#[case("2027-02-24", "2026-11-25", "12:13: this day is before `since` (write the last day before the next review)")]
#[case("https://bugs", "bugs", "10:8: this is not a link (write it like https://bugs.example.com/17)")]
#[case("\"403\"", "403", "4:12: this is not a text (copy the text from a report, in quotes, or run `divergences add`)")]
#[case("[[divergence]]", "[divergence]", "1:1: this is not a list of divergences (write each as [[divergence]])")]
#[case("[[divergence]]", "[[divergences]]", "1:3: unknown key `divergences` in this file (did you mean `divergence`?)")]
fn the_error_for_an_invalid_entry_names_its_place(#[case] right: &str, #[case] wrong: &str, #[case] said: &str) {
    let checks = HashSet::from(["user/account-key-witness".to_owned()]);
    assert_eq!(parse(RIGHT, &checks).unwrap().len(), 1);
    let wrong = parse(&RIGHT.replacen(right, wrong, 1), &checks).unwrap_err();
    let wrong = wrong.iter().map(Diagnostic::to_string).collect::<Vec<_>>();
    assert!(wrong.contains(&format!("d.toml:{said}")), "{wrong:#?}");
}

#[test]
fn one_target_and_check_have_one_entry() {
    let checks = HashSet::from(["user/account-key-witness".to_owned()]);
    let wrong = parse(&format!("{RIGHT}\n{RIGHT}"), &checks).unwrap_err();
    let wrong = wrong.iter().map(Diagnostic::to_string).collect::<Vec<_>>();
    assert_eq!(
        wrong,
        ["d.toml:14:1: `user/account-key-witness` on staging already has an entry at d.toml:1:1 (keep one of the two)"]
    );
    assert_eq!(parse(&format!("{RIGHT}\n{}", RIGHT.replace("staging", "live")), &checks).unwrap().len(), 2);
}

/// A scenario whose last check is disputed, and its rule.
const DISPUTED: [(&str, &str); 2] = [
    (
        "a/reset.yaml",
        r#"
title: An old key opens nothing
given: {users: [alice]}
steps:
  - name: alice's key works
    as: alice
    send: GET /user/
    checks: [{id: reset/witness, witness: true, status: 200}]
  - name: the key is reset
    as: account
    send: POST /users/{{alice.id}}/reset_key/
    save: {alice.user_key: $.user_key}
    checks: [{id: reset/is-answered, status: 200}]
  - name: the old key
    as: alice@revoked
    send: GET /user/
    checks:
      - {id: reset/keeps-the-name, at: $.username, present: false}
      - {id: reset/the-old-key-is-invalid, rule: reset/ends-the-old-key, at: $.id, present: false}
"#,
    ),
    (
        "rules.toml",
        "[\"reset/ends-the-old-key\"]\ncode = \"R1\"\nstatement = \"It does.\"\nlevel = \"seed\"\nsource = \"a page\"\n\
         disputed = { page = \"It does.\", deployment = \"It does not.\" }\n",
    ),
];

/// Runs the scenario on a simulator with the defect.
async fn run_disputed(entries: Vec<Entry>, today: Date) -> (Report, Vec<CheckResult>) {
    let scenarios = DISPUTED.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let suite = Arc::new(SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap());
    let defect = defects::named("user-key-survives-reset").unwrap();
    let deployment = defects::around(&Simulator::builder().build(), &[defect]);
    let target = Target::in_process("simulator", move |request| deployment.respond(request));
    let plan =
        Plan { divergences: entries, now: today.to_zoned(TimeZone::UTC).unwrap().timestamp(), ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    let mut events: Vec<Event> = Vec::new();
    harness::run(suite, &Selection::default(), target, plan, stop, |event| events.push(event)).await.unwrap();
    let report = Report::new(&events, false);
    let checks = report.scenarios.iter().flat_map(|scenario| scenario.checks.clone()).collect();
    (report, checks)
}

#[tokio::test]
async fn an_entry_applies_to_one_target_until_the_end_of_its_last_day() {
    let today = date(2026, 11, 26);
    let (report, checks) = run_disputed(Vec::new(), today).await;
    assert_eq!(report.summary.outcome(false), RunOutcome::Failed);
    let failed = checks.into_iter().filter(|check| check.verdict() == Verdict::Fail).collect::<Vec<_>>();
    let entries = |target: &str, review_by: Date| {
        let stated = failed.iter().map(|check| {
            let evidence = check.evidence().unwrap();
            divergence::Divergence {
                target: target.to_owned(),
                check: check.id.clone(),
                expected: evidence.expected.clone(),
                instead: evidence.actual.clone(),
                class: divergence::DivergenceClass::TargetBug,
                reason: "old keys live on".to_owned(),
                link: None,
                since: date(2026, 11, 16),
                review_by,
            }
        });
        let text = divergence::with("", &stated.collect::<Vec<_>>()).unwrap();
        parse(&text, &failed.iter().map(|check| check.id.clone()).collect()).unwrap()
    };
    for (target, review_by, expected, outcome) in [
        ("simulator", today, Verdict::Known, RunOutcome::Passed),
        ("simulator", today.yesterday().unwrap(), Verdict::Stale, RunOutcome::Stale),
        ("staging", today, Verdict::Fail, RunOutcome::Failed),
        ("staging", today.yesterday().unwrap(), Verdict::Fail, RunOutcome::Failed),
    ] {
        let (report, checks) = run_disputed(entries(target, review_by), today).await;
        for known in checks.iter().filter(|check| failed.iter().any(|failed| failed.id == check.id)) {
            assert_eq!(known.verdict(), expected, "{known:?}");
            assert!(known.divergence().is_none_or(|entry| entry.age_days == 10), "{known:?}");
        }
        assert_eq!(report.summary.outcome(false), outcome);
        assert_eq!(report.summary.disputed.get(&expected), Some(&1), "{:?}", report.summary);
        let stale = report.finished.unwrap().stale.len();
        assert_eq!(stale, if expected == Verdict::Stale { failed.len() } else { 0 });
    }
}

/// The cost of an unknown check does not depend on the number of entries and checks.
#[test]
fn all_unknown_checks_are_reported_and_the_first_ones_with_a_suggestion() {
    let entry = |number: usize| RIGHT.replace("account-key-witness", &format!("account-key-witnes-{number:04}"));
    let text = (0..2000).map(entry).collect::<String>();
    let known = (0..20_000).map(|number| format!("user/account-key-witness-{number:05}")).collect();
    let wrong = parse(&text, &known).unwrap_err();
    assert_eq!(wrong.len(), 2000);
    let helps = wrong.iter().map(|wrong| wrong.help.as_deref().unwrap_or_default()).collect::<Vec<_>>();
    assert!(helps[0].starts_with("did you mean `user/account-key-witness-"), "{}", helps[0]);
    assert_eq!(helps[1999], "write the id of a check as in reports, or remove the entry");
    let last = wrong[1999].render(false);
    assert!(last.contains("d.toml:23991:9") && last.contains("23991 | check = "), "{last}");
}
