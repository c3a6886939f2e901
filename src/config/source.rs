//! Sources of secrets: environment variables and files.

use std::env::{self, VarError};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::SecretString;
use tracing::warn;

use syncano_suite::input::{self, Limit};

/// The source of a user's name and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSource {
    /// The user name.
    pub username: TextSource,
    /// The password.
    pub password: SecretSource,
}

/// The source of a text that the configuration may contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextSource {
    /// The text itself.
    Text(String),
    /// A secret source.
    Secret(SecretSource),
}

/// The source of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file that contains only the secret.
    File(PathBuf),
}

/// The error for a secret that cannot be read. The message does not contain the secret.
#[derive(Debug, thiserror::Error)]
pub enum ReadSecretError {
    /// The variable does not exist.
    #[error("the environment variable {0} is not set")]
    NotSet(String),
    /// The variable is not UTF-8.
    #[error("the environment variable {0} is not valid UTF-8")]
    NoText(String),
    /// The file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: io::Error,
    },
    /// The variable or file is empty.
    #[error("{0} is empty")]
    Empty(String),
}

impl SecretSource {
    /// Reads the secret, without line breaks at its end.
    pub fn read(&self) -> Result<SecretString, ReadSecretError> {
        let (text, place) = match self {
            SecretSource::Env(name) => {
                let text = env::var(name).map_err(|error| match error {
                    VarError::NotPresent => ReadSecretError::NotSet(name.clone()),
                    VarError::NotUnicode(_) => ReadSecretError::NoText(name.clone()),
                })?;
                (text, format!("the environment variable {name}"))
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

/// Warns if other users of the machine can read a file with a secret.
fn warn_of_readers(path: &Path) {
    #[cfg(unix)]
    if let Ok(found) = std::fs::metadata(path)
        && found.is_file()
        && std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o044 != 0
    {
        warn!("other users can read {0}, which contains a secret; run `chmod 600 {0}`", path.display());
    }
}

/// The error for a text that is not a secret source. The text is not shown, because it may be a
/// secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected env:NAME or file:PATH")]
pub struct SecretSourceError;

/// Parses an option: `env:NAME` or `file:PATH`.
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
    /// Reads the text.
    pub fn read(&self) -> Result<SecretString, ReadSecretError> {
        match self {
            TextSource::Text(text) => Ok(SecretString::from(text.as_str())),
            TextSource::Secret(source) => source.read(),
        }
    }
}
