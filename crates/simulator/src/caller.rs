//! Whose request is this: from the keys that came along to somebody with rights.

use super::answer::Failure;
use super::quirks::Quirk;
use super::transport::{Call, Sent};
use super::world::{AccountId, ApiKeyId, Flags, Instance, InstanceId, Role, User, UserId, World};
use crate::api::{Key, KeyKind};

/// The keys of a request, sorted by kind. Nobody has looked yet whether they exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// No key but perhaps a user key, which is nothing by itself.
    None,
    /// Something in the place of a key that is none.
    Garbage,
    /// An account key. A user key beside it counts for nothing.
    Account(Key),
    /// An API key, with what stands in the place of the user key.
    Api { key: Key, user: Sent },
    /// None of its own: an item of a batch, which belongs to the caller of the batch.
    Settled(Caller),
}

/// Somebody with rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody.
    Anonymous,
    /// An account. `role` is its role in the instance of the path; `None` for a stranger, and outside of instances.
    Account { id: AccountId, role: Option<Role> },
    /// An app, for itself or for one of its users.
    Api { instance: InstanceId, key: ApiKeyId, flags: Flags, user: Option<UserId> },
}

impl Credentials {
    /// Collects the keys of a request. The body is read only if it has to be; one that cannot be read is then the answer.
    pub fn of(call: &mut Call<'_>) -> Result<Credentials, Failure> {
        if let Some(batch) = &call.batch {
            return Ok(Credentials::Settled(batch.caller));
        }
        if !call.route.row.takes_keys {
            return Ok(Credentials::None);
        }
        let key = match call.api_key()? {
            Sent::Nothing => return Ok(Credentials::None),
            Sent::Garbage | Sent::Nul => return Ok(Credentials::Garbage),
            Sent::Key(key) => key,
        };
        match key.kind() {
            KeyKind::Api if call.route.row.is_inside_instance() => Ok(Credentials::Api { key, user: call.user_key()? }),
            KeyKind::Api => Ok(Credentials::Api { key, user: Sent::Nothing }),
            KeyKind::AccountOrUser => Ok(Credentials::Account(key)),
        }
    }
}

impl Caller {
    /// Who calls inside an instance. A user key that does not exist there is as good as none.
    pub fn inside(
        credentials: &Credentials,
        world: &World,
        instance: &Instance,
        call: &Call<'_>,
    ) -> Result<Caller, Failure> {
        let user = |sent: &Sent| match sent {
            Sent::Nul if call.reproduces(Quirk::Nul500) => Err(Failure::server_error()),
            Sent::Nothing | Sent::Garbage | Sent::Nul => Ok(None),
            Sent::Key(key) => Ok(instance.users.with_key(key).map(User::id)),
        };
        match credentials {
            Credentials::None => Ok(Caller::Anonymous),
            Credentials::Garbage => Err(Failure::no_such_key()),
            Credentials::Account(key) => {
                let id = world.accounts().with_key(key).map(|account| account.id()).ok_or_else(Failure::no_such_key)?;
                Ok(Caller::Account { id, role: instance.role_of(id) })
            }
            Credentials::Api { key, user: sent } => {
                let key = instance.api_keys.with_key(key).ok_or_else(Failure::no_such_key)?;
                Ok(Caller::Api { instance: instance.id(), key: key.id(), flags: key.flags, user: user(sent)? })
            }
            // An item before this one may have changed the role.
            Credentials::Settled(Caller::Account { id, .. }) => {
                Ok(Caller::Account { id: *id, role: instance.role_of(*id) })
            }
            Credentials::Settled(caller) => Ok(*caller),
        }
    }

    /// Who calls outside of instances, where there are no users.
    pub fn outside(credentials: &Credentials, world: &World) -> Result<Caller, Failure> {
        match credentials {
            Credentials::None => Ok(Caller::Anonymous),
            Credentials::Garbage => Err(Failure::no_such_key()),
            Credentials::Account(key) => {
                let id = world.accounts().with_key(key).map(|account| account.id());
                let id = id.ok_or_else(Failure::no_such_key)?;
                Ok(Caller::Account { id, role: None })
            }
            Credentials::Api { key, .. } => {
                let home = world.home_of(key).ok_or_else(Failure::no_such_key)?;
                let instance = super::world::read(&home);
                // Between the index and the lock the key may have ended.
                let api_key = instance.api_keys.with_key(key).ok_or_else(Failure::no_such_key)?;
                Ok(Caller::Api { instance: instance.id(), key: api_key.id(), flags: api_key.flags, user: None })
            }
            Credentials::Settled(caller) => Ok(*caller),
        }
    }

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
