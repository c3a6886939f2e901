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
/// `Plan { credentials, ..Plan::default() }` is a run with four jobs in v1.1, in new instances.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The version of the API in which worlds are made and paths begin.
    pub version: Version,
    /// Where keys come from.
    pub credentials: Credentials,
    /// What the target is declared to offer; `None` takes all for offered. What needs anything else is skipped, and what is
    /// declared is asked for before the first scenario.
    pub capabilities: Option<BTreeSet<Capability>>,
    /// Whether accounts may be registered for scenarios that need more than one; without it these are skipped.
    pub more_accounts: bool,
    /// An instance to work in. Without one every scenario gets a new one, which is deleted afterwards.
    pub instance: Option<String>,
    /// Whether anything may be made or changed on the target. Without it what would is skipped, and only what reads is sent.
    /// The program asks its user before it lets a run write to a deployment; whoever makes a plan has decided for himself.
    pub writes: bool,
    /// Which cells of the access table are run, beside the scenarios.
    pub access: Access,
    /// How many scenarios run side by side, at least one.
    pub jobs: usize,
    /// The longest that a step with `eventually` is repeated, whatever its scenario says.
    pub patience: Duration,
    /// The longest that the run may take, where that is limited. When it is over, what runs is ended and cleared away, and
    /// what was not judged is untestable.
    pub max_time: Option<Duration>,
    /// How long is cleared away after the end of a run that was ended early.
    pub clearing_time: Duration,
    /// Whether what scenarios read is asked for again, in other ways.
    pub replays: bool,
    /// Whether results show the requests of checks that passed too, which reports want and nobody else.
    pub all_requests: bool,
    /// Whether nothing new is begun after the first failure.
    pub fail_fast: bool,
    /// Whether a failure of a disputed rule is one.
    pub strict: bool,
    /// Where targets are known to do something else than the suite expects.
    pub divergences: Vec<Entry>,
    /// When the run begins. On that day divergences are judged.
    pub now: Timestamp,
    /// The id of the run.
    pub id: RunId,
}

impl Default for Plan {
    /// Registers what accounts it needs, makes an instance for every scenario, and leaves the access table alone. It writes.
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
