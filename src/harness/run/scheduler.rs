//! Runs the selected scenarios and endpoints side by side.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::backend::RunBackend;
use super::context::Context;
use super::event::{CheckResult, Event, ScenarioResult};
use super::executor;
use super::known::KnownDivergences;
use super::results::{skipped, stopped};
use crate::harness::plan::{Access, Cells, Plan, Selection, why_not};
use crate::harness::shutdown::Shutdown;
use crate::harness::trace::TraceWriter;
use crate::judge::Verdict;
use crate::scenario::Suite;

const FAILED_FAST: &str = "a check failed before, and --fail-fast was given";
const HAS_PANICKED: &str = "this program has failed before, which is a defect of it";

/// With what a scenario panicked.
pub type Panic = Box<dyn Any + Send>;

/// What the scenarios of a run share.
pub struct Scheduler {
    /// The suite.
    pub suite: Arc<Suite>,
    /// How the run is to go.
    pub plan: Plan,
    /// Where responses come from.
    pub backend: RunBackend,
    /// Writes the trace, if one is wanted.
    pub trace: Option<Arc<TraceWriter>>,
    /// When the run has to stop.
    pub shutdown: Shutdown,
}

/// What is run as one piece, by its number.
#[derive(Clone, Copy)]
enum Part {
    Scenario(usize),
    /// Of the access table.
    Endpoint(usize),
}

impl Scheduler {
    /// Runs what is selected, and reports the results in the order of the files. Returns with what a scenario panicked, if one
    /// did.
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
                // Nobody aborts a scenario: it panicked.
                Err(error) => {
                    panicked = Some(error);
                    halt.send_replace(Some(HAS_PANICKED));
                    continue;
                }
            };
            // What is shown is what an entry states.
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
        // Only if a scenario panicked there are some whose turn does not come.
        waiting.into_values().flatten().for_each(|result| report(Event::Scenario(result)));
        panicked.and_then(|error| error.try_into_panic().ok())
    }

    /// Starts everything that is selected; `jobs` of it go on at a time.
    fn spawn(
        self: &Arc<Self>,
        selection: &Selection,
        halted: &watch::Receiver<Option<&'static str>>,
    ) -> JoinSet<(usize, Option<ScenarioResult>)> {
        let mut selected = selection.scenarios(&self.suite).into_iter().map(Part::Scenario).collect::<Vec<_>>();
        if self.plan.access != Access::Off {
            selected.extend(selection.endpoints(&self.suite).into_iter().map(Part::Endpoint));
        }
        let jobs = Arc::new(Semaphore::new(self.plan.jobs.max(1)));
        let mut running = JoinSet::new();
        for (place, part) in selected.into_iter().enumerate() {
            let (scheduler, jobs, halted) = (Arc::clone(self), Arc::clone(&jobs), halted.clone());
            running.spawn(async move {
                // The semaphore is never closed.
                let _turn = jobs.acquire().await;
                let halted = *halted.borrow();
                (place, scheduler.part(part, halted).await)
            });
        }
        running
    }

    fn has_failed(&self, result: &ScenarioResult) -> bool {
        let is_bad =
            |check: &CheckResult| check.verdict() >= Verdict::Fail && (self.plan.strict || !check.is_disputed());
        result.checks.iter().any(is_bad)
    }

    /// Runs a part; `skip` is a reason not to. Returns `None` if there is no such part.
    async fn part(&self, part: Part, skip: Option<&'static str>) -> Option<ScenarioResult> {
        let context = Context {
            suite: &self.suite,
            plan: &self.plan,
            backend: &self.backend,
            trace: self.trace.as_ref(),
            // A replay asks whether two answers agree; the table says of each answer what it has to be.
            replays: self.plan.replays && matches!(part, Part::Scenario(_)),
            shutdown: self.shutdown.clone(),
        };
        match part {
            Part::Scenario(number) => {
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
            Part::Endpoint(number) => {
                let table = self.suite.access.as_ref()?;
                let endpoint = table.endpoints.get(number)?;
                // Every cell can have a world of its own, and no two worlds of a run have the same number. After those of
                // the scenarios comes the other instance of replays.
                let before: usize = table.endpoints.iter().take(number).map(|endpoint| endpoint.cells.len()).sum();
                let cells = Cells { table, endpoint, plan: &self.plan };
                Some(executor::endpoint(&context, self.suite.scenarios.len() + 1 + before, &cells, skip).await)
            }
        }
    }
}
