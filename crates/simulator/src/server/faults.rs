//! Injects faults: delayed responses, error responses and closed connections.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Method, Response, StatusCode};
use rand::rngs::{SysRng, Xoshiro256PlusPlus};
use rand::{RngExt, SeedableRng, TryRng};
use serde::{Deserialize, Serialize};

use super::fault_endpoint;
use super::service::error_response;
use crate::json;

/// The maximum delay, in milliseconds: ten minutes.
const MAX_DELAY: u64 = 600_000;

/// The maximum number of faults: each request is compared with all of them.
const MAX_FAULTS: usize = 1000;

/// The methods of the API.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The JSON form of the faults in the control API.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultsFile {
    /// The faults. The first one that hits a request decides its response.
    #[serde(deserialize_with = "json::at_most::<MAX_FAULTS, _, _>")]
    pub faults: Vec<Fault>,
    /// Whether lists still contain deleted users and groups for a moment; unchanged if absent.
    #[serde(default)]
    pub late_deletes: Option<bool>,
}

/// A fault: the requests that it hits, and its effect on them.
///
/// A fault hits every request until it is restricted, and needs a delay, a status or `close`:
///
/// ```
/// use syncano_simulator::server::Fault;
///
/// let unlucky = Fault::at("/user/").method("GET").status(503).retry_after(2).times(1);
/// let slow = Fault::anywhere().delay(std::time::Duration::from_millis(200));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The endpoint, written as `/users/{user}/` or as the whole path; any path if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    /// The method; any method if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// Hits only every n-th matching request; each one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every: Option<NonZeroU64>,
    /// The probability, from 0 to 1, that a matching request is hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    /// Maximum number of hits; unlimited if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    /// The delay before the request is handled, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    /// The status of the response that replaces the normal one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The `Retry-After` header of that response, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// Whether the connection is closed without a response.
    #[serde(default, skip_serializing_if = "is_not")]
    close: bool,
    /// Whether the request still takes effect, although its response is lost.
    #[serde(default, skip_serializing_if = "is_not")]
    applied: bool,
    /// The number of hits so far.
    #[serde(default)]
    hits: u64,
}

impl Fault {
    /// Creates a fault that hits requests to an endpoint.
    ///
    /// The endpoint is written as `/users/{user}/` or as the whole path,
    /// `/v1.1/instances/shop/users/{user}/`. The fault hits requests to all instances and versions,
    /// even if the path names one.
    pub fn at(endpoint: &str) -> Fault {
        Fault { endpoint: Some(endpoint.to_owned()), ..Fault::default() }
    }

    /// Creates a fault that hits requests to any path.
    pub fn anywhere() -> Fault {
        Fault::default()
    }

    /// Restricts the fault to requests with this method.
    pub fn method(mut self, method: &str) -> Fault {
        self.method = Some(method.to_owned());
        self
    }

    /// Restricts the fault to every n-th matching request.
    pub fn every(mut self, nth: NonZeroU64) -> Fault {
        self.every = Some(nth);
        self
    }

    /// Sets the probability, from 0 to 1, that a matching request is hit.
    pub fn probability(mut self, share: f64) -> Fault {
        self.probability = Some(share);
        self
    }

    /// Sets the maximum number of hits.
    pub fn times(mut self, most: u64) -> Fault {
        self.times = Some(most);
        self
    }

    /// Delays the request before it is handled, up to ten minutes.
    pub fn delay(mut self, delay: Duration) -> Fault {
        self.delay_ms = Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Replaces the response with one of this status, from 400 to 599.
    pub fn status(mut self, status: u16) -> Fault {
        self.status = Some(status);
        self
    }

    /// Adds a `Retry-After` header to the response that replaces the normal one.
    pub fn retry_after(mut self, seconds: u64) -> Fault {
        self.retry_after = Some(seconds);
        self
    }

    /// Closes the connection without a response.
    pub fn close(mut self) -> Fault {
        self.close = true;
        self
    }

    /// Lets the request take effect, although its response is lost.
    pub fn applied(mut self) -> Fault {
        self.applied = true;
        self
    }

    /// Returns the number of hits so far.
    pub fn hits(&self) -> u64 {
        self.hits
    }
}

/// An invalid fault, with its position in the list.
#[derive(Debug, thiserror::Error)]
#[error("faults[{position}]{member}: {what}")]
pub struct FaultError {
    position: usize,
    member: &'static str,
    what: String,
}

/// The current faults and their state.
///
/// Clones share the state: the request handler reads it, and the control API and the owner of the
/// listener change it.
#[derive(Clone)]
pub struct Faults(Arc<Mutex<FaultState>>);

struct FaultState {
    faults: Vec<ActiveFault>,
    seed: u64,
    generator: Xoshiro256PlusPlus,
}

/// A validated fault.
struct ActiveFault {
    fault: Fault,
    /// The templates of the endpoint; `None` for any path.
    templates: Option<Vec<&'static str>>,
    delay: Duration,
    then: FaultAction,
    /// The number of matching requests so far.
    seen: u64,
}

/// The effect of a fault on a request.
#[derive(Clone, Copy, Debug)]
pub struct Effect {
    pub delay: Duration,
    pub then: FaultAction,
}

/// The action after the delay.
#[derive(Clone, Copy, Debug)]
pub enum FaultAction {
    /// Sends the normal response.
    Answer,
    /// Sends an error response instead.
    Reject { status: StatusCode, retry_after: Option<u64>, is_applied: bool },
    /// Closes the connection without a response.
    Close { is_applied: bool },
}

impl Faults {
    /// Creates an empty list of faults. Without a seed, the random numbers start from a seed of the
    /// operating system.
    pub fn new(seed: Option<u64>) -> Faults {
        let seed = seed.unwrap_or_else(|| SysRng.try_next_u64().unwrap_or_default());
        let generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        Faults(Arc::new(Mutex::new(FaultState { faults: Vec::new(), seed, generator })))
    }

    pub fn is_empty(&self) -> bool {
        self.state().faults.is_empty()
    }

    pub fn clear(&self) {
        self.state().faults.clear();
    }

    /// Replaces all faults and restarts the random numbers from the seed.
    ///
    /// If a fault is invalid, nothing changes.
    pub fn replace(&self, faults: impl IntoIterator<Item = Fault>) -> Result<(), FaultError> {
        let faults = faults.into_iter().enumerate().map(|(position, fault)| {
            ActiveFault::new(fault).map_err(|(member, what)| FaultError { position, member, what })
        });
        // One fault over the maximum is enough to detect an excess.
        let faults = faults.take(MAX_FAULTS + 1).collect::<Result<Vec<ActiveFault>, FaultError>>()?;
        if faults.len() > MAX_FAULTS {
            let what = format!("there are {MAX_FAULTS} faults at most");
            return Err(FaultError { position: MAX_FAULTS, member: "", what });
        }
        let mut state = self.state();
        state.faults = faults;
        state.generator = Xoshiro256PlusPlus::seed_from_u64(state.seed);
        Ok(())
    }

    /// Returns the faults, each with the number of its hits.
    pub fn all(&self) -> Vec<Fault> {
        self.state().faults.iter().map(|active| active.fault.clone()).collect()
    }

    /// Returns the effect of the first fault that hits a request, and counts the hit.
    pub fn hit(&self, method: &Method, template: Option<&'static str>) -> Option<Effect> {
        let FaultState { faults, generator, .. } = &mut *self.state();
        let active = faults.iter_mut().find_map(|active| active.hits(method, template, generator).then_some(active))?;
        active.fault.hits += 1;
        Some(Effect { delay: active.delay, then: active.then })
    }

    fn state(&self) -> MutexGuard<'_, FaultState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all()).finish()
    }
}

impl ActiveFault {
    /// Validates a fault. The error is the invalid member, with a leading dot, and a message.
    fn new(fault: Fault) -> Result<ActiveFault, (&'static str, String)> {
        let invalid = |member, what: &str| Err((member, what.to_owned()));
        let templates = fault.endpoint.as_deref().map(fault_endpoint::templates).transpose();
        let templates = templates.map_err(|what| (".endpoint", what))?;
        let is_known = |method: &str| METHODS.iter().any(|known| known.eq_ignore_ascii_case(method));
        if fault.method.as_deref().is_some_and(|method| !is_known(method)) {
            return Err((".method", format!("expected one of {}", METHODS.join(", "))));
        }
        if fault.every.is_some() && fault.probability.is_some() {
            return invalid("", "either `every` or `probability`");
        }
        if fault.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            return invalid(".probability", "from 0 to 1");
        }
        if fault.delay_ms > Some(MAX_DELAY) {
            return Err((".delay_ms", format!("at most {MAX_DELAY}")));
        }
        let status = fault.status.map(|status| match status {
            400..=599 => StatusCode::from_u16(status).map_err(|error| (".status", error.to_string())),
            _ => Err((".status", "from 400 to 599".to_owned())),
        });
        let is_applied = fault.applied;
        let then = match (status.transpose()?, fault.close) {
            (Some(_), true) => return invalid("", "either `status` or `close`"),
            (None, _) if fault.retry_after.is_some() => return invalid(".retry_after", "only beside `status`"),
            (Some(status), false) => FaultAction::Reject { status, retry_after: fault.retry_after, is_applied },
            (None, true) => FaultAction::Close { is_applied },
            (None, false) if is_applied => return invalid(".applied", "only beside `status` or `close`"),
            (None, false) if fault.delay_ms.is_none() => return invalid("", "one of `delay_ms`, `status` and `close`"),
            (None, false) => FaultAction::Answer,
        };
        let delay = Duration::from_millis(fault.delay_ms.unwrap_or_default());
        Ok(ActiveFault { fault, templates, delay, then, seen: 0 })
    }

    fn hits(&mut self, method: &Method, template: Option<&str>, generator: &mut Xoshiro256PlusPlus) -> bool {
        let matches =
            self.fault.method.as_deref().is_none_or(|expected| method.as_str().eq_ignore_ascii_case(expected))
                && self
                    .templates
                    .as_ref()
                    .is_none_or(|expected| template.is_some_and(|template| expected.contains(&template)));
        if !matches || self.fault.times.is_some_and(|times| self.fault.hits >= times) {
            return false;
        }
        self.seen += 1;
        match (self.fault.every, self.fault.probability) {
            (Some(every), _) => self.seen.is_multiple_of(every.get()),
            (None, Some(probability)) => generator.random_bool(probability),
            (None, None) => true,
        }
    }
}

/// Returns the response with which a fault replaces the normal one.
pub fn fault_response(status: StatusCode, retry_after: Option<u64>) -> Response<Bytes> {
    let detail = match retry_after {
        Some(seconds) if status == StatusCode::TOO_MANY_REQUESTS => {
            format!("Request was throttled. Expected available in {seconds} seconds.")
        }
        _ => "Fault injected by the simulator.".to_owned(),
    };
    let mut response = error_response(status, &detail);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn is_not(on: &bool) -> bool {
    !on
}
