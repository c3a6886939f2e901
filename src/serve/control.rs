//! The simulator as a tool: paths below [`CONTROL`] by which a client resets the world, takes it away and puts another one in
//! its place, reads what came in, asks for faults, and switches deviations. JSON in and out; the API knows nothing of it.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::faults::{Faults, FaultsFile, NoFault};
use super::journal::{Entry, Journal};
use super::origin::{Foreign, Hosts};
use super::service::refusal;
use crate::api::{ABSENT_ENDPOINTS, ENDPOINTS, short_template};
use crate::json::{self, Misread};
use crate::simulator::{Kind, NotAWorld, Simulator, Variation, Variations};

/// Where the paths of the control begin.
pub const CONTROL: &str = "/__simulator/";

/// How a listener lets itself be controlled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// How many of the last requests the journal keeps: 200.
    pub journal: usize,
    /// Decides which requests a fault with a probability strikes; without one, the system does.
    pub seed: Option<u64>,
}

impl Default for Control {
    fn default() -> Control {
        Control { journal: 200, seed: None }
    }
}

/// The maximum number of names in a list of deviations.
const MOST_NAMES: usize = 1000;

/// What there is, in the order in which it is listed.
const PATHS: [(&str, &str, &str); 13] = [
    ("GET", "", "what there is"),
    ("GET", "openapi.json", "what the simulator serves, as an OpenAPI 3.1 document"),
    ("POST", "reset", "back to the world and the deviations of the beginning; no faults, an empty journal"),
    ("GET", "world", "the whole world as a JSON file, with all keys and passwords"),
    ("PUT", "world", "another world in the place of this one, whole or not at all"),
    ("GET", "requests", "the last requests, the latest last; ?limit=N shows fewer"),
    ("DELETE", "requests", "forgets them"),
    ("GET", "faults", "the faults that are asked for"),
    ("PUT", "faults", "other faults in their place"),
    ("DELETE", "faults", "no faults"),
    ("GET", "variations", "the defects and quirks that are switched on"),
    ("PUT", "variations", "others in their place"),
    ("DELETE", "variations", "none"),
];

/// A simulator that can be controlled.
pub struct Controls {
    simulator: Simulator,
    hosts: Hosts,
    /// The world of the beginning, and its deviations.
    beginning: (String, Variations),
    journal: Mutex<Journal>,
    faults: Faults,
}

/// The names of the deviations that are switched on.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct VariationsFile {
    #[serde(deserialize_with = "json::at_most::<MOST_NAMES, _, _>")]
    defects: Vec<String>,
    #[serde(deserialize_with = "json::at_most::<MOST_NAMES, _, _>")]
    quirks: Vec<String>,
}

/// Why a request to the control is refused.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("There is no such path; GET {CONTROL} lists those that there are.")]
    NoPath,
    #[error("This path has {0} alone.")]
    NoMethod(String),
    #[error("{0}")]
    Misread(#[from] Misread),
    #[error("{0}")]
    Foreign(#[from] Foreign),
    #[error("{0}")]
    World(#[from] NotAWorld),
    #[error("{0}")]
    Fault(#[from] NoFault),
    #[error(
        "{member}[{position}]: no {kind} is named {name:?}; `syncano-conformance list --{member}` shows what there is"
    )]
    Variation { member: &'static str, position: usize, kind: &'static str, name: String },
    #[error("limit: a whole number is wanted, such as ?limit=20")]
    Limit,
}

/// What a path asks of the control, if it does: the rest of it below [`CONTROL`].
pub fn wanted(path: &str) -> Option<&str> {
    let name = path.strip_prefix(CONTROL).or_else(|| (path == CONTROL.trim_end_matches('/')).then_some(""))?;
    Some(name.strip_suffix('/').unwrap_or(name))
}

impl Controls {
    pub fn new(simulator: Simulator, control: Control, hosts: Hosts, faults: Faults) -> Controls {
        let beginning = (simulator.dump(), simulator.variations());
        Controls { simulator, hosts, beginning, journal: Mutex::new(Journal::new(control.journal)), faults }
    }

    /// Answers a request to the control, whose connection arrived at the address `reached` of this machine.
    pub fn answer(&self, wanted: &str, request: Request<Bytes>, reached: IpAddr) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        let checked = self.hosts.check(&head, reached).map_err(Refused::from);
        let answered = checked.and_then(|()| self.obey(wanted, &head, &body));
        let mut answer = answered.unwrap_or_else(|refused| {
            let mut answer = refusal(refused.status(), &refused.to_string());
            if let Refused::NoMethod(methods) = &refused
                && let Ok(methods) = HeaderValue::from_str(methods)
            {
                answer.headers_mut().insert(ALLOW, methods);
            }
            answer
        });
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }

    /// Notes a request in the journal.
    pub fn note(&self, entry: Entry) {
        lock(&self.journal).add(entry);
    }

    fn obey(&self, wanted: &str, head: &Parts, body: &[u8]) -> Result<Response<Bytes>, Refused> {
        // HEAD is GET, of which the transport leaves out the body.
        let method = if head.method == Method::HEAD { &Method::GET } else { &head.method };
        match (method.as_str(), wanted) {
            ("GET", "") => Ok(answer(&overview())),
            ("GET", "openapi.json") => Ok(json_text(Simulator::openapi())),
            ("POST", "reset") => self.reset(),
            ("GET", "world") => Ok(json_text(self.simulator.dump())),
            ("PUT", "world") => {
                self.simulator.load(body)?;
                Ok(nothing())
            }
            ("GET", "requests") => {
                let limit = limit(head.uri.query())?;
                Ok(answer(&json!({ "requests": lock(&self.journal).last(limit) })))
            }
            ("DELETE", "requests") => {
                lock(&self.journal).clear();
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
            ("GET", "variations") => Ok(answer(&VariationsFile::of(self.simulator.variations()))),
            ("PUT", "variations") => {
                let file: VariationsFile = json::read(body)?;
                self.simulator.set_variations(file.variations()?);
                Ok(answer(&VariationsFile::of(self.simulator.variations())))
            }
            ("DELETE", "variations") => {
                self.simulator.set_variations(Variations::none());
                Ok(nothing())
            }
            _ => {
                let methods = PATHS.iter().filter(|(_, path, _)| *path == wanted).map(|(method, ..)| *method);
                let methods = methods.collect::<Vec<_>>().join(", ");
                Err(if methods.is_empty() { Refused::NoPath } else { Refused::NoMethod(methods) })
            }
        }
    }

    fn reset(&self) -> Result<Response<Bytes>, Refused> {
        let (world, variations) = &self.beginning;
        self.simulator.load(world)?;
        self.simulator.set_variations(*variations);
        self.faults.clear();
        lock(&self.journal).clear();
        Ok(nothing())
    }

    fn faults(&self) -> Response<Bytes> {
        let late_deletes = self.simulator.variations().has(Variation::LateDeletes);
        answer(&FaultsFile { faults: self.faults.all(), late_deletes: Some(late_deletes) })
    }

    /// Late deletes are a quirk of the simulator, and the one fault that strikes what comes later.
    fn set_late_deletes(&self, on: bool) {
        let variations = self.simulator.variations();
        self.simulator.set_variations(variations.switched(Variation::LateDeletes, on));
    }
}

impl VariationsFile {
    fn of(variations: Variations) -> VariationsFile {
        let on = |kind| {
            let all = Variation::ALL.iter().filter(|variation| variations.has(**variation) && variation.kind() == kind);
            all.map(|variation| variation.name().to_owned()).collect()
        };
        VariationsFile { defects: on(Kind::Defect), quirks: on(Kind::Quirk) }
    }

    fn variations(&self) -> Result<Variations, Refused> {
        let lists =
            [("defects", "defect", Kind::Defect, &self.defects), ("quirks", "quirk", Kind::Quirk, &self.quirks)];
        let mut chosen = Variations::none();
        for (member, word, kind, names) in lists {
            for (position, name) in names.iter().enumerate() {
                let named = name.parse::<Variation>().ok().filter(|variation| variation.kind() == kind);
                let unknown = || Refused::Variation { member, position, kind: word, name: name.clone() };
                chosen = chosen.with(named.ok_or_else(unknown)?);
            }
        }
        Ok(chosen)
    }
}

impl Refused {
    fn status(&self) -> StatusCode {
        match self {
            Refused::NoPath => StatusCode::NOT_FOUND,
            Refused::NoMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Refused::Foreign(_) => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

fn overview() -> Value {
    let paths = PATHS
        .map(|(method, path, about)| json!({ "method": method, "path": format!("{CONTROL}{path}"), "about": about }));
    let mut endpoints: Vec<&str> =
        ENDPOINTS.iter().chain(ABSENT_ENDPOINTS).map(|(_, template)| short_template(template)).collect();
    endpoints.sort_unstable();
    endpoints.dedup();
    json!({
        "program": concat!("syncano-conformance ", env!("CARGO_PKG_VERSION")),
        "paths": paths,
        "endpoints_for_faults": endpoints,
    })
}

/// How many requests are asked for.
fn limit(query: Option<&str>) -> Result<usize, Refused> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    match pairs.find(|(name, _)| name == "limit") {
        Some((_, number)) => number.parse().map_err(|_| Refused::Limit),
        None => Ok(usize::MAX),
    }
}

fn answer(body: &impl Serialize) -> Response<Bytes> {
    // There is nothing in it that JSON could not hold.
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
