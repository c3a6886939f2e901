//! Judges replayed reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::exchange::Exchange;
use super::finding::Finding;
use super::judged::{Judged, JudgedOutcome};
use super::normalise::{Normaliser, Placeholders};
use super::relation::{Comparison, Relation};
use syncano_suite::CheckId;
use syncano_suite::{Scenario, Step};

/// A way to replay the reads of a scenario. All replays of a scenario in one way are one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplayWay {
    /// Sends the same request again.
    Twice,
    /// Sends the keys in the query instead of the headers.
    InTheQuery,
    /// Sends parameters that choose a page, an order or members of a list.
    WithListParameters,
    /// Sends the key of another user of the same instance.
    AsAnotherUser,
    /// Sends the user key that a reset has ended.
    WithTheOldKey,
    /// Reads the path in another instance, with its API key and with the scenario's own.
    FromAnotherInstance,
    /// Sends the key of the administrator, who sees everything.
    AsTheAdministrator,
}

impl ReplayWay {
    /// All ways, in the order of sending and reporting.
    pub const ALL: [ReplayWay; 7] = [
        ReplayWay::Twice,
        ReplayWay::InTheQuery,
        ReplayWay::WithListParameters,
        ReplayWay::AsAnotherUser,
        ReplayWay::WithTheOldKey,
        ReplayWay::FromAnotherInstance,
        ReplayWay::AsTheAdministrator,
    ];

    /// Returns the last word of the check's id.
    pub fn name(self) -> &'static str {
        match self {
            ReplayWay::Twice => "twice",
            ReplayWay::InTheQuery => "in-the-query",
            ReplayWay::WithListParameters => "with-list-parameters",
            ReplayWay::AsAnotherUser => "as-another-user",
            ReplayWay::WithTheOldKey => "with-the-old-key",
            ReplayWay::FromAnotherInstance => "from-another-instance",
            ReplayWay::AsTheAdministrator => "as-the-administrator",
        }
    }

    /// Returns the check of this way in a scenario.
    pub fn check(self, scenario: &Scenario) -> CheckId {
        CheckId::replay(&scenario.name, self.name())
    }
}

/// A replayed read.
#[derive(Debug)]
pub struct Replay<'s> {
    /// The way, in words that follow `asked`: `as bob`.
    pub how: String,
    /// The required relation of the answers.
    pub relation: Relation<'s>,
    /// One answer, or the pages of a list; or the reason why no answer arrived.
    pub again: Result<Vec<Arc<Exchange>>, String>,
    /// The request as a shell command.
    pub line: String,
}

/// The results of all replays of a scenario, by way. A way without replays is missing.
#[derive(Default)]
pub struct Replays(BTreeMap<ReplayWay, WayResult>);

/// The results of the replays in one way.
#[derive(Default)]
struct WayResult {
    problems: Vec<Problem>,
    /// The reasons for retries.
    retries: Vec<String>,
}

/// A relation that is broken or could not be judged, and the request.
struct Problem {
    finding: Finding,
    line: String,
}

impl Replays {
    /// Judges the replays of one read in one way. An empty list means that the read showed nothing
    /// to compare.
    pub fn add(
        &mut self,
        way: ReplayWay,
        step: &Step,
        first: &Arc<Exchange>,
        replays: &[Replay<'_>],
        comparison: &Comparison<'_>,
    ) {
        let WayResult { problems, retries } = self.0.entry(way).or_default();
        for replay in replays {
            let finding = match &replay.again {
                Ok(again) => {
                    retries.extend(again.iter().flat_map(|exchange| exchange.retries.iter().cloned()));
                    comparison.judge(replay.relation, first, again)
                }
                Err(why) => Finding::Unjudged(why.clone()),
            };
            let asked = || {
                let path = first.request.uri().to_string();
                let path = Normaliser::new("", comparison.known.bindings, &mut Placeholders::default()).text(&path);
                format!("GET {path} as {}, asked {}", step.principal, replay.how)
            };
            let finding = match finding {
                Finding::Holds => continue,
                Finding::Broken { because, expected, actual } => {
                    Finding::Broken { because: format!("{}: {because}", asked()), expected, actual }
                }
                Finding::Unjudged(why) => Finding::Unjudged(format!("{}: {why}", asked())),
            };
            problems.push(Problem { finding, line: replay.line.clone() });
        }
    }

    /// Records why no read can be replayed in this way.
    pub fn closed(&mut self, way: ReplayWay, why: &str) {
        let finding = Finding::Unjudged(why.to_owned());
        self.0.entry(way).or_default().problems.push(Problem { finding, line: String::new() });
    }

    /// Returns the verdict on a way. A broken relation outweighs those that could not be judged.
    pub fn verdict(&self, way: ReplayWay, id: CheckId) -> Judged {
        let Some(WayResult { problems, retries }) = self.0.get(&way) else {
            return Judged::skip(id, "no read of the scenario can be replayed in this way");
        };
        let is_broken = |problem: &&Problem| matches!(problem.finding, Finding::Broken { .. });
        let Some(worst) = problems.iter().find(is_broken).or(problems.first()) else {
            return Judged::new(id, Finding::Holds).after(retries);
        };
        let more = match problems.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let judged = Judged::new(id, worst.finding.clone());
        let outcome = match judged.outcome {
            JudgedOutcome::Fail { because, evidence } => JudgedOutcome::Fail { because: because + &more, evidence },
            JudgedOutcome::Error { because } => JudgedOutcome::Error { because: because + &more },
            other => other,
        };
        Judged { outcome, request: Some(worst.line.clone()), ..judged }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Verdict;
    use crate::judge::history::History;
    use crate::judge::leak_check::{Changed, KnownWorld};
    use crate::judge::testing::{answer, scenario, to_bob, with_bob};
    use syncano_suite::Given;

    #[test]
    fn a_failure_outweighs_an_error() {
        let scenario = scenario("  - {name: one, as: bob, send: GET /users/}\n");
        let (given, bindings, history) = (Given::default(), with_bob(), History::default());
        let known = KnownWorld { given: &given, bindings: &bindings, changed: Changed::default() };
        let comparison = Comparison { known, history: &history };
        let first = to_bob("/users/", 200, "{}");
        let replay = |line: &str, again| Replay {
            how: "once more".to_owned(),
            relation: Relation::Same,
            again,
            line: line.to_owned(),
        };
        let verdict = |replays: &[Replay<'_>]| {
            let mut came = Replays::default();
            came.add(ReplayWay::Twice, &scenario.steps[0], &first, replays, &comparison);
            came.verdict(ReplayWay::Twice, ReplayWay::Twice.check(&scenario))
        };
        let late = || replay("curl 1", Err("it was late".to_owned()));
        let other = || replay("curl 2", Ok(vec![to_bob("/users/", 200, "[]")]));
        let same = || replay("curl 3", Ok(vec![Arc::clone(&first)]));
        let asked = "GET /v1.1/instances/<instance.name>/users/ as bob, asked once more";

        let broken = verdict(&[same(), late(), other(), late()]);
        assert_eq!((broken.id.as_str(), broken.verdict()), ("replay/a/test/twice", Verdict::Fail));
        let because = format!("{asked}: 200: the answer differs from the first, and 2 more");
        assert_eq!(broken.because(), Some(because.as_str()));
        assert_eq!(broken.request.as_deref(), Some("curl 2"));
        assert!(broken.evidence().is_some());

        let unjudged = verdict(&[same(), late()]);
        assert_eq!(
            (unjudged.verdict(), unjudged.because()),
            (Verdict::Error, Some(format!("{asked}: it was late").as_str()))
        );
        assert_eq!(verdict(&[same()]).verdict(), Verdict::Pass);
        assert_eq!(verdict(&[]).verdict(), Verdict::Pass, "it showed nothing that could be compared");

        let again = Exchange { retries: vec!["503".to_owned()], ..answer(200, "{}") };
        assert_eq!(verdict(&[same(), replay("curl 4", Ok(vec![Arc::new(again)]))]).verdict(), Verdict::Flaky);
    }

    #[test]
    fn an_unavailable_replay_is_an_error_and_an_unused_replay_is_skipped() {
        let scenario = scenario("  - {name: one, as: bob, send: GET /users/}\n");
        let mut came = Replays::default();
        came.closed(ReplayWay::WithTheOldKey, "there is no other instance");
        let verdict = |way: ReplayWay| came.verdict(way, way.check(&scenario));
        let closed = verdict(ReplayWay::WithTheOldKey);
        let because = closed.because();
        assert_eq!((closed.verdict(), because), (Verdict::Error, Some("there is no other instance")));
        assert_eq!(verdict(ReplayWay::Twice).verdict(), Verdict::Skip);
    }
}
