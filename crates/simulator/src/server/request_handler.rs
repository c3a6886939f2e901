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

use super::connection::Connection;
use super::control::{self, Control, Controls};
use super::exchange_log;
use super::faults::{Effect, FaultAction, Faults, fault_response};
use super::layer::Layer;
use super::limits::ServerLimits;
use super::origin::Hosts;
use super::request_log::{LogEntry, PendingRequest};
use super::service::{self, Rejection, error_response};
use super::wire::{TLS_HINT, UnreadableRequest};
use crate::{ClientAddress, Explanation, Simulator, cors};

/// The request handler of a listener.
pub struct RequestHandler {
    simulator: Simulator,
    faults: Faults,
    controls: Option<Arc<Controls>>,
    log: Option<LogCallback>,
    layer: Option<Arc<dyn Layer>>,
    tls_warning: Once,
}

/// A function that receives the log entry of each request.
pub struct LogCallback(pub Box<dyn Fn(&LogEntry) + Send + Sync>);

/// The error that closes a connection without a response: for an injected fault, or because the
/// client of a waiting poll has gone away.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without a response")]
pub struct ConnectionClosed;

impl fmt::Debug for LogCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogCallback(...)")
    }
}

impl RequestHandler {
    /// Creates a handler. A reset by the control API restores the current world.
    pub fn new(
        simulator: Simulator,
        faults: Faults,
        control: Option<(Control, Hosts)>,
        log: Option<LogCallback>,
        layer: Option<Arc<dyn Layer>>,
    ) -> RequestHandler {
        let controls = control.map(|(control, hosts)| {
            Arc::new(Controls::new(simulator.clone(), control, hosts, faults.clone(), layer.clone()))
        });
        RequestHandler { simulator, faults, controls, log, layer, tls_warning: Once::new() }
    }

    /// Adds the address of the client to a request, if a limit depends on it.
    pub fn add_address<B>(&self, request: &mut Request<B>, client: ClientAddress) {
        if self.simulator.counts_addresses() {
            request.extensions_mut().insert(client);
        }
    }

    /// Returns the response to a request, or the error that closes the connection.
    ///
    /// `unreadable` describes the unreadable request that this request replaces, if any.
    pub async fn respond<B>(
        &self,
        request: Request<B>,
        unreadable: Option<UnreadableRequest>,
        reached: IpAddr,
        limits: &ServerLimits,
        connection: &Connection,
    ) -> Result<Response<Full<Bytes>>, ConnectionClosed>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let is_watched =
            self.controls.is_some() || self.layer.is_some() || self.log.is_some() || !self.faults.is_empty();
        if !is_watched && !exchange_log::is_logged() && unreadable.is_none() {
            let answer = service::answer(&self.simulator, request, limits.target, limits.body).await;
            let answer = connection.finish(answer, limits.poll).await.ok_or(ConnectionClosed)?;
            return Ok(answer.map(Full::new));
        }
        let begun = Instant::now();
        let pending = PendingRequest::new(&request, unreadable.as_ref());
        let (method, path) = (pending.method.clone(), pending.path.clone());
        let answered = match unreadable {
            Some(unreadable) => {
                if unreadable.detail == TLS_HINT {
                    // The request log has every such connection, so one warning is enough.
                    self.tls_warning.call_once(|| warn!("{}", TLS_HINT.trim_end_matches('.')));
                }
                let rejection = Rejection { status: unreadable.status, detail: unreadable.detail };
                let answer = rejection.answer(request.method(), request.headers());
                self.log(pending.rejected(&rejection, begun.elapsed()));
                Ok(answer)
            }
            None => self.read(request, pending, reached, limits, connection).await,
        };
        if let Ok(answer) = &answered {
            exchange_log::response(answer);
        }
        exchange_log::end(&method, &path, answered.as_ref().ok().map(Response::status), begun.elapsed());
        answered.map(|answer| answer.map(Full::new))
    }

    /// Reads the whole request and passes it to the control API or to the API.
    async fn read<B>(
        &self,
        request: Request<B>,
        pending: PendingRequest,
        reached: IpAddr,
        limits: &ServerLimits,
        connection: &Connection,
    ) -> Result<Response<Bytes>, ConnectionClosed>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let begun = Instant::now();
        let request = match service::whole(request, limits.target, limits.body).await {
            Ok(request) => request,
            Err(rejected) => {
                self.log(pending.rejected(&rejected.rejection, begun.elapsed()));
                return Ok(rejected.answer());
            }
        };
        exchange_log::request(&request);
        match self.controls.as_ref().zip(control::operation(request.uri().path()).map(str::to_owned)) {
            Some((controls, operation)) => {
                Ok(control_response(Arc::clone(controls), operation, request, reached).await)
            }
            None => self.serve(request, pending, begun, (connection, limits.poll)).await,
        }
    }

    /// Returns the response of the API or of an injected fault.
    async fn serve(
        &self,
        request: Request<Bytes>,
        pending: PendingRequest,
        begun: Instant,
        (connection, poll): (&Connection, Duration),
    ) -> Result<Response<Bytes>, ConnectionClosed> {
        let Effect { delay, then } =
            self.fault_effect(&request).unwrap_or(Effect { delay: Duration::ZERO, then: FaultAction::Answer });
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match then {
            FaultAction::Answer => {
                let (answer, explanation) = self.api_response(request);
                let answer = connection.finish(answer, poll).await;
                self.log(match &answer {
                    Some(answer) => pending.answered(answer.status(), explanation, begun.elapsed()),
                    None => pending.abandoned(explanation, begun.elapsed()),
                });
                answer.ok_or(ConnectionClosed)
            }
            FaultAction::Reject { status, retry_after, is_applied } => {
                let mut answer = fault_response(status, retry_after);
                cors::open(request.method(), request.headers(), answer.headers_mut());
                let done = is_applied.then(|| self.api_response(request));
                self.log(pending.hit_by_fault(Some(status), done.map(|(_, explanation)| explanation), begun.elapsed()));
                Ok(answer)
            }
            FaultAction::Close { is_applied } => {
                let done = is_applied.then(|| self.api_response(request));
                self.log(pending.hit_by_fault(None, done.map(|(_, explanation)| explanation), begun.elapsed()));
                Err(ConnectionClosed)
            }
        }
    }

    fn api_response(&self, request: Request<Bytes>) -> (Response<Bytes>, Explanation) {
        match &self.layer {
            Some(layer) => layer.respond(request),
            None => self.simulator.handle_explained(request),
        }
    }

    /// Returns the effect of the fault that hits a request to the API, if any.
    ///
    /// Faults skip preflights, because a preflight is not a request to an endpoint.
    fn fault_effect(&self, request: &Request<Bytes>) -> Option<Effect> {
        if self.faults.is_empty() || cors::is_preflight(request.method(), request.headers()) {
            return None;
        }
        self.faults.hit(request.method(), self.simulator.template_of(request.uri().path()))
    }

    fn log(&self, entry: LogEntry) {
        if let Some(LogCallback(callback)) = &self.log {
            callback(&entry);
        }
        if let Some(controls) = &self.controls {
            controls.log(entry);
        }
    }
}

/// Returns the response of the control API.
///
/// It runs on a blocking thread, because writing or reading a large world takes seconds.
async fn control_response(
    controls: Arc<Controls>,
    operation: String,
    request: Request<Bytes>,
    reached: IpAddr,
) -> Response<Bytes> {
    let answered = spawn_blocking(move || controls.respond(&operation, request, reached)).await;
    answered.unwrap_or_else(|_| error_response(StatusCode::INTERNAL_SERVER_ERROR, "The control API failed."))
}
