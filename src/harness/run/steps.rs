//! Runs one scenario: creates its world and sends its steps, one after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request};
use tokio::time::sleep;
use tracing::{Instrument, debug_span};

use super::backend::{Arranged, LiveBackend, ScenarioBackend};
use super::context::RunContext;
use super::replay::replay;
use super::waiting::WaitingStep;
use crate::harness::curl::curl;
use crate::harness::deployment::ExchangeError;
use crate::harness::error::is_instance_limit;
use crate::harness::plan::{Read, creates_instance};
use crate::harness::request::build;
use crate::harness::shutdown::{Shutdown, StopReason};
use crate::harness::trace::{Phase, TraceStream};
use crate::harness::world::ScenarioWorld;
use crate::judge::{Bindings, Judge, Judgement, Outcome, ReplayWay};
use syncano_suite::{KeySlot, Scenario, Step};

/// The wait before a step with `eventually` is repeated.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(100);

const TOO_MANY_INSTANCES: &str = "the account may not have another instance: delete instances that nobody needs, \
                                  or raise the limit of the account";

/// A running scenario.
pub struct Steps<'c, 'a> {
    /// The parts of the run that all scenarios share.
    pub context: &'a RunContext<'c>,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its stream of the trace.
    pub stream: &'a TraceStream,
    /// The source of its responses.
    pub backend: ScenarioBackend<'a>,
    /// The values of the other instance of the run, if the scenario needs it; or why it could not
    /// be created.
    pub other: Result<Bindings, String>,
}

impl Steps<'_, '_> {
    /// Creates the world. Returns its values, also if creating it failed half-way.
    pub async fn arrange(&mut self) -> (Bindings, Arranged) {
        self.other = self.other_instance().await;
        self.stream.enter(Phase::SetUp, None);
        let (shutdown, instance) = (&self.context.shutdown, self.context.plan.instance.as_deref());
        let (world, shares_instances) = match &mut self.backend {
            ScenarioBackend::Live { world, live } => (world, live.instances.is_some()),
            ScenarioBackend::Trace(recorded) => {
                let arranged = match recorded.no_world() {
                    None => Arranged::Whole,
                    Some(Ok(reason)) => Arranged::Stopped(reason),
                    Some(Err(why)) => Arranged::Failed(why.to_owned()),
                };
                return (recorded.bindings(), arranged);
            }
        };
        let other = shares_instances.then_some(self.other.as_ref());
        let arranged = if world.target().has_stopped_answering() {
            Arranged::Failed(ExchangeError::stopped().to_string())
        } else {
            tokio::select! {
                biased;
                reason = shutdown.wait_and_settle() => Arranged::Stopped(reason),
                arranged = world.arrange(self.scenario, instance, other) => match (arranged, shutdown.reason()) {
                    (Ok(_), _) => Arranged::Whole,
                    (Err(_), Some(reason)) => Arranged::Stopped(reason),
                    (Err(error), None) => Arranged::Failed(error.to_string()),
                }
            }
        };
        (world.bindings().clone(), arranged)
    }

    /// Runs all steps. Returns the verdicts, the curl command of each step, and the values after
    /// the last step.
    pub async fn run(&mut self, mut bindings: Bindings) -> (Judgement, Vec<String>, Bindings) {
        let (context, scenario) = (self.context, self.scenario);
        let ways = context.ways(scenario);
        if let Ok(other) = &self.other {
            bindings.adopt(other);
        }
        self.stream.enter(Phase::Look, None);
        let unseen = self.unseen().await;
        self.stream.world(&bindings, None, unseen.as_deref(), self.other.as_ref().err().map(String::as_str));
        let mut judge = Judge::new(scenario, bindings, &context.suite.snapshots).unseen(unseen).replays(&ways);
        if let Err(error) = &self.other {
            judge.closed(ReplayWay::FromAnotherInstance, &format!("the other instance could not be created: {error}"));
        }
        let mut requests = Vec::new();
        let mut waiting = None;
        for (number, step) in scenario.steps.iter().enumerate() {
            if let Some((begun, request)) = self.begin(number, step, &judge).await {
                waiting = Some((number, step, begun, request));
                continue;
            }
            let sent = match waiting.take() {
                None => self.sent(number, step, &judge).await,
                Some((earlier, waited, mut begun, request)) => {
                    let sent = begun.beside(self.sent(number, step, &judge)).await;
                    let heard = begun.finish(&context.shutdown).await;
                    requests.push(self.judged(earlier, waited, (heard, request), &mut judge, &ways).await);
                    sent
                }
            };
            requests.push(self.judged(number, step, sent, &mut judge, &ways).await);
        }
        let bindings = judge.bindings().clone();
        (judge.finish(), requests, bindings)
    }

    /// Sends a step that waits for the next one, and returns it with its curl command. Returns `None`
    /// for any other step, and for one of a trace, which holds the response already.
    async fn begin(&self, number: usize, step: &Step, judge: &Judge<'_>) -> Option<(WaitingStep, String)> {
        let ScenarioBackend::Live { live, .. } = &self.backend else { return None };
        let is_possible = step.waits_for_next && self.context.shutdown.reason().is_none();
        let request = build(step, judge.bindings()).ok().filter(|_| is_possible)?;
        let line = self.curl(&request, judge);
        let target = self.stream.beside(number).observe(&live.target);
        Some((WaitingStep::begin(target, request).await, line))
    }

    /// Sends one step. Returns its outcome, or why the run stopped before the response; and the curl
    /// command.
    async fn sent(&mut self, number: usize, step: &Step, judge: &Judge<'_>) -> (Result<Outcome, StopReason>, String) {
        match self.context.shutdown.reason() {
            Some(reason) => (Err(reason), String::new()),
            None => {
                self.stream.enter(Phase::Step, Some(number));
                let span = debug_span!("step", who = %step.principal);
                self.outcome(step, judge).instrument(span).await
            }
        }
    }

    /// Judges one step with its replays. Returns the curl command.
    async fn judged(
        &mut self,
        number: usize,
        step: &Step,
        (outcome, request): (Result<Outcome, StopReason>, String),
        judge: &mut Judge<'_>,
        ways: &[ReplayWay],
    ) -> String {
        let outcome = outcome.unwrap_or_else(|reason| {
            judge.cut_short(&reason.to_string());
            Outcome::NotSent(reason.to_string())
        });
        if let (Outcome::Answered(first), Some(read)) = (&outcome, Read::new(self.scenario, number))
            && !judge.replays_are_void()
        {
            self.stream.enter(Phase::Replay, Some(number));
            replay(self.context, &read, ways, first, judge, &mut self.backend).await;
        }
        judge.step(step, &outcome);
        if !step.save.is_empty() {
            let secrets = self.context.backend.secrets();
            judge.bindings().secrets().for_each(|(name, secret)| secrets.add(name, secret));
            self.stream.know(judge.bindings());
        }
        request
    }

    /// Returns why the callers who may see the world cannot see it, if they cannot.
    async fn unseen(&self) -> Option<String> {
        match &self.backend {
            ScenarioBackend::Live { world, .. } => tokio::select! {
                biased;
                reason = self.context.shutdown.wait() => Some(reason.to_string()),
                unseen = world.unseen(&self.scenario.given) => unseen,
            },
            ScenarioBackend::Trace(recorded) => recorded.unseen(),
        }
    }

    /// Returns the outcome of a step, or why the run stopped before the response; and the curl
    /// command.
    async fn outcome(&mut self, step: &Step, judge: &Judge<'_>) -> (Result<Outcome, StopReason>, String) {
        let request = match build(step, judge.bindings()) {
            Ok(request) => request,
            Err(error) => return (Ok(Outcome::NotSent(error.to_string())), String::new()),
        };
        let line = self.curl(&request, judge);
        let outcome = match &mut self.backend {
            ScenarioBackend::Live { world, live } => send(self.context, step, request, judge, world, live).await,
            ScenarioBackend::Trace(recorded) => recorded.step(&request, |exchange| judge.would_pass(step, exchange)),
        };
        (outcome, line)
    }

    fn curl(&self, request: &Request<Bytes>, judge: &Judge<'_>) -> String {
        curl(self.context.backend.base(), request, judge.bindings(), self.context.plan.basic_login)
    }

    /// Returns the values of the run's other instance, for a scenario that needs one and creates
    /// none of its own; or why it could not be created.
    async fn other_instance(&self) -> Result<Bindings, String> {
        let RunContext { suite, plan, backend, trace, shutdown, .. } = self.context;
        let live = match &self.backend {
            ScenarioBackend::Live { live, .. } => live,
            ScenarioBackend::Trace(recorded) => {
                return recorded.no_other_instance().map_or(Ok(Bindings::default()), |why| Err(why.to_owned()));
            }
        };
        let is_needed = match self.scenario.given.foreign {
            Some(_) => live.instances.is_some(),
            None => self.context.ways(self.scenario).contains(&ReplayWay::FromAnotherInstance),
        };
        if !is_needed || shutdown.reason().is_some() {
            return Ok(Bindings::default());
        }
        // Its exchanges belong to the stream of the run.
        let target = TraceStream::for_run(*trace, backend.secrets()).observe(&live.target);
        let world = live.world(&plan.id, shutdown, &target, suite.scenarios.len());
        live.other_instance.bindings(world, shutdown).await.cloned().map_err(str::to_owned)
    }
}

/// Sends a step. Repeats one with `eventually` until it passes or its time is over.
async fn send(
    context: &RunContext<'_>,
    step: &Step,
    request: Request<Bytes>,
    judge: &Judge<'_>,
    world: &mut ScenarioWorld<'_>,
    live: &LiveBackend,
) -> Result<Outcome, StopReason> {
    let RunContext { plan, shutdown, .. } = context;
    let mut has_waited = false;
    let deadline = step.eventually.map(|patience| Instant::now() + patience.min(plan.patience));
    loop {
        let creates = step.method == Method::POST;
        let creation = match creates.then(|| world.creating(&request, &step.principal)).transpose() {
            Ok(creation) => creation,
            Err(error) => return Ok(Outcome::Broken(error.to_string())),
        };
        let answered = tokio::select! {
            answered = world.target().send(request.clone()) => answered,
            reason = given_up(creates, shutdown) => return Err(reason),
        };
        let answer = match answered {
            Ok(answer) => answer,
            Err(error) => {
                let may_have_gone_through = error.may_have_gone_through;
                creation.iter().for_each(|creation| live.ledger.unanswered(creation, may_have_gone_through));
                return Ok(Outcome::Broken(error.to_string()));
            }
        };
        let (status, body) = (answer.response.status(), answer.response.body());
        if creates_instance(step) && is_instance_limit(status, body) {
            creation.iter().for_each(|creation| live.ledger.unanswered(creation, false));
            // Only once, because a target may answer so to everything.
            let may_wait = !has_waited && step.principal.key == KeySlot::Account;
            has_waited = true;
            let has_room = tokio::select! {
                has_room = world.wait_for_room(), if may_wait => has_room,
                reason = shutdown.wait() => return Err(reason),
                () = std::future::ready(()), if !may_wait => false,
            };
            match has_room {
                true => continue,
                false => return Ok(Outcome::Broken(TOO_MANY_INSTANCES.to_owned())),
            }
        }
        if let Some(creation) = creation {
            live.ledger.answered(&creation, &answer.response);
        } else if step.method == Method::DELETE && answer.response.status().is_success() {
            live.ledger.deleted(request.uri().path());
        }
        let again = deadline.is_some_and(|deadline| Instant::now() < deadline) && shutdown.reason().is_none();
        let exchange = answer.into_exchange(request.clone());
        if !again || judge.would_pass(step, &exchange) {
            return Ok(Outcome::Answered(Arc::new(exchange)));
        }
        sleep(BETWEEN_ATTEMPTS).await;
    }
}

/// Completes when the run has to stop and no longer waits for the response.
async fn given_up(creates: bool, shutdown: &Shutdown) -> StopReason {
    if creates { shutdown.wait_and_settle().await } else { shutdown.wait().await }
}
