//! The network settings of a deployment: proxy and certificates.

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use url::ParseError;

use super::tls::Tls;

/// The network settings of a deployment. The default is no proxy, and the certificates of the
/// machine.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The proxy in front of the deployment.
    pub proxy: Option<Proxy>,
    /// The certificates.
    pub tls: Tls,
}

/// An HTTP proxy.
#[derive(Clone, Debug)]
pub struct Proxy {
    url: Url,
    login: Option<(String, SecretString)>,
}

/// An invalid proxy.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The URL cannot be parsed.
    #[error("it is not a URL: {0}")]
    NotAUrl(String),
    /// The URL is not an HTTP URL.
    #[error("it does not begin with http:// or https://")]
    NotHttp,
    /// The URL is a SOCKS proxy.
    #[error("it is a SOCKS proxy, and only HTTP proxies are supported")]
    Socks,
    /// The URL holds a user name or a password.
    #[error(
        "it holds a user name or a password; give them with --proxy-user or as `proxy_user`, which keep the password \
         off the command line and out of files"
    )]
    Credentials,
    /// The user name cannot be sent.
    #[error("the user name of a proxy cannot hold a colon")]
    Colon,
}

impl Proxy {
    /// Creates the proxy at a URL, without a login.
    pub fn new(url: &str) -> Result<Proxy, ProxyError> {
        let url = Url::parse(url).map_err(|error| match error {
            ParseError::RelativeUrlWithoutBase => ProxyError::NotHttp,
            error => ProxyError::NotAUrl(error.to_string()),
        })?;
        if url.scheme().starts_with("socks") {
            return Err(ProxyError::Socks);
        }
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(ProxyError::NotHttp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ProxyError::Credentials);
        }
        Ok(Proxy { url, login: None })
    }

    /// Sets the user name and the password.
    pub fn with_login(self, username: &str, password: SecretString) -> Result<Proxy, ProxyError> {
        if username.contains(':') {
            return Err(ProxyError::Colon);
        }
        Ok(Proxy { login: Some((username.to_owned(), password)), ..self })
    }

    /// Returns whether the connection to it is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns the password, if there is one.
    pub(super) fn password(&self) -> Option<&str> {
        self.login.as_ref().map(|(_, password)| password.expose_secret())
    }

    /// Returns the setting of the HTTP client, for all requests.
    pub(super) fn for_all(&self) -> reqwest::Result<reqwest::Proxy> {
        let proxy = reqwest::Proxy::all(self.url.clone())?;
        Ok(match &self.login {
            Some((username, password)) => proxy.basic_auth(username, password.expose_secret()),
            None => proxy,
        })
    }
}
