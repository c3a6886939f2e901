//! JUnit XML: a test suite for each scenario, a test case for each check.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::Report;
use super::brief::{explains, unexplained};
use super::count::Count;
use super::printable::printable;
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;

/// Renders a run as JUnit XML. A check that failed, or whose divergence is stale, is a failure. A check that could not be judged
/// or tested is an error. A check that was skipped, that is known to differ, or that failed a disputed rule is skipped, with the
/// reason. A flaky check is a success with a flaky error. If strict, disputed rules count like any other. The class of a test
/// case is the rule of its check, or else its scenario.
pub fn junit(report: &Report) -> Result<String, quick_junit::SerializeError> {
    let mut junit = quick_junit::Report::new("syncano-conformance");
    junit.add_test_suites(diagnosis(report));
    junit.add_test_suites(report.scenarios.iter().map(|scenario| test_suite(report, scenario)));
    if let Some(finished) = &report.finished {
        junit.set_time(finished.elapsed);
    }
    // Escaping the whole document covers every text in it.
    Ok(printable(&junit.to_string()?).into_owned())
}

/// Returns what is broken, as the output of a test suite without tests.
fn diagnosis(report: &Report) -> Option<TestSuite> {
    let diagnosis = report.diagnosis.as_ref()?;
    let causes = diagnosis.causes.iter();
    let lines = causes.map(|cause| format!("{} {}", cause.about(), explains(cause, diagnosis)));
    let lines = lines.chain(unexplained(diagnosis)).collect::<Vec<_>>();
    let mut suite = TestSuite::new("what is broken");
    suite.set_system_out(lines.join("\n"));
    Some(suite)
}

fn test_suite(report: &Report, scenario: &ScenarioResult) -> TestSuite {
    let mut suite = TestSuite::new(scenario.name.clone());
    suite.set_time(Duration::from_millis(scenario.milliseconds));
    suite.add_test_cases(scenario.checks.iter().map(|check| test_case(report, scenario, check)));
    suite
}

fn test_case(report: &Report, scenario: &ScenarioResult, check: &CheckResult) -> TestCase {
    let mut status = match report.counts_as(check) {
        Count::Passed => TestCaseStatus::success(),
        Count::Skipped | Count::Excused => TestCaseStatus::skipped(),
        Count::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Count::Broken => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if check.verdict() != Verdict::Pass {
        let message = report.reason(check);
        if check.verdict() == Verdict::Flaky {
            let mut before = TestRerun::new(NonSuccessKind::Error);
            before.set_message(message.clone()).set_type(check.verdict().word());
            status.add_rerun(before);
        }
        status.set_message(message).set_type(check.verdict().word());
        let mut lines = vec![format!("{}:{}:{}: {}", scenario.file, check.line, check.column, check.step)];
        lines.extend(check.request.clone());
        if let Some(evidence) = check.evidence() {
            lines.push(format!("expected:\n{}\nactual:\n{}", evidence.expected, evidence.actual));
        }
        if let Some(stated) = check.stated_otherwise() {
            lines.push(format!("stated:\n{}\ninstead of:\n{}", stated.instead, stated.expected));
        }
        status.set_description(lines.join("\n"));
    }
    let mut case = TestCase::new(check.id.clone(), status);
    case.set_classname(check.rule.as_ref().map_or(scenario.name.as_str(), |rule| rule.name.as_str()));
    case.add_property(("target", report.target()));
    if let Some(rule) = &check.rule {
        case.add_properties([("level", rule.level.to_string().as_str()), ("source", &rule.source)]);
    }
    case
}
