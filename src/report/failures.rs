//! The failures of a run in the order in which a person should read them.

use std::collections::{BTreeSet, HashMap};

use super::Report;
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
    /// Returns the failures in the order of their meaning: what a page promises before what was only
    /// observed, leaks and access before the form of answers, the plainest scenario first. What an
    /// interruption prevented is not one of them.
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
        let places = self.places_in_causes();
        let place = |check: &CheckResult| places.get(check.id.as_str()).copied();
        let mut groups: Vec<(FailureGroup<'_>, BTreeSet<&str>)> = Vec::new();
        let (mut by_reason, mut by_step) = (HashMap::new(), HashMap::new());
        for (scenario, check) in self.failures() {
            let reason = match place(check) {
                Some((cause, _)) => Reason::Cause(cause),
                None => Reason::Promise(promise(check)),
            };
            let step = (scenario.name.as_str(), check.step.as_str());
            let known = by_reason.get(&reason).or_else(|| by_step.get(&step)).copied();
            let rule = check.rule.as_ref().map_or(check.id.as_str(), |rule| &rule.name);
            match known.and_then(|number: usize| groups.get_mut(number)) {
                Some((group, rules)) => {
                    group.more += 1;
                    rules.insert(rule);
                    // The bug is shown by the check that shows it most plainly.
                    if place(check).is_some_and(|here| place(group.check).is_some_and(|there| here < there)) {
                        (group.scenario, group.check) = (scenario, check);
                    }
                }
                None => {
                    by_reason.insert(reason, groups.len());
                    by_step.insert(step, groups.len());
                    groups.push((FailureGroup { scenario, check, more: 0, rules: 0 }, BTreeSet::from([rule])));
                }
            }
        }
        groups.into_iter().map(|(group, rules)| FailureGroup { rules: rules.len(), ..group }).collect()
    }

    /// Returns for each explained check the number of its bug, and how plainly it shows the bug: 0
    /// most plainly.
    fn places_in_causes(&self) -> HashMap<&str, (usize, usize)> {
        let mut places = HashMap::new();
        let causes = self.diagnosis.iter().flat_map(|diagnosis| diagnosis.causes.iter().enumerate());
        for (number, cause) in causes {
            for (place, id) in cause.explains.iter().enumerate() {
                places.entry(id.as_str()).or_insert((number, place));
            }
        }
        places
    }

    /// Returns the number of rules with a failure.
    pub fn broken_promises(&self) -> usize {
        self.troubles().map(|(_, check)| promise(check)).collect::<BTreeSet<_>>().len()
    }

    /// `37 of 866 checks failed; they break 3 promises`, or nothing if none failed.
    pub fn answer(&self) -> Option<String> {
        let failures = self.troubles().count();
        let promises = count(self.broken_promises(), "promise", "promises");
        let they = if failures == 1 { "it breaks" } else { "they break" };
        let of = count(self.summary.selected.max(failures), "check", "checks");
        (failures > 0).then(|| format!("{} of {of} failed; {they} {promises}", thousands(failures)))
    }
}

/// Why checks fail together.
#[derive(PartialEq, Eq, Hash)]
enum Reason<'a> {
    /// The bug with this number in the diagnosis.
    Cause(usize),
    /// The rule, or what else is promised.
    Promise(&'a str),
}

/// Returns the rule of a check; without one, the first word of its id, such as `leak` or `access`.
fn promise(check: &CheckResult) -> &str {
    let word = || check.id.split('/').next().unwrap_or_default();
    check.rule.as_ref().map_or_else(word, |rule| &rule.name)
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
