//! The URL of a deployment.

use reqwest::Url;
use syncano_simulator::api::Version;
use url::ParseError;

use super::tls::TlsError;

/// A URL that cannot be a target.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It is not a URL.
    #[error("it is not a URL: {0}")]
    InvalidUrl(String),
    /// It is not an HTTP URL.
    #[error("it does not begin with http:// or https://")]
    NotHttp,
    /// It holds a user name or a password, which would be visible on the command line.
    #[error("it holds a user name or a password")]
    Credentials,
    /// It has a query or a fragment, which belong to requests.
    #[error("it has a query or a fragment")]
    Query,
    /// Its path holds the version of the API, which is a separate option.
    #[error("its path holds the version of the API")]
    Version,
    /// The TLS certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// Parses the URL of a deployment: the part before `/v1.1/`.
pub fn base_url(url: &str) -> Result<Url, TargetError> {
    let base = Url::parse(url).map_err(|error| match error {
        ParseError::RelativeUrlWithoutBase => TargetError::NotHttp,
        error => TargetError::InvalidUrl(error.to_string()),
    })?;
    if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
        return Err(TargetError::NotHttp);
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(TargetError::Credentials);
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(TargetError::Query);
    }
    if base.path_segments().is_some_and(|mut segments| segments.any(|segment| segment.parse::<Version>().is_ok())) {
        return Err(TargetError::Version);
    }
    Ok(base)
}
