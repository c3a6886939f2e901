//! A profile: a deployment, and the settings of a run against it.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use secrecy::SecretString;

use super::source::{ReadSecretError, SecretSource, TextSource, UserSource};
use crate::harness::Rate;
use syncano_simulator::api::{Capability, Version};
use syncano_suite::Name;

/// The names of the targets that need no profile.
pub const BUILT_IN: [&str; 2] = ["sim", "sim-http"];

/// The number of scenarios that can run side by side.
pub const JOBS: RangeInclusive<i64> = 1..=64;
/// The range of a time-out in seconds.
pub const SECONDS: RangeInclusive<i64> = 1..=3600;
/// The range of a run's time limit in seconds; at most a week.
pub const RUN_SECONDS: RangeInclusive<i64> = 1..=604_800;
/// The number of instances at a time.
pub const INSTANCES: RangeInclusive<i64> = 2..=1000;
/// The number of retries.
pub const RETRIES: RangeInclusive<i64> = 0..=10;
/// The number of bytes of an answer: from 1 KiB to 64 MiB.
pub const ANSWER_BYTES: RangeInclusive<i64> = 1 << 10..=64 << 20;

/// The profiles by the names of their targets, in the order of the file.
pub type Profiles = IndexMap<String, Profile>;

/// `[target.NAME]`: a deployment and the settings of a run against it. A missing setting is `None`,
/// so that the code that uses it can define the default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// The URL before `/v1.1/`.
    pub url: String,
    /// The version of the API.
    pub api_version: Option<Version>,
    /// The existing instance to work in.
    pub instance: Option<String>,
    /// The account that creates worlds.
    pub account: Option<AccountSource>,
    /// Whether accounts may be registered for scenarios that need more than one.
    pub more_accounts: Option<bool>,
    /// Existing API keys, by the name of the one flag that is on, or `plain`.
    pub api_keys: IndexMap<Name, SecretSource>,
    /// Existing users.
    pub users: IndexMap<Name, UserSource>,
    /// The proxy of the target. Proxies in the environment are ignored.
    pub proxy: Option<String>,
    /// The login at the proxy.
    pub proxy_user: Option<UserSource>,
    /// The login at a server in front of the deployment, as `user:password`.
    pub basic: Option<SecretSource>,
    /// A file of authorities that are trusted in addition to those of the machine.
    pub ca_cert: Option<PathBuf>,
    /// The file of the client certificate.
    pub client_cert: Option<PathBuf>,
    /// The file of its private key.
    pub client_key: Option<PathBuf>,
    /// Whether the run may create and change things on the target.
    pub writes: Option<bool>,
    /// The maximum request rate.
    pub rate: Option<Rate>,
    /// The maximum time to connect.
    pub connect_timeout: Option<Duration>,
    /// The maximum time of an exchange.
    pub timeout: Option<Duration>,
    /// The maximum time of a run.
    pub max_time: Option<Duration>,
    /// The maximum number of retries of a request without an answer.
    pub retries: Option<u32>,
    /// The maximum number of bytes of an answer.
    pub max_answer: Option<u32>,
    /// The number of scenarios that run side by side.
    pub jobs: Option<u16>,
    /// The maximum number of instances that the run may have at a time.
    pub max_instances: Option<u16>,
    /// Whether the known bugs of the reference deployment are accepted.
    pub reference_bugs: Option<bool>,
    /// The capabilities of the target. Without a declaration the target is assumed to have all.
    pub capabilities: Option<Vec<Capability>>,
}

/// The account that creates worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountSource {
    /// An existing account, by its key.
    Key(SecretSource),
    /// An account that is registered for the run.
    Register,
}

/// Existing keys and users, with their secrets.
#[derive(Debug, Default)]
pub struct ProfileKeys {
    /// API keys by the name of the one flag that is on, or `plain`.
    pub api_keys: IndexMap<Name, SecretString>,
    /// User names and passwords.
    pub users: IndexMap<Name, (SecretString, SecretString)>,
}

impl Profile {
    /// Reads the existing API keys, and the names and passwords of the users, each with `read`.
    pub fn keys(
        &self,
        read: impl Fn(&SecretSource) -> Result<SecretString, ReadSecretError>,
    ) -> Result<ProfileKeys, ReadSecretError> {
        let mut keys = ProfileKeys::default();
        for (name, source) in &self.api_keys {
            keys.api_keys.insert(name.clone(), read(source)?);
        }
        for (name, user) in &self.users {
            let username = match &user.username {
                TextSource::Text(text) => SecretString::from(text.as_str()),
                TextSource::Secret(source) => read(source)?,
            };
            keys.users.insert(name.clone(), (username, read(&user.password)?));
        }
        Ok(keys)
    }
}

/// Checks the name of an instance, so that it cannot inject anything into a path.
pub fn instance_name(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        Ok(text.to_owned())
    } else {
        Err("the name of an instance may contain only letters, digits, `-` and `_`".to_owned())
    }
}
