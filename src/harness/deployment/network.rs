//! The network settings of a deployment: proxy, certificates, and the login at a server in front.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::InvalidHeaderValue;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use url::ParseError;

use super::tls::Tls;

/// The network settings of a deployment. The default is no proxy, the certificates of the machine,
/// and no login.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The proxy in front of the deployment.
    pub proxy: Option<Proxy>,
    /// The certificates.
    pub tls: Tls,
    /// The login at a server in front of the deployment.
    pub basic: Option<BasicLogin>,
}

/// The login at a server in front of a deployment, by HTTP Basic authentication.
#[derive(Clone, Debug)]
pub struct BasicLogin(SecretString);

/// A text that is not `user:password`.
#[derive(Debug, thiserror::Error)]
#[error("it is not of the form user:password")]
pub struct BasicLoginError;

impl BasicLogin {
    /// Parses `user:password`.
    pub fn new(login: SecretString) -> Result<BasicLogin, BasicLoginError> {
        let is_good = |login: &str| login.contains(':') && !login.contains(char::is_control);
        if is_good(login.expose_secret()) { Ok(BasicLogin(login)) } else { Err(BasicLoginError) }
    }

    /// Returns the value of the `Authorization` header.
    pub(super) fn header(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(self.0.expose_secret())))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Returns what must not be shown, by name: the whole login, and the password.
    pub(super) fn secrets(&self) -> [(&'static str, &str); 2] {
        let login = self.0.expose_secret();
        [("basic", login), ("basic.password", login.split_once(':').map_or("", |(_, password)| password))]
    }
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
