//! Whose request is this: from the keys that came along to somebody with rights.

use super::answer::Failure;
use super::transport::{Call, Sent};
use super::variation::Variation;
use super::world::{AccountId, ApiKeyId, Flags, Instance, InstanceId, Role, User, UserId, World};
use crate::api::{Endpoint, Key, KeyKind};

/// The id of no API key: a user whom a deviation lets in without one has this.
const NO_API_KEY: ApiKeyId = 0;

/// The keys of a request, sorted by kind. Nobody has looked yet whether they exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// No key but perhaps a user key, which is nothing by itself.
    None,
    /// A user key alone, where a deviation takes it for enough.
    User(Sent),
    /// Something in the place of a key that is none.
    Garbage,
    /// An account key. The user key beside it counts for nothing.
    Account { key: Key, user: Sent },
    /// An API key, with what stands in the place of the user key.
    Api { key: Key, user: Sent },
    /// None of its own: an item of a batch, which belongs to whoever sent the batch.
    Settled(Caller),
}

/// Somebody with rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody.
    Anonymous,
    /// An administrator. `role` is what he is in the instance of the path: nothing, for a stranger and outside.
    Account { id: AccountId, role: Option<Role>, user: Option<UserId> },
    /// An app, for itself or for one of its users.
    Api { instance: InstanceId, key: ApiKeyId, flags: Flags, user: Option<UserId> },
}

impl Credentials {
    /// Collects the keys of a request. The body is read only if it has to be; one that cannot be read is then the answer.
    pub fn of(call: &mut Call<'_>) -> Result<Credentials, Failure> {
        if let Some(batch) = &call.batch {
            return Ok(Credentials::Settled(batch.caller));
        }
        if matches!(call.route.endpoint, Endpoint::AccountAuth | Endpoint::AccountSocialAuth) {
            return Ok(Credentials::None);
        }
        let is_current_user = call.route.endpoint == Endpoint::CurrentUser;
        let key = match call.api_key()? {
            Sent::Nothing if is_current_user && call.deviates(Variation::UserKeyAloneOnUser) => {
                return Ok(Credentials::User(call.user_key()?));
            }
            Sent::Nothing => return Ok(Credentials::None),
            Sent::Garbage | Sent::Nul => return Ok(Credentials::Garbage),
            Sent::Key(key) => key,
        };
        match key.kind() {
            KeyKind::Api if call.route.is_inside_instance() => Ok(Credentials::Api { key, user: call.user_key()? }),
            KeyKind::Api => Ok(Credentials::Api { key, user: Sent::Nothing }),
            KeyKind::AccountOrUser
                if call.deviates(Variation::AccountKeyOnUser) || call.deviates(Variation::UserKeyNarrowsAccounts) =>
            {
                Ok(Credentials::Account { key, user: call.user_key()? })
            }
            KeyKind::AccountOrUser => Ok(Credentials::Account { key, user: Sent::Nothing }),
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
        let user = |sent: &Sent| {
            let known = match sent {
                Sent::Nothing => return Ok(None),
                Sent::Nul if call.deviates(Variation::Nul500) => return Err(Failure::server_error()),
                Sent::Garbage | Sent::Nul => None,
                Sent::Key(key) => user_with(key, call, instance),
            };
            let is_refused = known.is_none() && call.deviates(Variation::UnknownUserKeyRefused);
            if is_refused { Err(Failure::no_such_key()) } else { Ok(known) }
        };
        let alone = |user| Caller::Api { instance: instance.id(), key: NO_API_KEY, flags: Flags::default(), user };
        match credentials {
            Credentials::None => Ok(Caller::Anonymous),
            Credentials::Garbage => Err(Failure::no_such_key()),
            Credentials::User(sent) => Ok(user(sent)?.map_or(Caller::Anonymous, |user| alone(Some(user)))),
            Credentials::Account { key, user: sent } => {
                let id = world.accounts().with_key(key).map(|account| account.id());
                if id.is_none() && call.deviates(Variation::UserKeyAsApiKey) {
                    let user = user_with(key, call, instance).ok_or_else(Failure::no_such_key)?;
                    return Ok(alone(Some(user)));
                }
                let id = id.ok_or_else(Failure::no_such_key)?;
                match user(sent)? {
                    Some(user) if call.deviates(Variation::UserKeyNarrowsAccounts) => Ok(alone(Some(user))),
                    user => Ok(Caller::Account { id, role: instance.role_of(id), user }),
                }
            }
            Credentials::Api { key, user: sent } => {
                let user = user(sent);
                match api_key_with(key, instance) {
                    Some((key, flags)) => {
                        let flags = if call.deviates(Variation::FlagsTakenForGranted) { Flags::all() } else { flags };
                        Ok(Caller::Api { instance: instance.id(), key, flags, user: user? })
                    }
                    None if world.is_api_key(key) && takes_foreign_keys(call) => Ok(alone(user?)),
                    None => Err(Failure::no_such_key()),
                }
            }
            // An item before this one may have changed the role.
            Credentials::Settled(Caller::Account { id, user, .. }) => {
                Ok(Caller::Account { id: *id, role: instance.role_of(*id), user: *user })
            }
            Credentials::Settled(caller) => Ok(*caller),
        }
    }

    /// Who calls outside of instances, where there are no users.
    pub fn outside(credentials: &Credentials, world: &World) -> Result<Caller, Failure> {
        match credentials {
            Credentials::None | Credentials::User(_) => Ok(Caller::Anonymous),
            Credentials::Garbage => Err(Failure::no_such_key()),
            Credentials::Account { key, .. } => {
                let id = world.accounts().with_key(key).map(|account| account.id());
                let id = id.ok_or_else(Failure::no_such_key)?;
                Ok(Caller::Account { id, role: None, user: None })
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

/// The user with that key. A deviation takes a stranger for the user who has his id here.
fn user_with(key: &Key, call: &Call<'_>, instance: &Instance) -> Option<UserId> {
    let known = instance.users.with_key(key).map(User::id).or_else(|| instance.stale.user_keys.get(key).copied());
    known.or_else(|| {
        let mut strangers = call.strangers.iter().filter(|_| call.deviates(Variation::ForeignUserKeyAccepted));
        strangers.find(|stranger| stranger.key() == *key).map(User::id)
    })
}

/// Whether a deviation lets API keys of other instances in, from wherever this call has its key.
fn takes_foreign_keys(call: &Call<'_>) -> bool {
    let is_in_header = call.headers.contains_key("x-api-key");
    call.deviates(Variation::ForeignApiKeyAccepted)
        || !is_in_header && call.deviates(Variation::ForeignApiKeyOutsideItsHeader)
}

/// The API key with that value, and its flags.
fn api_key_with(key: &Key, instance: &Instance) -> Option<(ApiKeyId, Flags)> {
    let known = instance.api_keys.with_key(key).map(|known| (known.id(), known.flags));
    let (id, flags) = known.or_else(|| instance.stale.api_keys.get(key).copied())?;
    Some((id, instance.stale.flags.get(&id).copied().unwrap_or(flags)))
}
