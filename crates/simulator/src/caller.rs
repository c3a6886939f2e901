//! Callers.

use super::resources::administrator::storage::Role;
use super::resources::api_key::storage::Flags;
use super::world::ids::{AccountId, ApiKeyId, InstanceId, UserId};

/// The sender of a request, as identified by its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A caller without a key.
    Anonymous,
    /// An administrator. `role` is their role in the instance of the path; `None` without a role
    /// there, and outside of instances.
    Account { id: AccountId, role: Option<Role> },
    /// An app, on its own behalf or on behalf of one of its users.
    Api { instance: InstanceId, key: ApiKeyId, flags: Flags, user: Option<UserId> },
}

impl Caller {
    /// Returns the user on whose behalf an app calls.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Caller::Api { user, .. } => *user,
            Caller::Anonymous | Caller::Account { .. } => None,
        }
    }

    /// Returns the id of the calling account.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Caller::Account { id, .. } => Some(*id),
            Caller::Anonymous | Caller::Api { .. } => None,
        }
    }

    /// Returns the id of the calling API key.
    pub fn api_key(&self) -> Option<ApiKeyId> {
        match self {
            Caller::Api { key, .. } => Some(*key),
            Caller::Anonymous | Caller::Account { .. } => None,
        }
    }
}
