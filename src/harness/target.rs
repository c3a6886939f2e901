//! What is judged: something that answers requests.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response, Uri};
use reqwest::Url;
use reqwest::redirect::Policy;
use url::{Host, ParseError};

use crate::api::Version;

/// The largest answer that is read.
const ANSWER_LIMIT: usize = 16 << 20;

/// Something that answers requests: a program in this process, or a deployment behind a URL. To the harness they are the
/// same.
#[derive(Clone)]
pub struct Target {
    name: String,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    InProcess(Arc<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>),
    Http { client: reqwest::Client, base: Url },
}

/// How patient the harness is with a target behind a URL.
#[derive(Clone, Copy, Debug)]
pub struct TimeOuts {
    /// For making a connection.
    pub connect: Duration,
    /// For a whole exchange, from the first byte sent to the last received.
    pub exchange: Duration,
}

impl Default for TimeOuts {
    fn default() -> TimeOuts {
        TimeOuts { connect: Duration::from_secs(10), exchange: Duration::from_secs(30) }
    }
}

/// Why a URL cannot be a target.
#[derive(Debug, thiserror::Error)]
pub enum NotATarget {
    /// It cannot be read.
    #[error("it is no URL: {0}")]
    NotAUrl(String),
    /// It names no web server.
    #[error("it begins neither with http:// nor with https://")]
    NotHttp,
    /// Keys and passwords do not belong on a command line.
    #[error("it holds a user name or a password")]
    Credentials,
    /// Requests bring their own.
    #[error("it has a query or a fragment")]
    Query,
    /// The version is chosen apart from the URL.
    #[error("its path holds the version of the API")]
    Version,
    /// The HTTP client could not be made.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// No complete answer came. The text holds no URL, and so no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

impl Target {
    /// A program in this process.
    pub fn in_process(
        name: impl Into<String>,
        handle: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Target {
        Target { name: name.into(), kind: Kind::InProcess(Arc::new(handle)) }
    }

    /// A deployment behind a URL; the path of the URL stands before every path of the API. Redirects are not followed. The
    /// usual variables of the environment name a proxy, but for an address of this machine.
    pub fn http(url: &str, time_outs: TimeOuts) -> Result<Target, NotATarget> {
        let base = Target::base_url(url)?;
        // What listens on this machine is not behind a proxy.
        let is_loopback = match base.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        // The error says that another part of the process has chosen a provider, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder();
        let client = if is_loopback { client.no_proxy() } else { client };
        let client = client
            .redirect(Policy::none())
            .connect_timeout(time_outs.connect)
            .timeout(time_outs.exchange)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| NotATarget::Client(reasons(&error)))?;
        Ok(Target { name: base.as_str().trim_end_matches('/').to_owned(), kind: Kind::Http { client, base } })
    }

    /// What the URL of a deployment has to be.
    pub fn base_url(url: &str) -> Result<Url, NotATarget> {
        let base = Url::parse(url).map_err(|error| match error {
            ParseError::RelativeUrlWithoutBase => NotATarget::NotHttp,
            error => NotATarget::NotAUrl(error.to_string()),
        })?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(NotATarget::NotHttp);
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(NotATarget::Credentials);
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(NotATarget::Query);
        }
        if base.path_segments().is_some_and(|mut segments| segments.any(|segment| segment.parse::<Version>().is_ok())) {
            return Err(NotATarget::Version);
        }
        Ok(base)
    }

    /// The same under another name, by which reports call it.
    pub fn named(self, name: impl Into<String>) -> Target {
        Target { name: name.into(), ..self }
    }

    /// As it is called in reports: `simulator`, the URL, or the name that it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether requests stay in this process.
    pub fn is_in_process(&self) -> bool {
        matches!(self.kind, Kind::InProcess(_))
    }

    /// What stands before every path: scheme, host and perhaps a path, without a slash at the end.
    pub fn base(&self) -> &str {
        match &self.kind {
            Kind::InProcess(_) => "http://simulator",
            Kind::Http { base, .. } => base.as_str().trim_end_matches('/'),
        }
    }

    /// Sends a request, whose URI is a path, and reads the whole answer.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        match &self.kind {
            Kind::InProcess(handle) => Ok(handle(request)),
            Kind::Http { client, .. } => {
                let url = format!("{}{}", self.base(), path_of(request.uri()));
                let url = Url::parse(&url).map_err(|error| NoAnswer(error.to_string()))?;
                let (parts, body) = request.into_parts();
                let sent = client.request(parts.method, url).headers(parts.headers).body(body).send();
                let mut response = sent.await.map_err(|error| NoAnswer(reasons(&error)))?;
                let mut collected = BytesMut::new();
                while let Some(chunk) = response.chunk().await.map_err(|error| NoAnswer(reasons(&error)))? {
                    if collected.len() + chunk.len() > ANSWER_LIMIT {
                        return Err(NoAnswer(format!("the answer is longer than {} MiB", ANSWER_LIMIT >> 20)));
                    }
                    collected.extend_from_slice(&chunk);
                }
                let mut answer = Response::new(collected.freeze());
                *answer.status_mut() = response.status();
                *answer.headers_mut() = std::mem::take(response.headers_mut());
                Ok(answer)
            }
        }
    }

    /// Lets time pass before something is asked again.
    pub fn pause(&self, duration: Duration) -> impl Future<Output = ()> + use<> {
        tokio::time::sleep(duration)
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Target").field(&self.name).finish()
    }
}

fn path_of(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |path| path.as_str())
}

/// What an error of the HTTP client says, with its causes and without the URL, which may hold keys.
fn reasons(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no complete answer within the time-out"
    } else if error.is_connect() {
        "no connection"
    } else {
        "no complete answer"
    };
    let mut text = what.to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}
