//! From what came back to verdicts. Pure: no I/O, no clock, nothing random.
//!
//! A [`Judge`] is told, step by step, what became of each request, and keeps what later steps need; at the end it gives
//! a [`Judged`] for every check. The same answers give the same verdicts, whenever and wherever they are judged.

mod bindings;
mod evaluate;
mod normalise;
mod redact;
mod verdict;

pub use bindings::{Bindings, Bound, Kind, Scope};
pub use normalise::{Fresh, Normaliser};
pub use redact::Redactor;
pub use verdict::{Evidence, Judged, Verdict};

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Response;

use crate::scenario::{Assertion, Check, Scenario, Step};
use evaluate::{Answer, Finding};

/// What became of a step.
#[derive(Debug)]
pub enum Outcome {
    /// It was sent, to this path, and answered.
    Answered {
        /// The path that was sent, with its query.
        path: String,
        /// The answer, complete.
        response: Response<Bytes>,
    },
    /// It was sent and no complete answer came; why.
    Broken(String),
    /// It could not be sent, because a step before it did not bring what it needs; why.
    NotSent(String),
}

/// Judges one run of one scenario.
pub struct Judge<'s> {
    scenario: &'s Scenario,
    snapshots: &'s BTreeMap<String, String>,
    bindings: Bindings,
    fresh: Fresh,
    judged: Vec<Judged>,
}

impl<'s> Judge<'s> {
    /// Begins with the values of a world that was made for the scenario, and with the contents of the snapshots by their
    /// paths.
    pub fn new(scenario: &'s Scenario, world: Bindings, snapshots: &'s BTreeMap<String, String>) -> Judge<'s> {
        Judge { scenario, snapshots, bindings: world, fresh: Fresh::default(), judged: Vec::new() }
    }

    /// The values as they stand after the steps so far.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// Whether all checks of a step would pass with this answer; nothing is kept.
    pub fn would_pass(&self, step: &Step, path: &str, response: &Response<Bytes>) -> bool {
        let mut fresh = self.fresh.clone();
        let answer = Answer::new(path, response, &self.bindings, &mut fresh);
        step.checks.iter().all(|check| matches!(self.find(check, &answer), Finding::Holds))
    }

    /// Judges the checks of the next step and keeps the values that it saves. What it should save and did not bring has no
    /// value from then on, so that no step goes on with one from before.
    pub fn step(&mut self, step: &Step, outcome: &Outcome) {
        let mut saved = Vec::new();
        match outcome {
            Outcome::Answered { path, response } => {
                let mut fresh = std::mem::take(&mut self.fresh);
                let answer = Answer::new(path, response, &self.bindings, &mut fresh);
                for check in &step.checks {
                    let finding = self.find(check, &answer);
                    let snapshot = match &check.assertion {
                        Assertion::Snapshot(name) => {
                            Some((self.scenario.snapshot_path(name), answer.snapshot().to_owned()))
                        }
                        _ => None,
                    };
                    self.judged.push(Judged { snapshot, ..Judged::of(check, finding) });
                }
                saved.extend(step.save.iter().map(|(_, at)| answer.saved(at)));
                self.fresh = fresh;
            }
            Outcome::Broken(why) => self.judged.extend(step.checks.iter().map(|check| Judged::error(check, why))),
            Outcome::NotSent(why) => self.judged.extend(step.checks.iter().map(|check| Judged::untestable(check, why))),
        }
        let mut saved = saved.into_iter();
        for (name, _) in &step.save {
            match saved.next().flatten() {
                Some((value, shown)) => self.bindings.save(name, value, shown),
                None => self.bindings.forget(name),
            }
        }
    }

    /// The verdicts, in the order of the checks. Where a witness did not pass, no negative check of the scenario does.
    pub fn finish(mut self) -> Vec<Judged> {
        let failed = self
            .scenario
            .checks()
            .zip(&self.judged)
            .find(|((_, check), judged)| check.witness && judged.verdict != Verdict::Pass)
            .map(|((_, check), _)| check.id.clone());
        if let Some(witness) = failed {
            for ((_, check), judged) in self.scenario.checks().zip(&mut self.judged) {
                if check.assertion.is_negative() && judged.verdict == Verdict::Pass {
                    judged.verdict = Verdict::Untestable;
                    judged.because = Some(format!("its witness {witness} did not hold"));
                }
            }
        }
        self.judged
    }

    fn find(&self, check: &Check, answer: &Answer<'_>) -> Finding {
        match &check.assertion {
            Assertion::Snapshot(name) => {
                let path = self.scenario.snapshot_path(name);
                match self.snapshots.get(&path) {
                    Some(expected) => answer.compare_snapshot(expected),
                    None => Finding::Unjudged(format!("there is no snapshot {path}.snap")),
                }
            }
            assertion => answer.evaluate(assertion, &self.bindings),
        }
    }
}
