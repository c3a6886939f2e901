//! Reads the network settings of a profile: certificates and logins.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::profile::Profile;
use super::source::{ReadSecretError, SecretSource};
use crate::harness::{BasicLogin, BasicLoginError, Network, Proxy, ProxyError, Tls, TlsError};

/// The maximum size of a certificate or key file in bytes. All authorities of a typical machine
/// take a quarter of that.
const LARGEST: u64 = 1 << 20;

/// The error for a profile whose target cannot be reached. The message contains nothing from a
/// file.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: io::Error,
    },
    /// The content of a file is invalid.
    #[error("cannot use {}: {reason}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: TlsError,
    },
    /// A certificate is without its key, or a key without its certificate.
    #[error("a client certificate and its private key are only used together; set both")]
    Half,
    /// A proxy user is set without a proxy.
    #[error("a proxy user is set, but no proxy")]
    NoProxy,
    /// The URL of the proxy is invalid.
    #[error("invalid proxy: {0}")]
    Proxy(#[from] ProxyError),
    /// The secret of `basic` is not a login.
    #[error("the secret of `basic` cannot be used: {0}")]
    Basic(#[from] BasicLoginError),
    /// A secret cannot be read.
    #[error(transparent)]
    Secret(#[from] ReadSecretError),
}

impl Profile {
    /// Reads the certificates, the proxy login and the login at a server in front.
    pub fn network(&self) -> Result<Network, NetworkError> {
        let basic = self.basic.as_ref().map(SecretSource::read).transpose()?.map(BasicLogin::new).transpose()?;
        Ok(Network { proxy: self.through()?, tls: self.tls()?, basic })
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
        return Err(failed(io::Error::other(format!("larger than {} MiB", LARGEST >> 20))));
    }
    Ok(bytes)
}
