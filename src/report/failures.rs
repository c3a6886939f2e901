//! The failures of a run in the order in which a person should read them.

use std::collections::BTreeSet;

use super::Report;
use super::area::area;
use super::count::Count;
use super::not_run::by_interruption;
use super::wording::{count, thousands};
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;
use syncano_suite::{AccessTable, BuiltInCheck, Level};

/// A failure, with those that follow from it.
pub struct FailureGroup<'a> {
    /// The scenario of the failure.
    pub scenario: &'a ScenarioResult,
    /// The failure.
    pub check: &'a CheckResult,
    /// The number of failures that follow from it: of the same bug, rule or request.
    pub more: usize,
    /// The number of rules that fail in this group.
    pub rules: usize,
}

impl Report {
    /// Returns the failures, without what an interruption prevented, in the order of their meaning: what a page promises before what was only
    /// observed, leaks and access before the form of answers, the plainest scenario first.
    pub fn failures(&self) -> Vec<(&ScenarioResult, &CheckResult)> {
        let ran = self
            .scenarios
            .iter()
            .flat_map(|scenario| by_interruption(scenario).1.into_iter().map(move |check| (scenario, check)));
        let counts = |check: &CheckResult| matches!(self.counts_as(check), Count::Failed | Count::Broken);
        let mut failures = ran.filter(|(_, check)| counts(check)).collect::<Vec<_>>();
        failures.sort_by_key(|(scenario, check)| {
            let is_elsewhere = check.rule.as_ref().is_some_and(|rule| !rule.name.starts_with(scenario.area()));
            // What proves nothing follows from something else.
            let is_untestable = check.verdict() == Verdict::Untestable;
            (is_untestable, level(check), kind(scenario, check), is_elsewhere, scenario.checks.len())
        });
        failures
    }

    /// Returns the first failure of each bug that the diagnosis names, and of each other rule.
    pub fn failure_groups(&self) -> Vec<FailureGroup<'_>> {
        let mut groups: Vec<(Reason<'_>, FailureGroup<'_>, BTreeSet<&str>)> = Vec::new();
        for (scenario, check) in self.failures() {
            let reason = self.reason_of(scenario, check);
            let rule = check.rule.as_ref().map_or(check.id.as_str(), |rule| &rule.name);
            let is_same = |of: &Reason<'_>, group: &FailureGroup<'_>| {
                *of == reason || group.scenario.name == scenario.name && group.check.step == check.step
            };
            match groups.iter_mut().find(|(of, group, _)| is_same(of, group)) {
                Some((of, group, rules)) => {
                    group.more += 1;
                    rules.insert(rule);
                    if self.place_in_cause(of, check) < self.place_in_cause(of, group.check) {
                        (group.scenario, group.check) = (scenario, check);
                    }
                }
                None => {
                    let group = FailureGroup { scenario, check, more: 0, rules: 0 };
                    groups.push((reason, group, BTreeSet::from([rule])));
                }
            }
        }
        groups.into_iter().map(|(_, group, rules)| FailureGroup { rules: rules.len(), ..group }).collect()
    }

    /// Returns how plainly a check shows the bug of its group, 0 most plainly.
    fn place_in_cause(&self, reason: &Reason<'_>, check: &CheckResult) -> Option<usize> {
        let Reason::Cause(number) = reason else { return None };
        let cause = self.diagnosis.as_ref()?.causes.get(*number)?;
        Some(cause.explains.iter().position(|id| *id == check.id).unwrap_or(usize::MAX))
    }

    /// Returns the number of rules with a failure.
    pub fn broken_promises(&self) -> usize {
        self.troubles().map(|(scenario, check)| promise(scenario, check)).collect::<BTreeSet<_>>().len()
    }

    /// `37 of 866 checks failed; they break 3 promises`, or nothing if none failed.
    pub fn answer(&self) -> Option<String> {
        let failures = self.troubles().count();
        let promises = count(self.broken_promises(), "promise", "promises");
        let they = if failures == 1 { "it breaks" } else { "they break" };
        let of = count(self.summary.selected.max(failures), "check", "checks");
        (failures > 0).then(|| format!("{} of {of} failed; {they} {promises}", thousands(failures)))
    }

    fn reason_of<'a>(&self, scenario: &'a ScenarioResult, check: &'a CheckResult) -> Reason<'a> {
        match self.diagnosis.as_ref().and_then(|diagnosis| diagnosis.cause_of(&check.id)) {
            Some(cause) => Reason::Cause(cause),
            None => Reason::Promise(promise(scenario, check)),
        }
    }
}

/// Why checks fail together.
#[derive(PartialEq)]
enum Reason<'a> {
    /// The bug with this number in the diagnosis.
    Cause(usize),
    /// The rule, or what else is promised.
    Promise(&'a str),
}

/// Returns the rule of a check; without one, its area.
fn promise<'a>(scenario: &'a ScenarioResult, check: &'a CheckResult) -> &'a str {
    check.rule.as_ref().map_or_else(|| area(scenario, check), |rule| &rule.name)
}

fn level(check: &CheckResult) -> Level {
    let built_in = || match BuiltInCheck::named(&check.id) {
        Some(BuiltInCheck::Leak) | None => Level::Seed,
        Some(_) => Level::Sane,
    };
    check.rule.as_ref().map_or_else(built_in, |rule| rule.level)
}

/// Leaks and access come before all else, the form of answers after it.
fn kind(scenario: &ScenarioResult, check: &CheckResult) -> u8 {
    let is_leak = BuiltInCheck::named(&check.id) == Some(BuiltInCheck::Leak);
    match scenario.area() {
        _ if is_leak => 1,
        AccessTable::AREA => 1,
        "shapes" | "format" | "transport" | "versions" => 3,
        "batch" | "scope" => 2,
        _ => 0,
    }
}
