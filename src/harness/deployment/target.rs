//! The target of a run.
//!
//! A function in this process responds at once, but for a poll that [`Target::waiting`] sends. Network
//! settings, waits and retries apply only to deployments behind a URL.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::base_url::TargetError;
use super::complete_response::{CompleteResponse, ExchangeError};
use super::http_target::HttpTarget;
use super::limits::Limits;
use super::network::Network;
use super::observer::Observer;
use super::redirect;
use super::size::TooLarge;
use syncano_secrets::Secrets;
use syncano_simulator::PollWait;
use tokio::sync::watch;

/// A server to be checked: a function in this process, or a deployment behind a URL.
#[derive(Clone)]
pub struct Target {
    name: String,
    backend: Backend,
    secrets: Secrets,
    observers: Vec<Arc<dyn Observer>>,
    /// When a poll of a function in this process stops waiting; `None` if it does not wait.
    poll_end: Option<watch::Receiver<()>>,
}

#[derive(Clone)]
enum Backend {
    InProcess(Arc<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>),
    Http(Arc<HttpTarget>),
    Behind(Arc<TargetLayer>),
}

/// A function that responds to requests, and can send requests to the target below it.
struct TargetLayer {
    below: Target,
    respond: Box<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>,
}

impl Target {
    /// Creates a target from a function that answers requests in this process.
    pub fn in_process(
        name: impl Into<String>,
        handle: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Target {
        Target::new(name.into(), Backend::InProcess(Arc::new(handle)))
    }

    fn new(name: String, backend: Backend) -> Target {
        Target { name, backend, secrets: Secrets::default(), observers: Vec::new(), poll_end: None }
    }

    /// Creates a target from the URL of a deployment: the part before `/v1.1/`. Redirects are not
    /// followed, and proxies named by environment variables are not used. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If the URL is not valid for a deployment.
    pub fn http(url: &str, limits: Limits) -> Result<Target, TargetError> {
        Target::http_through(url, &Network::default(), limits)
    }

    /// Creates a target from the URL of a deployment, with these network settings.
    ///
    /// # Errors
    ///
    /// If the URL is not valid for a deployment, or the certificates cannot be used.
    pub fn http_through(url: &str, network: &Network, limits: Limits) -> Result<Target, TargetError> {
        let deployment = HttpTarget::new(url, network, limits)?;
        let name = deployment.base().to_owned();
        Ok(Target::new(name, Backend::Http(Arc::new(deployment))).knowing())
    }

    /// Puts a layer in front of this target: `layer` receives a function that sends a request to
    /// the target, and returns the function that responds in its place. Both may block; they are
    /// called on threads where that is allowed.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    #[doc(hidden)]
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
        let layer = TargetLayer { below: self.clone(), respond: Box::new(respond) };
        Target { backend: Backend::Behind(Arc::new(layer)), ..self }
    }

    /// Sets the name in reports.
    pub fn named(self, name: impl Into<String>) -> Target {
        Target { name: name.into(), ..self }
    }

    /// Uses these secrets, which other output shares with the events of a run.
    #[doc(hidden)]
    pub fn sharing(self, secrets: &Secrets) -> Target {
        Target { secrets: secrets.clone(), ..self }.knowing()
    }

    /// Adds the passwords of its network settings to its secrets.
    fn knowing(self) -> Target {
        if let Backend::Http(deployment) = &self.backend {
            deployment.passwords().for_each(|(name, password)| self.secrets.add(name, password));
        }
        self
    }

    /// Returns the same target with one more observer. The newest observer sees an exchange first.
    #[doc(hidden)]
    pub fn observed_by(&self, observer: Arc<dyn Observer>) -> Target {
        let mut observed = self.clone();
        observed.observers.push(observer);
        observed
    }

    /// Returns the same target, whose polls wait for a change in this process too, until the sender
    /// of `end` is dropped.
    #[doc(hidden)]
    pub fn waiting(&self, end: watch::Receiver<()>) -> Target {
        Target { poll_end: Some(end), ..self.clone() }
    }

    /// Returns the known keys and passwords of the target.
    #[doc(hidden)]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Returns its name in reports: the URL, or the name that [`named`](Target::named) has set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether the target runs in this process.
    #[doc(hidden)]
    pub fn is_in_process(&self) -> bool {
        match &self.backend {
            Backend::InProcess(_) => true,
            Backend::Http(_) => false,
            Backend::Behind(layer) => layer.below.is_in_process(),
        }
    }

    /// Returns its base URL, which precedes every path, without a slash at the end.
    #[doc(hidden)]
    pub fn base(&self) -> &str {
        match &self.backend {
            Backend::InProcess(_) => "http://simulator",
            Backend::Http(deployment) => deployment.base(),
            Backend::Behind(layer) => layer.below.base(),
        }
    }

    /// Returns the minimum time between the beginnings of two requests; zero if the rate is not
    /// limited.
    #[doc(hidden)]
    pub fn between_requests(&self) -> Duration {
        match &self.backend {
            Backend::InProcess(_) => Duration::ZERO,
            Backend::Http(deployment) => deployment.between_requests(),
            Backend::Behind(layer) => layer.below.between_requests(),
        }
    }

    /// Returns whether too many exchanges in a row got no response. Then only
    /// [`insist`](Target::insist) sends requests, until one gets a response.
    #[doc(hidden)]
    pub fn has_stopped_answering(&self) -> bool {
        match &self.backend {
            Backend::InProcess(_) => false,
            Backend::Http(deployment) => deployment.has_stopped_answering(),
            Backend::Behind(layer) => layer.below.has_stopped_answering(),
        }
    }

    /// Sends a request, whose URI is a path, and reads the whole response. Repeats it as [`Limits`]
    /// allow.
    #[doc(hidden)]
    pub async fn send(&self, request: Request<Bytes>) -> Result<CompleteResponse, ExchangeError> {
        self.exchange(request, false).await
    }

    /// Sends a request even if the target has stopped answering, and bypasses layers: for resources
    /// that must not be left behind.
    #[doc(hidden)]
    pub async fn insist(&self, request: Request<Bytes>) -> Result<CompleteResponse, ExchangeError> {
        self.exchange(request, true).await
    }

    async fn exchange(&self, request: Request<Bytes>, insists: bool) -> Result<CompleteResponse, ExchangeError> {
        let observers = self.observers.iter().rev().filter(|observer| observer.is_interested()).collect::<Vec<_>>();
        if observers.is_empty() {
            return self.answer(request, insists).await;
        }
        let (begun, sent) = (Instant::now(), request.clone());
        let outcome = self.answer(request, insists).await;
        let elapsed = begun.elapsed();
        observers.into_iter().for_each(|observer| observer.exchanged(&sent, &outcome, elapsed));
        outcome
    }

    async fn answer(&self, request: Request<Bytes>, insists: bool) -> Result<CompleteResponse, ExchangeError> {
        let (mut response, retries) = match &self.backend {
            Backend::InProcess(handle) => (handle(request), Vec::new()),
            Backend::Http(deployment) => deployment.exchange(&request, insists).await?,
            Backend::Behind(layer) if insists => return Box::pin(layer.below.answer(request, true)).await,
            Backend::Behind(layer) => (layer.ask(request).await?, Vec::new()),
        };
        if let Some(mut end) = self.poll_end.clone() {
            response = PollWait::finish(response, async { while end.changed().await.is_ok() {} }).await;
        }
        let astray = redirect::astray(self.base(), &response);
        let too_large = response.extensions_mut().remove::<TooLarge>().map(|TooLarge(why)| why);
        Ok(CompleteResponse { response, retries, astray, too_large })
    }
}

impl TargetLayer {
    async fn ask(self: &Arc<TargetLayer>, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError> {
        let layer = Arc::clone(self);
        let response = tokio::task::spawn_blocking(move || (layer.respond)(request)).await;
        let response = response.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        match response.extensions().get::<ExchangeError>() {
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
