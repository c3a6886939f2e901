//! Finds the instance of a scenario, and gives it back.

use std::sync::Arc;

use serde_json::json;

use super::instance_pool::{InstancePool, NextStep, ShareAction};
use super::scenario_world::ScenarioWorld;
use super::shared_instance::SharedInstance;
use crate::harness::error::RunError;
use crate::harness::plan::InstanceNeeds;
use crate::judge::ValueKind;
use syncano_simulator::api::Capability;

/// The number of resources of one kind after which a shared instance is full. Lists show at most
/// 100, and several scenarios create resources at a time.
const FULL: usize = 40;

impl ScenarioWorld<'_> {
    /// Finds an instance: one that scenarios share, or a new one if the scenario needs that. Waits
    /// until there is room for it. Returns its path.
    pub(super) async fn find_instance(&mut self, root: &str, needs: InstanceNeeds) -> Result<String, RunError> {
        let Some(instances) = self.shared.instances else { return self.instance("instance", root, "own").await };
        loop {
            self.reserve(instances, needs.count()).await?;
            if !needs.own {
                return self.share(instances, root).await;
            }
            let removals = instances.removals();
            match self.instance("instance", root, "own").await {
                Err(error) if error.is_instance_limit() => {
                    let makes_sense = instances.rejected(self.reserved, removals);
                    instances.unreserve(std::mem::take(&mut self.reserved));
                    self.own_permit = None;
                    if !makes_sense {
                        return Err(RunError::TooFewInstances { needed: needs.count(), allowed: 0 });
                    }
                }
                created => return created,
            }
        }
    }

    /// Returns whether other scenarios use an instance too.
    pub fn shares(&self, name: &str) -> bool {
        let is = |reference| self.text(reference).eq_ignore_ascii_case(name);
        self.shared_instance.is_some() && is("instance.name") || self.shared.instances.is_some() && is("foreign.name")
    }

    /// Waits for room for an instance that a step creates, although it was reserved: others have
    /// instances too. Returns whether there is some.
    pub async fn wait_for_room(&mut self) -> bool {
        let Some(instances) = self.shared.instances.filter(|_| self.reserved > 1) else { return false };
        instances.rejected(1, instances.removals());
        loop {
            match instances.shrink(self.reserved).await {
                NextStep::Proceed(()) => return true,
                NextStep::Remove(idle) => self.remove_shared(instances, &idle).await,
                NextStep::TooFew(_) => return false,
            }
        }
    }

    /// Makes sure that the scenarios have an instance, before others take the room for it.
    pub(super) async fn ensure_shared(&self) -> Result<(), RunError> {
        let Some(instances) = self.shared.instances else { return Ok(()) };
        let mut world = ScenarioWorld::new(self.shared, self.target(), self.number);
        world.share(instances, &format!("/{}", self.shared.session.version)).await?;
        world.leave().await;
        Ok(())
    }

    /// Gives back the instances of the scenario, after it has removed those of its own.
    pub(super) async fn leave(&mut self) {
        self.give_back();
        let (Some(instances), Some(instance)) = (self.shared.instances, self.shared_instance.take()) else { return };
        if let Some(last) = instances.leave(instance.number) {
            self.remove_shared(instances, &last).await;
        }
    }

    /// Lets no more scenarios into the shared instance of this one.
    pub(super) fn distrust_instance(&self) {
        if let (Some(instances), Some(instance)) = (self.shared.instances, &self.shared_instance) {
            instances.close(instance.number);
        }
    }

    /// Waits until the scenarios have one instance less, so that there is room for the other one.
    pub(super) async fn make_room(&self) -> Result<(), RunError> {
        let too_few = RunError::TooFewInstances { needed: 1, allowed: 0 };
        let Some(instances) = self.shared.instances.filter(|instances| instances.give_up_one()) else {
            return Err(too_few);
        };
        loop {
            match instances.shrink(0).await {
                NextStep::Proceed(()) => return Ok(()),
                NextStep::Remove(idle) => self.remove_shared(instances, &idle).await,
                NextStep::TooFew(_) => return Err(too_few),
            }
        }
    }

    fn give_back(&mut self) {
        if let Some(instances) = self.shared.instances {
            instances.freed(std::mem::take(&mut self.reserved));
            self.own_permit = None;
        }
    }

    /// Waits for room for instances of the scenario's own.
    async fn reserve(&mut self, instances: &InstancePool, number: usize) -> Result<(), RunError> {
        if number == 0 {
            return Ok(());
        }
        self.own_permit = instances.own_permit().await;
        loop {
            match instances.reserve(number).await {
                NextStep::Proceed(()) => break,
                NextStep::Remove(idle) => self.remove_shared(instances, &idle).await,
                NextStep::TooFew(allowed) => return Err(RunError::TooFewInstances { needed: number, allowed }),
            }
        }
        self.reserved = number;
        Ok(())
    }

    /// Finds or creates a shared instance. Returns its path.
    async fn share(&mut self, instances: &InstancePool, root: &str) -> Result<String, RunError> {
        let ledger = self.shared.ledger;
        let instance = loop {
            let removals = instances.removals();
            match instances.share(|instance| ledger.most_below(&instance.path) >= FULL).await {
                NextStep::Proceed(ShareAction::Use(instance)) => break instance,
                NextStep::Proceed(ShareAction::Create(number)) => match self.create_shared(number, root).await {
                    Ok(instance) => break instances.created(instance),
                    Err(error) if error.is_instance_limit() => {
                        let makes_sense = instances.rejected(1, removals);
                        instances.not_created();
                        if !makes_sense {
                            return Err(RunError::TooFewInstances { needed: 1, allowed: 0 });
                        }
                    }
                    Err(error) => {
                        instances.not_created();
                        return Err(error);
                    }
                },
                NextStep::Remove(idle) => self.remove_shared(instances, &idle).await,
                NextStep::TooFew(allowed) => return Err(RunError::TooFewInstances { needed: 1, allowed }),
            }
        };
        let (_, name) = instance.path.trim_end_matches('/').rsplit_once('/').unwrap_or_default();
        self.bind("instance.name", json!(name), ValueKind::Word);
        let path = instance.path.clone();
        self.shared_instance = Some(instance);
        Ok(path)
    }

    async fn create_shared(&self, number: usize, root: &str) -> Result<SharedInstance, RunError> {
        let mut world = ScenarioWorld::new(self.shared, self.target(), number);
        let path = world.instance("instance", root, "shared").await?;
        if self.shared.session.offers(Capability::Classes) {
            world.add_notes(path.trim_end_matches('/')).await?;
        }
        Ok(SharedInstance::new(number, path))
    }

    /// Removes a shared instance that no scenario uses any more.
    pub(super) async fn remove_shared(&self, instances: &InstancePool, instance: &Arc<SharedInstance>) {
        self.remove(instance.number).await;
        instances.freed(1);
    }
}
