//! How the target of a profile is reached: reads the certificates that it names, and who it is to its proxy.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::profile::Profile;
use super::source::ReadSecretError;
use crate::harness::{Network, Proxy, ProxyError, Tls, TlsError};

/// Files of certificates and keys are not longer, in bytes. All authorities of a machine are a quarter of that.
const LARGEST: u64 = 1 << 20;

/// Why there is no way to the target of a profile. The text holds nothing of what a file holds.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
    /// What a file holds cannot be used.
    #[error("{} cannot be used: {reason}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: TlsError,
    },
    /// One of two that belong together is missing.
    #[error("a client certificate needs its private key, and a private key its certificate: name both")]
    Half,
    /// There is a user of a proxy, but no proxy.
    #[error("a user name for a proxy is given, and no proxy")]
    NoProxy,
    /// The proxy cannot be one.
    #[error("the proxy cannot be used: {0}")]
    Proxy(#[from] ProxyError),
    /// A password is not where it was said to be.
    #[error(transparent)]
    Secret(#[from] ReadSecretError),
}

impl Profile {
    /// Reads all that it takes to reach the target.
    pub fn network(&self) -> Result<Network, NetworkError> {
        Ok(Network { proxy: self.through()?, tls: self.tls()? })
    }

    fn through(&self) -> Result<Option<Proxy>, NetworkError> {
        match (&self.proxy, &self.proxy_user) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(NetworkError::NoProxy),
            (Some(url), None) => Ok(Some(Proxy::new(url)?)),
            (Some(url), Some(user)) => {
                let (username, password) = (user.username.read()?, user.password.read()?);
                Ok(Some(Proxy::new(url)?.with_login(username.expose_secret(), password)?))
            }
        }
    }

    fn tls(&self) -> Result<Tls, NetworkError> {
        let mut tls = Tls::default();
        let wrong = |path: &Path, reason| NetworkError::Certificates { path: path.to_owned(), reason };
        if let Some(path) = &self.ca_cert {
            tls = tls.trusting(&bounded(path)?).map_err(|reason| wrong(path, reason))?;
        }
        match (&self.client_cert, &self.client_key) {
            (None, None) => Ok(tls),
            (Some(certificate), Some(key)) => {
                let texts = (bounded(certificate)?, bounded(key)?);
                tls.presenting(&texts.0, &texts.1).map_err(|reason| match reason {
                    TlsError::NoCertificate | TlsError::BadCertificate => wrong(certificate, reason),
                    reason => wrong(key, reason),
                })
            }
            (Some(_), None) | (None, Some(_)) => Err(NetworkError::Half),
        }
    }
}

fn bounded(path: &Path) -> Result<Vec<u8>, NetworkError> {
    let failed = |reason| NetworkError::File { path: path.to_owned(), reason };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(failed(io::Error::other(format!("it is longer than {} MiB", LARGEST >> 20))));
    }
    Ok(bytes)
}
