//! `conformance.toml`: which deployments there are, and how each is to be treated.
//!
//! A file becomes [`Profile`]s, or [`Diagnostic`]s with exact places; whoever has a profile need not check it again. No
//! secret stands in the file: it says where each comes from, and [`SecretSource::read`] fetches it from there. Nothing here
//! knows of the command line, whose options go before what a profile says, or sends anything.

mod mask;
mod network;
mod read;

use std::env::{self, VarError};
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use indexmap::IndexMap;
use secrecy::SecretString;
use tracing::warn;

use crate::harness::Rate;
use crate::input::{self, Limit};
use crate::scenario::{Diagnostic, Name, Source};
use crate::user_file;
use syncano_simulator::api::{Capability, Version};

pub use crate::user_file::CannotOpen;
pub use network::NetworkError;

/// How the file is called.
pub const FILE: &str = "conformance.toml";

/// A file with comments and one target, to begin with.
pub const TEMPLATE: &str = include_str!("template.toml");

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

/// A user who exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSource {
    /// The user name.
    pub username: TextSource,
    /// The password.
    pub password: SecretSource,
}

/// Where a text comes from that may stand in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextSource {
    /// It stands there.
    Text(String),
    /// It stands elsewhere.
    Elsewhere(SecretSource),
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A variable of the environment.
    Env(String),
    /// A file that holds nothing else.
    File(PathBuf),
}

/// A secret is not where it was said to be. The text does not hold what was found in its place.
#[derive(Debug, thiserror::Error)]
pub enum CannotRead {
    /// There is no such variable.
    #[error("the variable {0} is not set")]
    NotSet(String),
    /// It holds something that is no text.
    #[error("the variable {0} holds no text in UTF-8")]
    NoText(String),
    /// The file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
    /// Nothing is there.
    #[error("{0} is empty")]
    Empty(String),
}

impl SecretSource {
    /// Fetches the secret, without the ends of lines after it.
    pub fn read(&self) -> Result<SecretString, CannotRead> {
        let (text, place) = match self {
            SecretSource::Env(name) => {
                let text = env::var(name).map_err(|error| match error {
                    VarError::NotPresent => CannotRead::NotSet(name.clone()),
                    VarError::NotUnicode(_) => CannotRead::NoText(name.clone()),
                })?;
                (text, format!("the variable {name}"))
            }
            SecretSource::File(path) => {
                let text = input::text(path, Limit::SECRET);
                let text = text.map_err(|reason| CannotRead::File { path: path.clone(), reason })?;
                warn_of_readers(path);
                (text, path.display().to_string())
            }
        };
        match text.trim_end_matches(['\r', '\n']) {
            text if text.trim().is_empty() => Err(CannotRead::Empty(place)),
            text => Ok(SecretString::from(text)),
        }
    }
}

/// Warns of a file with a secret that other users of the machine can read.
fn warn_of_readers(path: &Path) {
    #[cfg(unix)]
    if let Ok(found) = std::fs::metadata(path)
        && found.is_file()
        && std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o044 != 0
    {
        warn!("other users can read {0}, which holds a secret; `chmod 600 {0}` keeps them out", path.display());
    }
}

/// The text does not say where a secret is. It is not shown: it may be one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("this does not say where a secret is")]
pub struct NoSource;

/// As options write it: `env:NAME` or `file:PATH`.
impl FromStr for SecretSource {
    type Err = NoSource;

    fn from_str(text: &str) -> Result<SecretSource, NoSource> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(SecretSource::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(SecretSource::File(PathBuf::from(path))),
            _ => Err(NoSource),
        }
    }
}

impl TextSource {
    /// Fetches the text.
    pub fn read(&self) -> Result<SecretString, CannotRead> {
        match self {
            TextSource::Text(text) => Ok(SecretString::from(text.as_str())),
            TextSource::Elsewhere(source) => source.read(),
        }
    }
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
    pub fn keys(&self) -> Result<Keys, CannotRead> {
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

/// The file that is meant in a folder: the one in it, or else the one in the nearest folder above.
pub fn find(folder: &Path) -> Option<PathBuf> {
    user_file::find(FILE, folder)
}

/// Reads a file. `folder` is where relative paths in it begin.
pub fn open(path: &Path) -> Result<Profiles, CannotOpen> {
    let folder = path.parent().unwrap_or(Path::new(""));
    parse(&user_file::read(path)?, folder).map_err(CannotOpen::Wrong)
}

/// What a text says. All that is wrong is reported at once, but for what keeps it from being read at all. What is reported
/// shows nothing that could be a secret. Relative paths of files begin in `folder`.
pub fn parse(source: &Source, folder: &Path) -> Result<Profiles, Vec<Diagnostic>> {
    read::profiles(source, folder)
}

/// The name of an instance, so that nothing else can slip into a path; or what is wrong with it.
pub fn instance_name(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        Ok(text.to_owned())
    } else {
        Err("the name of an instance is made of letters, digits, `-` and `_`".to_owned())
    }
}
