//! Principals: the callers that scenarios name.

use std::fmt;
use std::str::FromStr;

use super::name::Name;

/// A principal: the keys that a request carries. A scenario file names it with one word, and
/// contains no keys:
///
/// | word | API-key slot | user-key slot |
/// |---|---|---|
/// | `anonymous` | nothing | nothing |
/// | `account` | the administrator's account key | nothing |
/// | `account:ROLE` | the account key of another administrator, or of a stranger | nothing |
/// | `api` | a plain API key | nothing |
/// | `api:KEY` | the API key named `KEY` | nothing |
/// | `foreign` | a plain API key of the other instance | nothing |
/// | `alice` | a plain API key of alice's instance | her user key |
/// | `alice@KEY` | the API key named `KEY` | her user key |
/// | `alice@foreign` | a plain API key of the other instance | her user key |
/// | `alice@revoked` | a plain API key | her previous user key |
/// | `account+alice`, `account:ROLE+alice` | that account key | her user key |
/// | `anonymous+alice` | nothing | her user key |
///
/// `KEY` is a flag (`ignore_acl`, `allow_user_create`, `allow_group_create`,
/// `allow_anonymous_read`), a key that the scenario's `given.api_keys` names, or `plain`. `ROLE` is
/// a [`Role`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Principal {
    /// The key in the place of the API key.
    pub key: KeySlot,
    /// The key in the place of the user key.
    pub user: Option<UserSlot>,
}

/// The key that a principal sends as its API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySlot {
    /// No key.
    Nothing,
    /// The account key of the administrator who creates the scenario's world.
    Account,
    /// The account key of an extra account.
    ExtraAccount(Role),
    /// An API key of the scenario's instance, by name.
    Api(Name),
    /// A plain API key of the other instance.
    Foreign,
    /// A plain API key of the instance of the user in the user slot.
    OfTheUser,
}

/// The role of an extra account in the scenario's instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// An administrator with the role `full`.
    Full,
    /// An administrator who may change users, groups and data.
    Write,
    /// An administrator who may read them.
    Read,
    /// An account that is not an administrator of the instance.
    Stranger,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 4] = [Role::Full, Role::Write, Role::Read, Role::Stranger];

    /// Returns the word for the role in scenarios and, except for the stranger, in the API.
    pub fn name(self) -> &'static str {
        match self {
            Role::Full => "full",
            Role::Write => "write",
            Role::Read => "read",
            Role::Stranger => "stranger",
        }
    }

    /// Returns the role of this name.
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// The key that a principal sends as its user key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSlot {
    /// The user.
    pub user: Name,
    /// Whether the key is the previous one, which a reset has revoked.
    pub revoked: bool,
}

/// The name of the API key without any flag.
pub const PLAIN: &str = "plain";

/// Words with a meaning as a principal or in a reference, which cannot name a user, a group or a
/// key.
pub const RESERVED: &[&str] =
    &["account", "anonymous", "api", "foreign", "instance", "plain", "revoked", "root", "unique", "unknown"];

/// The text is not a principal.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a principal; write `anonymous`, `account`, `account:ROLE` (full, write, read or stranger), `api`, `api:KEY`, \
     `foreign`, a user's name, `USER@KEY`, `USER@foreign`, `USER@revoked`, `account+USER`, `account:ROLE+USER` or \
     `anonymous+USER`"
)]
pub struct PrincipalError(String);

impl Principal {
    /// Returns the user whose key is sent, if one is.
    pub fn user_name(&self) -> Option<&Name> {
        self.user.as_ref().map(|slot| &slot.user)
    }
}

impl FromStr for Principal {
    type Err = PrincipalError;

    fn from_str(text: &str) -> Result<Principal, PrincipalError> {
        let invalid = || PrincipalError(text.to_owned());
        let name = |word: &str| word.parse::<Name>().map_err(|_| invalid());
        let user = |word: &str| {
            if RESERVED.contains(&word) {
                return Err(invalid());
            }
            Ok(UserSlot { user: name(word)?, revoked: false })
        };
        let alone = |key: KeySlot| Principal { key, user: None };
        Ok(match text {
            "anonymous" => alone(KeySlot::Nothing),
            "account" => alone(KeySlot::Account),
            "api" => alone(KeySlot::Api(name(PLAIN)?)),
            "foreign" => alone(KeySlot::Foreign),
            _ => {
                if let Some(key) = text.strip_prefix("api:") {
                    alone(KeySlot::Api(name(key)?))
                } else if let Some(word) = text.strip_prefix("account+") {
                    Principal { key: KeySlot::Account, user: Some(user(word)?) }
                } else if let Some(word) = text.strip_prefix("account:") {
                    let (role, beside) = word.split_once('+').map_or((word, None), |(role, user)| (role, Some(user)));
                    let key = KeySlot::ExtraAccount(Role::named(role).ok_or_else(invalid)?);
                    Principal { key, user: beside.map(user).transpose()? }
                } else if let Some(word) = text.strip_prefix("anonymous+") {
                    Principal { key: KeySlot::Nothing, user: Some(user(word)?) }
                } else if let Some((word, key)) = text.split_once('@') {
                    let user = user(word)?;
                    match key {
                        "foreign" => Principal { key: KeySlot::Foreign, user: Some(user) },
                        "revoked" => {
                            Principal { key: KeySlot::OfTheUser, user: Some(UserSlot { revoked: true, ..user }) }
                        }
                        _ => Principal { key: KeySlot::Api(name(key)?), user: Some(user) },
                    }
                } else {
                    Principal { key: KeySlot::OfTheUser, user: Some(user(text)?) }
                }
            }
        })
    }
}

impl TryFrom<String> for Principal {
    type Error = PrincipalError;

    fn try_from(text: String) -> Result<Principal, PrincipalError> {
        text.parse()
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, &self.user) {
            (KeySlot::Nothing, None) => f.write_str("anonymous"),
            (KeySlot::Nothing, Some(slot)) => write!(f, "anonymous+{}", slot.user),
            (KeySlot::Account, None) => f.write_str("account"),
            (KeySlot::Account, Some(slot)) => write!(f, "account+{}", slot.user),
            (KeySlot::ExtraAccount(role), None) => write!(f, "account:{}", role.name()),
            (KeySlot::ExtraAccount(role), Some(slot)) => write!(f, "account:{}+{}", role.name(), slot.user),
            (KeySlot::Api(key), None) if key.as_str() == PLAIN => f.write_str("api"),
            (KeySlot::Api(key), None) => write!(f, "api:{key}"),
            (KeySlot::Api(key), Some(slot)) => write!(f, "{}@{key}", slot.user),
            (KeySlot::Foreign, None) => f.write_str("foreign"),
            (KeySlot::Foreign, Some(slot)) => write!(f, "{}@foreign", slot.user),
            (KeySlot::OfTheUser, Some(UserSlot { user, revoked: true })) => write!(f, "{user}@revoked"),
            (KeySlot::OfTheUser, Some(slot)) => write!(f, "{}", slot.user),
            (KeySlot::OfTheUser, None) => f.write_str("anonymous"),
        }
    }
}
