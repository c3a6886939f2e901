//! Sources of secrets: environment variables and files.

use std::env::{self, VarError};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::SecretString;
use tracing::warn;

use crate::input::{self, Limit};

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
pub enum ReadSecretError {
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
    pub fn read(&self) -> Result<SecretString, ReadSecretError> {
        let (text, place) = match self {
            SecretSource::Env(name) => {
                let text = env::var(name).map_err(|error| match error {
                    VarError::NotPresent => ReadSecretError::NotSet(name.clone()),
                    VarError::NotUnicode(_) => ReadSecretError::NoText(name.clone()),
                })?;
                (text, format!("the variable {name}"))
            }
            SecretSource::File(path) => {
                let text = input::text(path, Limit::SECRET);
                let text = text.map_err(|reason| ReadSecretError::File { path: path.clone(), reason })?;
                warn_of_readers(path);
                (text, path.display().to_string())
            }
        };
        match text.trim_end_matches(['\r', '\n']) {
            text if text.trim().is_empty() => Err(ReadSecretError::Empty(place)),
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
pub struct SecretSourceError;

/// As options write it: `env:NAME` or `file:PATH`.
impl FromStr for SecretSource {
    type Err = SecretSourceError;

    fn from_str(text: &str) -> Result<SecretSource, SecretSourceError> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(SecretSource::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(SecretSource::File(PathBuf::from(path))),
            _ => Err(SecretSourceError),
        }
    }
}

impl TextSource {
    /// Fetches the text.
    pub fn read(&self) -> Result<SecretString, ReadSecretError> {
        match self {
            TextSource::Text(text) => Ok(SecretString::from(text.as_str())),
            TextSource::Elsewhere(source) => source.read(),
        }
    }
}
