//! Runs the selected scenarios and endpoints side by side.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::backend::RunBackend;
use super::context::RunContext;
use super::event::{CheckResult, Event, ScenarioResult};
use super::executor;
use super::known::KnownDivergences;
use super::results::{skipped, stopped};
use crate::harness::plan::{Access, EndpointCases, InstanceNeeds, Plan, Selection, why_not};
use crate::harness::shutdown::Shutdown;
use crate::harness::trace::TraceWriter;
use crate::judge::Verdict;
use syncano_suite::Suite;

const FAILED_FAST: &str = "an earlier check failed, and --fail-fast is set";
const HAS_PANICKED: &str = "an earlier scenario panicked, which is a bug of this program";

/// The payload of a scenario's panic.
pub type Panic = Box<dyn Any + Send>;

/// The parts of a run that all scenarios share.
pub struct Scheduler {
    /// The suite.
    pub suite: Arc<Suite>,
    /// The plan of the run.
    pub plan: Plan,
    /// The source of responses.
    pub backend: RunBackend,
    /// Writes the trace, if one is wanted.
    pub trace: Option<Arc<TraceWriter>>,
    /// Stops the run early.
    pub shutdown: Shutdown,
}

/// A part of the suite that runs as one piece, by its index.
#[derive(Clone, Copy)]
enum SuitePart {
    Scenario(usize),
    /// An endpoint of the access table.
    Endpoint(usize),
}

impl Scheduler {
    /// Runs the selected parts, and reports the results in the order of the files. Returns the
    /// payload of a panic, if a scenario panicked.
    pub async fn run(
        self: &Arc<Self>,
        selection: &Selection,
        known: &mut KnownDivergences,
        report: &mut impl FnMut(Event),
    ) -> Option<Panic> {
        let redactor = self.backend.secrets().redactor();
        let (halt, halted) = watch::channel(None);
        let mut running = self.spawn(selection, &halted);
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        let mut panicked = None;
        while let Some(finished) = running.join_next().await {
            let (place, mut result) = match finished {
                Ok(result) => result,
                // Scenarios are never aborted, so this one panicked.
                Err(error) => {
                    panicked = Some(error);
                    halt.send_replace(Some(HAS_PANICKED));
                    continue;
                }
            };
            // Entries state redacted texts.
            if known.has_entries() {
                result = result.map(|result| result.redacted(&redactor));
            }
            result.iter_mut().for_each(|result| known.apply(result));
            if self.plan.fail_fast && result.iter().any(|result| self.has_failed(result)) {
                halt.send_replace(Some(FAILED_FAST));
            }
            waiting.insert(place, result);
            while let Some(result) = waiting.remove(&next) {
                result.into_iter().for_each(|result| report(Event::Scenario(result)));
                next += 1;
            }
        }
        // Results that still wait exist only if a scenario panicked.
        waiting.into_values().flatten().for_each(|result| report(Event::Scenario(result)));
        panicked.and_then(|error| error.try_into_panic().ok())
    }

    /// Starts all selected parts; at most `jobs` of them run at a time.
    fn spawn(
        self: &Arc<Self>,
        selection: &Selection,
        halted: &watch::Receiver<Option<&'static str>>,
    ) -> JoinSet<(usize, Option<ScenarioResult>)> {
        let mut selected = selection.scenarios(&self.suite).into_iter().map(SuitePart::Scenario).collect::<Vec<_>>();
        if self.plan.access != Access::Off {
            selected.extend(selection.endpoints(&self.suite).into_iter().map(SuitePart::Endpoint));
        }
        let jobs = Arc::new(Semaphore::new(self.plan.jobs.max(1)));
        // Scenarios with instances of their own run one after the other, so that they do not wait
        // for each other in place of scenarios that could run.
        let own = Arc::new(Semaphore::new(1));
        let mut running = JoinSet::new();
        for (place, part) in selected.into_iter().enumerate() {
            let (scheduler, jobs, halted) = (Arc::clone(self), Arc::clone(&jobs), halted.clone());
            let own = self.needs_own_instances(part).then(|| Arc::clone(&own));
            running.spawn(async move {
                // The semaphores are never closed.
                let _first = match &own {
                    Some(own) => own.acquire().await.ok(),
                    None => None,
                };
                let _turn = jobs.acquire().await;
                let halted = *halted.borrow();
                (place, scheduler.part(part, halted).await)
            });
        }
        running
    }

    /// Returns whether a part needs instances that it does not share, while their number is
    /// limited.
    fn needs_own_instances(&self, part: SuitePart) -> bool {
        let (RunBackend::Live(live), SuitePart::Scenario(number)) = (&self.backend, part) else { return false };
        let scenario = self.suite.scenarios.get(number);
        live.instances.is_some() && scenario.is_some_and(|scenario| InstanceNeeds::new(scenario).count() > 0)
    }

    fn has_failed(&self, result: &ScenarioResult) -> bool {
        let is_bad =
            |check: &CheckResult| check.verdict() >= Verdict::Fail && (self.plan.strict || !check.is_disputed());
        result.checks.iter().any(is_bad)
    }

    /// Runs a part, or skips it for the reason `skip`. Returns `None` if there is no such part.
    async fn part(&self, part: SuitePart, skip: Option<&'static str>) -> Option<ScenarioResult> {
        let context = RunContext {
            suite: &self.suite,
            plan: &self.plan,
            backend: &self.backend,
            trace: self.trace.as_ref(),
            // Replays compare responses; the access table states every response itself.
            replays: self.plan.replays && matches!(part, SuitePart::Scenario(_)),
            shutdown: self.shutdown.clone(),
        };
        match part {
            SuitePart::Scenario(number) => {
                let scenario = self.suite.scenarios.get(number)?;
                let why = skip.map(str::to_owned).or_else(|| why_not(scenario, &self.plan));
                Some(match why {
                    Some(why) => skipped(&context, scenario, &why),
                    None => match self.shutdown.reason() {
                        Some(reason) => stopped(&context, scenario, reason),
                        None => executor::scenario(&context, number, scenario).await,
                    },
                })
            }
            SuitePart::Endpoint(number) => {
                let table = self.suite.access.as_ref()?;
                let endpoint = table.endpoints.get(number)?;
                // Every world of a run has its own number. The number after the scenarios belongs
                // to the other instance of replays.
                let before: usize = table.endpoints.iter().take(number).map(EndpointCases::most_scenarios).sum();
                let cases = EndpointCases { table, endpoint, plan: &self.plan };
                Some(executor::endpoint(&context, self.suite.scenarios.len() + 1 + before, &cases, skip).await)
            }
        }
    }
}
