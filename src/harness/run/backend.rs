//! The sources of responses: worlds on a target, or the trace of an earlier run.

use crate::harness::cleanup::Ledger;
use crate::harness::deployment::Target;
use crate::harness::plan::RunId;
use crate::harness::session::{ExtraAccounts, Session};
use crate::harness::shutdown::{Shutdown, StopReason};
use crate::harness::trace::{RecordedScenario, Trace};
use crate::harness::world::{InstancePool, OtherInstance, ScenarioWorld, WorldContext};
use syncano_secrets::Secrets;
use syncano_suite::Scenario;

/// The source of the responses of a run.
pub enum RunBackend {
    /// A target.
    Live(Box<LiveBackend>),
    /// A trace, and its secrets.
    Trace(Box<Trace>, Secrets),
}

/// The parts that all worlds on a target share.
pub struct LiveBackend {
    /// The target.
    pub target: Target,
    /// The keys of the run.
    pub session: Session,
    /// The extra accounts.
    pub extra: ExtraAccounts,
    /// The other instance, for replays.
    pub other_instance: OtherInstance,
    /// Counts its instances, if scenarios share them.
    pub instances: Option<InstancePool>,
    /// The resources that the run has created.
    pub ledger: Ledger,
}

/// The source of the responses of a scenario.
pub enum ScenarioBackend<'a> {
    /// A world that is created for it.
    Live {
        /// The world.
        world: Box<ScenarioWorld<'a>>,
        /// The parts that it shares with other worlds.
        live: &'a LiveBackend,
    },
    /// Its part of a trace.
    Trace(RecordedScenario<'a>),
}

/// The result of creating the world of a scenario.
pub enum Arranged {
    /// It exists.
    Whole,
    /// It could not be created, for this reason.
    Failed(String),
    /// The run stopped before it existed.
    Stopped(StopReason),
}

impl RunBackend {
    /// Returns the base URL, which precedes every path.
    pub fn base(&self) -> &str {
        match self {
            RunBackend::Live(live) => live.target.base(),
            RunBackend::Trace(trace, _) => &trace.header().base,
        }
    }

    /// Returns whether it can answer the requests of a scenario: a trace may not hold them.
    pub fn can_run(&self, scenario: &Scenario) -> bool {
        match self {
            RunBackend::Live(_) => true,
            RunBackend::Trace(trace, _) => trace.scenario(scenario).is_some(),
        }
    }

    /// Returns the secrets, which must not be shown.
    pub fn secrets(&self) -> &Secrets {
        match self {
            RunBackend::Live(live) => live.target.secrets(),
            RunBackend::Trace(_, secrets) => secrets,
        }
    }
}

impl LiveBackend {
    /// Creates an empty world with this number, on a target with the observers of the world.
    pub fn world<'a>(
        &'a self,
        run: &'a RunId,
        shutdown: &'a Shutdown,
        target: &Target,
        number: usize,
    ) -> ScenarioWorld<'a> {
        let LiveBackend { session, extra, instances, ledger, .. } = self;
        let instances = instances.as_ref();
        ScenarioWorld::new(WorldContext { session, extra, run, ledger, instances, shutdown }, target, number)
    }
}

impl ScenarioBackend<'_> {
    /// Removes the world from the target.
    pub async fn clear(&mut self) {
        if let ScenarioBackend::Live { world, .. } = self {
            world.clear().await;
        }
    }

    /// Returns why the recorded run stopped early, if it did.
    pub fn stopped(&self) -> Option<StopReason> {
        match self {
            ScenarioBackend::Live { .. } => None,
            ScenarioBackend::Trace(recorded) => recorded.stopped(),
        }
    }
}
