//! Tests for the content of each report format.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use syncano_conformance::harness::{CheckResult, Event};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Report, ReportFormat, Summary};
use tempfile::TempDir;

use super::{events, outcome, small_suite, with};
use crate::binary::{output, stdout};

/// Runs the program with these arguments and returns its JSON report.
fn report(folder: &Path, args: &[&str]) -> Value {
    let path = folder.join("report.json");
    let form = format!("json={}", path.display());
    output(&[&["run", "--report", &form], args].concat());
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_committed_schema_is_current_and_a_real_report_fits_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        stdout(&output(&["schema", "report"])) == committed,
        "run: cargo run -- schema report > docs/report.schema.json"
    );
    let validator = jsonschema::validator_for(&serde_json::from_str(&committed).unwrap()).unwrap();
    let folder = TempDir::new().unwrap();
    let mut report =
        report(folder.path(), &["reset-key", "--access-table", "off", "--defects", "user-key-survives-reset"]);
    let errors = validator.iter_errors(&report).map(|error| error.to_string()).collect::<Vec<_>>();
    assert_eq!(errors, Vec::<String>::new());
    report["scenarios"][0]["checks"][0]["verdict"] = "perhaps".into();
    assert!(!validator.is_valid(&report), "there is no such verdict");
}

#[test]
fn every_executed_check_shows_its_request_and_the_status() {
    let folder = TempDir::new().unwrap();
    let report = report(folder.path(), &["user/reads"]);
    let checks = report["scenarios"][0]["checks"].as_array().unwrap();
    let of_steps = checks.iter().filter(|check| check["step"] != "every step").collect::<Vec<_>>();
    assert!(of_steps.len() > 2);
    for check in of_steps {
        assert_eq!((&check["verdict"], &check["status"]), (&"pass".into(), &200.into()), "{check}");
        let request = check["request"].as_str().unwrap();
        assert!(request.starts_with("curl -i -X GET ") && request.contains("${API_KEY}"), "{request}");
    }
}

/// Returns the number of checks that passed, that count against the target, and that do neither, as
/// read from the rendered format.
fn counts(report: &Report, form: ReportFormat) -> (usize, usize, usize) {
    let text = form.render(report).unwrap();
    let lines = |begin: &str| text.lines().filter(|line| line.starts_with(begin)).count();
    match form {
        ReportFormat::Json => {
            let report: Report = serde_json::from_str(&text).unwrap();
            let Summary { verdicts, disputed, .. } = report.summary;
            let of = |counts: &BTreeMap<Verdict, usize>, which: &[Verdict]| {
                which.iter().filter_map(|verdict| counts.get(verdict)).sum::<usize>()
            };
            let passed = [Verdict::Pass, Verdict::Flaky];
            let against = [Verdict::Fail, Verdict::Error, Verdict::Untestable, Verdict::Stale];
            let all: usize = verdicts.values().chain(disputed.values()).sum();
            let passed = of(&verdicts, &passed) + of(&disputed, &passed);
            let against = of(&verdicts, &against) + of(&disputed, &[Verdict::Stale]);
            (passed, against, all - passed - against)
        }
        ReportFormat::Junit => {
            let junit = quick_junit::Report::deserialize_from_str(&text).unwrap();
            let against = junit.failures + junit.errors;
            let skipped = text.matches("<skipped ").count();
            (junit.tests - against - skipped, against, skipped)
        }
        ReportFormat::Tap => {
            let apart = |line: &&str| line.contains(" # SKIP ") || line.contains(" # TODO ");
            let points =
                |begin: &str| text.lines().filter(|line| line.starts_with(begin)).partition::<Vec<_>, _>(apart);
            let ((skipped, passed), (excused, failed)) = (points("ok "), points("not ok "));
            let all = passed.len() + failed.len() + skipped.len() + excused.len();
            assert!(text.starts_with(&format!("TAP version 14\n1..{all}\n")), "{text}");
            (passed.len(), failed.len(), skipped.len() + excused.len())
        }
        // These show only the first failures, and the number of all.
        ReportFormat::Markdown => {
            let (passed, _, others) = counts(report, ReportFormat::Json);
            let funnel = report.summary.to_string();
            assert!(text.contains(&funnel), "{funnel} is not in\n{text}");
            assert!(text.lines().count() <= 40, "{text}");
            let answer =
                text.lines().find(|line| line.contains(" failed; ")).and_then(|line| line.split(" of ").next());
            let more =
                text.split(", and ").filter_map(|part| part.split(" more with it").next()?.parse::<usize>().ok());
            let other =
                text.split("* and ").filter_map(|part| part.split(" other failure").next()?.parse::<usize>().ok());
            let shown = ["fail", "error", "untestable", "stale"]
                .map(|word| lines(&format!("* {word} `")))
                .iter()
                .sum::<usize>();
            let shown = shown + more.sum::<usize>() + other.sum::<usize>();
            assert_eq!(answer.map_or(0, |answer| answer.parse().unwrap()), shown, "{text}");
            (passed, shown, others)
        }
        ReportFormat::Github => {
            let funnel = report.summary.to_string();
            assert!(text.contains(&funnel) && lines("::") <= 10, "{text}");
            let known = report.summary.of(Verdict::Known);
            assert_eq!(text.contains(" known to differ"), known > 0, "{text}");
            let (passed, against, others) = counts(report, ReportFormat::Json);
            let shown = lines("::error file=");
            let with_them =
                text.split("%0A").filter_map(|part| part.split(" more check").next()?.parse::<usize>().ok());
            let counted = shown + with_them.sum::<usize>();
            // The annotations of all groups show how many failed.
            let is_whole = !text.contains("annotations are not shown");
            (passed, if is_whole { counted } else { against.max(counted) }, others)
        }
        ReportFormat::Html => {
            let shown = text.split("<section id=\"").find(|section| section.starts_with("failures\"")).unwrap_or("");
            let words = ["fail", "error", "untestable", "stale"];
            let words =
                words.iter().map(|word| shown.matches(&format!("<summary><span class=\"badge {word}\"")).count());
            let (passed, _, others) = counts(report, ReportFormat::Json);
            (passed, words.sum(), others)
        }
    }
}

#[tokio::test]
async fn all_report_formats_have_the_same_counts() {
    let events = events().await;
    let report = Report::new(&events, false);
    let verdicts = report.checks().map(|(_, check)| check.verdict()).collect::<BTreeSet<_>>();
    let expected = [Verdict::Pass, Verdict::Skip, Verdict::Untestable, Verdict::Fail];
    assert_eq!(verdicts, expected.into(), "the run is worth looking at");
    let all = [Verdict::Known, Verdict::Flaky, Verdict::Stale, Verdict::Error];
    let all = [expected, all].concat();
    proptest!(ProptestConfig::with_cases(40), |(drawn in vec(select(all.clone()), report.checks().count()), strict: bool)| {
        let report = Report::new(&with(&events, drawn), strict);
        let expected = counts(&report, ReportFormat::Json);
        for form in ReportFormat::ALL {
            prop_assert_eq!(counts(&report, *form), expected, "{}", form.render(&report).unwrap());
        }
    });
}

#[tokio::test]
async fn a_comment_on_a_pull_request_shows_failures_first_and_escapes_markdown() {
    let report = Report::new(&events().await, false);
    let markdown = ReportFormat::Markdown.render(&report).unwrap();
    insta::assert_snapshot!(markdown);
}

#[tokio::test]
async fn a_comment_fits_the_size_limit_of_github() {
    let mut events = events().await;
    let Some(Event::Scenario(scenario)) = events.iter_mut().find(|event| matches!(event, Event::Scenario(_))) else {
        panic!("a scenario ran");
    };
    let long = "`long` <text>\n".repeat(10_000);
    let check = &mut scenario.checks[0];
    check.request = Some(long.clone());
    check.outcome = outcome(Verdict::Fail, &long);
    let check = check.clone();
    for verdict in [Verdict::Fail, Verdict::Skip, Verdict::Known, Verdict::Flaky] {
        scenario.checks.extend(vec![CheckResult { outcome: outcome(verdict, &long), ..check.clone() }; 100]);
    }
    let markdown = ReportFormat::Markdown.render(&Report::new(&events, false)).unwrap();
    assert!(markdown.chars().count() < 65536, "{}", markdown.chars().count());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn junit_is_valid_xml_for_any_title_and_answer(text in "[a<&\"\\]\n\r\u{0}\u{8}\u{1b}\u{7f}\u{85}\u{2028}\u{fffe}\u{ffff}\u{10ffff}]{0,12}") {
        let mut report = small_report();
        let scenario = &mut report.scenarios[0];
        (scenario.name, scenario.title, scenario.file) = (text.clone(), text.clone(), text.clone());
        for (number, check) in scenario.checks.iter_mut().enumerate() {
            check.outcome = outcome(if number == 0 { Verdict::Fail } else { Verdict::Flaky }, &text);
            check.step.clone_from(&text);
            check.request = Some(text.clone());
        }
        let xml = ReportFormat::Junit.render(&report).unwrap();
        let is_char = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        prop_assert!(xml.chars().all(is_char), "{:?}", xml);
        let parsed = quick_junit::Report::deserialize_from_str(&xml).unwrap();
        prop_assert_eq!(parsed.tests, report.checks().count());
    }
}

/// Returns the report of the small suite.
fn small_report() -> Report {
    static REPORT: std::sync::LazyLock<Report> = std::sync::LazyLock::new(|| {
        let suite = small_suite();
        let run = output(&["run", "--scenarios", suite.path().to_str().unwrap(), "--report", "json=-"]);
        serde_json::from_str(&stdout(&run)).unwrap()
    });
    REPORT.clone()
}
