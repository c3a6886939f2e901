//! The target that the options chose, before anything is sent to it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use syncano_conformance::config::Profile;
use syncano_conformance::defects;
use syncano_conformance::harness::{Credentials, MAX_INSTANCES, Network, Plan, Target, TargetError};
use syncano_conformance::report::SIMULATOR;
use syncano_simulator::server::{Listener, Running};

use super::limits::limits;
use super::print_error::secrets;
use super::wrong_args::BuiltIn;

/// The default time limit of a run that sends requests over HTTP.
const MAX_TIME: Duration = Duration::from_secs(3600);

/// A target with its settings and credentials.
#[derive(Debug)]
pub struct Chosen {
    pub(super) kind: TargetKind,
    /// The profile with the options applied to it.
    pub(super) profile: Profile,
    pub(super) network: Network,
    pub(super) credentials: Credentials,
}

#[derive(Debug)]
pub(super) enum TargetKind {
    InProcess,
    Loopback,
    /// A deployment, with the name of its profile if it has one.
    Deployment(Option<String>),
}

/// A chosen target cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// No loopback address could be bound.
    #[error("the simulator cannot be served: {0}")]
    Listen(#[from] io::Error),
    /// The settings of the target are not usable.
    #[error("the target cannot be used: {0}")]
    Target(#[from] TargetError),
}

impl Chosen {
    /// Returns whether the target is a deployment, not the built-in simulator.
    pub fn is_live(&self) -> bool {
        matches!(self.kind, TargetKind::Deployment(_))
    }

    /// Returns the name of the target in reports.
    pub fn name(&self) -> &str {
        match &self.kind {
            TargetKind::Deployment(Some(name)) => name,
            TargetKind::Deployment(None) => self.profile.url.trim_end_matches('/'),
            TargetKind::InProcess | TargetKind::Loopback => SIMULATOR,
        }
    }

    /// Returns the target, and the server that has to live as long as the target. `built_in` is the
    /// built-in simulator.
    pub async fn reach(&self, built_in: BuiltIn) -> Result<(Target, Option<Running>), ReachError> {
        let (target, running) = match &self.kind {
            TargetKind::InProcess => {
                let deployment = defects::around(&built_in.simulator, &built_in.defects);
                (Target::in_process(SIMULATOR, move |request| deployment.respond(request)), None)
            }
            TargetKind::Loopback => {
                let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
                let running = listener.layer(built_in.layer()).spawn(built_in.simulator);
                (Target::http(running.url(), limits(&self.profile))?.named(SIMULATOR), Some(running))
            }
            TargetKind::Deployment(None) => (http(&self.profile, &self.network)?, None),
            TargetKind::Deployment(Some(name)) => (http(&self.profile, &self.network)?.named(name), None),
        };
        Ok((target.sharing(secrets()), running))
    }

    /// Returns whether the profile accepts the known bugs of the reference deployment.
    pub fn knows_reference_bugs(&self) -> bool {
        self.profile.reference_bugs == Some(true)
    }

    /// Returns the shortest time between the beginnings of two requests.
    pub fn between_requests(&self) -> Result<Duration, ReachError> {
        Ok(match self.kind {
            TargetKind::Deployment(_) => http(&self.profile, &self.network)?.between_requests(),
            TargetKind::InProcess | TargetKind::Loopback => Duration::ZERO,
        })
    }

    /// Returns the part of the plan of a run that depends on the target.
    pub fn plan(&self) -> Plan {
        let plan = Plan::default();
        let (is_live, is_in_process) = (self.is_live(), matches!(self.kind, TargetKind::InProcess));
        let Chosen { profile, credentials, .. } = self;
        Plan {
            version: profile.api_version.unwrap_or(plan.version),
            more_accounts: profile.more_accounts.unwrap_or(matches!(credentials, Credentials::Register)),
            credentials: credentials.clone(),
            instance: profile.instance.clone(),
            writes: profile.writes.unwrap_or(!is_live),
            basic_login: profile.basic.is_some(),
            capabilities: profile.capabilities.as_ref().map(|declared| declared.iter().copied().collect()),
            jobs: profile.jobs.map_or(plan.jobs, usize::from),
            max_instances: profile.max_instances.map(usize::from).or(is_live.then_some(MAX_INSTANCES)),
            max_time: profile.max_time.or((!is_in_process).then_some(MAX_TIME)),
            ..plan
        }
    }
}

/// Returns the deployment of a profile as a target.
pub(super) fn http(profile: &Profile, network: &Network) -> Result<Target, TargetError> {
    Target::http_through(&profile.url, network, limits(profile))
}
