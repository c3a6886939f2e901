//! Handles the requests of a listener: adds faults, the request log and the control API to the
//! simulator.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Body;
use tokio::task::spawn_blocking;
use tracing::warn;

use super::control::{self, Control, Controls};
use super::exchange;
use super::faults::{Effect, Faults, Then, refuse};
use super::layer::Layer;
use super::limits::Limits;
use super::origin::Hosts;
use super::request_log::{Entry, PendingRequest};
use super::service::{self, Refusal, refusal};
use super::wire::{SPOKE_TLS, Unread};
use crate::{ClientAddress, Explanation, Simulator, cors};

/// The request handler of a listener.
pub struct Desk {
    simulator: Simulator,
    faults: Faults,
    controls: Option<Arc<Controls>>,
    log: Option<Log>,
    layer: Option<Arc<dyn Layer>>,
    tls_warning: Once,
}

/// A function that receives the log entry of each request.
pub struct Log(pub Box<dyn Fn(&Entry) + Send + Sync>);

/// The error that closes a connection without a response, for an injected fault.
#[derive(Debug, thiserror::Error)]
#[error("an injected fault closes the connection")]
pub struct Closed;

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log(...)")
    }
}

impl Desk {
    /// Creates a handler. A reset by the control API restores the current world.
    pub fn new(
        simulator: Simulator,
        faults: Faults,
        tool: Option<(Control, Hosts)>,
        log: Option<Log>,
        layer: Option<Arc<dyn Layer>>,
    ) -> Desk {
        let controls = tool.map(|(control, hosts)| {
            Arc::new(Controls::new(simulator.clone(), control, hosts, faults.clone(), layer.clone()))
        });
        Desk { simulator, faults, controls, log, layer, tls_warning: Once::new() }
    }

    /// Adds the address of the client to a request, if a limit depends on it.
    pub fn add_address<B>(&self, request: &mut Request<B>, client: ClientAddress) {
        if self.simulator.counts_addresses() {
            request.extensions_mut().insert(client);
        }
    }

    /// Returns the response to a request, or the error that closes the connection.
    ///
    /// `unread` describes the unreadable request that this request replaces, if any.
    pub async fn answer<B>(
        &self,
        request: Request<B>,
        unread: Option<Unread>,
        reached: IpAddr,
        limits: &Limits,
    ) -> Result<Response<Full<Bytes>>, Closed>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let is_watched =
            self.controls.is_some() || self.layer.is_some() || self.log.is_some() || !self.faults.is_empty();
        if !is_watched && !exchange::is_logged() && unread.is_none() {
            return Ok(service::answer(&self.simulator, request, limits.target, limits.body).await);
        }
        let begun = Instant::now();
        let sent = PendingRequest::of(&request, unread.as_ref());
        let (method, path) = (sent.method.clone(), sent.path.clone());
        let answered = match unread {
            Some(unread) => {
                if unread.detail == SPOKE_TLS {
                    // The request log has every such connection, so one warning is enough.
                    self.tls_warning.call_once(|| warn!("{}", SPOKE_TLS.trim_end_matches('.')));
                }
                let refusal = Refusal { status: unread.status, detail: unread.detail };
                let answer = refusal.answer(request.method(), request.headers());
                self.note(sent.refused(&refusal, begun.elapsed()));
                Ok(answer)
            }
            None => self.read(request, sent, reached, limits).await,
        };
        if let Ok(answer) = &answered {
            exchange::sent(answer);
        }
        exchange::over(&method, &path, answered.as_ref().ok().map(Response::status), begun.elapsed());
        answered.map(|answer| answer.map(Full::new))
    }

    /// Reads the whole request and passes it to the control API or to the API.
    async fn read<B>(
        &self,
        request: Request<B>,
        sent: PendingRequest,
        reached: IpAddr,
        limits: &Limits,
    ) -> Result<Response<Bytes>, Closed>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let begun = Instant::now();
        let request = match service::whole(request, limits.target, limits.body).await {
            Ok(request) => request,
            Err(refused) => {
                self.note(sent.refused(&refused.refusal, begun.elapsed()));
                return Ok(refused.answer());
            }
        };
        exchange::came(&request);
        match self.controls.as_ref().zip(control::wanted(request.uri().path()).map(str::to_owned)) {
            Some((controls, wanted)) => Ok(controls_answer(Arc::clone(controls), wanted, request, reached).await),
            None => self.serve(request, sent, begun).await,
        }
    }

    /// Returns the response of the API or of an injected fault.
    async fn serve(
        &self,
        request: Request<Bytes>,
        sent: PendingRequest,
        begun: Instant,
    ) -> Result<Response<Bytes>, Closed> {
        let Effect { delay, then } =
            self.strike(&request).unwrap_or(Effect { delay: Duration::ZERO, then: Then::Answer });
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match then {
            Then::Answer => {
                let (answer, explanation) = self.explained(request);
                self.note(sent.answered(answer.status(), explanation, begun.elapsed()));
                Ok(answer)
            }
            Then::Refuse { status, retry_after, is_applied } => {
                let mut answer = refuse(status, retry_after);
                cors::open(request.method(), request.headers(), answer.headers_mut());
                let done = is_applied.then(|| self.explained(request));
                self.note(sent.struck(Some(status), done.map(|(_, explanation)| explanation), begun.elapsed()));
                Ok(answer)
            }
            Then::Close { is_applied } => {
                let done = is_applied.then(|| self.explained(request));
                self.note(sent.struck(None, done.map(|(_, explanation)| explanation), begun.elapsed()));
                Err(Closed)
            }
        }
    }

    fn explained(&self, request: Request<Bytes>) -> (Response<Bytes>, Explanation) {
        match &self.layer {
            Some(layer) => layer.respond(request),
            None => self.simulator.handle_explained(request),
        }
    }

    /// Returns the effect of the fault that hits a request to the API, if any.
    ///
    /// Faults skip preflights, because a preflight is not a request to an endpoint.
    fn strike(&self, request: &Request<Bytes>) -> Option<Effect> {
        if self.faults.is_empty() || cors::is_preflight(request.method(), request.headers()) {
            return None;
        }
        self.faults.strike(request.method(), self.simulator.template_of(request.uri().path()))
    }

    fn note(&self, entry: Entry) {
        if let Some(Log(tell)) = &self.log {
            tell(&entry);
        }
        if let Some(controls) = &self.controls {
            controls.note(entry);
        }
    }
}

/// Returns the response of the control API.
///
/// It runs on a blocking thread, because writing or reading a large world takes seconds.
async fn controls_answer(
    controls: Arc<Controls>,
    wanted: String,
    request: Request<Bytes>,
    reached: IpAddr,
) -> Response<Bytes> {
    let answered = spawn_blocking(move || controls.answer(&wanted, request, reached)).await;
    answered.unwrap_or_else(|_| refusal(StatusCode::INTERNAL_SERVER_ERROR, "The control has failed."))
}
