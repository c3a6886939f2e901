//! One scenario from its world to its verdicts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::Method;
use tokio::sync::watch;

use super::client::SetUpError;
use super::colleagues::Colleagues;
use super::curl::curl;
use super::elsewhere::Elsewhere;
use super::event::{CheckResult, RuleResult, ScenarioResult};
use super::means::Means;
use super::replay::{Read, ways};
use super::request::build;
use super::run_id::RunId;
use super::world::World;
use crate::judge::{Bindings, Exchange, Judge, Judged, Judgement, Outcome, Redactor, Verdict, Way};
use crate::scenario::file::CheckId;
use crate::scenario::{Scenario, Step, Suite};

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
    /// The id of the run.
    pub id: &'a RunId,
    /// The names of users that were made and that nobody can remove.
    pub staying: &'a Mutex<Vec<String>>,
    /// The instance that the user named, if one was named.
    pub instance: Option<&'a str>,
    /// The longest that a step is repeated.
    pub patience: Duration,
    /// Whether reads are asked for again in other ways.
    pub replays: bool,
    /// Turns true when the run has to end.
    pub stop: watch::Receiver<bool>,
}

impl Run<'_> {
    /// Runs a scenario; `number` tells its names from those of the other scenarios.
    pub async fn scenario(&self, number: usize, scenario: &Scenario) -> ScenarioResult {
        let begun = Instant::now();
        let mut world = World::new(self.means, self.colleagues, self.id, number);
        let words = scenario.unique_words();
        let arranged = tokio::select! {
            arranged = world.arrange(&scenario.given, &words, self.instance) => arranged,
            () = self.stopped() => Err(SetUpError("the run was ended".to_owned())),
        };
        let (judgement, requests, bindings) = match arranged {
            Ok(bindings) => self.steps(scenario, bindings, &mut world).await,
            Err(error) => {
                let why = format!("the scenario's world could not be made: {error}");
                let checks = self.ids(scenario).into_iter().map(|id| Judged::error(id, &why)).collect();
                let judgement = Judgement { checks, unseen: Some(why) };
                (judgement, vec![String::new(); scenario.steps.len()], world.bindings().clone())
            }
        };
        // Stands before everything that leaves this place.
        let redactor = Redactor::of(&bindings);
        self.staying.lock().unwrap_or_else(PoisonError::into_inner).append(&mut world.made.staying);
        let left_behind = world.made.clear().await.iter().map(|left| redactor.text(left)).collect();
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
        world: &mut World<'_>,
    ) -> (Judgement, Vec<String>, Bindings) {
        let ways = self.ways(scenario);
        let elsewhere = self.elsewhere(scenario, &ways).await;
        if let Ok(elsewhere) = &elsewhere {
            bindings.adopt(elsewhere);
        }
        let unseen = tokio::select! {
            biased;
            () = self.stopped() => Some("the run was ended".to_owned()),
            unseen = world.unseen(&scenario.given) => unseen,
        };
        let mut judge = Judge::new(scenario, bindings, &self.suite.snapshots).unseen(unseen).replays(&ways);
        if let Err(error) = &elsewhere {
            judge.closed(Way::FromAnotherInstance, &format!("another instance could not be made: {error}"));
        }
        let mut requests = Vec::new();
        for (number, step) in scenario.steps.iter().enumerate() {
            let (outcome, request) = if *self.stop.borrow() {
                (Outcome::NotSent("the run was ended".to_owned()), String::new())
            } else {
                self.step(step, &judge, world).await
            };
            if let (Outcome::Answered(first), Some(read)) = (&outcome, Read::of(scenario, number)) {
                self.ask_again(&read, &ways, first, &mut judge).await;
            }
            judge.step(step, &outcome);
            requests.push(request);
        }
        let bindings = judge.bindings().clone();
        (judge.finish(), requests, bindings)
    }

    async fn step(&self, step: &Step, judge: &Judge<'_>, world: &mut World<'_>) -> (Outcome, String) {
        let target = &self.means.target;
        let request = match build(step, judge.bindings()) {
            Ok(request) => request,
            Err(error) => return (Outcome::NotSent(error.to_string()), String::new()),
        };
        let line = curl(target.base(), &request, judge.bindings());
        let path = request.uri().to_string();
        let deadline = step.eventually.map(|patience| Instant::now() + patience.min(self.patience));
        loop {
            if step.method == Method::POST {
                world.made.sending(&path);
            }
            let answered = tokio::select! {
                answered = target.send(request.clone()) => answered,
                () = self.stopped() => return (Outcome::NotSent("the run was ended".to_owned()), line),
            };
            let response = match answered {
                Ok(response) => response,
                Err(error) => return (Outcome::Broken(error.to_string()), line),
            };
            if step.method == Method::POST {
                world.made.answered(&path, &response, world.account_of(&step.principal));
            }
            let again = deadline.is_some_and(|deadline| Instant::now() < deadline) && !*self.stop.borrow();
            let exchange = Exchange { request: request.clone(), response };
            if !again || judge.would_pass(step, &exchange) {
                return (Outcome::Answered(Arc::new(exchange)), line);
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
        if has_its_own || !ways.contains(&Way::FromAnotherInstance) || *self.stop.borrow() {
            return Ok(Bindings::default());
        }
        let number = self.suite.scenarios.len();
        self.elsewhere.bindings(self.means, self.id, number).await.cloned()
    }

    /// Completes when the run has to end.
    pub(super) async fn stopped(&self) {
        // Where nobody is left who could end the run, it is never ended.
        if self.stop.clone().wait_for(|stop| *stop).await.is_err() {
            std::future::pending().await
        }
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
