//! How a run is to go, as plain data.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use syncano_simulator::api::{Capability, Version};

use super::access::Access;
use super::credentials::Credentials;
use super::run_id::RunId;
use crate::divergence::Entry;

/// How a run is to go.
///
/// `Plan { credentials, ..Plan::default() }` is a run with four jobs in v1.1, in new instances, without the access table.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The version of the API.
    pub version: Version,
    /// Where keys come from.
    pub credentials: Credentials,
    /// The optional parts of the API that the target is declared to offer; `None` takes all of them for offered. Scenarios that
    /// need another are skipped, and what is declared is checked before the first scenario.
    pub capabilities: Option<BTreeSet<Capability>>,
    /// Whether extra accounts may be registered. Without it, scenarios that need more than one account are skipped.
    pub more_accounts: bool,
    /// The instance to work in. Without one every scenario gets a new instance, which is deleted afterwards.
    pub instance: Option<String>,
    /// Whether the run may create or change anything on the target. Without it, scenarios that would are skipped. The program
    /// sets it for a deployment only on request.
    pub writes: bool,
    /// Which cells of the access table are run, in addition to the scenarios.
    pub access: Access,
    /// The number of scenarios that run side by side, at least one.
    pub jobs: usize,
    /// The maximum time for which a step with `eventually` is repeated, whatever its scenario says.
    pub patience: Duration,
    /// The maximum time of the run. When it is over, running scenarios are stopped and removed, and checks that were not judged
    /// are untestable.
    pub max_time: Option<Duration>,
    /// The maximum time of the clean-up after a run that was stopped early.
    pub clearing_time: Duration,
    /// Whether reads are replayed: sent again in other ways.
    pub replays: bool,
    /// Whether results hold the requests of checks that passed too, as reports show them.
    pub all_requests: bool,
    /// Whether nothing new begins after the first failure.
    pub fail_fast: bool,
    /// Whether checks of disputed rules count.
    pub strict: bool,
    /// The known differences of targets from the suite.
    pub divergences: Vec<Entry>,
    /// When the run begins. The review dates of divergences are compared with that day.
    pub now: Timestamp,
    /// The id of the run, which is part of every name that it creates.
    pub id: RunId,
}

impl Default for Plan {
    /// Returns a plan that writes: it registers the accounts that it needs, and creates an instance for every scenario.
    fn default() -> Plan {
        Plan {
            version: Version::default(),
            credentials: Credentials::Register,
            capabilities: None,
            more_accounts: true,
            instance: None,
            writes: true,
            access: Access::Off,
            jobs: 4,
            patience: Duration::MAX,
            max_time: None,
            clearing_time: Duration::from_secs(120),
            replays: false,
            all_requests: true,
            fail_fast: false,
            strict: false,
            divergences: Vec::new(),
            now: Timestamp::now(),
            id: RunId::random(),
        }
    }
}

impl Plan {
    /// Returns the same plan under a new run id.
    pub fn again(&self) -> Plan {
        Plan { id: RunId::random(), ..self.clone() }
    }

    /// Returns whether the run has the key of an administrator.
    pub fn administers(&self) -> bool {
        !matches!(self.credentials, Credentials::ApiKeys(_))
    }
}
