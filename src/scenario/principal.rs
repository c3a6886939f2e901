//! Principals: on whose behalf a request is sent.

use std::fmt;
use std::str::FromStr;

use super::name::Name;

/// Whose keys a request carries. In a scenario file it is one word, and keys never stand there:
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
/// | `alice@revoked` | a plain API key | the user key she had before the present one |
/// | `account+alice`, `account:ROLE+alice` | that account key | her user key |
/// | `anonymous+alice` | nothing | her user key |
///
/// `KEY` is a flag (`ignore_acl`, `allow_user_create`, `allow_group_create`, `allow_anonymous_read`), a key that the
/// scenario's `given.api_keys` names, or `plain`. `ROLE` is a [`Role`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Principal {
    /// What stands where the API key belongs.
    pub key: KeySlot,
    /// What stands where the user key belongs.
    pub user: Option<UserSlot>,
}

/// What a principal sends as its API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySlot {
    /// No key.
    Nothing,
    /// The account key of the administrator who makes the scenario's world.
    Account,
    /// The account key of somebody else.
    Colleague(Role),
    /// An API key of the scenario's instance, by name.
    Api(Name),
    /// A plain API key of the other instance.
    Foreign,
    /// A plain API key of the instance in which the user of the user slot lives.
    OfTheUser,
}

/// What another account is in the scenario's instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// An administrator who may do nearly everything.
    Full,
    /// An administrator who may change users, groups and data.
    Write,
    /// An administrator who may look at them.
    Read,
    /// No administrator at all.
    Stranger,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Full, Role::Write, Role::Read, Role::Stranger];

    /// As a scenario and, but for the stranger, the API write it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Full => "full",
            Role::Write => "write",
            Role::Read => "read",
            Role::Stranger => "stranger",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What a principal sends as its user key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSlot {
    /// Whose key.
    pub user: Name,
    /// The key before the present one, which a reset has revoked.
    pub revoked: bool,
}

/// The name of the API key without any flag.
pub const PLAIN: &str = "plain";

/// Words that mean something as a principal or in a reference, and therefore cannot name a user, a group or a key.
pub const RESERVED: &[&str] =
    &["account", "anonymous", "api", "foreign", "instance", "plain", "revoked", "root", "unique", "unknown"];

/// The text is no principal.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no principal; write `anonymous`, `account`, `account:ROLE` (full, write, read or stranger), `api`, `api:KEY`, \
     `foreign`, a user's name, `USER@KEY`, `USER@foreign`, `USER@revoked`, `account+USER`, `account:ROLE+USER` or \
     `anonymous+USER`"
)]
pub struct PrincipalError(String);

impl Principal {
    /// The user whose key is sent, if one is.
    pub fn user_name(&self) -> Option<&Name> {
        self.user.as_ref().map(|slot| &slot.user)
    }
}

impl FromStr for Principal {
    type Err = PrincipalError;

    fn from_str(text: &str) -> Result<Principal, PrincipalError> {
        let refused = || PrincipalError(text.to_owned());
        let name = |word: &str| word.parse::<Name>().map_err(|_| refused());
        let user = |word: &str| {
            if RESERVED.contains(&word) {
                return Err(refused());
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
                    let key = KeySlot::Colleague(Role::named(role).ok_or_else(refused)?);
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
            (KeySlot::Colleague(role), None) => write!(f, "account:{}", role.name()),
            (KeySlot::Colleague(role), Some(slot)) => write!(f, "account:{}+{}", role.name(), slot.user),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_table_reads_back() {
        for word in [
            "anonymous",
            "account",
            "api",
            "api:ignore_acl",
            "api:spare",
            "foreign",
            "alice",
            "alice@ignore_acl",
            "alice@foreign",
            "alice@revoked",
            "account+alice",
            "account:read",
            "account:stranger",
            "account:write+alice",
            "anonymous+alice",
        ] {
            assert_eq!(word.parse::<Principal>().map(|p| p.to_string()), Ok(word.to_owned()));
        }
    }

    #[test]
    fn what_is_no_principal_is_refused() {
        for word in [
            "",
            "Alice",
            "account+",
            "account:",
            "account:owner",
            "account:read+",
            "alice+account",
            "account+api",
            "alice@",
            "api:",
            "alice bob",
            "root",
        ] {
            assert!(word.parse::<Principal>().is_err(), "{word:?} was accepted");
        }
    }
}
