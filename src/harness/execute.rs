//! One scenario from its world to its verdicts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request};
use tracing::{Instrument, debug_span, info, info_span};

use super::client::SetUpError;
use super::curl::curl;
use super::ending::{Early, Ending};
use super::event::{CheckResult, RuleResult, ScenarioResult};
use super::replay::{Read, ways};
use super::request::build;
use super::run_id::RunId;
use super::stage::{Arranged, Live, Source, Stage};
use super::target::NoAnswer;
use super::trace::{Lane, Phase, Recorder};
use super::world::World;
use crate::judge::{Bindings, Judge, Judged, Judgement, Outcome, Verdict, Way};
use crate::scenario::file::CheckId;
use crate::scenario::{Scenario, Step, Suite};
use crate::secret::Redactor;

/// How long is waited before a step with `eventually` asks again.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(100);

/// What all scenarios of a run share.
pub struct Run<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// Where answers come from.
    pub source: &'a Source,
    /// What writes down what is sent and received.
    pub recorder: Option<&'a Arc<Recorder>>,
    /// Whether there is an administrator's key.
    pub administers: bool,
    /// The id of the run.
    pub id: &'a RunId,
    /// The instance that the user named, if one was named.
    pub instance: Option<&'a str>,
    /// The longest that a step is repeated.
    pub patience: Duration,
    /// Whether reads are asked for again in other ways.
    pub replays: bool,
    /// Whether results show the requests of checks that passed too.
    pub all_requests: bool,
    /// When the run has to end.
    pub ending: Ending,
}

impl Run<'_> {
    /// Runs a scenario; `number` tells its names from those of the other scenarios.
    pub async fn scenario(&self, number: usize, scenario: &Scenario) -> ScenarioResult {
        let span = info_span!("scenario", name = %scenario.name);
        self.in_its_world(number, scenario).instrument(span).await
    }

    async fn in_its_world(&self, number: usize, scenario: &Scenario) -> ScenarioResult {
        let begun = Instant::now();
        let lane = Lane::of(self.recorder, self.source.secrets(), scenario);
        let mut stage = match self.source {
            Source::Live(live) => Stage::World { world: Box::new(live.world(self.id, number, &self.ending)), live },
            Source::Trace(trace, _) => match (trace.player(scenario), trace.early()) {
                (Some(player), _) => Stage::Trace(player),
                (None, Some(early)) => return self.ended(scenario, early),
                (None, None) => return self.skip(scenario, "the trace does not hold it"),
            },
        };
        let (bindings, arranged) = lane.during(Phase::SetUp, None, self.arranged(scenario, &mut stage)).await;
        match &arranged {
            Arranged::Whole => info!("its world is made"),
            Arranged::Not(error) => info!("its world could not be made: {error}"),
            Arranged::Ended(early) => info!("its world was not made: {early}"),
        }
        let without_steps = |judged: fn(CheckId, &str) -> Judged, why: String, bindings: Bindings| {
            let checks = self.ids(scenario).into_iter().map(|id| judged(id, &why)).collect();
            let judgement = Judgement { checks, unseen: Some(why) };
            (judgement, vec![String::new(); scenario.steps.len()], bindings)
        };
        let (judgement, requests, bindings) = match arranged {
            Arranged::Whole => self.steps(scenario, bindings, &mut stage, &lane).await,
            Arranged::Not(error) => {
                lane.world(&bindings, Some(&error), None, None);
                without_steps(Judged::error, format!("the scenario's world could not be made: {error}"), bindings)
            }
            Arranged::Ended(early) => without_steps(Judged::untestable, early.to_string(), bindings),
        };
        // Stands before everything that leaves this place.
        let redactor = Redactor::of(&bindings);
        let left_behind = match stage {
            Stage::World { world, .. } => lane.during(Phase::CleanUp, None, world.clear()).await,
            Stage::Trace(player) => player.left_behind().to_vec(),
        };
        let left_behind = left_behind.iter().map(|left| redactor.text(left)).collect::<Vec<_>>();
        lane.removed(&left_behind);
        match left_behind.as_slice() {
            [] => info!("its world is removed"),
            left => info!("its world is removed but for {}", left.join(", ")),
        }
        let mut shown_requests = vec![None; requests.len()];
        let request = |step: usize, verdict: Verdict| {
            let (sent, shown) = (requests.get(step)?, shown_requests.get_mut(step)?);
            let is_shown = verdict != Verdict::Pass || self.all_requests;
            is_shown.then(|| shown.get_or_insert_with(|| redactor.text(sent)).clone())
        };
        // What passed shows nothing but its request.
        let shown = judgement.checks.into_iter().map(|judged| match judged.verdict {
            Verdict::Pass => judged,
            _ => judged.redacted(&redactor),
        });
        let checks = self.results(scenario, shown, request);
        ScenarioResult {
            milliseconds: begun.elapsed().as_millis() as u64,
            unseen: judgement.unseen.map(|why| redactor.text(&why)),
            left_behind,
            ..result(scenario, checks)
        }
    }

    /// A scenario that is not run because the run ends. Where that is what the user wants, nothing is missing.
    pub fn ended(&self, scenario: &Scenario, early: Early) -> ScenarioResult {
        match early {
            Early::Interrupted => self.skip(scenario, "the run was ended before"),
            Early::TimeOver => {
                let judged = self.ids(scenario).into_iter().map(|id| Judged::untestable(id, &early.to_string()));
                result(scenario, self.results(scenario, judged, |_, _| None))
            }
        }
    }

    /// A scenario that is not run, for this reason.
    pub fn skip(&self, scenario: &Scenario, why: &str) -> ScenarioResult {
        let skipped = self.ids(scenario).into_iter().map(|id| Judged::skip(id, why));
        result(scenario, self.results(scenario, skipped, |_, _| None))
    }

    /// Makes the world. Gives its values so far too where it could not be made.
    async fn arranged(&self, scenario: &Scenario, stage: &mut Stage<'_>) -> (Bindings, Arranged) {
        let (world, live) = match stage {
            Stage::World { world, live } => (world, live),
            Stage::Trace(player) => return player.arranged(),
        };
        let target = &live.means.target;
        let words = scenario.unique_words();
        let arranged = if target.has_stopped_answering() {
            Arranged::Not(SetUpError(NoAnswer::stopped().to_string()))
        } else {
            tokio::select! {
                biased;
                early = self.ending.comes_and_waits(target) => Arranged::Ended(early),
                arranged = world.arrange(&scenario.given, &words, self.instance) => match (arranged, self.ending.early()) {
                    (Ok(_), _) => Arranged::Whole,
                    (Err(_), Some(early)) => Arranged::Ended(early),
                    (Err(error), None) => Arranged::Not(error),
                }
            }
        };
        (world.bindings().clone(), arranged)
    }

    /// All steps, one after the other. Gives the verdicts, a line for the shell for each step, and the values at the end.
    async fn steps(
        &self,
        scenario: &Scenario,
        mut bindings: Bindings,
        stage: &mut Stage<'_>,
        lane: &Lane,
    ) -> (Judgement, Vec<String>, Bindings) {
        let ways = self.ways(scenario);
        let elsewhere = self.elsewhere(scenario, &ways, stage).await;
        if let Ok(elsewhere) = &elsewhere {
            bindings.adopt(elsewhere);
        }
        let unseen = lane.during(Phase::Look, None, self.unseen(scenario, stage)).await;
        lane.world(&bindings, None, unseen.as_deref(), elsewhere.as_ref().err());
        let mut judge = Judge::new(scenario, bindings, &self.suite.snapshots).unseen(unseen).replays(&ways);
        if let Err(error) = &elsewhere {
            judge.closed(Way::FromAnotherInstance, &format!("another instance could not be made: {error}"));
        }
        let mut requests = Vec::new();
        for (number, step) in scenario.steps.iter().enumerate() {
            let (outcome, request) = match self.ending.early() {
                Some(early) => (Err(early), String::new()),
                None => {
                    let span = debug_span!("step", who = %step.principal);
                    lane.during(Phase::Step, Some(number), self.step(step, &judge, stage)).instrument(span).await
                }
            };
            let outcome = outcome.unwrap_or_else(|early| {
                judge.cut_short(&early.to_string());
                Outcome::NotSent(early.to_string())
            });
            if let (Outcome::Answered(first), Some(read)) = (&outcome, Read::of(scenario, number))
                && !judge.replays_are_void()
            {
                let asked_again = self.ask_again(&read, &ways, first, &mut judge, stage);
                lane.during(Phase::Replay, Some(number), asked_again).await;
            }
            judge.step(step, &outcome);
            if !step.save.is_empty() {
                let secrets = self.source.secrets();
                judge.bindings().secrets().for_each(|(name, secret)| secrets.tell(name, secret));
                lane.know(judge.bindings());
            }
            requests.push(request);
        }
        let bindings = judge.bindings().clone();
        (judge.finish(), requests, bindings)
    }

    /// Why the world cannot be seen by those who may, where it cannot.
    async fn unseen(&self, scenario: &Scenario, stage: &Stage<'_>) -> Option<String> {
        match stage {
            Stage::World { world, .. } => tokio::select! {
                biased;
                early = self.ending.comes() => Some(early.to_string()),
                unseen = world.unseen(&scenario.given) => unseen,
            },
            Stage::Trace(player) => player.unseen(),
        }
    }

    /// One step: what became of it, or why the run ended before it was answered; and a line for the shell.
    async fn step(&self, step: &Step, judge: &Judge<'_>, stage: &mut Stage<'_>) -> (Result<Outcome, Early>, String) {
        let request = match build(step, judge.bindings()) {
            Ok(request) => request,
            Err(error) => return (Ok(Outcome::NotSent(error.to_string())), String::new()),
        };
        let line = curl(self.source.base(), &request, judge.bindings());
        let outcome = match stage {
            Stage::World { world, live } => self.asked(step, request, judge, world, live).await,
            Stage::Trace(player) => player.step(&request, |exchange| judge.would_pass(step, exchange)),
        };
        (outcome, line)
    }

    /// Sends a step; where it may wait for something to happen, again and again until it passes.
    async fn asked(
        &self,
        step: &Step,
        request: Request<Bytes>,
        judge: &Judge<'_>,
        world: &World<'_>,
        live: &Live,
    ) -> Result<Outcome, Early> {
        let target = &live.means.target;
        let deadline = step.eventually.map(|patience| Instant::now() + patience.min(self.patience));
        loop {
            let creates = step.method == Method::POST;
            let creating = match creates.then(|| world.creating(&request, &step.principal)).transpose() {
                Ok(creating) => creating,
                Err(error) => return Ok(Outcome::Broken(error.to_string())),
            };
            let answered = tokio::select! {
                answered = target.send(request.clone()) => answered,
                early = self.given_up(creates, live) => return Err(early),
            };
            let answer = match answered {
                Ok(answer) => answer,
                Err(error) => {
                    let may_have_gone_through = error.may_have_gone_through;
                    creating.iter().for_each(|creating| live.made.unanswered(creating, may_have_gone_through));
                    return Ok(Outcome::Broken(error.to_string()));
                }
            };
            if let Some(creating) = creating {
                live.made.answered(&creating, &answer.response);
            } else if step.method == Method::DELETE && answer.response.status().is_success() {
                live.made.deleted(request.uri().path());
            }
            let again = deadline.is_some_and(|deadline| Instant::now() < deadline) && self.ending.early().is_none();
            let exchange = answer.to(request.clone());
            if !again || judge.would_pass(step, &exchange) {
                return Ok(Outcome::Answered(Arc::new(exchange)));
            }
            target.pause(BETWEEN_QUESTIONS).await;
        }
    }

    /// The checks of a scenario, the one that every scenario has, and those on its reads that are asked for again.
    fn ids(&self, scenario: &Scenario) -> Vec<CheckId> {
        let checks = scenario.checks().map(|(_, check)| check.id.clone());
        let replays = self.ways(scenario).into_iter().map(|way| way.check(scenario));
        checks.chain([CheckId::leak_check(&scenario.name)]).chain(replays).collect()
    }

    /// The ways in which reads of a scenario are asked for again.
    fn ways(&self, scenario: &Scenario) -> Vec<Way> {
        if self.replays { ways(scenario, self.administers, self.instance.is_none()) } else { Vec::new() }
    }

    /// The other instance of the run, for a scenario that needs one and has none of its own.
    async fn elsewhere(&self, scenario: &Scenario, ways: &[Way], stage: &Stage<'_>) -> Result<Bindings, SetUpError> {
        let live = match stage {
            Stage::World { live, .. } => live,
            Stage::Trace(player) => return player.no_other().map_or(Ok(Bindings::default()), Err),
        };
        let has_its_own = scenario.given.foreign.is_some();
        if has_its_own || !ways.contains(&Way::FromAnotherInstance) || self.ending.early().is_some() {
            return Ok(Bindings::default());
        }
        let number = self.suite.scenarios.len();
        let made = live.elsewhere.bindings(live.world(self.id, number, &self.ending), &self.ending);
        let lane = Lane::of_the_run(self.recorder, self.source.secrets());
        lane.during(Phase::SetUp, None, made).await.cloned().map_err(Clone::clone)
    }

    /// Completes when the run has to end and nobody waits any longer for an answer.
    async fn given_up(&self, creates: bool, live: &Live) -> Early {
        if creates { self.ending.comes_and_waits(&live.means.target).await } else { self.ending.comes().await }
    }

    /// The verdicts with what a report shows of their checks, and their requests by the number of the step.
    /// After them come those of the canary and of the replays, which stand in no file.
    fn results(
        &self,
        scenario: &Scenario,
        judged: impl IntoIterator<Item = Judged>,
        mut request: impl FnMut(usize, Verdict) -> Option<String>,
    ) -> Vec<CheckResult> {
        let mut judged = judged.into_iter();
        let mut results = Vec::new();
        for (number, step) in scenario.steps.iter().enumerate() {
            for (check, judged) in step.checks.iter().zip(&mut judged) {
                let rule = check.rule.as_ref().and_then(|name| Some(RuleResult::of(name, self.suite.rules.get(name)?)));
                let (line, column) = (check.place.line, check.place.column);
                let request = request(number, judged.verdict);
                results.push(check_result(judged, &step.name, (line, column), rule, request));
            }
        }
        results.extend(judged.map(|mut judged| {
            let request = judged.request.take();
            check_result(judged, "every step", (1, 1), None, request)
        }));
        results
    }
}

fn check_result(
    judged: Judged,
    step: &str,
    (line, column): (usize, usize),
    rule: Option<RuleResult>,
    request: Option<String>,
) -> CheckResult {
    CheckResult {
        id: judged.id.to_string(),
        step: step.to_owned(),
        line,
        column,
        rule,
        verdict: judged.verdict,
        because: judged.because,
        evidence: judged.evidence,
        status: judged.status,
        request: request.filter(|request| !request.is_empty()),
        divergence: None,
        snapshot: judged.snapshot,
    }
}

fn result(scenario: &Scenario, checks: Vec<CheckResult>) -> ScenarioResult {
    ScenarioResult {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        file: scenario.source.path.clone(),
        milliseconds: 0,
        checks,
        unseen: None,
        left_behind: Vec::new(),
    }
}
