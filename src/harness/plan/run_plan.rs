//! The plan of a run, as plain data.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use syncano_simulator::api::{Capability, Version};

use super::access::Access;
use super::credentials::Credentials;
use super::run_id::RunId;
use crate::divergence::Entry;

/// The plan of a run.
///
/// `Plan { credentials, ..Plan::default() }` is a run with four jobs in v1.1, in new instances,
/// without the access table.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The version of the API.
    pub version: Version,
    /// The source of the keys.
    pub credentials: Credentials,
    /// The optional parts of the API that the target is declared to offer; `None` means all.
    /// Scenarios that need another part are skipped, and the declared parts are checked before the
    /// first scenario.
    pub capabilities: Option<BTreeSet<Capability>>,
    /// Whether extra accounts may be registered. Without it, scenarios that need more than one
    /// account are skipped.
    pub more_accounts: bool,
    /// The instance to work in. Without one the run creates instances, and deletes them afterwards.
    pub instance: Option<String>,
    /// The maximum number of instances that exist at a time, at least 2. Scenarios share them,
    /// unless they need one of their own. `None` is 4 on a deployment, and no limit in this
    /// process: there every scenario gets a new instance.
    pub max_instances: Option<usize>,
    /// Whether the run may create or change anything on the target. Without it, scenarios that need
    /// it are skipped. For a deployment the program sets it only on request.
    pub writes: bool,
    /// Whether a server in front of the target takes its own login from the `Authorization` header.
    /// Then scenarios that send this header are skipped.
    pub basic_login: bool,
    /// The access cases to run, in addition to the scenarios.
    pub access: Access,
    /// The number of scenarios that run side by side, at least one.
    pub jobs: usize,
    /// The maximum time for which a step with `eventually` is repeated. It limits the time in the
    /// scenario.
    pub patience: Duration,
    /// The maximum time of the run. When it is over, running scenarios are stopped and removed, and
    /// checks that were not judged are untestable.
    pub max_time: Option<Duration>,
    /// The maximum time of the clean-up after a run that was stopped early.
    pub clearing_time: Duration,
    /// Whether reads are replayed: sent again in other ways.
    pub replays: bool,
    /// Whether results also hold the requests of checks that passed.
    pub all_requests: bool,
    /// Whether no scenario starts after the first failure.
    pub fail_fast: bool,
    /// Whether checks of disputed rules count.
    pub strict: bool,
    /// The known differences of targets from the suite.
    pub divergences: Vec<Entry>,
    /// The time when the run begins. The review dates of divergences are compared with this day.
    pub now: Timestamp,
    /// The id of the run, which is part of every name that it creates.
    pub id: RunId,
}

impl Default for Plan {
    /// Returns a plan that writes: it registers the accounts that it needs, and creates instances,
    /// which scenarios share on a deployment.
    fn default() -> Plan {
        Plan {
            version: Version::default(),
            credentials: Credentials::Register,
            capabilities: None,
            more_accounts: true,
            instance: None,
            max_instances: None,
            writes: true,
            basic_login: false,
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
