//! Turns verdicts into results for reports.

use super::context::RunContext;
use super::event::{CheckResult, RuleResult, ScenarioResult};
use crate::harness::shutdown::StopReason;
use crate::judge::{Judged, Verdict};
use syncano_suite::{BuiltInCheck, Scenario};

/// Returns the result of a scenario that is not run because the run stops: skipped if the user has
/// interrupted the run, else untestable.
pub fn stopped(context: &RunContext<'_>, scenario: &Scenario, reason: StopReason) -> ScenarioResult {
    match reason {
        StopReason::Interrupted => skipped(context, scenario, "the run was interrupted before"),
        StopReason::TimeOver => {
            let judged = context.check_ids(scenario).into_iter().map(|id| Judged::untestable(id, &reason.to_string()));
            result(scenario, checks(context, scenario, judged, |_, _| None))
        }
    }
}

/// Returns the result of a scenario that is not run, for this reason.
pub fn skipped(context: &RunContext<'_>, scenario: &Scenario, why: &str) -> ScenarioResult {
    let judged = context.check_ids(scenario).into_iter().map(|id| Judged::skip(id, why));
    result(scenario, checks(context, scenario, judged, |_, _| None))
}

/// Joins verdicts with their checks and with the requests of their steps. The built-in checks and
/// the replays come last; no file states them.
pub fn checks(
    context: &RunContext<'_>,
    scenario: &Scenario,
    judged: impl IntoIterator<Item = Judged>,
    mut request: impl FnMut(usize, Verdict) -> Option<String>,
) -> Vec<CheckResult> {
    let rule = |name: &str| Some(RuleResult::new(name, context.suite.rules.get(name)?));
    let mut judged = judged.into_iter();
    let mut results = Vec::new();
    for (number, step) in scenario.steps.iter().enumerate() {
        for (check, judged) in step.checks.iter().zip(&mut judged) {
            let rule = check.rule.as_deref().and_then(rule);
            let (line, column) = (check.place.line, check.place.column);
            let request = request(number, judged.verdict());
            results.push(check_result(judged, &step.name, (line, column), rule, request));
        }
    }
    results.extend(judged.map(|mut judged| {
        let request = judged.request.take();
        let rule = BuiltInCheck::named(judged.id.as_str()).and_then(BuiltInCheck::rule).and_then(rule);
        check_result(judged, "every step", (1, 1), rule, request)
    }));
    results
}

/// Returns the result of a scenario with these checks.
pub fn result(scenario: &Scenario, checks: Vec<CheckResult>) -> ScenarioResult {
    ScenarioResult {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        file: scenario.source.path.clone(),
        milliseconds: 0,
        checks,
        unseen: None,
    }
}

fn check_result(
    judged: Judged,
    step: &str,
    (line, column): (usize, usize),
    rule: Option<RuleResult>,
    request: Option<String>,
) -> CheckResult {
    let Judged { id, outcome, status, request: _, snapshot } = judged;
    CheckResult {
        id: id.to_string(),
        step: step.to_owned(),
        line,
        column,
        rule,
        outcome: outcome.into(),
        status,
        request: request.filter(|request| !request.is_empty()),
        snapshot,
    }
}
