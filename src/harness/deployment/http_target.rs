//! A deployment behind a URL: sends requests over HTTP, within limits.
//!
//! Responses are bounded: bodies are read up to [`Limits::answer`], heads up to hyper's limit of
//! some 400 KiB with [`MAX_HEADERS`] fields, and compressed bodies are not decompressed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, Entry};
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Url};
use tokio::time::sleep;
use tracing::info;
use url::Host;

use super::base_url::{TargetError, base_url};
use super::batch::{BatchRequest, Throttled};
use super::complete_response::ExchangeError;
use super::connections::{Connections, SendError};
use super::failure::{BUSY, PROXY_LOGIN, failure, reasons};
use super::limits::{Limits, Retries};
use super::network::{BasicLogin, Network, Proxy};
use super::pace::{Load, Pace, WINDOW};
use super::retry::{Attempts, FailedAttempt, Fate, NextAction};
use super::size;

/// The maximum number of header fields of a response.
const MAX_HEADERS: usize = 100;
/// The number of times that a batch is sent again after a part of it was too many.
const MAX_THROTTLED: usize = 3;
/// The number of failed exchanges in a row after which a target has stopped answering.
const BROKEN_IN_A_ROW: usize = 10;
/// The reason for [`SendError::KeptWasClosed`].
const KEPT_WAS_CLOSED: &str = "no complete answer: the target has closed the connection";

/// A deployment, its connections and its limits.
pub struct HttpTarget {
    connections: Connections,
    base: Url,
    proxy: Option<Proxy>,
    basic: Option<BasicLogin>,
    /// The `Authorization` header of that login.
    authorization: Option<HeaderValue>,
    retries: Retries,
    pace: Pace,
    /// The maximum length of a response body, in bytes.
    max_body: usize,
    /// The number of failed exchanges in a row.
    broken: AtomicUsize,
}

impl HttpTarget {
    /// Creates the target for a URL. Sends nothing yet.
    pub fn new(url: &str, network: &Network, limits: Limits) -> Result<HttpTarget, TargetError> {
        let base = base_url(url)?;
        let is_loopback = match base.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        // An error means that another part of the process has installed a provider, which works
        // too.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let Network { proxy, tls, basic } = network.clone();
        let authorization = basic.as_ref().map(BasicLogin::header).transpose();
        let authorization = authorization.map_err(|error| TargetError::Client(error.to_string()))?;
        let uses_tls = base.scheme() == "https" || proxy.as_ref().is_some_and(Proxy::is_encrypted);
        // Reading the certificates of the machine can take longer than a run. An http target never
        // needs them, because redirects are not followed.
        let tls = uses_tls.then(|| tls.config()).transpose()?;
        let unusable = |error: reqwest::Error| TargetError::Client(reasons(&error));
        let through = proxy.as_ref().map(Proxy::for_all).transpose().map_err(unusable)?;
        let client = || {
            // A proxy from the environment would see every key without the user's consent.
            let client = reqwest::Client::builder().no_proxy();
            let client = through.iter().cloned().fold(client, ClientBuilder::proxy);
            let client = match &tls {
                Some(tls) => client.tls_backend_preconfigured(tls.clone()),
                None => client.tls_certs_only([]),
            };
            client
                .redirect(Policy::none())
                // `Attempts` decides which requests are repeated.
                .retry(reqwest::retry::never())
                .connect_timeout(limits.time_outs.connect)
                .timeout(limits.time_outs.exchange)
                .http1_max_headers(MAX_HEADERS)
                .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        };
        let connections = Connections::new(client).map_err(unusable)?;
        let pace = Pace::new(limits.rate.interval(is_loopback));
        let retries = limits.retries;
        let (max_body, broken) = (limits.answer, AtomicUsize::new(0));
        Ok(HttpTarget { connections, base, proxy, basic, authorization, retries, pace, max_body, broken })
    }

    /// Returns the URL without a slash at its end.
    pub fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Returns its passwords by name: that of its proxy, and the login at a server in front of it.
    pub fn passwords(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let proxy = self.proxy.as_ref().and_then(Proxy::password).map(|password| ("proxy.password", password));
        proxy.into_iter().chain(self.basic.iter().flat_map(BasicLogin::secrets))
    }

    /// Returns the minimum time between the beginnings of two requests.
    pub fn between_requests(&self) -> Duration {
        self.pace.interval()
    }

    /// Returns whether it has stopped answering.
    pub fn has_stopped_answering(&self) -> bool {
        self.broken.load(Ordering::Relaxed) >= BROKEN_IN_A_ROW
    }

    /// Sends a request, and repeats it as [`Retries`] allow. Returns the last response, and the
    /// reason why each earlier attempt failed.
    ///
    /// A deployment that has stopped answering gets the request only if `insists` is set, and only
    /// once.
    pub async fn exchange(
        &self,
        request: &Request<Bytes>,
        insists: bool,
    ) -> Result<(Response<Bytes>, Vec<String>), ExchangeError> {
        let retries = match self.has_stopped_answering() {
            true if !insists => return Err(ExchangeError::stopped()),
            true => Retries { most: 0, ..self.retries },
            false => self.retries,
        };
        let mut attempts = Attempts::new(request.method(), retries);
        let mut before = Vec::new();
        let batch = BatchRequest::from_request(request);
        let requests = batch.as_ref().map_or(1, BatchRequest::counted);
        let load = Load::new(request.uri().path(), requests);
        let needs_room = batch.as_ref().is_some_and(BatchRequest::needs_room);
        let mut throttled = 0;
        loop {
            let turn = if throttled > 0 || (needs_room && self.pace.is_limited()) {
                self.pace.turn_alone(load).await
            } else if needs_room {
                self.pace.turn_with_room(load).await
            } else {
                self.pace.turn(load).await
            };
            // Nothing else is counted while a batch is answered.
            let turn = batch.as_ref().map(|_| turn);
            let came = self.attempt(request).await;
            drop(turn);
            if came.is_ok() {
                self.broken.store(0, Ordering::Relaxed);
            }
            match (attempts.next(&came, SystemTime::now()), came) {
                (NextAction::Again(wait, why), _) => {
                    info!("retrying in {wait:?}: {why}");
                    before.push(why);
                    sleep(wait).await;
                }
                (NextAction::Wait(wait), _) => {
                    info!("the target is busy, waiting {wait:?}");
                    self.pace.hold(wait);
                }
                // A busy target should not have processed the request, but the clean-up checks
                // that.
                (NextAction::Busy(why), _) => {
                    return Err(ExchangeError { why, hint: Some(BUSY), may_have_gone_through: true });
                }
                (NextAction::Done, Ok(response)) => {
                    let Some(effect) = batch.as_ref().and_then(|batch| batch.throttled(&response)) else {
                        return Ok((response, before));
                    };
                    self.pace.hold(WINDOW);
                    if effect == Throttled::Changed || throttled == MAX_THROTTLED {
                        let why = "the target answers requests of the batch with 429, Too Many Requests".to_owned();
                        return Err(ExchangeError { why, hint: Some(BUSY), may_have_gone_through: true });
                    }
                    throttled += 1;
                }
                (NextAction::Done, Err(failure)) => {
                    self.broken.fetch_add(1, Ordering::Relaxed);
                    return Err(failure.into());
                }
            }
        }
    }

    /// Sends a request once and reads the whole response.
    async fn attempt(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, FailedAttempt> {
        let mut response = self.respond(request).await?;
        let mut collected = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            collected.extend_from_slice(&chunk);
            if collected.len() > self.max_body {
                break;
            }
        }
        let mut answer = Response::new(collected.freeze());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(size::limit(answer, self.max_body))
    }

    /// Sends a request once, and again if a kept connection was closed. Reads the head of the
    /// response.
    async fn respond(&self, request: &Request<Bytes>) -> Result<reqwest::Response, FailedAttempt> {
        let url = format!("{}{}", self.base(), path_of(request.uri()));
        let url = Url::parse(&url).map_err(|error| FailedAttempt {
            why: error.to_string(),
            hint: None,
            fate: Fate::Unreachable,
        })?;
        let copy = || {
            let mut copy = reqwest::Request::new(request.method().clone(), url.clone());
            *copy.headers_mut() = request.headers().clone();
            // Below all observers, so that no trace, report or log can show it.
            if let (Some(login), Entry::Vacant(place)) = (&self.authorization, copy.headers_mut().entry(AUTHORIZATION))
            {
                place.insert(login.clone());
            }
            *copy.body_mut() = Some(request.body().clone().into());
            copy
        };
        let mut sent = self.connections.send(copy()).await;
        if let Err(SendError::KeptWasClosed) = sent {
            // A closed kept connection is not an error of the target, so it does not count as an
            // attempt.
            drop(self.pace.turn(Load::new(request.uri().path(), 1)).await);
            sent = self.connections.send(copy()).await;
        }
        match sent {
            // Without TLS, responses of the proxy look like those of the target.
            Ok(response)
                if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED && self.can_respond_for_target() =>
            {
                let why = "the response is 407".to_owned();
                Err(FailedAttempt { why, hint: Some(PROXY_LOGIN), fate: Fate::Unreachable })
            }
            Ok(response) => Ok(response),
            Err(SendError::Failed(error)) => Err(self.failure(&error)),
            Err(SendError::KeptWasClosed) => {
                Err(FailedAttempt { why: KEPT_WAS_CLOSED.to_owned(), hint: None, fate: Fate::Unknown })
            }
        }
    }

    fn failure(&self, error: &reqwest::Error) -> FailedAttempt {
        failure(error, self.is_encrypted())
    }

    fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    fn can_respond_for_target(&self) -> bool {
        self.proxy.is_some() && !self.is_encrypted()
    }
}

fn path_of(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |path| path.as_str())
}
