//! Applies divergences.toml to the results of a run, before they become events.
//!
//! A check is known only if it fails exactly as an entry for this target states. An entry is stale
//! if its check passes, or if its review is overdue. Entries of other targets, of skipped checks,
//! and of checks outside of the run are ignored.

use std::collections::HashMap;

use jiff::civil::Date;

use super::event::{CheckResult, ScenarioResult};
use super::outcome::{CheckOutcome, DivergenceResult, Standing};
use crate::divergence::Entry;

/// The entries for one target, with the stale ones so far.
pub struct KnownDivergences {
    target: String,
    today: Date,
    /// The entries by the id of their check.
    entries: HashMap<String, Entry>,
    /// A message for each stale entry, with its line.
    stale: Vec<(usize, String)>,
}

impl KnownDivergences {
    /// Selects the entries for this target.
    pub fn new(entries: Vec<Entry>, target: &str, today: Date) -> KnownDivergences {
        let of_target = entries.into_iter().filter(|entry| entry.of_reference || entry.divergence.target == target);
        let (of_reference, own) = of_target.partition::<Vec<_>, _>(|entry| entry.of_reference);
        // An entry of the user's own file comes before one of the reference deployment.
        let entries =
            of_reference.into_iter().chain(own).map(|entry| (entry.divergence.check.clone(), entry)).collect();
        KnownDivergences { target: target.to_owned(), today, entries, stale: Vec::new() }
    }

    /// Returns whether there is an entry for the target.
    pub fn has_entries(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Changes the outcomes of the checks that have an entry.
    pub fn apply(&mut self, result: &mut ScenarioResult) {
        if self.has_entries() {
            result.checks.iter_mut().for_each(|check| self.check(check));
        }
    }

    /// Returns a line for each stale entry, in the order of the file.
    pub fn stale(mut self) -> Vec<String> {
        self.stale.sort();
        self.stale.into_iter().map(|(_, line)| line).collect()
    }

    fn check(&mut self, check: &mut CheckResult) {
        let Some(Entry { divergence, place, of_reference }) = self.entries.get(&check.id) else { return };
        let standing = match &check.outcome {
            CheckOutcome::Skip { .. } => return,
            CheckOutcome::Pass | CheckOutcome::Flaky { .. } if *of_reference => return,
            CheckOutcome::Pass | CheckOutcome::Flaky { .. } => Some(Standing::NotNeeded),
            CheckOutcome::Fail { evidence, .. } if divergence.states(evidence) => Some(Standing::AsStated),
            CheckOutcome::Fail { evidence, .. } if *of_reference && divergence.states_without_charset(evidence) => {
                Some(Standing::AsStated)
            }
            CheckOutcome::Fail { .. } => Some(Standing::Otherwise),
            _ => None,
        };
        let overdue = divergence.is_overdue(self.today);
        let id = &check.id;
        let review = format!("its review was due by {}", divergence.review_by);
        let stale = match standing {
            Some(Standing::NotNeeded) => Some(format!(
                "{place}: `{id}` passes on {}, so the entry is not needed; `divergences prune` removes it",
                self.target
            )),
            _ if overdue => Some(format!("{place}: `{id}` on {} is overdue: {review}", self.target)),
            _ => None,
        };
        self.stale.extend(stale.map(|line| (place.line, line)));
        let Some(standing) = standing else { return };
        let known = format!("{}, known since {}: {}", divergence.class, divergence.since, divergence.reason);
        let entry = Box::new(DivergenceResult {
            standing,
            expected: divergence.expected.clone(),
            instead: divergence.instead.clone(),
            class: divergence.class,
            reason: divergence.reason.clone(),
            link: divergence.link.clone(),
            since: divergence.since,
            review_by: divergence.review_by,
            age_days: divergence.age(self.today),
            overdue,
            at: place.to_string(),
        });
        check.outcome = match check.outcome.take() {
            CheckOutcome::Fail { evidence, .. } if standing == Standing::AsStated && overdue => {
                let because = format!("{known}; {review}");
                CheckOutcome::Stale { because, evidence: Some(evidence), divergence: entry }
            }
            CheckOutcome::Fail { evidence, .. } if standing == Standing::AsStated => {
                CheckOutcome::Known { because: known, evidence, divergence: entry }
            }
            CheckOutcome::Fail { because, evidence, .. } => {
                let because = format!("{because}; {place} states something else ({known})");
                CheckOutcome::Fail { because, evidence, divergence: Some(entry) }
            }
            passed => {
                let passes = passed.because().unwrap_or("it passes");
                let because = format!("{passes}; the entry at {place} is not needed");
                CheckOutcome::Stale { because, evidence: None, divergence: entry }
            }
        };
    }
}
