//! How a deployment is reached: through which proxy, and with which certificates.

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use url::ParseError;

use super::tls::Tls;

/// How a deployment is reached. By default: without a proxy, and with the certificates of the machine.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The proxy before it.
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

/// Why there is no such proxy.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The URL cannot be read.
    #[error("it is no URL: {0}")]
    NotAUrl(String),
    /// The URL is that of something else.
    #[error("it begins neither with http:// nor with https://")]
    NotHttp,
    /// The URL is that of a SOCKS proxy.
    #[error("it is a SOCKS proxy, and only HTTP proxies are supported")]
    Socks,
    /// Passwords do not belong on a command line.
    #[error(
        "it holds a user name or a password; they stand apart, in --proxy-user or `proxy_user`, so that no password \
         stands on a command line or in a file"
    )]
    Credentials,
    /// The user name cannot be sent.
    #[error("the user name of a proxy cannot hold a colon")]
    Colon,
}

impl Proxy {
    /// The proxy at a URL, which asks nobody who they are.
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

    /// The same for somebody whom it knows.
    pub fn with_login(self, username: &str, password: SecretString) -> Result<Proxy, ProxyError> {
        if username.contains(':') {
            return Err(ProxyError::Colon);
        }
        Ok(Proxy { login: Some((username.to_owned(), password)), ..self })
    }

    /// Whether the connection to it is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The password, where there is one.
    pub(super) fn password(&self) -> Option<&str> {
        self.login.as_ref().map(|(_, password)| password.expose_secret())
    }

    /// For the HTTP client, for every request.
    pub(super) fn for_all(&self) -> reqwest::Result<reqwest::Proxy> {
        let proxy = reqwest::Proxy::all(self.url.clone())?;
        Ok(match &self.login {
            Some((username, password)) => proxy.basic_auth(username, password.expose_secret()),
            None => proxy,
        })
    }
}
