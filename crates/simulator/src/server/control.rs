//! Implements the control API: paths below [`CONTROL`] with which a client resets, exports and
//! replaces the world, reads the request log, sets faults and switches quirks.
//!
//! Requests and responses are JSON. The simulated API does not contain these paths.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::faults::{FaultError, Faults, FaultsFile};
use super::layer::Layer;
use super::origin::{Hosts, OtherOrigin};
use super::request_log::{LogEntry, RequestLog};
use super::service::error_response;
use crate::api::short_template;
use crate::json::{self, JsonError};
use crate::{Quirk, Quirks, Simulator, WorldError};

/// The path prefix of the control API.
pub const CONTROL: &str = "/__simulator/";

/// The settings of the control API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// Maximum number of requests that the request log keeps; 200 by default.
    pub request_log_size: usize,
    /// The seed that selects which requests a fault with a probability hits; random by default.
    pub seed: Option<u64>,
}

impl Default for Control {
    fn default() -> Control {
        Control { request_log_size: 200, seed: None }
    }
}

/// The maximum number of names in a list of quirks.
const MAX_NAMES: usize = 1000;

/// The method, path and description of each operation, in the order of the overview.
const PATHS: [(&str, &str, &str); 13] = [
    ("GET", "", "lists the control API, and the endpoints that faults can name"),
    ("GET", "openapi.json", "returns the OpenAPI 3.1 document of the API"),
    ("POST", "reset", "restores the world and the quirks of the start; removes faults; empties the request log"),
    ("GET", "world", "returns the whole world as JSON, with all keys and passwords"),
    ("PUT", "world", "replaces the whole world; an invalid one changes nothing"),
    ("GET", "requests", "returns the last requests, the latest last; ?limit=N returns the last N"),
    ("DELETE", "requests", "empties the request log"),
    ("GET", "faults", "returns the faults, with the number of their hits"),
    ("PUT", "faults", "replaces the faults"),
    ("DELETE", "faults", "removes all faults"),
    ("GET", "quirks", "returns the quirks that are switched on"),
    ("PUT", "quirks", "switches these on, and all others off"),
    ("DELETE", "quirks", "switches all of them off"),
];

/// The handler of the control API.
pub struct Controls {
    simulator: Simulator,
    hosts: Hosts,
    /// The initial world and quirks, which a reset restores.
    initial: (String, Quirks),
    layer: Option<Arc<dyn Layer>>,
    requests: Mutex<RequestLog>,
    faults: Faults,
}

/// The JSON form of the quirks that are switched on.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct QuirksFile {
    #[serde(deserialize_with = "json::at_most::<MAX_NAMES, _, _>")]
    quirks: Vec<String>,
}

/// The reason to reject a request to the control API.
#[derive(Debug, thiserror::Error)]
enum ControlError {
    #[error("No such path; GET {CONTROL} lists the control API.")]
    NoPath,
    #[error("Method not allowed; use {0}.")]
    NoMethod(String),
    #[error("{0}")]
    Json(#[from] JsonError),
    #[error("{0}")]
    OtherOrigin(#[from] OtherOrigin),
    #[error("{0}")]
    World(#[from] WorldError),
    #[error("{0}")]
    Fault(#[from] FaultError),
    #[error("quirks[{position}]: no quirk is named {name:?}; expected one of {known}", known = known_quirks())]
    Quirk { position: usize, name: String },
    #[error("{0}")]
    Layer(String),
    #[error("limit: expected a whole number, such as ?limit=20")]
    Limit,
}

/// Returns the part of a path below [`CONTROL`], or `None` for a path outside the control API.
pub fn operation(path: &str) -> Option<&str> {
    let name = path.strip_prefix(CONTROL).or_else(|| (path == CONTROL.trim_end_matches('/')).then_some(""))?;
    Some(name.strip_suffix('/').unwrap_or(name))
}

impl Controls {
    pub fn new(
        simulator: Simulator,
        control: Control,
        hosts: Hosts,
        faults: Faults,
        layer: Option<Arc<dyn Layer>>,
    ) -> Controls {
        let initial = (simulator.dump(), simulator.quirks());
        Controls {
            simulator,
            hosts,
            initial,
            layer,
            requests: Mutex::new(RequestLog::new(control.request_log_size)),
            faults,
        }
    }

    /// Returns the response to a request to the control API.
    ///
    /// `reached` is the address of this machine at which the connection arrived.
    pub fn respond(&self, operation: &str, request: Request<Bytes>, reached: IpAddr) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        let checked = self.hosts.check(&head, reached).map_err(ControlError::from);
        let answered = checked.and_then(|()| self.dispatch(operation, &head, &body));
        let mut answer = answered.unwrap_or_else(|error| {
            let mut answer = error_response(error.status(), &error.to_string());
            if let ControlError::NoMethod(methods) = &error
                && let Ok(methods) = HeaderValue::from_str(methods)
            {
                answer.headers_mut().insert(ALLOW, methods);
            }
            answer
        });
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }

    /// Adds an entry to the request log.
    pub fn log(&self, entry: LogEntry) {
        lock(&self.requests).add(entry);
    }

    fn dispatch(&self, operation: &str, head: &Parts, body: &[u8]) -> Result<Response<Bytes>, ControlError> {
        // The transport removes the body from a response to HEAD.
        let method = if head.method == Method::HEAD { &Method::GET } else { &head.method };
        match (method.as_str(), operation) {
            ("GET", "") => Ok(answer(&self.overview())),
            ("GET", "openapi.json") => Ok(json_text(Simulator::openapi())),
            ("POST", "reset") => self.reset(),
            ("GET", "world") => Ok(json_text(self.simulator.dump())),
            ("PUT", "world") => {
                self.simulator.load(body)?;
                Ok(nothing())
            }
            ("GET", "requests") => {
                let limit = limit(head.uri.query())?;
                Ok(answer(&json!({ "requests": lock(&self.requests).last(limit) })))
            }
            ("DELETE", "requests") => {
                lock(&self.requests).clear();
                Ok(nothing())
            }
            ("GET", "faults") => Ok(self.faults()),
            ("PUT", "faults") => {
                let file: FaultsFile = json::read(body)?;
                self.faults.replace(file.faults)?;
                if let Some(on) = file.late_deletes {
                    self.set_late_deletes(on);
                }
                Ok(self.faults())
            }
            ("DELETE", "faults") => {
                self.faults.clear();
                self.set_late_deletes(false);
                Ok(nothing())
            }
            ("GET", "quirks") => Ok(answer(&QuirksFile::new(self.simulator.quirks()))),
            ("PUT", "quirks") => {
                let file: QuirksFile = json::read(body)?;
                self.simulator.set_quirks(file.quirks()?);
                Ok(answer(&QuirksFile::new(self.simulator.quirks())))
            }
            ("DELETE", "quirks") => {
                self.simulator.set_quirks(Quirks::none());
                Ok(nothing())
            }
            _ => self.dispatch_to_layer(method, operation, body),
        }
    }

    /// Passes a request to the layer if the layer added its method and path.
    fn dispatch_to_layer(
        &self,
        method: &Method,
        operation: &str,
        body: &[u8],
    ) -> Result<Response<Bytes>, ControlError> {
        let methods: Vec<&str> =
            self.paths().filter(|(_, path, _)| *path == operation).map(|(method, ..)| *method).collect();
        match &self.layer {
            Some(layer) if methods.contains(&method.as_str()) => {
                let answered = layer.control(method, operation, body).map_err(ControlError::Layer)?;
                Ok(answered.map_or_else(nothing, |body| answer(&body)))
            }
            _ if methods.is_empty() => Err(ControlError::NoPath),
            _ => Err(ControlError::NoMethod(methods.join(", "))),
        }
    }

    fn paths(&self) -> impl Iterator<Item = &(&'static str, &'static str, &'static str)> {
        PATHS.iter().chain(self.layer.iter().flat_map(|layer| layer.paths()))
    }

    fn overview(&self) -> Value {
        let paths: Vec<Value> = self
            .paths()
            .map(
                |(method, path, about)| json!({ "method": method, "path": format!("{CONTROL}{path}"), "about": about }),
            )
            .collect();
        let mut endpoints: Vec<&str> =
            Simulator::endpoints().map(|endpoint| short_template(endpoint.template)).collect();
        endpoints.sort_unstable();
        endpoints.dedup();
        json!({
            "program": concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
            "paths": paths,
            "endpoints_for_faults": endpoints,
        })
    }

    fn reset(&self) -> Result<Response<Bytes>, ControlError> {
        let (world, quirks) = &self.initial;
        self.simulator.load(world)?;
        self.simulator.set_quirks(*quirks);
        self.layer.iter().for_each(|layer| layer.reset());
        self.faults.clear();
        lock(&self.requests).clear();
        Ok(nothing())
    }

    fn faults(&self) -> Response<Bytes> {
        let late_deletes = self.simulator.quirks().has(Quirk::LateDeletes);
        answer(&FaultsFile { faults: self.faults.all(), late_deletes: Some(late_deletes) })
    }

    /// Switches late deletes, a quirk that clients set together with the faults because it changes
    /// the responses to later requests.
    fn set_late_deletes(&self, on: bool) {
        self.simulator.set_quirks(self.simulator.quirks().switched(Quirk::LateDeletes, on));
    }
}

impl QuirksFile {
    fn new(quirks: Quirks) -> QuirksFile {
        QuirksFile { quirks: quirks.iter().map(|quirk| quirk.name().to_owned()).collect() }
    }

    fn quirks(&self) -> Result<Quirks, ControlError> {
        let named = self.quirks.iter().enumerate();
        named
            .map(|(position, name)| name.parse().map_err(|_| ControlError::Quirk { position, name: name.clone() }))
            .collect()
    }
}

fn known_quirks() -> String {
    Quirk::ALL.iter().map(|quirk| quirk.name()).collect::<Vec<_>>().join(", ")
}

impl ControlError {
    fn status(&self) -> StatusCode {
        match self {
            ControlError::NoPath => StatusCode::NOT_FOUND,
            ControlError::NoMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            ControlError::OtherOrigin(_) => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Returns the value of the query parameter `limit`, or no limit if it is absent.
fn limit(query: Option<&str>) -> Result<usize, ControlError> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    match pairs.find(|(name, _)| name == "limit") {
        Some((_, number)) => number.parse().map_err(|_| ControlError::Limit),
        None => Ok(usize::MAX),
    }
}

fn answer(body: &impl Serialize) -> Response<Bytes> {
    // Serialisation cannot fail: every body consists of types that JSON can represent.
    let mut text = serde_json::to_string_pretty(body).unwrap_or_default();
    text.push('\n');
    json_text(text)
}

fn json_text(text: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

fn nothing() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
