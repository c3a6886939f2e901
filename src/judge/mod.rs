//! From what came back to verdicts. Pure: no I/O, no clock, nothing random.
//!
//! A [`Judge`] is told, step by step, what became of each request, and keeps what later steps need; at the end it gives
//! a [`Judged`] for every check. The same answers give the same verdicts, whenever and wherever they are judged.

mod bindings;
mod canary;
mod evaluate;
mod normalise;
mod past;
mod replay;
mod verdict;

pub use bindings::{Bindings, Bound, FOREIGN_KEY, Kind, Scope, home_reference};
pub use normalise::{Fresh, Normaliser};
pub use replay::{KEY_HEADERS, Relation, Replay, Way, inside, lacking};
pub use verdict::{Evidence, Judged, Verdict};

use std::collections::BTreeMap;
use std::fmt;
use std::iter::repeat;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::scenario::file::CheckId;
use crate::scenario::{Assertion, Check, Scenario, Step};
use canary::Changed;
use evaluate::{Answer, Finding};
use past::Past;
use replay::{Known, Replays};

/// What became of a step.
#[derive(Debug)]
pub enum Outcome {
    /// It was sent and answered.
    Answered(Arc<Exchange>),
    /// It was sent and no complete answer came; why.
    Broken(String),
    /// It could not be sent, because a step before it did not bring what it needs; why.
    NotSent(String),
}

/// A request and its answer. `Debug` shows neither headers nor bodies, for they hold keys.
pub struct Exchange {
    /// What was sent; its URI is a path.
    pub request: Request<Bytes>,
    /// The answer, complete.
    pub response: Response<Bytes>,
    /// Why each attempt before this one was not enough, as a rule none. What then passes is flaky.
    pub retries: Vec<String>,
    /// The host to which the answer sends its user, where that is another than the target's. Then it is wrong, whatever is
    /// stated of it.
    pub astray: Option<String>,
}

impl Exchange {
    /// What is wrong with an answer that sends its user to this host.
    pub fn leads_astray(host: &str) -> String {
        format!("the target sends its users to another host, {host}, which is not followed")
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.request.method(), self.request.uri().path(), self.response.status().as_u16())
    }
}

/// What a run of a scenario came to.
#[derive(Debug)]
pub struct Judgement {
    /// The verdicts in the order of the checks, after them the one on what no answer may show, and at their end those on the
    /// ways in which reads were asked for again.
    pub checks: Vec<Judged>,
    /// Why its world could not be seen by those who may, where it could not.
    pub unseen: Option<String>,
}

/// Judges one run of one scenario.
pub struct Judge<'s> {
    scenario: &'s Scenario,
    snapshots: &'s BTreeMap<String, String>,
    bindings: Bindings,
    past: Past,
    judged: Vec<Judged>,
    /// Of each judged check whether it rests on a refusal: whatever it states, a target that refuses everybody fulfils it.
    refused: Vec<bool>,
    /// What kept the world from being seen, which is the witness of all that is said not to be there.
    unseen: Option<String>,
    changed: Changed,
    /// What answers showed to somebody who must not see it.
    leaks: Vec<String>,
    answered: usize,
    /// In which ways reads are asked for again, and what came of it.
    ways: Vec<Way>,
    replays: Replays,
    /// Why the run ended before all was asked.
    cut_short: Option<String>,
}

impl<'s> Judge<'s> {
    /// Begins with the values of a world that was made for the scenario, and with the contents of the snapshots by their
    /// paths.
    pub fn new(scenario: &'s Scenario, world: Bindings, snapshots: &'s BTreeMap<String, String>) -> Judge<'s> {
        Judge {
            scenario,
            snapshots,
            bindings: world,
            past: Past::default(),
            judged: Vec::new(),
            refused: Vec::new(),
            unseen: None,
            changed: Changed::default(),
            leaks: Vec::new(),
            answered: 0,
            ways: Vec::new(),
            replays: Replays::default(),
            cut_short: None,
        }
    }

    /// Says that the world could not be seen by those who may, and why. Then no negative check can pass.
    pub fn unseen(mut self, why: Option<String>) -> Judge<'s> {
        self.unseen = why;
        self
    }

    /// Says in which ways reads of the scenario are asked for again. Each is a check.
    pub fn replays(mut self, ways: &[Way]) -> Judge<'s> {
        self.ways = ways.to_vec();
        self
    }

    /// The values as they stand after the steps so far.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// Whether all checks of a step would pass with this answer; nothing is kept.
    pub fn would_pass(&self, step: &Step, exchange: &Exchange) -> bool {
        let answer = Answer::new(exchange, &self.bindings, &self.past);
        step.checks.iter().all(|check| matches!(self.find(check, &answer), Finding::Holds))
    }

    /// Judges what came of asking again, in one way, for what the next step reads; before the step itself is judged. No replays
    /// at all say that the step showed nothing that could be compared.
    pub fn replayed(&mut self, way: Way, step: &Step, first: &Arc<Exchange>, replays: &[Replay<'_>]) {
        let (given, bindings) = (&self.scenario.given, &self.bindings);
        let known = Known { given, bindings, changed: self.changed, past: &self.past };
        self.replays.add(way, step, first, replays, &known);
    }

    /// Says that nothing can be asked for again in this way, and why.
    pub fn closed(&mut self, way: Way, why: &str) {
        self.replays.closed(way, why);
    }

    /// Says that not all was asked that should have been, and why. What is judged over all steps is then untestable.
    pub fn cut_short(&mut self, why: &str) {
        self.cut_short.get_or_insert_with(|| why.to_owned());
    }

    /// Judges the checks of the next step and keeps the values that it saves. What it should save and did not bring has no
    /// value from then on, so that no step goes on with one from before.
    pub fn step(&mut self, step: &Step, outcome: &Outcome) {
        let refused = matches!(outcome, Outcome::Answered(exchange) if is_refusal(exchange.response.status()));
        self.refused.extend(step.checks.iter().map(|_| refused));
        let mut saved = Vec::new();
        match outcome {
            Outcome::Answered(exchange) => {
                self.look_for_leaks(step, &exchange.request, &exchange.response);
                let answer = Answer::new(exchange, &self.bindings, &self.past);
                let judged = step.checks.iter().map(|check| {
                    let finding = self.find(check, &answer);
                    let snapshot = match &check.assertion {
                        Assertion::Snapshot(name) if exchange.astray.is_none() => {
                            Some((self.scenario.snapshot_path(name), answer.snapshot().to_owned()))
                        }
                        _ => None,
                    };
                    let status = Some(exchange.response.status().as_u16());
                    Judged { snapshot, status, ..Judged::of(check.id.clone(), finding).after(&exchange.retries) }
                });
                let judged = judged.collect::<Vec<_>>();
                saved.extend(step.save.iter().map(|(_, at)| answer.saved(at)));
                let numbers = answer.numbers();
                self.judged.extend(judged);
                self.past.add(exchange, numbers);
            }
            Outcome::Broken(why) => {
                self.judged.extend(step.checks.iter().map(|check| Judged::error(check.id.clone(), why)))
            }
            Outcome::NotSent(why) => {
                self.judged.extend(step.checks.iter().map(|check| Judged::untestable(check.id.clone(), why)))
            }
        }
        if !step.save.is_empty() {
            self.past.settle(&self.bindings);
        }
        let mut saved = saved.into_iter();
        for (name, _) in &step.save {
            match saved.next().flatten() {
                Some((value, shown)) => self.bindings.save(name, value, shown),
                None => self.bindings.forget(name),
            }
        }
    }

    /// The verdicts. Where a witness did not pass, or the world could not be seen, no negative check of the scenario does,
    /// and none that rests on a refusal.
    pub fn finish(mut self) -> Judgement {
        let failed = self
            .scenario
            .checks()
            .zip(&self.judged)
            .find(|((_, check), judged)| check.witness && !judged.verdict.holds())
            .map(|((_, check), _)| format!("its witness {} did not hold", check.id));
        let unseen = self.unseen.as_ref().map(|why| format!("its world cannot be seen: {why}"));
        let canary = self.canary();
        let replays = self.ways.iter().map(|way| self.replays.verdict(*way, way.check(self.scenario)));
        let over_all = [canary].into_iter().chain(replays).map(|judged| match &self.cut_short {
            Some(why) if judged.verdict < Verdict::Untestable => Judged::untestable(judged.id, why),
            _ => judged,
        });
        let over_all = over_all.collect::<Vec<_>>();
        self.judged.extend(over_all);
        let rests = self.scenario.checks().zip(&self.refused);
        let rests = rests.map(|((_, check), refused)| check.assertion.is_negative() || *refused && !check.witness);
        // Nothing is shown, and the same is shown again, where nothing is there.
        let negative = rests.chain(repeat(true));
        if let Some(why) = unseen.or(failed) {
            for (judged, _) in self.judged.iter_mut().zip(negative).filter(|(_, negative)| *negative) {
                if judged.verdict.holds() {
                    judged.verdict = Verdict::Untestable;
                    judged.because = Some(why.clone());
                }
            }
        }
        Judgement { checks: self.judged, unseen: self.unseen }
    }

    fn look_for_leaks(&mut self, step: &Step, request: &Request<Bytes>, response: &Response<Bytes>) {
        self.answered += 1;
        let found = canary::leaks(&self.scenario.given, &self.bindings, self.changed, request, response);
        if !found.is_empty() {
            let path = Normaliser::new("", &self.bindings, &mut Fresh::default()).text(&request.uri().to_string());
            let asked = format!("{} {path} as {}", request.method(), step.principal);
            self.leaks.extend(found.iter().map(|leak| format!("{asked} shows {leak}")));
        }
        if response.status().is_success() {
            self.changed.by(request);
        }
    }

    /// The verdict on all answers together: whether one showed somebody what he must not see.
    fn canary(&self) -> Judged {
        let id = CheckId::canary(&self.scenario.name);
        let finding = match self.leaks.as_slice() {
            [] if self.answered == 0 => return Judged::untestable(id, "no step was answered"),
            [] => Finding::Holds,
            [leak, more @ ..] => Finding::Broken {
                because: match more.len() {
                    0 => leak.clone(),
                    more => format!("{leak}, and {more} more"),
                },
                expected: "nothing that its principal must not see".to_owned(),
                actual: self.leaks.join("\n"),
            },
        };
        Judged::of(id, finding)
    }

    fn find(&self, check: &Check, answer: &Answer<'_>) -> Finding {
        if let Some(astray) = answer.astray() {
            return astray;
        }
        match &check.assertion {
            Assertion::Snapshot(name) => {
                let path = self.scenario.snapshot_path(name);
                match self.snapshots.get(&path) {
                    Some(expected) => answer.compare_snapshot(expected),
                    None => Finding::Unjudged(format!("there is no snapshot {path}.snap")),
                }
            }
            assertion => answer.evaluate(assertion),
        }
    }
}

/// Whether an answer says no.
fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
}
