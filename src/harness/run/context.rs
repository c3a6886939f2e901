//! The parts of a run that the executor needs for every scenario.

use std::sync::Arc;

use super::backend::RunBackend;
use crate::harness::plan::{Plan, replayable};
use crate::harness::shutdown::Shutdown;
use crate::harness::trace::TraceWriter;
use crate::judge::ReplayWay;
use syncano_suite::CheckId;
use syncano_suite::{Scenario, Suite};

/// The parts of a run that all scenarios share.
pub struct RunContext<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// The plan of the run.
    pub plan: &'a Plan,
    /// The source of responses.
    pub backend: &'a RunBackend,
    /// Writes the trace, if one is wanted.
    pub trace: Option<&'a Arc<TraceWriter>>,
    /// Whether reads are replayed.
    pub replays: bool,
    /// Stops the run early.
    pub shutdown: Shutdown,
}

impl RunContext<'_> {
    /// Returns the ways in which the reads of a scenario are replayed.
    pub fn ways(&self, scenario: &Scenario) -> Vec<ReplayWay> {
        let Plan { instance, .. } = self.plan;
        if self.replays { replayable(scenario, self.plan.administers(), instance.is_none()) } else { Vec::new() }
    }

    /// Returns the checks of a scenario: its own, those that every scenario has, and those of its
    /// replays.
    pub fn check_ids(&self, scenario: &Scenario) -> Vec<CheckId> {
        let checks = scenario.checks().map(|(_, check)| check.id.clone());
        let replays = self.ways(scenario).into_iter().map(|way| way.check(scenario));
        checks.chain(scenario.built_in_ids()).chain(replays).collect()
    }
}
