//! Identifies the caller of a request by its keys.

use super::answer::Failure;
use super::call::Call;
use super::caller::Caller;
use super::credentials::{RequestKeys, SentKey};
use super::quirks::Quirk;
use super::world::{Instance, User, WorldState, read};
use crate::api::KeyKind;

/// Collects the keys of a request. The body is read only if no other place has a key.
///
/// # Errors
///
/// 415 or 400 if the body is needed and cannot be read.
pub fn credentials(call: &mut Call<'_>) -> Result<RequestKeys, Failure> {
    if let Some(batch) = &call.batch {
        return Ok(RequestKeys::Settled(batch.caller));
    }
    if !call.route.spec.takes_keys {
        return Ok(RequestKeys::None);
    }
    let key = match call.api_key()? {
        SentKey::Nothing => return Ok(RequestKeys::None),
        SentKey::Garbage | SentKey::Nul => return Ok(RequestKeys::Garbage),
        SentKey::Key(key) => key,
    };
    match key.kind() {
        KeyKind::Api if call.route.spec.is_inside_instance() => Ok(RequestKeys::Api { key, user: call.user_key()? }),
        KeyKind::Api => Ok(RequestKeys::Api { key, user: SentKey::Nothing }),
        KeyKind::AccountOrUser => Ok(RequestKeys::Account(key)),
    }
}

/// Returns the caller inside an instance. An unknown user key is ignored.
///
/// # Errors
///
/// 403 for an unknown API key or account key.
pub fn caller_inside(
    credentials: &RequestKeys,
    world: &WorldState,
    instance: &Instance,
    call: &Call<'_>,
) -> Result<Caller, Failure> {
    let user = |sent: &SentKey| match sent {
        SentKey::Nul if call.reproduces(Quirk::Nul500) => Err(Failure::server_error()),
        SentKey::Nothing | SentKey::Garbage | SentKey::Nul => Ok(None),
        SentKey::Key(key) => Ok(instance.users.with_key(key).map(User::id)),
    };
    match credentials {
        RequestKeys::None => Ok(Caller::Anonymous),
        RequestKeys::Garbage => Err(Failure::no_such_key()),
        RequestKeys::Account(key) => {
            let id = world.accounts().with_key(key).map(|account| account.id()).ok_or_else(Failure::no_such_key)?;
            Ok(Caller::Account { id, role: instance.role_of(id) })
        }
        RequestKeys::Api { key, user: sent } => {
            let key = instance.api_keys.with_key(key).ok_or_else(Failure::no_such_key)?;
            Ok(Caller::Api { instance: instance.id(), key: key.id(), flags: key.flags, user: user(sent)? })
        }
        // An earlier item of the batch may have changed the role.
        RequestKeys::Settled(Caller::Account { id, .. }) => {
            Ok(Caller::Account { id: *id, role: instance.role_of(*id) })
        }
        RequestKeys::Settled(caller) => Ok(*caller),
    }
}

/// Returns the caller outside of instances, where user keys have no effect.
///
/// # Errors
///
/// 403 for an unknown API key or account key.
pub fn caller_outside(credentials: &RequestKeys, world: &WorldState) -> Result<Caller, Failure> {
    match credentials {
        RequestKeys::None => Ok(Caller::Anonymous),
        RequestKeys::Garbage => Err(Failure::no_such_key()),
        RequestKeys::Account(key) => {
            let id = world.accounts().with_key(key).map(|account| account.id());
            let id = id.ok_or_else(Failure::no_such_key)?;
            Ok(Caller::Account { id, role: None })
        }
        RequestKeys::Api { key, .. } => {
            let home = world.home_of(key).ok_or_else(Failure::no_such_key)?;
            let instance = read(&home);
            // The key may have been deleted after the lookup in the index and before the lock.
            let api_key = instance.api_keys.with_key(key).ok_or_else(Failure::no_such_key)?;
            Ok(Caller::Api { instance: instance.id(), key: api_key.id(), flags: api_key.flags, user: None })
        }
        RequestKeys::Settled(caller) => Ok(*caller),
    }
}
