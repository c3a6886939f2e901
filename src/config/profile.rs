//! A profile: a deployment and how it is to be treated.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use secrecy::SecretString;

use super::source::{ReadSecretError, SecretSource, UserSource};
use crate::harness::Rate;
use crate::scenario::Name;
use syncano_simulator::api::{Capability, Version};

/// The targets that need no profile.
pub const BUILT_IN: [&str; 2] = ["sim", "sim-http"];

/// How many scenarios can run side by side.
pub const JOBS: RangeInclusive<i64> = 1..=64;
/// How many seconds a time-out can have.
pub const SECONDS: RangeInclusive<i64> = 1..=3600;
/// How many seconds a whole run can have: up to a week.
pub const RUN_SECONDS: RangeInclusive<i64> = 1..=604_800;
/// How often a request can be sent again.
pub const RETRIES: RangeInclusive<i64> = 0..=10;
/// How many bytes of an answer can be read: from 1 KiB to 64 MiB.
pub const ANSWER_BYTES: RangeInclusive<i64> = 1 << 10..=64 << 20;

/// Profiles by the names of their targets, in the order of the file.
pub type Profiles = IndexMap<String, Profile>;

/// `[target.NAME]`: a deployment and how it is to be treated. What the file leaves out is nothing here, so that defaults
/// can be what they are wherever they belong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// What stands before `/v1.1/`.
    pub url: String,
    /// The version of the API.
    pub api_version: Option<Version>,
    /// An instance that exists, to work in.
    pub instance: Option<String>,
    /// On whose account worlds are made.
    pub account: Option<Account>,
    /// Whether accounts may be registered for scenarios that need more than one.
    pub more_accounts: Option<bool>,
    /// API keys that exist, by the name of the one flag that is on, or `plain`.
    pub api_keys: IndexMap<Name, SecretSource>,
    /// Users who exist.
    pub users: IndexMap<Name, UserSource>,
    /// The proxy through which it is reached; what the environment says of proxies does not count.
    pub proxy: Option<String>,
    /// Who the run is to that proxy.
    pub proxy_user: Option<UserSource>,
    /// A file of authorities that are trusted besides those of the machine.
    pub ca_cert: Option<PathBuf>,
    /// The file of a certificate that is shown to the target.
    pub client_cert: Option<PathBuf>,
    /// The file of its private key.
    pub client_key: Option<PathBuf>,
    /// Whether anything may be made or changed on the target.
    pub writes: Option<bool>,
    /// How many requests may be sent.
    pub rate: Option<Rate>,
    /// The longest that a connection may take to be made.
    pub connect_timeout: Option<Duration>,
    /// The longest that an exchange may take.
    pub timeout: Option<Duration>,
    /// The longest that a run may take.
    pub max_time: Option<Duration>,
    /// How often a request that could not be answered is sent again.
    pub retries: Option<u32>,
    /// The most bytes of an answer that are read.
    pub max_answer: Option<u32>,
    /// How many scenarios run side by side.
    pub jobs: Option<u16>,
    /// What the target offers. Where nothing is declared, everything is taken to be there.
    pub capabilities: Option<Vec<Capability>>,
}

/// On whose account worlds are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// On one that exists; here is its key.
    Key(SecretSource),
    /// On one that is registered for the run.
    Register,
}

/// Keys and users that exist, with their secrets.
#[derive(Debug, Default)]
pub struct Keys {
    /// API keys by the name of the one flag that is on, or `plain`.
    pub api_keys: IndexMap<Name, SecretString>,
    /// User names and passwords.
    pub users: IndexMap<Name, (SecretString, SecretString)>,
}

impl Profile {
    /// Fetches the keys that exist, and the names and passwords of the users.
    pub fn keys(&self) -> Result<Keys, ReadSecretError> {
        let mut keys = Keys::default();
        for (name, source) in &self.api_keys {
            keys.api_keys.insert(name.clone(), source.read()?);
        }
        for (name, user) in &self.users {
            keys.users.insert(name.clone(), (user.username.read()?, user.password.read()?));
        }
        Ok(keys)
    }
}

/// The name of an instance, so that nothing else can slip into a path; or what is wrong with it.
pub fn instance_name(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        Ok(text.to_owned())
    } else {
        Err("the name of an instance is made of letters, digits, `-` and `_`".to_owned())
    }
}
