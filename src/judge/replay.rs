//! Judges reads that were repeated in another way.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::exchange::Exchange;
use super::finding::Finding;
use super::normalise::{Normaliser, Placeholders};
use super::relation::{Comparison, Relation};
use super::verdict::Judged;
use crate::scenario::file::CheckId;
use crate::scenario::{Scenario, Step};

/// A way to ask again for what a scenario has read. All reads of a scenario that are asked for in one way are one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplayWay {
    /// The same request once more.
    Twice,
    /// With the keys in the query instead of the headers.
    InTheQuery,
    /// With the key of another user of the same instance.
    AsAnotherUser,
    /// With the user key that a reset has ended.
    WithTheOldKey,
    /// At the path of another instance, with its API key and with the own one.
    FromAnotherInstance,
    /// As the administrator, who sees all.
    AsTheAdministrator,
}

impl ReplayWay {
    /// All of them, in the order in which they are asked and reported.
    pub const ALL: [ReplayWay; 6] = [
        ReplayWay::Twice,
        ReplayWay::InTheQuery,
        ReplayWay::AsAnotherUser,
        ReplayWay::WithTheOldKey,
        ReplayWay::FromAnotherInstance,
        ReplayWay::AsTheAdministrator,
    ];

    /// The last word of the check's id.
    pub fn name(self) -> &'static str {
        match self {
            ReplayWay::Twice => "twice",
            ReplayWay::InTheQuery => "in-the-query",
            ReplayWay::AsAnotherUser => "as-another-user",
            ReplayWay::WithTheOldKey => "with-the-old-key",
            ReplayWay::FromAnotherInstance => "from-another-instance",
            ReplayWay::AsTheAdministrator => "as-the-administrator",
        }
    }

    /// The check of this way in a scenario.
    pub fn check(self, scenario: &Scenario) -> CheckId {
        CheckId::replay(&scenario.name, self.name())
    }
}

/// A read that was asked for again.
#[derive(Debug)]
pub struct Replay<'s> {
    /// How, in words that follow `asked`: `as bob`.
    pub how: String,
    /// What has to be true of the answers.
    pub relation: Relation<'s>,
    /// One answer, or the pages of a list; or why none came.
    pub again: Result<Vec<Arc<Exchange>>, String>,
    /// The request as a line for the shell.
    pub line: String,
}

/// What came of all replays of a scenario, by way. Of a way that is not in it no read was asked for again.
#[derive(Default)]
pub struct Replays(BTreeMap<ReplayWay, Came>);

/// What came of the replays in one way.
#[derive(Default)]
struct Came {
    trouble: Vec<Trouble>,
    /// Why attempts at them were not enough.
    retries: Vec<String>,
}

/// A relation that did not hold or could not be judged, and the request.
struct Trouble {
    finding: Finding,
    line: String,
}

impl Replays {
    /// Judges the replays of one read in one way. None at all says that it showed nothing that could be compared.
    pub fn add(
        &mut self,
        way: ReplayWay,
        step: &Step,
        first: &Arc<Exchange>,
        replays: &[Replay<'_>],
        comparison: &Comparison<'_>,
    ) {
        let Came { trouble, retries } = self.0.entry(way).or_default();
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
            trouble.push(Trouble { finding, line: replay.line.clone() });
        }
    }

    /// Notes that nothing can be asked for in this way, and why.
    pub fn closed(&mut self, way: ReplayWay, why: &str) {
        let finding = Finding::Unjudged(why.to_owned());
        self.0.entry(way).or_default().trouble.push(Trouble { finding, line: String::new() });
    }

    /// The verdict on a way. One relation that is broken outweighs all that could not be judged.
    pub fn verdict(&self, way: ReplayWay, id: CheckId) -> Judged {
        let Some(Came { trouble, retries }) = self.0.get(&way) else {
            return Judged::skip(id, "nothing that it reads could be asked for again in this way");
        };
        let is_broken = |trouble: &&Trouble| matches!(trouble.finding, Finding::Broken { .. });
        let Some(worst) = trouble.iter().find(is_broken).or(trouble.first()) else {
            return Judged::new(id, Finding::Holds).after(retries);
        };
        let more = match trouble.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let judged = Judged::new(id, worst.finding.clone());
        let because = judged.because.map(|because| because + &more);
        Judged { because, request: Some(worst.line.clone()), ..judged }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Verdict;
    use crate::judge::history::History;
    use crate::judge::leak_check::{Changed, Known};
    use crate::judge::testing::{answer, scenario, to_bob, with_bob};
    use crate::scenario::Given;

    #[test]
    fn what_is_broken_outweighs_what_could_not_be_judged() {
        let scenario = scenario("  - {name: one, as: bob, send: GET /users/}\n");
        let (given, bindings, history) = (Given::default(), with_bob(), History::default());
        let known = Known { given: &given, bindings: &bindings, changed: Changed::default() };
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
        assert_eq!((broken.id.as_str(), broken.verdict), ("replay/a/test/twice", Verdict::Fail));
        assert_eq!(broken.because, Some(format!("{asked}: the answer is another, and 2 more")));
        assert_eq!(broken.request.as_deref(), Some("curl 2"));
        assert!(broken.evidence.is_some());

        let unjudged = verdict(&[same(), late()]);
        assert_eq!((unjudged.verdict, unjudged.because), (Verdict::Error, Some(format!("{asked}: it was late"))));
        assert_eq!(verdict(&[same()]).verdict, Verdict::Pass);
        assert_eq!(verdict(&[]).verdict, Verdict::Pass, "it showed nothing that could be compared");

        let again = Exchange { retries: vec!["503".to_owned()], ..answer(200, "{}") };
        assert_eq!(verdict(&[same(), replay("curl 4", Ok(vec![Arc::new(again)]))]).verdict, Verdict::Flaky);
    }

    #[test]
    fn a_way_that_is_closed_cannot_be_judged_and_one_that_nothing_was_asked_in_is_skipped() {
        let scenario = scenario("  - {name: one, as: bob, send: GET /users/}\n");
        let mut came = Replays::default();
        came.closed(ReplayWay::WithTheOldKey, "there is no other instance");
        let verdict = |way: ReplayWay| came.verdict(way, way.check(&scenario));
        let closed = verdict(ReplayWay::WithTheOldKey);
        let because = closed.because.as_deref();
        assert_eq!((closed.verdict, because), (Verdict::Error, Some("there is no other instance")));
        assert_eq!(verdict(ReplayWay::Twice).verdict, Verdict::Skip);
    }
}
