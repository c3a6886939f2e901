//! A target: something that answers requests.
//!
//! A program in this process answers at once and always. Networks, patience and retries concern deployments behind a URL
//! alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::answer::{Answer, ExchangeError};
use super::base_url::TargetError;
use super::http_target::HttpTarget;
use super::limits::Limits;
use super::network::Network;
use super::observer::Observer;
use super::redirect;
use super::size::TooLarge;
use crate::secret::Secrets;

/// A server to be checked: a function in this process, or a deployment behind a URL.
#[derive(Clone)]
pub struct Target {
    name: String,
    kind: Kind,
    secrets: Secrets,
    observers: Vec<Arc<dyn Observer>>,
}

#[derive(Clone)]
enum Kind {
    InProcess(Arc<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>),
    Http(Arc<HttpTarget>),
    Behind(Arc<Layer>),
}

/// A function that answers requests and asks the target below it.
struct Layer {
    below: Target,
    respond: Box<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>,
}

impl Target {
    /// Creates a target from a function that answers requests in this process.
    pub fn in_process(
        name: impl Into<String>,
        handle: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Target {
        Target::new(name.into(), Kind::InProcess(Arc::new(handle)))
    }

    fn new(name: String, kind: Kind) -> Target {
        Target { name, kind, secrets: Secrets::default(), observers: Vec::new() }
    }

    /// Creates a target from the URL of a deployment: the part before `/v1.1/`. Redirects are not followed, and proxies named
    /// by environment variables are not used. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If the URL cannot be one of a deployment.
    pub fn http(url: &str, limits: Limits) -> Result<Target, TargetError> {
        Target::http_through(url, &Network::default(), limits)
    }

    /// Does the same, through a proxy, or with certificates in addition to those of the machine.
    ///
    /// # Errors
    ///
    /// If the URL cannot be one of a deployment, or no certificate could be verified.
    pub fn http_through(url: &str, network: &Network, limits: Limits) -> Result<Target, TargetError> {
        let deployment = HttpTarget::new(url, network, limits)?;
        let name = deployment.base().to_owned();
        Ok(Target::new(name, Kind::Http(Arc::new(deployment))).knowing())
    }

    /// Puts a layer in front of this target: `layer` receives a function that asks the target, and returns the function that
    /// answers in its place. Both may block; they are called on threads that may.
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
        let layer = Layer { below: self.clone(), respond: Box::new(respond) };
        Target { kind: Kind::Behind(Arc::new(layer)), ..self }
    }

    /// Gives it another name in reports.
    pub fn named(self, name: impl Into<String>) -> Target {
        Target { name: name.into(), ..self }
    }

    /// Shares its secrets with others that show something of it besides the events of a run.
    #[doc(hidden)]
    pub fn sharing(self, secrets: &Secrets) -> Target {
        Target { secrets: secrets.clone(), ..self }.knowing()
    }

    /// Adds the password of its proxy to its secrets.
    fn knowing(self) -> Target {
        if let Kind::Http(deployment) = &self.kind {
            deployment.password().into_iter().for_each(|password| self.secrets.tell("proxy.password", password));
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

    /// Returns the keys and passwords that are known of it.
    #[doc(hidden)]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Returns its name in reports: the URL, or the name that it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether requests stay in this process.
    #[doc(hidden)]
    pub fn is_in_process(&self) -> bool {
        match &self.kind {
            Kind::InProcess(_) => true,
            Kind::Http(_) => false,
            Kind::Behind(layer) => layer.below.is_in_process(),
        }
    }

    /// Returns its base URL, which stands before every path, without a slash at the end.
    #[doc(hidden)]
    pub fn base(&self) -> &str {
        match &self.kind {
            Kind::InProcess(_) => "http://simulator",
            Kind::Http(deployment) => deployment.base(),
            Kind::Behind(layer) => layer.below.base(),
        }
    }

    /// Returns the minimum time between the beginnings of two requests; zero if the rate is not limited.
    #[doc(hidden)]
    pub fn between_requests(&self) -> Duration {
        match &self.kind {
            Kind::InProcess(_) => Duration::ZERO,
            Kind::Http(deployment) => deployment.between_requests(),
            Kind::Behind(layer) => layer.below.between_requests(),
        }
    }

    /// Returns whether too many exchanges in a row got no response. Then only [`insist`](Target::insist) sends anything; one
    /// response ends that.
    #[doc(hidden)]
    pub fn has_stopped_answering(&self) -> bool {
        match &self.kind {
            Kind::InProcess(_) => false,
            Kind::Http(deployment) => deployment.has_stopped_answering(),
            Kind::Behind(layer) => layer.below.has_stopped_answering(),
        }
    }

    /// Sends a request, whose URI is a path, and reads the whole response; again if [`Limits`] say so.
    #[doc(hidden)]
    pub async fn send(&self, request: Request<Bytes>) -> Result<Answer, ExchangeError> {
        self.exchange(request, false).await
    }

    /// Does the same even if the target has stopped answering, and past any layer: for resources that must not be left behind.
    #[doc(hidden)]
    pub async fn insist(&self, request: Request<Bytes>) -> Result<Answer, ExchangeError> {
        self.exchange(request, true).await
    }

    async fn exchange(&self, request: Request<Bytes>, insists: bool) -> Result<Answer, ExchangeError> {
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

    async fn answer(&self, request: Request<Bytes>, insists: bool) -> Result<Answer, ExchangeError> {
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
}

impl Layer {
    async fn ask(self: &Arc<Layer>, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError> {
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
