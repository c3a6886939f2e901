//! One scenario from its world to its verdicts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use tracing::{Instrument, debug_span, info, info_span};

use super::client::SetUpError;
use super::colleagues::Colleagues;
use super::curl::curl;
use super::elsewhere::Elsewhere;
use super::ending::{Early, Ending};
use super::event::{CheckResult, RuleResult, ScenarioResult};
use super::made::Made;
use super::means::Means;
use super::replay::{Read, ways};
use super::request::build;
use super::run_id::RunId;
use super::target::NoAnswer;
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
    /// What worlds are made with.
    pub means: &'a Means,
    /// The accounts beside.
    pub colleagues: &'a Colleagues,
    /// The other instance, for replays.
    pub elsewhere: &'a Elsewhere,
    /// What the run has made.
    pub made: &'a Made,
    /// The id of the run.
    pub id: &'a RunId,
    /// The instance that the user named, if one was named.
    pub instance: Option<&'a str>,
    /// The longest that a step is repeated.
    pub patience: Duration,
    /// Whether reads are asked for again in other ways.
    pub replays: bool,
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
        let mut world = self.world(number);
        let words = scenario.unique_words();
        let arranged = if self.means.target.has_stopped_answering() {
            Arranged::Not(SetUpError(NoAnswer::stopped().to_string()))
        } else {
            tokio::select! {
                biased;
                early = self.ending.comes_and_waits(&self.means.target) => Arranged::Ended(early),
                arranged = world.arrange(&scenario.given, &words, self.instance) => match (arranged, self.ending.early()) {
                    (Ok(bindings), _) => Arranged::Whole(bindings),
                    (Err(_), Some(early)) => Arranged::Ended(early),
                    (Err(error), None) => Arranged::Not(error),
                }
            }
        };
        match &arranged {
            Arranged::Whole(_) => info!("its world is made"),
            Arranged::Not(error) => info!("its world could not be made: {error}"),
            Arranged::Ended(early) => info!("its world was not made: {early}"),
        }
        let without_steps = |judged: fn(CheckId, &str) -> Judged, why: String, world: &World<'_>| {
            let checks = self.ids(scenario).into_iter().map(|id| judged(id, &why)).collect();
            let judgement = Judgement { checks, unseen: Some(why) };
            (judgement, vec![String::new(); scenario.steps.len()], world.bindings().clone())
        };
        let (judgement, requests, bindings) = match arranged {
            Arranged::Whole(bindings) => self.steps(scenario, bindings, &world).await,
            Arranged::Not(error) => {
                without_steps(Judged::error, format!("the scenario's world could not be made: {error}"), &world)
            }
            Arranged::Ended(early) => without_steps(Judged::untestable, early.to_string(), &world),
        };
        // Stands before everything that leaves this place.
        let redactor = Redactor::of(&bindings);
        let left_behind = world.clear().await.iter().map(|left| redactor.text(left)).collect::<Vec<_>>();
        match left_behind.as_slice() {
            [] => info!("its world is removed"),
            left => info!("its world is removed but for {}", left.join(", ")),
        }
        // What passed shows nothing.
        let shown = judgement.checks.into_iter().map(|judged| match judged.verdict {
            Verdict::Pass => judged,
            _ => judged.redacted(&redactor),
        });
        let checks = self.results(scenario, shown, |step| redactor.text(requests.get(step).map_or("", String::as_str)));
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
                result(scenario, self.results(scenario, judged, |_| String::new()))
            }
        }
    }

    /// A scenario that is not run, for this reason.
    pub fn skip(&self, scenario: &Scenario, why: &str) -> ScenarioResult {
        let skipped = self.ids(scenario).into_iter().map(|id| Judged::skip(id, why));
        result(scenario, self.results(scenario, skipped, |_| String::new()))
    }

    /// All steps, one after the other. Gives the verdicts, a line for the shell for each step, and the values at the end.
    async fn steps(
        &self,
        scenario: &Scenario,
        mut bindings: Bindings,
        world: &World<'_>,
    ) -> (Judgement, Vec<String>, Bindings) {
        let ways = self.ways(scenario);
        let elsewhere = self.elsewhere(scenario, &ways).await;
        if let Ok(elsewhere) = &elsewhere {
            bindings.adopt(elsewhere);
        }
        let unseen = tokio::select! {
            biased;
            early = self.ending.comes() => Some(early.to_string()),
            unseen = world.unseen(&scenario.given) => unseen,
        };
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
                    self.step(step, &judge, world).instrument(span).await
                }
            };
            let outcome = outcome.unwrap_or_else(|early| {
                judge.cut_short(&early.to_string());
                Outcome::NotSent(early.to_string())
            });
            if let (Outcome::Answered(first), Some(read)) = (&outcome, Read::of(scenario, number)) {
                self.ask_again(&read, &ways, first, &mut judge).await;
            }
            judge.step(step, &outcome);
            if !step.save.is_empty() {
                let secrets = self.means.target.secrets();
                judge.bindings().secrets().for_each(|(name, secret)| secrets.tell(name, secret));
            }
            requests.push(request);
        }
        let bindings = judge.bindings().clone();
        (judge.finish(), requests, bindings)
    }

    /// One step: what became of it, or why the run ended before it was answered; and a line for the shell.
    async fn step(&self, step: &Step, judge: &Judge<'_>, world: &World<'_>) -> (Result<Outcome, Early>, String) {
        let target = &self.means.target;
        let request = match build(step, judge.bindings()) {
            Ok(request) => request,
            Err(error) => return (Ok(Outcome::NotSent(error.to_string())), String::new()),
        };
        let line = curl(target.base(), &request, judge.bindings());
        let deadline = step.eventually.map(|patience| Instant::now() + patience.min(self.patience));
        loop {
            let creates = step.method == Method::POST;
            let creating = match creates.then(|| world.creating(&request, &step.principal)).transpose() {
                Ok(creating) => creating,
                Err(error) => return (Ok(Outcome::Broken(error.to_string())), line),
            };
            let answered = tokio::select! {
                answered = target.send(request.clone()) => answered,
                early = self.given_up(creates) => return (Err(early), line),
            };
            let answer = match answered {
                Ok(answer) => answer,
                Err(error) => return (Ok(Outcome::Broken(error.to_string())), line),
            };
            if let Some(creating) = creating {
                self.made.answered(&creating, &answer.response);
            }
            let again = deadline.is_some_and(|deadline| Instant::now() < deadline) && self.ending.early().is_none();
            let exchange = answer.to(request.clone());
            if !again || judge.would_pass(step, &exchange) {
                return (Ok(Outcome::Answered(Arc::new(exchange))), line);
            }
            target.pause(BETWEEN_QUESTIONS).await;
        }
    }

    /// The checks of a scenario, the one that every scenario has, and those on its reads that are asked for again.
    fn ids(&self, scenario: &Scenario) -> Vec<CheckId> {
        let checks = scenario.checks().map(|(_, check)| check.id.clone());
        let replays = self.ways(scenario).into_iter().map(|way| way.check(scenario));
        checks.chain([CheckId::canary(&scenario.name)]).chain(replays).collect()
    }

    /// The ways in which reads of a scenario are asked for again.
    fn ways(&self, scenario: &Scenario) -> Vec<Way> {
        if self.replays {
            ways(scenario, self.means.administrator().is_some(), self.instance.is_none())
        } else {
            Vec::new()
        }
    }

    /// The other instance of the run, for a scenario that needs one and has none of its own.
    async fn elsewhere(&self, scenario: &Scenario, ways: &[Way]) -> Result<Bindings, &SetUpError> {
        let has_its_own = scenario.given.foreign.is_some();
        if has_its_own || !ways.contains(&Way::FromAnotherInstance) || self.ending.early().is_some() {
            return Ok(Bindings::default());
        }
        let number = self.suite.scenarios.len();
        self.elsewhere.bindings(self.world(number), &self.ending).await.cloned()
    }

    /// An empty world with this number.
    fn world(&self, number: usize) -> World<'_> {
        World::new(self.means, self.colleagues, (self.id, number), self.made, &self.ending)
    }

    /// Completes when the run has to end and nobody waits any longer for an answer.
    async fn given_up(&self, creates: bool) -> Early {
        if creates { self.ending.comes_and_waits(&self.means.target).await } else { self.ending.comes().await }
    }

    /// The verdicts with what a report shows of their checks; what did not pass with its request, by the number of the step.
    /// After them come those of the canary and of the replays, which stand in no file.
    fn results(
        &self,
        scenario: &Scenario,
        judged: impl IntoIterator<Item = Judged>,
        request: impl Fn(usize) -> String,
    ) -> Vec<CheckResult> {
        let mut judged = judged.into_iter();
        let mut results = Vec::new();
        for (number, step) in scenario.steps.iter().enumerate() {
            for (check, judged) in step.checks.iter().zip(&mut judged) {
                let request = (judged.verdict != Verdict::Pass).then(|| request(number));
                let rule = check.rule.as_ref().and_then(|name| Some(RuleResult::of(name, self.suite.rules.get(name)?)));
                let (line, column) = (check.place.line, check.place.column);
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

/// What became of a scenario's world.
enum Arranged {
    /// It is there, with these values.
    Whole(Bindings),
    /// It could not be made.
    Not(SetUpError),
    /// The run ended before it was there.
    Ended(Early),
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
