//! What a run left out, in one sentence that names the options which would run it.

use std::collections::BTreeMap;

use super::wording::{count, thousands};
use crate::harness::{Access, CheckResult, ScenarioResult, Started, StopReason};
use crate::judge::Verdict;

/// Returns what was not run, or nothing if everything was: `5,248 access cases that write (--access-table full); 474 checks
/// need administrators of other roles (--more-accounts)`. `skipped` holds the number of checks by reason, `interrupted` the
/// number of those that an interruption has prevented.
pub fn not_run(started: Option<&Started>, skipped: &BTreeMap<String, usize>, interrupted: usize) -> Option<String> {
    let left_out = started.filter(|started| started.access_cases_not_run > 0);
    let access = left_out.map(|Started { access, access_cases_not_run, .. }| {
        let which = if *access == Access::ReadOnly { " that write" } else { "" };
        format!("{}{which} (--access-table full)", count(*access_cases_not_run, "access case", "access cases"))
    });
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (reason, number) in skipped {
        *reasons.entry(in_short(reason)).or_default() += number;
    }
    let mut reasons = reasons.into_iter().collect::<Vec<_>>();
    reasons.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let interruption = (interrupted > 0).then(|| skipped_checks("the run was interrupted", interrupted));
    let parts = interruption
        .into_iter()
        .chain(access)
        .chain(reasons.into_iter().map(|(reason, number)| skipped_checks(reason, number)));
    let parts = parts.collect::<Vec<_>>();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Returns the number of checks of a scenario that an interruption of the run has prevented, and the other checks.
pub fn by_interruption(scenario: &ScenarioResult) -> (usize, Vec<&CheckResult>) {
    let reason = StopReason::Interrupted.to_string();
    let is_interrupted =
        scenario.checks.iter().any(|check| check.because().is_some_and(|why| why.starts_with(&reason)));
    // What has no verdict in such a scenario has none because of the interruption.
    let has_verdict = |check: &&CheckResult| !matches!(check.verdict(), Verdict::Skip | Verdict::Untestable);
    let others = scenario.checks.iter().filter(|check| !is_interrupted || has_verdict(check)).collect::<Vec<_>>();
    (scenario.checks.len() - others.len(), others)
}

/// Returns a reason without the place where it applies and without its explanation.
fn in_short(reason: &str) -> &str {
    let reason = reason.split(": ").next().unwrap_or(reason);
    [", and ", ", which "]
        .into_iter()
        .filter_map(|end| Some(reason.split_once(end)?.0))
        .min_by_key(|part| part.len())
        .unwrap_or(reason)
}

fn skipped_checks(reason: &str, number: usize) -> String {
    match reason.strip_prefix("it needs ") {
        Some(what) => format!("{} {what}", count(number, "check needs", "checks need")),
        None => format!("{} {}: {reason}", thousands(number), if number == 1 { "check" } else { "checks" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(access: Access, access_cases_not_run: usize) -> Started {
        let mut started: Started = serde_json::from_value(serde_json::json!({
            "target": "t", "api_version": "v1.1", "run": "r", "began": "2026-01-01T00:00:00Z", "access": "full",
            "declared": 1, "declared_disputed": 0
        }))
        .unwrap();
        (started.access, started.access_cases_not_run) = (access, access_cases_not_run);
        started
    }

    #[test]
    fn a_scenario_that_was_interrupted_counts_apart_but_for_its_verdicts() {
        let check = |verdict: &str, because: &str| {
            let evidence = (verdict == "fail").then(|| serde_json::json!({"expected": "1", "actual": "2"}));
            serde_json::json!({
                "id": "a/b", "step": "s", "line": 1, "column": 1, "verdict": verdict, "because": because,
                "evidence": evidence
            })
        };
        let scenario = |reason: &str| -> ScenarioResult {
            let checks = [("fail", "it is 2"), ("untestable", reason), ("untestable", "no step was answered")];
            let checks = checks.map(|(verdict, because)| check(verdict, because)).to_vec();
            serde_json::from_value(serde_json::json!({
                "name": "a/b", "title": "t", "file": "f", "milliseconds": 0, "checks": checks, "left_behind": []
            }))
            .unwrap()
        };
        let counts = |reason| {
            let scenario = scenario(reason);
            let (prevented, others) = by_interruption(&scenario);
            (prevented, others.len())
        };
        assert_eq!(counts("the run was interrupted"), (2, 1));
        assert_eq!(counts("the run was interrupted before"), (2, 1));
        assert_eq!(counts("the run's time was over"), (0, 3));
    }

    #[test]
    fn skipped_checks_are_listed_with_the_option_that_runs_them() {
        let reasons = [
            ("it needs an administrator's key: a group is made for it", 3),
            ("it needs an administrator's key: step 2 (GET /x/) asks as account", 2),
            ("it needs administrators of other roles (--more-accounts), and the run may register none", 474),
            ("the run was ended before", 1),
        ];
        let skipped = reasons.into_iter().map(|(reason, number)| (reason.to_owned(), number)).collect();
        assert_eq!(
            not_run(Some(&started(Access::ReadOnly, 5248)), &skipped, 12).unwrap(),
            "12 checks: the run was interrupted; 5,248 access cases that write (--access-table full); \
             474 checks need administrators of other roles (--more-accounts); \
             5 checks need an administrator's key; 1 check: the run was ended before"
        );
        let none = BTreeMap::new();
        assert_eq!(not_run(Some(&started(Access::Off, 1)), &none, 0).unwrap(), "1 access case (--access-table full)");
        assert_eq!(not_run(Some(&started(Access::Full, 0)), &none, 0), None);
    }
}
