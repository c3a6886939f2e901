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

/// Something that answers requests: a program in this process, or a deployment behind a URL. To the harness they are the
/// same.
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
    /// A program in this process.
    pub fn in_process(
        name: impl Into<String>,
        handle: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Target {
        Target::new(name.into(), Kind::InProcess(Arc::new(handle)))
    }

    fn new(name: String, kind: Kind) -> Target {
        Target { name, kind, secrets: Secrets::default(), observers: Vec::new() }
    }

    /// A deployment behind a URL; the path of the URL stands before every path of the API. Redirects are not followed, and
    /// proxies named by variables of the environment are not used.
    pub fn http(url: &str, limits: Limits) -> Result<Target, TargetError> {
        Target::http_through(url, &Network::default(), limits)
    }

    /// The same, perhaps through a proxy, and with certificates beside those of the machine.
    ///
    /// # Errors
    ///
    /// When the URL cannot be one, or no certificate could be verified.
    pub fn http_through(url: &str, network: &Network, limits: Limits) -> Result<Target, TargetError> {
        let deployment = HttpTarget::new(url, network, limits)?;
        let name = deployment.base().to_owned();
        Ok(Target::new(name, Kind::Http(Arc::new(deployment))).knowing())
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

    /// Returns the same target with one more observer. The newest observer sees an exchange first.
    pub fn observed_by(&self, observer: Arc<dyn Observer>) -> Target {
        let mut observed = self.clone();
        observed.observers.push(observer);
        observed
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
    pub async fn send(&self, request: Request<Bytes>) -> Result<Answer, ExchangeError> {
        self.exchange(request, false).await
    }

    /// The same, also where the target has stopped answering, and past any layer: for what must not stay behind.
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
