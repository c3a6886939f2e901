//! What is judged: something that answers requests.
//!
//! A program in this process answers at once and always. All that has to do with a network, with patience and with asking
//! again is the matter of a deployment behind a URL alone.

mod connections;
mod deployment;
mod failure;
mod limits;
mod network;
mod pace;
mod redirect;
mod retry;
mod size;
mod tls;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use reqwest::Url;
use url::ParseError;

use super::log;
use super::trace::take_down;
use crate::judge::Exchange;
use crate::secret::Secrets;
use deployment::Deployment;
pub use limits::{Limits, NoRate, Rate, Retries, TimeOuts};
pub use network::{Network, Proxy, ProxyError};
use size::TooLarge;
use syncano_simulator::api::Version;
pub use tls::{Tls, TlsError};

/// Something that answers requests: a program in this process, or a deployment behind a URL. To the harness they are the
/// same.
#[derive(Clone)]
pub struct Target {
    name: String,
    kind: Kind,
    secrets: Secrets,
}

#[derive(Clone)]
enum Kind {
    InProcess(Arc<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>),
    Http(Arc<Deployment>),
    Behind(Arc<Layer>),
}

/// A function that answers requests and asks the target below it.
struct Layer {
    below: Target,
    respond: Box<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>,
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
    /// No connection could be trusted.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP client could not be made.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// What a request was answered with.
#[derive(Debug)]
pub struct Answer {
    /// The answer, complete.
    pub response: Response<Bytes>,
    /// Why each attempt before this one was not enough.
    pub retries: Vec<String>,
    /// The host to which it sends its user, where that is not the target. It is not followed.
    pub astray: Option<String>,
    /// Why it is too large, where it is; then the response holds its beginning only.
    pub too_large: Option<String>,
}

/// No complete answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NoAnswer {
    /// Why. Holds no URL, and so no key.
    pub why: String,
    /// Whether the target may have done what was asked.
    pub may_have_gone_through: bool,
}

impl NoAnswer {
    /// That of a target that is not asked any more.
    pub(super) fn stopped() -> NoAnswer {
        NoAnswer { why: "the target has stopped answering".to_owned(), may_have_gone_through: false }
    }
}

impl Answer {
    /// Together with the request to which it is the answer.
    pub fn to(self, request: Request<Bytes>) -> Exchange {
        let Answer { response, retries, astray, too_large } = self;
        Exchange { request, response, retries, astray, too_large }
    }
}

impl Target {
    /// A program in this process.
    pub fn in_process(
        name: impl Into<String>,
        handle: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Target {
        Target { name: name.into(), kind: Kind::InProcess(Arc::new(handle)), secrets: Secrets::default() }
    }

    /// A deployment behind a URL; the path of the URL stands before every path of the API. Redirects are not followed, and
    /// proxies named by variables of the environment are not used.
    pub fn http(url: &str, limits: Limits) -> Result<Target, NotATarget> {
        Target::http_through(url, &Network::default(), limits)
    }

    /// The same, perhaps through a proxy, and with certificates beside those of the machine.
    ///
    /// # Errors
    ///
    /// When the URL cannot be one, or no certificate could be verified.
    pub fn http_through(url: &str, network: &Network, limits: Limits) -> Result<Target, NotATarget> {
        let deployment = Deployment::at(url, network, limits)?;
        let name = deployment.base().to_owned();
        Ok(Target { name, kind: Kind::Http(Arc::new(deployment)), secrets: Secrets::default() }.knowing())
    }

    /// A target behind a layer: `layer` receives a function that asks this target, and returns the function that answers in its
    /// place. Both may block; they are called on threads that may.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn behind<L>(
        self,
        layer: impl FnOnce(Box<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>) -> L,
    ) -> Target
    where
        L: Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    {
        let (below, runtime) = (self.clone(), tokio::runtime::Handle::current());
        let respond = layer(Box::new(move |request| match runtime.block_on(below.exchange(request, false)) {
            Ok(answer) => answer.response,
            Err(error) => {
                let mut lost = Response::new(Bytes::new());
                *lost.status_mut() = StatusCode::BAD_GATEWAY;
                lost.extensions_mut().insert(error);
                lost
            }
        }));
        let layer = Layer { below: self.clone(), respond: Box::new(respond) };
        Target { kind: Kind::Behind(Arc::new(layer)), ..self }
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

    /// The same, with secrets that it shares with whoever shows something of it besides the events of a run.
    pub fn sharing(self, secrets: &Secrets) -> Target {
        Target { secrets: secrets.clone(), ..self }.knowing()
    }

    /// The same; what it is reached with is among its secrets.
    fn knowing(self) -> Target {
        if let Kind::Http(deployment) = &self.kind {
            deployment.password().into_iter().for_each(|password| self.secrets.tell("proxy.password", password));
        }
        self
    }

    /// The keys and passwords that are known of it.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// As it is called in reports: `simulator`, the URL, or the name that it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether requests stay in this process.
    pub fn is_in_process(&self) -> bool {
        match &self.kind {
            Kind::InProcess(_) => true,
            Kind::Http(_) => false,
            Kind::Behind(layer) => layer.below.is_in_process(),
        }
    }

    /// What stands before every path: scheme, host and perhaps a path, without a slash at the end.
    pub fn base(&self) -> &str {
        match &self.kind {
            Kind::InProcess(_) => "http://simulator",
            Kind::Http(deployment) => deployment.base(),
            Kind::Behind(layer) => layer.below.base(),
        }
    }

    /// How far apart requests begin at least, whoever sends them; zero where that is not limited.
    pub fn between_requests(&self) -> Duration {
        match &self.kind {
            Kind::InProcess(_) => Duration::ZERO,
            Kind::Http(deployment) => deployment.between_requests(),
            Kind::Behind(layer) => layer.below.between_requests(),
        }
    }

    /// Whether so many exchanges in a row were not answered that nothing is sent any more but what
    /// [insists](Target::insist). One answer ends that.
    pub fn has_stopped_answering(&self) -> bool {
        match &self.kind {
            Kind::InProcess(_) => false,
            Kind::Http(deployment) => deployment.has_stopped_answering(),
            Kind::Behind(layer) => layer.below.has_stopped_answering(),
        }
    }

    /// Sends a request, whose URI is a path, and reads the whole answer; again where [`Limits`] say so.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Answer, NoAnswer> {
        self.exchange(request, false).await
    }

    /// The same, also where the target has stopped answering, and past any layer: for what must not stay behind.
    pub async fn insist(&self, request: Request<Bytes>) -> Result<Answer, NoAnswer> {
        self.exchange(request, true).await
    }

    async fn exchange(&self, request: Request<Bytes>, insists: bool) -> Result<Answer, NoAnswer> {
        let logged = log::sent(&request);
        let answer = take_down(request, |request| self.answer(request, insists)).await;
        if let Some(logged) = logged {
            logged.answered(&answer, &self.secrets);
        }
        answer
    }

    async fn answer(&self, request: Request<Bytes>, insists: bool) -> Result<Answer, NoAnswer> {
        let (mut response, retries) = match &self.kind {
            Kind::InProcess(handle) => (handle(request), Vec::new()),
            Kind::Http(deployment) => deployment.exchange(&request, insists).await?,
            Kind::Behind(layer) if insists => return Box::pin(layer.below.answer(request, true)).await,
            Kind::Behind(layer) => (layer.ask(request).await?, Vec::new()),
        };
        let astray = redirect::astray(self.base(), &response);
        let too_large = response.extensions_mut().remove::<TooLarge>().map(|TooLarge(why)| why);
        Ok(Answer { response, retries, astray, too_large })
    }

    /// Lets time pass before something is asked again.
    pub fn pause(&self, duration: Duration) -> impl Future<Output = ()> + use<> {
        tokio::time::sleep(duration)
    }
}

impl Layer {
    async fn ask(self: &Arc<Layer>, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let layer = Arc::clone(self);
        let response = tokio::task::spawn_blocking(move || (layer.respond)(request)).await;
        let response = response.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        match response.extensions().get::<NoAnswer>() {
            Some(error) => Err(error.clone()),
            None => Ok(response),
        }
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Target").field(&self.name).finish()
    }
}
