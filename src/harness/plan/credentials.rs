//! The keys of a run: the account key of an administrator, a new account, or API keys of an
//! existing instance.

use std::collections::BTreeMap;

use secrecy::SecretString;
use syncano_simulator::api::Flag;

use syncano_suite::PLAIN;

/// The keys of a run.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// The account key of an administrator.
    AccountKey(SecretString),
    /// No key: the run registers an account. The API has no way to delete it afterwards.
    Register,
    /// No administrator, but API keys of the instance that the plan names.
    ApiKeys(InstanceKeys),
}

/// API keys and users of an instance.
#[derive(Clone, Debug, Default)]
pub struct InstanceKeys {
    /// The API keys, by the one flag that each has; `None` is the key without a flag.
    pub keys: BTreeMap<Option<Flag>, SecretString>,
    /// Existing users. Scenarios read as these users and change nothing of theirs.
    pub users: Vec<Login>,
}

/// The name and password of a user.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// The name of the user in messages, in place of the user name.
    pub label: String,
    /// The user name.
    pub username: String,
    /// Whether the user name is a secret too.
    pub hidden: bool,
    /// The password.
    pub password: SecretString,
}

impl InstanceKeys {
    /// Returns whether users can be created, if the target may be written to.
    pub fn can_create_users(&self) -> bool {
        self.keys.contains_key(&Some(Flag::AllowUserCreate))
    }
}

/// Returns the name that scenarios and profiles use for the API key with this flag.
pub fn key_name(flag: Option<Flag>) -> &'static str {
    flag.map_or(PLAIN, Flag::name)
}
