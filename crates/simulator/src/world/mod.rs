//! The state of a simulator: accounts and instances, and in each instance its administrators, API
//! keys, users, groups, classes and data objects.
//!
//! Each instance has its own lock, so that requests to different instances do not wait for each
//! other. Several locks must be taken in this order: the account turn, [`Instances`], one
//! [`Instance`], [`Accounts`], and last one of the indexes of API keys, administrators, open
//! invitations and files.

pub mod by_id;
pub mod file;
pub mod ids;
mod instance;
mod kept;
pub mod named_items;
mod stale;
pub mod taken;
pub mod value;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;

use crate::api::Key;

pub use crate::resources::account::storage::{Account, Accounts, NewAccount};
pub use crate::resources::administrator::storage::{Administrator, Administrators, Role};
pub use crate::resources::api_key::storage::{ApiKey, ApiKeys, Flags};
pub use crate::resources::channel::storage::{Channel, ChannelKind, ChannelPermission};
pub use crate::resources::class::storage::{
    Class, ClassPermission, Classes, Definition, Field, FieldKind, Schema, SchemaChange, USER_PROFILE,
};
pub use crate::resources::file::storage::{File, FileIndex};
pub use crate::resources::group::storage::{Group, Groups};
pub use crate::resources::invitation::storage::{Invitation, InvitationState, Invitations, OpenInvitations};
pub use crate::resources::membership::storage::Membership;
pub use crate::resources::object::storage::{Object, Permission};
pub use crate::resources::user::storage::{User, Users};
pub use ids::{
    AccountId, ApiKeyId, ChannelId, ClassId, FieldId, GroupId, HIGHEST_ID, InstanceId, InvitationId, MembershipId,
    ObjectId, UserId,
};
pub use instance::Instance;
pub use kept::{Kept, KeptType, Known, Removed};
pub use stale::{Late, Stale};
pub use value::{FieldChanges, FieldValue, Values};

/// An instance with its lock.
pub type InstanceHandle = Arc<RwLock<Instance>>;

/// The whole state.
#[derive(Default)]
pub struct WorldState {
    accounts: RwLock<Accounts>,
    account_turn: Mutex<()>,
    instances: RwLock<Instances>,
    /// The instance of each API key, for requests outside of instances.
    homes: RwLock<HashMap<Key, InstanceId>>,
    /// The instances that each account administers.
    administrators: RwLock<HashMap<AccountId, BTreeSet<InstanceId>>>,
    open_invitations: RwLock<OpenInvitations>,
    files: Mutex<FileIndex>,
    api_key_ids: AtomicU32,
    invitation_ids: AtomicU32,
}

/// All instances, indexed by name and id.
#[derive(Default)]
pub struct Instances {
    by_id: HashMap<InstanceId, InstanceHandle>,
    by_name: HashMap<String, InstanceId>,
    last_id: InstanceId,
}

impl WorldState {
    /// Locks the accounts for reading.
    pub fn accounts(&self) -> RwLockReadGuard<'_, Accounts> {
        read(&self.accounts)
    }

    /// Locks the accounts for writing.
    pub fn accounts_mut(&self) -> RwLockWriteGuard<'_, Accounts> {
        write(&self.accounts)
    }

    /// Locks changes of accounts, from the lookup of the key to the change. Otherwise two
    /// concurrent resets with the same key could both succeed.
    pub fn account_turn(&self) -> MutexGuard<'_, ()> {
        self.account_turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the instances for reading.
    pub fn instances(&self) -> RwLockReadGuard<'_, Instances> {
        read(&self.instances)
    }

    /// Locks the instances for writing.
    pub fn instances_mut(&self) -> RwLockWriteGuard<'_, Instances> {
        write(&self.instances)
    }

    /// Returns the instance with that name; case does not matter.
    pub fn instance(&self, name: &str) -> Option<InstanceHandle> {
        let instances = self.instances();
        if name.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
            instances.named(&name.to_lowercase())
        } else {
            instances.named(name)
        }
    }

    /// Returns the instance of an API key.
    pub fn home_of(&self, key: &Key) -> Option<InstanceHandle> {
        let id = *read(&self.homes).get(key)?;
        self.instances().with_id(id)
    }

    /// Returns whether a key is an API key of any instance.
    pub fn is_api_key(&self, key: &Key) -> bool {
        read(&self.homes).contains_key(key)
    }

    /// Returns the next id of an API key; these ids are unique over all instances.
    pub fn next_api_key_id(&self) -> ApiKeyId {
        self.api_key_ids.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// Returns the next id of an invitation; these ids are unique over all instances.
    pub fn next_invitation_id(&self) -> InvitationId {
        self.invitation_ids.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// Returns the ids of the instances that an account administers, in ascending order.
    pub fn administered_by(&self, account: AccountId) -> Vec<InstanceId> {
        read(&self.administrators).get(&account).into_iter().flatten().copied().collect()
    }

    /// Adds or removes an instance that an account administers.
    pub fn set_administers(&self, account: AccountId, instance: InstanceId, administers: bool) {
        let mut administrators = write(&self.administrators);
        let instances = administrators.entry(account).or_default();
        if administers {
            instances.insert(instance);
        } else {
            instances.remove(&instance);
        }
    }

    /// Locks the open invitations for reading.
    pub fn open_invitations(&self) -> RwLockReadGuard<'_, OpenInvitations> {
        read(&self.open_invitations)
    }

    /// Locks the open invitations for writing.
    pub fn open_invitations_mut(&self) -> RwLockWriteGuard<'_, OpenInvitations> {
        write(&self.open_invitations)
    }

    /// Locks the index of the files.
    pub fn files(&self) -> MutexGuard<'_, FileIndex> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the instance of an API key; `None` removes the key.
    pub fn set_home(&self, key: Key, home: Option<InstanceId>) {
        let mut homes = write(&self.homes);
        match home {
            Some(instance) => homes.insert(key, instance),
            None => homes.remove(&key),
        };
    }
}

impl Instances {
    /// Returns the instance with that name, which must be in lower case.
    pub fn named(&self, name: &str) -> Option<InstanceHandle> {
        self.with_id(*self.by_name.get(name)?)
    }

    /// Returns the instance with that id.
    pub fn with_id(&self, id: InstanceId) -> Option<InstanceHandle> {
        self.by_id.get(&id).cloned()
    }

    /// Returns all ids in ascending order.
    pub fn ids(&self) -> Vec<InstanceId> {
        BTreeSet::from_iter(self.by_id.keys().copied()).into_iter().collect()
    }

    /// Adds an instance; returns `None` if its name is taken.
    pub fn add(&mut self, name: String, owner: AccountId, now: Timestamp) -> Option<InstanceHandle> {
        if self.by_name.contains_key(&name) {
            return None;
        }
        self.last_id += 1;
        let instance = Arc::new(RwLock::new(Instance::new(self.last_id, name.clone(), owner, now)));
        self.by_id.insert(self.last_id, Arc::clone(&instance));
        self.by_name.insert(name, self.last_id);
        Some(instance)
    }

    /// Changes the name of an instance; returns `false` if another instance has it.
    pub fn rename(&mut self, instance: &mut Instance, name: String) -> bool {
        match self.by_name.get(&name) {
            Some(id) if *id == instance.id() => return true,
            Some(_) => return false,
            None => {}
        }
        self.by_name.remove(instance.name());
        self.by_name.insert(name.clone(), instance.id());
        instance.set_name(name);
        true
    }

    /// Removes an instance. Requests that still hold it see [`Instance::is_gone`].
    pub fn remove(&mut self, instance: &mut Instance) {
        instance.gone = true;
        self.by_id.remove(&instance.id());
        self.by_name.remove(instance.name());
    }
}

/// Locks for reading. A panic in another thread must not fail later requests, so poisoning is
/// ignored.
pub fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks for writing. A panic in another thread must not fail later requests, so poisoning is
/// ignored.
pub fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
