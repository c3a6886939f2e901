//! Somebody with rights.

use super::world::{AccountId, ApiKeyId, Flags, InstanceId, Role, UserId};

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody.
    Anonymous,
    /// An account. `role` is its role in the instance of the path; `None` for a stranger, and outside of instances.
    Account { id: AccountId, role: Option<Role> },
    /// An app, for itself or for one of its users.
    Api { instance: InstanceId, key: ApiKeyId, flags: Flags, user: Option<UserId> },
}

impl Caller {
    /// The user on whose behalf an app calls.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Caller::Api { user, .. } => *user,
            Caller::Anonymous | Caller::Account { .. } => None,
        }
    }

    /// The account that calls.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Caller::Account { id, .. } => Some(*id),
            Caller::Anonymous | Caller::Api { .. } => None,
        }
    }

    /// The API key that calls.
    pub fn api_key(&self) -> Option<ApiKeyId> {
        match self {
            Caller::Api { key, .. } => Some(*key),
            Caller::Anonymous | Caller::Account { .. } => None,
        }
    }
}
