//! Evaluates responses and produces verdicts. Pure: no I/O, no clock, nothing random.
//!
//! A [`Judge`] receives the outcome of each step in order, and keeps the values that later steps
//! need. At the end it returns a [`Judged`] for every check. The same answers always produce the
//! same verdicts.

mod absent;
mod access_case;
mod answer;
mod bindings;
mod compare;
mod evaluate;
mod excerpt;
mod exchange;
mod finding;
mod history;
mod judged;
mod leak_check;
mod locate;
mod lost;
mod naming;
mod normalise;
mod place;
mod relation;
mod replay;
mod sanity;
#[cfg(test)]
mod testing;
mod verdict;

pub use bindings::{ALTERED, Bindings, Bound, FOREIGN_KEY, Scope, ValueKind, home_reference};
pub use exchange::{Exchange, Outcome};
pub use judged::{Evidence, Judged, JudgedOutcome};
pub use normalise::{Normaliser, Placeholders};
pub use place::path_segment;
pub use relation::{KEY_HEADERS, Relation, inside, lacking};
pub use replay::{Replay, ReplayWay};
pub use verdict::Verdict;

use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;

use answer::Answer;
use finding::Finding;
use history::History;
use leak_check::{Changed, KnownWorld, LeakCheck};
use lost::LostWrite;
use relation::Comparison;
use replay::Replays;
use sanity::Sanity;
use syncano_suite::CheckId;
use syncano_suite::{Assertion, BuiltInCheck, Check, Scenario, Step};

/// The verdicts on a run of a scenario.
#[derive(Debug)]
pub struct Judgement {
    /// The verdicts in the order of the checks, then those of the built-in checks, then one for each
    /// way of replaying reads.
    pub checks: Vec<Judged>,
    /// Why callers with access could not see the scenario's world, if so.
    pub unseen: Option<String>,
}

/// Judges one run of one scenario.
pub struct Judge<'s> {
    scenario: &'s Scenario,
    snapshots: &'s BTreeMap<String, String>,
    bindings: Bindings,
    history: History,
    judged: Vec<Judged>,
    /// Whether each judged check depends on a rejection. A target that rejects every request would
    /// pass such a check.
    rejected: Vec<bool>,
    /// Why the world could not be seen. A visible world is the witness of all negative checks.
    unseen: Option<String>,
    leak_check: LeakCheck,
    sanity: Sanity,
    /// The ways of replaying reads.
    ways: Vec<ReplayWay>,
    replays: Replays,
    /// Why the run ended early.
    cut_short: Option<String>,
    /// The first write with an unknown effect.
    lost: Option<LostWrite>,
    /// Why some reads were not replayed.
    not_replayed: Option<String>,
}

impl<'s> Judge<'s> {
    /// Creates a judge with the values of the scenario's world, and the contents of the snapshots
    /// by path.
    pub fn new(scenario: &'s Scenario, world: Bindings, snapshots: &'s BTreeMap<String, String>) -> Judge<'s> {
        Judge {
            scenario,
            snapshots,
            bindings: world,
            history: History::default(),
            judged: Vec::new(),
            rejected: Vec::new(),
            unseen: None,
            leak_check: LeakCheck::default(),
            sanity: Sanity::default(),
            ways: Vec::new(),
            replays: Replays::default(),
            cut_short: None,
            lost: None,
            not_replayed: None,
        }
    }

    /// Records why callers with access could not see the world. No negative check can pass then.
    pub fn unseen(mut self, why: Option<String>) -> Judge<'s> {
        self.unseen = why;
        self
    }

    /// Sets the ways of replaying reads. Each is a check.
    pub fn replays(mut self, ways: &[ReplayWay]) -> Judge<'s> {
        self.ways = ways.to_vec();
        self
    }

    /// Returns the values after the steps so far.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// Returns whether all checks of a step would pass with this answer. Keeps nothing.
    pub fn would_pass(&self, step: &Step, exchange: &Exchange) -> bool {
        let answer = Answer::new(exchange, &self.bindings, &self.history);
        step.checks.iter().all(|check| matches!(self.find(check, &answer), Finding::Holds))
    }

    /// Judges the replays of the next step in one way. Call it before the step itself is judged. An
    /// empty list means that the step showed nothing to compare.
    pub fn replayed(&mut self, way: ReplayWay, step: &Step, first: &Arc<Exchange>, replays: &[Replay<'_>]) {
        let changed = self.leak_check.changed;
        let known = KnownWorld { given: &self.scenario.given, bindings: &self.bindings, changed };
        let comparison = Comparison { known, history: &self.history };
        self.replays.add(way, step, first, replays, &comparison);
        for exchange in replays.iter().filter_map(|replay| replay.again.as_ref().ok()).flatten() {
            self.sanity.judge(step, exchange, &self.bindings);
        }
    }

    /// Records why no read can be replayed in this way.
    pub fn closed(&mut self, way: ReplayWay, why: &str) {
        self.replays.closed(way, why);
    }

    /// Records why the run ended early. Checks over all steps are then untestable.
    pub fn cut_short(&mut self, why: &str) {
        self.cut_short.get_or_insert_with(|| why.to_owned());
    }

    /// Returns whether replays of the following reads prove nothing: a write has an unknown effect,
    /// and may take effect between two reads. Call it before each replay; the verdicts on replays
    /// are then untestable.
    pub fn replays_are_void(&mut self) -> bool {
        self.not_replayed = self.not_replayed.take().or(self.lost.as_ref().map(|lost| lost.why().to_owned()));
        self.lost.is_some()
    }

    /// Judges the checks of the next step and keeps the values that it saves. A value that is
    /// missing in the answer is unbound, so that no step uses an older one.
    pub fn step(&mut self, step: &Step, outcome: &Outcome) {
        let rejected = matches!(outcome, Outcome::Answered(exchange) if is_rejection(exchange.response.status()));
        self.rejected.extend(step.checks.iter().map(|_| rejected));
        let (judged, saved) = match outcome {
            Outcome::Answered(exchange) => self.answered(step, exchange, rejected),
            Outcome::Broken(why) => (without_answer(step, Judged::error, why), Vec::new()),
            Outcome::NotSent(why) => (without_answer(step, Judged::untestable, why), Vec::new()),
        };
        if let Some(lost) = LostWrite::new(step, outcome, &judged) {
            self.lost.get_or_insert(lost);
            self.leak_check.changed = Changed::unknown();
        }
        self.judged.extend(judged);
        if !step.save.is_empty() {
            self.history.settle(&self.bindings);
        }
        let mut saved = saved.into_iter();
        for (name, _) in &step.save {
            match saved.next().flatten() {
                Some((value, shown)) => self.bindings.save(name, value, shown),
                None => self.bindings.forget(name),
            }
        }
    }

    /// Returns the verdicts on an answered step, and the values that it saves.
    fn answered(
        &mut self,
        step: &Step,
        exchange: &Arc<Exchange>,
        rejected: bool,
    ) -> (Vec<Judged>, Vec<Option<(Value, Value)>>) {
        self.leak_check.search(step, exchange, &self.scenario.given, &self.bindings);
        self.sanity.judge(step, exchange, &self.bindings);
        let answer = Answer::new(exchange, &self.bindings, &self.history);
        let judged = step.checks.iter().map(|check| {
            let finding = self.find(check, &answer);
            let snapshot = match &check.assertion {
                Assertion::Snapshot(name) if !exchange.is_wrong() => {
                    Some((self.scenario.snapshot_path(name), answer.snapshot().to_owned()))
                }
                _ => None,
            };
            let status = Some(exchange.response.status().as_u16());
            let judged = Judged { snapshot, status, ..Judged::new(check.id.clone(), finding).after(&exchange.retries) };
            let is_rejection = rejected && !check.witness;
            match &self.lost {
                Some(lost) => lost.weaken(check, exchange, is_rejection, judged),
                None => judged,
            }
        });
        let judged = judged.collect::<Vec<_>>();
        let saved = step.save.iter().map(|(_, at)| answer.saved(at)).collect();
        let placeholders = answer.placeholders();
        self.history.add(exchange, placeholders, &self.bindings);
        (judged, saved)
    }

    /// Returns the verdicts. If a witness did not pass, or the world could not be seen, no negative
    /// check of the scenario passes, and none that depends on a rejection.
    pub fn finish(mut self) -> Judgement {
        let failed = self
            .scenario
            .checks()
            .zip(&self.judged)
            .find(|((_, check), judged)| check.witness && !judged.verdict().holds())
            .map(|((_, check), _)| format!("its witness {} did not pass", check.id));
        let unseen = self.unseen.as_ref().map(|why| format!("its world cannot be seen: {why}"));
        let built_in = self.scenario.built_in.iter().map(|check| {
            let id = check.id(&self.scenario.name);
            match check {
                BuiltInCheck::Leak => self.leak_check.verdict(id),
                BuiltInCheck::Answers => self.sanity.answers(id),
                BuiltInCheck::Headers => self.sanity.headers(id),
            }
        });
        let replays = self.ways.iter().map(|way| self.replays.verdict(*way, way.check(self.scenario)));
        let replays = replays.map(|judged| judged.incomplete(self.not_replayed.as_deref()));
        let over_all = built_in.chain(replays);
        let over_all = over_all.map(|judged| judged.incomplete(self.cut_short.as_deref())).collect::<Vec<_>>();
        self.judged.extend(over_all);
        let rests = self.scenario.checks().zip(&self.rejected);
        let rests = rests.map(|((_, check), rejected)| check.assertion.is_negative() || *rejected && !check.witness);
        // In an empty world nothing leaks, and a replay shows the same: these checks are negative
        // too.
        let built_in = self.scenario.built_in.iter().map(|check| *check == BuiltInCheck::Leak);
        let negative = rests.chain(built_in).chain(iter::repeat(true));
        if let Some(why) = unseen.or(failed) {
            for (judged, _) in self.judged.iter_mut().zip(negative).filter(|(_, negative)| *negative) {
                if judged.verdict().holds() {
                    judged.outcome = JudgedOutcome::Untestable { because: why.clone() };
                }
            }
        }
        Judgement { checks: self.judged, unseen: self.unseen }
    }

    fn find(&self, check: &Check, answer: &Answer<'_>) -> Finding {
        if let Some(wrong) = answer.wrong() {
            return wrong;
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

/// Returns the verdicts on a step without an answer.
fn without_answer(step: &Step, judged: fn(CheckId, &str) -> Judged, why: &str) -> Vec<Judged> {
    step.checks.iter().map(|check| judged(check.id.clone(), why)).collect()
}

/// Returns whether the status is a rejection.
fn is_rejection(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::testing::{alice, answer, scenario};
    use super::*;

    const OLD: &str = "1111111111111111111111111111111111111110";
    const NEW: &str = "2222222222222222222222222222222222222220";
    const STRANGE: &str = "3333333333333333333333333333333333333330";

    fn answered(status: u16, body: &str) -> Outcome {
        Outcome::Answered(Arc::new(answer(status, body.to_owned())))
    }

    fn judge(scenario: &Scenario, snapshots: &BTreeMap<String, String>, outcomes: &[Outcome]) -> Judgement {
        let mut judge = Judge::new(scenario, alice(), snapshots);
        for (step, outcome) in scenario.steps.iter().zip(outcomes) {
            judge.step(step, outcome);
        }
        judge.finish()
    }

    fn verdicts(judgement: &Judgement) -> Vec<Verdict> {
        judgement.checks.iter().map(Judged::verdict).collect()
    }

    const STEP: &str = "  - {name: one, as: account, send: GET /users/, checks: [{id: one/ok, status: 200}, {id: one/seven, at: $.id, equals: '7'}]}\n";

    #[test]
    fn an_answer_would_pass_if_all_checks_of_the_step_hold() {
        let (scenario, snapshots) = (scenario(STEP), BTreeMap::new());
        let judge = Judge::new(&scenario, alice(), &snapshots);
        assert!(judge.would_pass(&scenario.steps[0], &answer(200, r#"{"id": 7}"#)));
        assert!(!judge.would_pass(&scenario.steps[0], &answer(200, r#"{"id": 8}"#)));
        assert!(!judge.would_pass(&scenario.steps[0], &answer(201, r#"{"id": 7}"#)));
    }

    #[test]
    fn a_step_without_an_answer_is_not_judged_and_reports_no_leaks() {
        let (scenario, snapshots) = (scenario(STEP), BTreeMap::new());
        use Verdict::{Error, Pass, Untestable};
        for (outcome, expected) in [
            (Outcome::Broken("it was late".to_owned()), [Error, Error, Untestable]),
            (Outcome::NotSent("a key is lacking".to_owned()), [Untestable, Untestable, Untestable]),
            (answered(200, r#"{"id": 7}"#), [Pass, Pass, Pass]),
        ] {
            let status = matches!(outcome, Outcome::Answered(_)).then_some(200);
            let judgement = judge(&scenario, &snapshots, &[outcome]);
            assert_eq!(verdicts(&judgement), expected);
            let statuses = judgement.checks.iter().map(|judged| judged.status).collect::<Vec<_>>();
            assert_eq!(statuses, [status, status, None], "the leak check is about no single answer");
        }
    }

    #[test]
    fn rejections_and_negative_checks_do_not_pass_if_a_witness_fails() {
        let steps = "
  - {name: seen, as: account, send: GET /users/, checks: [{id: seen/there, witness: true, at: $.objects, count: 1}]}
  - {name: rejected, as: bob, send: GET /users/, checks: [{id: rejected/text, matches: denied}, {id: rejected/there, witness: true, matches: denied}]}
  - {name: shown, as: bob, send: GET /users/, checks: [{id: shown/text, matches: objects}, {id: shown/none, at: $.objects, count: 0}]}
";
        let (scenario, snapshots) = (scenario(steps), BTreeMap::new());
        use Verdict::{Fail, Pass, Untestable};
        for status in [401, 403, 404] {
            let outcomes =
                |seen| [answered(200, seen), answered(status, "denied"), answered(200, r#"{"objects": []}"#)];
            let judgement = judge(&scenario, &snapshots, &outcomes(r#"{"objects": [1]}"#));
            assert_eq!(verdicts(&judgement), [Pass; 6], "{status}");
            let judgement = judge(&scenario, &snapshots, &outcomes(r#"{"objects": []}"#));
            // The second witness saw what it is there for, and what was shown was not a rejection.
            assert_eq!(verdicts(&judgement), [Fail, Untestable, Pass, Pass, Untestable, Untestable], "{status}");
            assert_eq!(judgement.checks[1].because(), Some("its witness seen/there did not pass"));
        }
        let other = [answered(200, "{}"), answered(400, "denied"), answered(200, r#"{"objects": []}"#)];
        assert_eq!(verdicts(&judge(&scenario, &snapshots, &other))[1], Pass, "400 rejects nobody");
    }

    #[test]
    fn rejections_do_not_pass_in_an_invisible_world() {
        let steps = "  - {name: rejected, as: bob, send: GET /users/, checks: [{id: rejected/status, status: 403}]}\n";
        let (scenario, snapshots) = (scenario(steps), BTreeMap::new());
        let mut judge = Judge::new(&scenario, alice(), &snapshots).unseen(Some("bob does not see himself".to_owned()));
        judge.step(&scenario.steps[0], &answered(403, "denied"));
        let judgement = judge.finish();
        assert_eq!(verdicts(&judgement), [Verdict::Untestable; 2]);
        let because = judgement.checks[0].because();
        assert_eq!(because, Some("its world cannot be seen: bob does not see himself"));
    }

    const SNAPSHOT: &str =
        "  - {name: a list, as: account, send: GET /users/, checks: [{id: a/list, snapshot: list}]}\n";

    #[test]
    fn a_snapshot_is_compared_and_available_for_recording() {
        let (scenario, body) = (scenario(SNAPSHOT), r#"{"id": 7}"#);
        let shown = "200\n\n{\n  \"id\": \"<alice.id:int>\"\n}";
        let path = "a/test/list".to_owned();
        let judged = |snapshot: Option<&str>| {
            let snapshots = snapshot.map(|text| (path.clone(), text.to_owned())).into_iter().collect();
            let judged = judge(&scenario, &snapshots, &[answered(200, body)]).checks.remove(0);
            assert_eq!(judged.snapshot, Some((path.clone(), shown.to_owned())));
            judged.verdict()
        };
        assert_eq!(judged(Some(&format!("{shown}\n"))), Verdict::Pass);
        assert_eq!(judged(Some("200\n\n{}")), Verdict::Fail);
        assert_eq!(judged(None), Verdict::Error);
    }

    #[test]
    fn a_redirected_answer_fails_every_check_and_is_not_recorded() {
        let (scenario, body) = (scenario(SNAPSHOT), r#"{"id": 7}"#);
        let right = [("a/test/list".to_owned(), "200\n\n{\n  \"id\": \"<alice.id:int>\"\n}".to_owned())].into();
        let astray = Exchange { astray: Some("elsewhere.example".to_owned()), ..answer(200, body) };
        let judged = judge(&scenario, &right, &[Outcome::Answered(Arc::new(astray))]).checks.remove(0);
        assert_eq!((judged.verdict(), judged.snapshot), (Verdict::Fail, None));
    }

    #[test]
    fn a_check_that_passes_only_on_a_retry_is_flaky() {
        let (scenario, snapshots) = (scenario(STEP), BTreeMap::new());
        let again = Exchange { retries: vec!["503".to_owned()], ..answer(200, r#"{"id": 8}"#) };
        let judgement = judge(&scenario, &snapshots, &[Outcome::Answered(Arc::new(again))]);
        assert_eq!(verdicts(&judgement), [Verdict::Flaky, Verdict::Fail, Verdict::Pass]);
    }

    #[test]
    fn a_leak_names_the_caller_and_the_request() {
        let steps = "
  - {name: alice, as: alice, send: \"GET /users/{{alice.id}}/\"}
  - {name: bob, as: bob, send: GET /user/}
";
        let (scenario, snapshots) = (scenario(steps), BTreeMap::new());
        let shows = || answered(200, r#"{"username": "ann-4711"}"#);
        let judgement = judge(&scenario, &snapshots, &[shows(), shows()]);
        let [leak_check] = judgement.checks.as_slice() else { panic!("no check but the leak check: {judgement:?}") };
        assert_eq!(leak_check.verdict(), Verdict::Fail);
        let leak =
            |who| format!("GET /v1.1/instances/<instance.name>/users/ as {who}: 200: alice.username is at $.username");
        assert_eq!(leak_check.because(), Some(format!("{}, and 1 more", leak("alice")).as_str()));
        assert_eq!(leak_check.evidence().unwrap().actual, format!("{}\n{}", leak("alice"), leak("bob")));
        let once = judge(&scenario, &snapshots, &[shows(), answered(200, "{}")]);
        assert_eq!(once.checks[0].because(), Some(leak("alice").as_str()));
    }

    #[test]
    fn a_leak_check_passes_only_if_the_run_was_complete() {
        let (scenario, snapshots) = (scenario(STEP), BTreeMap::new());
        let leak_check = |outcomes: &[Outcome]| {
            let mut judge = Judge::new(&scenario, alice(), &snapshots);
            outcomes.iter().for_each(|outcome| judge.step(&scenario.steps[0], outcome));
            judge.cut_short("the run was interrupted");
            judge.cut_short("and ended again");
            let last = judge.finish().checks.pop().unwrap();
            (last.verdict(), last.because().map(str::to_owned))
        };
        let untestable = |why: &str| (Verdict::Untestable, Some(why.to_owned()));
        assert_eq!(leak_check(&[answered(200, "{}")]), untestable("the run was interrupted"));
        assert_eq!(leak_check(&[]), untestable("no step was answered"));
        assert_eq!(leak_check(&[answered(200, "ann-4711")]).0, Verdict::Fail, "what was seen was seen");
    }

    #[test]
    fn a_value_that_a_step_failed_to_save_is_unbound() {
        let steps = "
  - {name: one, as: account, send: GET /users/, save: {page: $.page}}
  - {name: two, as: account, send: GET /users/, save: {page: $.page}}
";
        let (scenario, snapshots) = (scenario(steps), BTreeMap::new());
        let mut judge = Judge::new(&scenario, alice(), &snapshots);
        judge.step(&scenario.steps[0], &answered(200, r#"{"page": 2}"#));
        assert_eq!(judge.bindings().value("page"), Some(&json!(2)));
        judge.step(&scenario.steps[1], &Outcome::Broken("it was late".to_owned()));
        assert_eq!(judge.bindings().value("page"), None);
    }

    /// Answers are normalised only when shown; that must not change the names.
    #[test]
    fn keys_are_numbered_by_the_values_known_at_the_time() {
        let steps = |check: &str| {
            format!(
                "
  - {{name: no key, as: account, send: GET /users/, save: {{alice.user_key: $.user_key}}}}
  - {{name: a new one, as: account, send: GET /users/, save: {{alice.user_key: $.user_key}}}}
  - {{name: the old one in its place, as: account, send: GET /users/, save: {{alice.user_key: $.user_key}}{check}}}
  - {{name: a stranger's, as: account, send: GET /users/, checks: [{{id: a/stranger, snapshot: stranger}}]}}
"
            )
        };
        let key = |name: &str, key: &str| answered(200, &json!({name: key}).to_string());
        let outcomes = [answered(500, ""), key("user_key", NEW), key("detail", OLD), key("user_key", STRANGE)];
        let stranger = |check| {
            let judgement = judge(&scenario(&steps(check)), &BTreeMap::new(), &outcomes);
            let mut snapshots = judgement.checks.into_iter().filter_map(|judged| judged.snapshot);
            snapshots.find(|(path, _)| path == "a/test/stranger").unwrap().1
        };
        let looked_at = stranger(", checks: [{id: a/before, snapshot: before}]");
        assert!(looked_at.contains("<key-2>"), "the new key was the first that nobody knew: {looked_at}");
        assert_eq!(stranger(""), looked_at);
    }
}
