//! The world of a scenario: its resources on the target, and the values that its steps refer to.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use super::instance_pool::InstancePool;
use super::shared_instance::SharedInstance;
use crate::harness::cleanup::{Creation, JournalError, Ledger, remove_scenario};
use crate::harness::deployment::{Client, Target};
use crate::harness::error::RunError;
use crate::harness::plan::RunId;
use crate::harness::session::{ExtraAccounts, Session};
use crate::harness::shutdown::Shutdown;
use crate::judge::{Bindings, ValueKind};
use syncano_suite::{KeySlot, Name, Principal};

/// The parts of a run that all worlds share.
#[derive(Clone, Copy)]
pub struct WorldContext<'a> {
    /// The keys of the run.
    pub session: &'a Session,
    /// The extra accounts.
    pub extra: &'a ExtraAccounts,
    /// The id of the run.
    pub run: &'a RunId,
    /// The resources that the run has created.
    pub ledger: &'a Ledger,
    /// Counts the instances of the run. Without it every scenario gets a new one.
    pub instances: Option<&'a InstancePool>,
    /// Stops the run early; then no world creates anything.
    pub shutdown: &'a Shutdown,
}

/// The world of a scenario.
pub struct ScenarioWorld<'a> {
    pub(super) shared: WorldContext<'a>,
    /// The client that creates and checks the world, with the observers of the world.
    pub(super) client: Client,
    /// Distinguishes the names of this scenario from those of other scenarios.
    pub(super) number: usize,
    bindings: Bindings,
    /// The shared instance that it is in.
    pub(super) shared_instance: Option<Arc<SharedInstance>>,
    /// The number of instances of its own that count.
    pub(super) reserved: usize,
    /// Keeps other scenarios from having instances of their own.
    pub(super) own_permit: Option<OwnedSemaphorePermit>,
    /// Whether steps send keys with an altered digit.
    pub(super) alters_keys: bool,
    /// Whether its API keys are those that scenarios share.
    pub(super) shares_api_keys: bool,
    /// Why a shared API key sees less than it should, if it does.
    pub(super) unseen_key: Option<String>,
}

impl<'a> ScenarioWorld<'a> {
    /// Creates an empty world for the scenario with this number.
    pub fn new(shared: WorldContext<'a>, target: &Target, number: usize) -> ScenarioWorld<'a> {
        let client = shared.session.client(target);
        let bindings = Bindings::default();
        ScenarioWorld {
            shared,
            client,
            number,
            bindings,
            shared_instance: None,
            reserved: 0,
            own_permit: None,
            alters_keys: false,
            shares_api_keys: false,
            unseen_key: None,
        }
    }

    /// Returns the target, with the observers of this world.
    pub fn target(&self) -> &Target {
        self.client.target()
    }

    /// Returns the values so far, also if creating the world failed.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// Notes the resources that a request of this principal may create, before it is sent.
    /// Instances belong to the account that sends it.
    pub fn creating(&self, request: &Request<Bytes>, principal: &Principal) -> Result<Creation, JournalError> {
        let account = match principal.key {
            KeySlot::ExtraAccount(role) => self.shared.extra.registered(role).map(|account| account.email.as_str()),
            _ => None,
        };
        let owner = self.shared.session.name();
        let path = request.uri().to_string();
        self.shared.ledger.creating(self.number, (&path, request.body()), account.unwrap_or(owner), owner)
    }

    /// Removes the world. The end of the run removes resources that are still there, and a shared
    /// instance is removed with its resources.
    pub async fn clear(&mut self) {
        self.remove(self.number).await;
        if let Some(instance) = self.shared_instance.as_ref().filter(|_| self.target().has_stopped_answering()) {
            // Without a request the run would not notice that the target answers again.
            let _ = self.client.insist(Method::GET, &instance.path).await;
        }
        self.leave().await;
    }

    /// Removes the resources of the world with a number.
    pub(super) async fn remove(&self, number: usize) {
        let WorldContext { session, extra, ledger, shutdown, .. } = self.shared;
        let removers = session.removers(self.target(), extra);
        remove_scenario(ledger, number, &removers, shutdown).await;
    }

    /// Adds the values of others, but not those that it has.
    pub(super) fn adopt(&mut self, others: &Bindings) {
        self.bindings.adopt(others);
    }

    /// Creates a resource and notes its path.
    pub(super) async fn create(&mut self, path: &str, body: &Value) -> Result<Value, RunError> {
        let WorldContext { session, ledger, shutdown, .. } = self.shared;
        if let Some(reason) = shutdown.reason() {
            return Err(RunError::Stopped(reason));
        }
        let owner = session.name();
        let creation = ledger.creating(self.number, (path, body.to_string().as_bytes()), owner, owner)?;
        let response = self.client.send(Method::POST, path, Some(body)).await;
        let response = response.inspect_err(|error| {
            ledger.unanswered(&creation, error.may_have_gone_through());
        })?;
        let is_known = ledger.answered(&creation, &response);
        let good = [StatusCode::CREATED, StatusCode::OK];
        let created = self.client.read(&format!("POST {path}"), Some(body), &response, &good)?;
        if is_known { Ok(created) } else { Err(RunError::UnknownPath(path.to_owned())) }
    }

    /// Binds a reference to a value. Keys and passwords become known secrets of the target.
    pub(super) fn bind(&mut self, reference: &str, value: Value, kind: ValueKind) {
        if let (ValueKind::Key | ValueKind::Secret, Some(secret)) = (kind, value.as_str()) {
            self.target().secrets().add(reference, secret);
        }
        self.bindings.bind(reference, value, kind);
        if kind == ValueKind::Key && self.alters_keys {
            self.bindings.bind_altered(reference);
        }
    }

    /// Returns the value of a reference, null if it has none.
    pub(super) fn value(&self, reference: &str) -> Value {
        self.bindings.value(reference).cloned().unwrap_or_default()
    }

    /// Returns the value of a reference as text, empty if it has none.
    pub(super) fn text(&self, reference: &str) -> &str {
        self.bindings.text(reference).unwrap_or_default()
    }

    /// Returns the identifier of a created resource.
    pub(super) fn id(&self, name: &Name) -> Value {
        self.value(&format!("{name}.id"))
    }

    /// Returns a unique name: the word, the run, and the number of the scenario.
    pub(super) fn name(&self, word: &str) -> String {
        format!("{}-{}-{}", word.replace('_', "-"), self.shared.run, self.number)
    }
}
