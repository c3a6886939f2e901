//! The keys of a run: the account key of an administrator, a new account, or API keys of an existing instance.

use std::collections::BTreeMap;

use secrecy::SecretString;
use syncano_simulator::api::Flag;

use crate::scenario::PLAIN;

/// Where the keys of a run come from.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// The account of an administrator.
    AccountKey(SecretString),
    /// A new account, made for this run. The API has no way to delete it afterwards.
    Register,
    /// No administrator, but API keys of the instance that the plan names.
    ApiKeys(ApiKeys),
}

/// API keys of an instance, and users of it.
#[derive(Clone, Debug, Default)]
pub struct ApiKeys {
    /// The keys, by the one flag that each has; the one without any stands under `None`.
    pub keys: BTreeMap<Option<Flag>, SecretString>,
    /// Users who exist. Scenarios read on their behalf and change nothing of theirs.
    pub users: Vec<Login>,
}

/// What a user signs in with.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// As the user is called in messages, which do not show the name that stands next.
    pub label: String,
    /// The name.
    pub username: String,
    /// Whether the name is a secret too.
    pub hidden: bool,
    /// The password.
    pub password: SecretString,
}

impl ApiKeys {
    /// Whether users can be made, if the target may be written to.
    pub fn makes_users(&self) -> bool {
        self.keys.contains_key(&Some(Flag::AllowUserCreate))
    }
}

/// As scenarios and profiles call the API key with this flag.
pub fn key_name(flag: Option<Flag>) -> &'static str {
    flag.map_or(PLAIN, Flag::name)
}
