//! What a run has shown: the checks that failed and those that passed.

use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexSet;

use crate::judge::Verdict;
use crate::report::Report;
use syncano_suite::AccessTable;

/// The number of scenarios and endpoints with a failed check on which every likely bug is tried.
const MAX_FAILED_PARTS: usize = 30;
/// The number of those on which the many other bugs are tried.
const FEW_FAILED_PARTS: usize = 5;

/// The checks of a run by number.
pub struct Observed {
    /// The id of each check, with the number of its part of the suite.
    checks: Vec<(String, usize)>,
    numbers: HashMap<String, usize>,
    /// The names of the scenarios and endpoints.
    parts: Vec<String>,
    /// The checks that failed or could not be judged.
    pub failed: BTreeSet<usize>,
    /// The checks that passed.
    pub passed: HashSet<usize>,
}

impl Observed {
    /// Reads a report. What was skipped, or is known to differ, has shown nothing.
    pub fn new(report: &Report) -> Observed {
        let mut observed = Observed {
            checks: Vec::new(),
            numbers: HashMap::new(),
            parts: Vec::new(),
            failed: BTreeSet::new(),
            passed: HashSet::new(),
        };
        for scenario in &report.scenarios {
            observed.parts.push(scenario.name.clone());
            for check in &scenario.checks {
                let number = observed.checks.len();
                observed.checks.push((check.id.clone(), observed.parts.len() - 1));
                observed.numbers.insert(check.id.clone(), number);
                match check.verdict() {
                    verdict if is_failed(verdict) => drop(observed.failed.insert(number)),
                    Verdict::Pass => drop(observed.passed.insert(number)),
                    _ => {}
                }
            }
        }
        observed
    }

    /// Forgets the failures of these checks.
    pub fn without(mut self, checks: &[usize]) -> Observed {
        self.failed.retain(|check| !checks.contains(check));
        self
    }

    /// Returns the number of a check that the report has.
    pub fn number(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// Returns whether a check passed or failed.
    pub fn is_judged(&self, check: usize) -> bool {
        self.failed.contains(&check) || self.passed.contains(&check)
    }

    /// Returns the id of a check.
    pub fn id(&self, check: usize) -> &str {
        self.checks.get(check).map_or("", |(id, _)| id)
    }

    /// Returns some of the scenarios and endpoints with a failed check, and those with one of these
    /// checks.
    pub fn parts<'a>(&self, checks: impl Iterator<Item = &'a str>) -> HashSet<String> {
        let failed = self.failed_parts(MAX_FAILED_PARTS, |_| true);
        let named = checks.filter_map(|id| self.part(self.number(id)?));
        failed.chain(named).map(str::to_owned).collect()
    }

    /// Returns a few of the scenarios and endpoints with a failed check.
    pub fn few_parts(&self) -> HashSet<String> {
        self.failed_parts(FEW_FAILED_PARTS, |_| true).map(str::to_owned).collect()
    }

    /// Returns all scenarios, and some of the endpoints with a failed check: an endpoint has hundreds
    /// of checks.
    pub fn all_parts(&self) -> HashSet<String> {
        let endpoints = self.failed_parts(MAX_FAILED_PARTS, is_endpoint);
        let scenarios = self.parts.iter().map(String::as_str).filter(|part| !is_endpoint(part));
        scenarios.chain(endpoints).map(str::to_owned).collect()
    }

    /// Returns whether a check is in one of these parts.
    pub fn is_in(&self, check: usize, parts: &HashSet<String>) -> bool {
        self.part(check).is_some_and(|part| parts.contains(part))
    }

    /// Returns parts with a failed check: evenly spread ones, because neighbours are of one area.
    fn failed_parts(&self, most: usize, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = &str> {
        let failed = self.failed.iter().filter_map(|check| self.part(*check)).filter(|part| is_wanted(part));
        let failed = failed.collect::<IndexSet<_>>();
        let step = failed.len().div_ceil(most).max(1);
        failed.into_iter().step_by(step)
    }

    fn part(&self, check: usize) -> Option<&str> {
        let (_, part) = self.checks.get(check)?;
        self.parts.get(*part).map(String::as_str)
    }
}

/// Returns how many scenarios take as long as these parts. An endpoint takes as long as some 30 if
/// all of its cases hold, and longer if they run again.
pub fn cost(parts: &HashSet<String>) -> usize {
    parts.iter().map(|part| if is_endpoint(part) { 50 } else { 1 }).sum()
}

fn is_endpoint(part: &str) -> bool {
    part.split('/').next() == Some(AccessTable::AREA)
}

/// Returns whether a check with this verdict did not do what the suite expects.
pub fn is_failed(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Error | Verdict::Untestable)
}
