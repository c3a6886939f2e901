//! Creates the API keys of a scenario, or takes those that scenarios share in an instance.

use serde_json::{Value, json};
use syncano_simulator::api::{Flag, Resource};

use super::scenario_world::ScenarioWorld;
use super::shared_instance::{SharedInstance, SharedKey};
use crate::harness::deployment::{member, text};
use crate::harness::error::RunError;
use crate::judge::{Scope, ValueKind};

impl ScenarioWorld<'_> {
    /// Creates an API key and binds it.
    pub(super) async fn api_key(&mut self, base: &str, reference: &str, flags: &[Flag]) -> Result<Value, RunError> {
        let description = ("description".to_owned(), json!(format!("conformance {}-{}", self.shared.run, self.number)));
        let flags = flags.iter().map(|flag| (flag.name().to_owned(), json!(true)));
        let body: Value = std::iter::once(description).chain(flags).collect();
        let created = self.create(&format!("{base}/api_keys/"), &body).await?;
        let id = member(&created, "id")?;
        self.bind_api_key(reference, id.clone(), &text(&created, "api_key")?);
        Ok(id)
    }

    /// Binds an API key that all scenarios in an instance share. The first one creates it, and
    /// checks that it can be seen and used.
    pub(super) async fn shared_api_key(
        &mut self,
        instance: &SharedInstance,
        reference: &str,
        flags: &[Flag],
    ) -> Result<(), RunError> {
        let mut keys = instance.api_keys.lock().await;
        let keys = keys.entry(flags.to_vec()).or_default();
        let known = keys.iter().find(|known| !self.bindings().iter().any(|(_, bound)| bound.value == *known.key));
        if let Some(known) = known {
            self.bind_api_key(reference, known.id.clone(), &known.key);
            return Ok(());
        }
        let base = instance.path.trim_end_matches('/');
        let id = self.api_key(base, reference, flags).await?;
        match self.unseen_api_key(base, &id, reference).await {
            None => keys.push(SharedKey { id, key: self.text(reference).to_owned() }),
            // The next scenario tries another key.
            Some(why) => self.unseen_key = self.unseen_key.take().or(Some(why)),
        }
        Ok(())
    }

    /// Binds an API key and its id.
    pub(super) fn bind_api_key(&mut self, reference: &str, id: Value, key: &str) {
        let number = reference.replace(".key", ".id").replace("foreign.api_key", "foreign.api_key_id");
        self.bind(&number, id, ValueKind::Id(Resource::ApiKey, Scope::Own));
        self.bind(reference, json!(key), ValueKind::Key);
    }
}
