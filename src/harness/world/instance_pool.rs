//! Counts the instances of a run, so that no more exist at a time than its plan and the target
//! allow.
//!
//! Scenarios share one instance. When it holds enough, the next scenarios get a new one, and the
//! last scenario in the old one removes it. Only a scenario that needs an instance of its own gets
//! one. The other instance of the run is not counted; room for one is reserved for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::shared_instance::SharedInstance;

/// The instances of a run, of which a limited number exist at a time.
pub struct InstancePool {
    state: Mutex<PoolState>,
    changed: Notify,
    /// Lets scenarios with instances of their own run one after the other.
    own: Arc<Semaphore>,
}

struct PoolState {
    /// The maximum number of instances at a time by the plan.
    max: usize,
    /// The maximum number that the target allows, as far as is known.
    limit: usize,
    /// The number of instances that exist or are being created.
    existing: usize,
    /// The number of instances that were removed so far.
    removals: usize,
    /// The shared instances. At most the last one is open for more scenarios.
    shared: Vec<Occupied>,
    is_creating: bool,
    /// Whether no shared instance is created until a waiting scenario has its own.
    gives_way: bool,
    /// The number of the next shared instance.
    next: usize,
}

/// A shared instance, with the number of scenarios in it.
struct Occupied {
    instance: Arc<SharedInstance>,
    scenarios: usize,
    is_closed: bool,
}

/// The next step of a scenario to get its instances.
pub enum NextStep<T> {
    /// Go on.
    Proceed(T),
    /// Remove this shared instance, call [`InstancePool::freed`], and ask again.
    Remove(Arc<SharedInstance>),
    /// Give up: the plan or the target allows only this number of instances.
    TooFew(usize),
}

/// The next step of a scenario to get a shared instance.
pub enum ShareAction {
    /// Use this one.
    Use(Arc<SharedInstance>),
    /// Create one with this number.
    Create(usize),
}

impl InstancePool {
    /// Creates the count of a run that may have `max` instances at a time. `first` is the number of
    /// its first shared instance.
    pub fn new(max: usize, first: usize) -> InstancePool {
        let limit = max.saturating_sub(1).max(1);
        let state = PoolState {
            max: limit,
            limit,
            existing: 0,
            removals: 0,
            shared: Vec::new(),
            is_creating: false,
            gives_way: false,
            next: first,
        };
        InstancePool { state: Mutex::new(state), changed: Notify::new(), own: Arc::new(Semaphore::new(1)) }
    }

    fn state(&self) -> MutexGuard<'_, PoolState> {
        // A panic in another thread leaves the numbers intact.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no other scenario has instances of its own. The permit ends with the scenario's.
    pub async fn own_permit(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.own).acquire_owned().await.ok()
    }

    /// Waits for a shared instance that is not full.
    pub async fn share(&self, is_full: impl Fn(&SharedInstance) -> bool) -> NextStep<ShareAction> {
        self.wait_for(|state| state.share(&is_full)).await
    }

    /// Waits for room for instances of a scenario's own.
    pub async fn reserve(&self, number: usize) -> NextStep<()> {
        self.wait_for(|state| state.reserve(number)).await
    }

    /// Takes one instance from the scenarios, because the target has rejected the other instance of
    /// the run beside those that exist. Returns `false` if they would have none left.
    pub fn give_up_one(&self) -> bool {
        let mut state = self.state();
        let most = state.limit.min(state.existing);
        if most > 1 {
            state.limit = most - 1;
        }
        most > 1
    }

    /// Waits until no more instances exist than are allowed. The caller has reserved this number.
    pub async fn shrink(&self, reserved: usize) -> NextStep<()> {
        self.wait_for(|state| state.shrink(reserved)).await
    }

    async fn wait_for<T>(&self, next_step: impl Fn(&mut PoolState) -> Option<NextStep<T>>) -> NextStep<T> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(step) = next_step(&mut self.state()) {
                return step;
            }
            changed.await;
        }
    }

    /// Opens a shared instance that the caller has created and uses.
    pub fn created(&self, instance: SharedInstance) -> Arc<SharedInstance> {
        let instance = Arc::new(instance);
        let mut state = self.state();
        state.shared.push(Occupied { instance: Arc::clone(&instance), scenarios: 1, is_closed: false });
        state.is_creating = false;
        drop(state);
        self.changed.notify_waiters();
        instance
    }

    /// Notes that a shared instance could not be created.
    pub fn not_created(&self) {
        self.state().is_creating = false;
        self.unreserve(1);
    }

    /// Returns the number of instances that were removed so far, for [`rejected`](Self::rejected).
    pub fn removals(&self) -> usize {
        self.state().removals
    }

    /// Notes that the target has rejected an instance: it allows no more than exist without the
    /// ones that the caller has reserved. `removals` is their number before the request: if more
    /// were removed since, there may be room now, and the limit stays unknown. Returns whether
    /// there is or will be room, so that another attempt makes sense.
    pub fn rejected(&self, reserved: usize, removals: usize) -> bool {
        let mut state = self.state();
        if state.removals != removals {
            return true;
        }
        let others = state.existing.saturating_sub(reserved);
        // One is always tried again, because others may delete theirs.
        state.limit = state.limit.min(others).max(1);
        others > 0
    }

    /// Gives back reserved instances that were not created.
    pub fn unreserve(&self, number: usize) {
        let mut state = self.state();
        state.existing = state.existing.saturating_sub(number);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Notes that a scenario leaves its shared instance. Returns the instance if it has to be
    /// removed now.
    pub fn leave(&self, number: usize) -> Option<Arc<SharedInstance>> {
        let mut state = self.state();
        let at = state.shared.iter().position(|occupied| occupied.instance.number == number)?;
        let occupied = state.shared.get_mut(at)?;
        occupied.scenarios = occupied.scenarios.saturating_sub(1);
        let leaving = occupied.scenarios == 0 && occupied.is_closed;
        let instance = leaving.then(|| state.shared.remove(at).instance);
        drop(state);
        self.changed.notify_waiters();
        instance
    }

    /// Lets no more scenarios into a shared instance.
    pub fn close(&self, number: usize) {
        let mut state = self.state();
        let closed = state.shared.iter_mut().filter(|occupied| occupied.instance.number == number);
        closed.for_each(|occupied| occupied.is_closed = true);
    }

    /// Notes that this number of instances was removed.
    pub fn freed(&self, number: usize) {
        self.state().removals += number;
        self.unreserve(number);
    }
}

impl PoolState {
    /// Returns the next step of a scenario that shares an instance, or `None` if it has to wait.
    fn share(&mut self, is_full: impl Fn(&SharedInstance) -> bool) -> Option<NextStep<ShareAction>> {
        if let Some(open) = self.shared.iter_mut().find(|occupied| !occupied.is_closed) {
            if !is_full(&open.instance) {
                open.scenarios += 1;
                return Some(NextStep::Proceed(ShareAction::Use(Arc::clone(&open.instance))));
            }
            open.is_closed = true;
            if let Some(idle) = self.idle() {
                return Some(NextStep::Remove(idle));
            }
        }
        if self.is_creating || self.gives_way || self.existing >= self.limit {
            return None;
        }
        self.existing += 1;
        self.is_creating = true;
        self.next += 1;
        Some(NextStep::Proceed(ShareAction::Create(self.next - 1)))
    }

    /// Returns the next step of a scenario with instances of its own, or `None` if it has to wait.
    fn reserve(&mut self, number: usize) -> Option<NextStep<()>> {
        self.gives_way = false;
        if number > self.max {
            return Some(NextStep::TooFew(self.max));
        }
        // When no other instance exists, the pool tries an earlier limit of the target again.
        if self.existing == 0 || self.existing + number <= self.limit {
            self.existing += number;
            return Some(NextStep::Proceed(()));
        }
        // Without room for both, the shared instance gives way.
        self.gives_way = number + 1 > self.limit;
        if self.gives_way {
            self.close();
        }
        self.idle().map(NextStep::Remove)
    }

    /// Returns the next step of the caller that waits until no more instances exist than the limit,
    /// or `None` if it has to wait.
    fn shrink(&mut self, reserved: usize) -> Option<NextStep<()>> {
        if reserved > self.limit {
            return Some(NextStep::TooFew(self.limit));
        }
        if self.existing <= self.limit {
            return Some(NextStep::Proceed(()));
        }
        self.close();
        self.idle().map(NextStep::Remove)
    }

    /// Lets no more scenarios into the shared instances.
    fn close(&mut self) {
        self.shared.iter_mut().for_each(|occupied| occupied.is_closed = true);
    }

    /// Takes out a closed instance that no scenario uses.
    fn idle(&mut self) -> Option<Arc<SharedInstance>> {
        let at = self.shared.iter().position(|occupied| occupied.is_closed && occupied.scenarios == 0)?;
        Some(self.shared.remove(at).instance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(instances: &InstancePool, is_full: impl Fn(&SharedInstance) -> bool) -> Arc<SharedInstance> {
        let step = instances.state().share(is_full);
        match step {
            Some(NextStep::Proceed(ShareAction::Create(number))) => {
                instances.created(SharedInstance::new(number, format!("/{number}")))
            }
            Some(NextStep::Proceed(ShareAction::Use(instance))) => instance,
            _ => panic!("neither created nor used"),
        }
    }

    #[test]
    fn a_full_instance_is_removed_by_its_last_scenario() {
        let instances = InstancePool::new(4, 10);
        let open = |instance: &SharedInstance| instance.number < 10;
        let first = share(&instances, open);
        assert_eq!(share(&instances, open).number, first.number, "it is shared");
        let second = share(&instances, |shared| shared.number == first.number);
        assert_eq!(second.number, 11);
        assert!(instances.leave(first.number).is_none(), "another scenario is still in it");
        assert_eq!(instances.leave(first.number).unwrap().number, first.number);
        assert!(instances.leave(second.number).is_none(), "it is still open");
    }

    #[test]
    fn no_more_instances_exist_than_the_limit() {
        let instances = InstancePool::new(3, 0);
        let shared = share(&instances, |_| false);
        assert!(matches!(instances.state().reserve(1), Some(NextStep::Proceed(()))));
        assert!(instances.state().reserve(1).is_none(), "one is for the other instance, two exist");
        assert!(matches!(instances.state().reserve(3), Some(NextStep::TooFew(2))));
        assert!(instances.state().reserve(2).is_none());
        instances.freed(1);
        assert!(instances.state().share(|_| false).is_none(), "the shared instance gives way");
        let left = instances.leave(shared.number).unwrap();
        assert_eq!(left.number, shared.number);
        instances.freed(1);
        assert!(matches!(instances.state().reserve(2), Some(NextStep::Proceed(()))));
    }

    #[test]
    fn a_target_that_allows_fewer_lowers_the_limit() {
        let instances = InstancePool::new(4, 0);
        let shared = share(&instances, |_| false);
        assert!(matches!(instances.state().reserve(1), Some(NextStep::Proceed(()))));
        assert!(instances.rejected(1, instances.removals()));
        instances.freed(1);
        assert!(instances.state().reserve(1).is_none());
        assert_eq!(instances.leave(shared.number).unwrap().number, shared.number);
        instances.freed(1);
        assert!(matches!(instances.state().reserve(1), Some(NextStep::Proceed(()))));
        instances.freed(1);
        assert!(!instances.rejected(0, instances.removals()), "nothing is left to wait for");
        assert!(matches!(instances.state().reserve(1), Some(NextStep::Proceed(()))), "it is tried again");
    }

    #[test]
    fn a_rejection_during_a_removal_says_nothing_about_the_limit() {
        let instances = InstancePool::new(4, 0);
        assert!(matches!(instances.state().reserve(1), Some(NextStep::Proceed(()))));
        let removals = instances.removals();
        assert!(matches!(instances.state().reserve(1), Some(NextStep::Proceed(()))));
        instances.freed(1);
        assert!(instances.rejected(1, removals), "there is room now");
        assert_eq!(instances.state().limit, 3);
    }
}
