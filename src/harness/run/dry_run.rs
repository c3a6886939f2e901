//! Runs a scenario without a target: lists the requests that it would send, with marks in place of
//! the values that only a target knows.
//!
//! The world is created as for any run, on a target that responds to every request with marks:
//! unique numbers and texts. A mark in a later request shows from which response its value comes.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::harness::cleanup::Ledger;
use crate::harness::curl::variable;
use crate::harness::deployment::Target;
use crate::harness::error::RunError;
use crate::harness::plan::{Credentials, Plan, RunId};
use crate::harness::request::build;
use crate::harness::session::{ExtraAccounts, Passwords, Session};
use crate::harness::shutdown::Shutdown;
use crate::harness::world::{ScenarioWorld, WorldContext};
use crate::judge::{Bindings, ValueKind};
use syncano_suite::file::SaveName;
use syncano_suite::{Locator, Scenario};

/// The requests of a scenario.
pub struct DryRun {
    /// The id of the run, which is part of every name.
    pub run: String,
    /// The requests that create the world. The first one reads the account of the administrator's
    /// key.
    pub world: Vec<Request<Bytes>>,
    /// The request of each step, with the values before it.
    pub steps: Vec<(Request<Bytes>, Bindings)>,
    /// The marks in these requests.
    pub marks: Vec<Mark>,
}

/// A text in place of a value that only a target knows.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The text.
    pub text: String,
    /// The shell variable that can replace it.
    pub variable: String,
    /// The origin of its value.
    pub origin: Origin,
}

/// The origin of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// The administrator's account key.
    Administrator,
    /// A unique word of letters and digits: a name, a note, a password.
    Word,
    /// A key that does not exist, with its last digit.
    UnknownKey(char),
    /// A response while the world is created: the number of the request, and a JSON pointer.
    World(usize, String),
    /// The response to a step: the number of the step, and the place in the response. The value can
    /// have any type.
    Step(usize, Locator),
}

/// The administrator's account key in a dry run.
const ADMINISTRATOR: &str = "deadfadecafebeadfacedeedbabefeedaddedace";

impl DryRun {
    /// Runs a scenario without a target.
    pub async fn new(scenario: &Scenario) -> Result<DryRun, RunError> {
        let plan = Plan {
            credentials: Credentials::AccountKey(SecretString::from(ADMINISTRATOR)),
            id: RunId::from_seed(0),
            ..Plan::default()
        };
        let (sent, mut bindings) = create_world(scenario, &plan).await?;
        let mut marks = marks_of_responses(&sent, &bindings);
        marks.extend(marks_of_values(&bindings, &marks, &plan.id.to_string()));
        let mut steps = Vec::new();
        for (number, step) in scenario.steps.iter().enumerate() {
            let request = build(step, &bindings);
            let request =
                request.map_err(|error| RunError::Step { step: step.name.clone(), why: error.to_string() })?;
            steps.push((request, bindings.clone()));
            for (name, at) in &step.save {
                let text = match name {
                    SaveName::Value(_) => format!("/saved-mark-{}-", marks.len()),
                    SaveName::UserKey(_) => key(marks.len()),
                };
                let variable = format!("{}_{}", variable(&name.to_string()), number + 1);
                bindings.save(name, json!(text), json!(text));
                marks.push(Mark { text, variable, origin: Origin::Step(number, at.clone()) });
            }
        }
        let world = sent.into_iter().map(|SentRequest { request, .. }| request).collect();
        Ok(DryRun { run: plan.id.to_string(), world, steps, marks })
    }
}

/// A request that was sent, and the marks in its response: the JSON pointer and the text of each.
struct SentRequest {
    request: Request<Bytes>,
    marks: Vec<(String, String)>,
}

/// Creates the world of a scenario on a target that responds with marks. Returns the requests that
/// were sent, and the values of the world.
async fn create_world(scenario: &Scenario, plan: &Plan) -> Result<(Vec<SentRequest>, Bindings), RunError> {
    let sent = Arc::<Mutex<Vec<SentRequest>>>::default();
    let recorded = Arc::clone(&sent);
    let target = Target::in_process("dry run", move |request| {
        let mut recorded = recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, marks) = answer(recorded.len(), &request);
        recorded.push(SentRequest { request, marks });
        let mut response = Response::new(Bytes::from(answer.to_string()));
        *response.status_mut() = http::StatusCode::CREATED;
        response
    });
    let ledger = Ledger::new(&plan.id.to_string(), None);
    let extra = ExtraAccounts::new(Passwords::new(&plan.credentials, &plan.id));
    let session = Session::connect(&target, plan, extra.passwords(), &ledger).await?;
    let shutdown = Shutdown::never();
    let shared = WorldContext {
        session: &session,
        extra: &extra,
        run: &plan.id,
        ledger: &ledger,
        instances: None,
        shutdown: &shutdown,
    };
    let bindings = ScenarioWorld::new(shared, &target, 0).arrange(scenario, None, None).await?;
    let sent = std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((sent, bindings))
}

/// Returns the marks of values from responses, and of the passwords of accounts, which have no
/// reference.
fn marks_of_responses(sent: &[SentRequest], bindings: &Bindings) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (number, SentRequest { request, marks: received }) in sent.iter().enumerate() {
        for (pointer, text) in received {
            let reference = bindings.iter().find(|(_, bound)| shown(&bound.value) == *text);
            let is_sent = sent.iter().skip(number).any(|SentRequest { request, .. }| holds(request, text));
            let variable = match reference {
                Some((reference, _)) => variable(reference),
                None if is_sent => variable(&format!("created_{number}{pointer}")),
                None => continue,
            };
            marks.push(Mark { text: text.clone(), variable, origin: Origin::World(number, pointer.clone()) });
        }
        let body = serde_json::from_slice::<Value>(request.body()).ok();
        let password = body.as_ref().and_then(|sent| sent.get("password")).and_then(Value::as_str);
        let is_account = request.uri().path().ends_with("/account/register/");
        if let Some(password) = password.filter(|_| is_account) {
            let variable = format!("PASSWORD_{number}");
            marks.push(Mark { text: password.to_owned(), variable, origin: Origin::Word });
        }
    }
    marks
}

/// Returns the marks of values that come from no response.
fn marks_of_values(bindings: &Bindings, known: &[Mark], run: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (reference, bound) in bindings.iter() {
        let Some(text) = bound.value.as_str() else { continue };
        let last = text.chars().last().unwrap_or('0');
        let origin = match bound.kind {
            _ if text == ADMINISTRATOR => Origin::Administrator,
            _ if known.iter().chain(&marks).any(|mark| mark.text == text) => continue,
            ValueKind::Key if reference.starts_with("unknown.") => Origin::UnknownKey(last),
            ValueKind::Secret => Origin::Word,
            ValueKind::Word if !text.contains(run) => Origin::Word,
            _ => continue,
        };
        let is_administrator = origin == Origin::Administrator;
        let name = if is_administrator { "SYNCANO_ACCOUNT_KEY".to_owned() } else { variable(reference) };
        marks.push(Mark { text: text.to_owned(), variable: name, origin });
    }
    marks
}

/// Returns a response body with marks, and the place of each mark.
fn answer(number: usize, request: &Request<Bytes>) -> (Value, Vec<(String, String)>) {
    let mut answer = match serde_json::from_slice::<Value>(request.body()) {
        Ok(Value::Object(sent)) => sent,
        _ => serde_json::Map::new(),
    };
    let mut marks = Vec::new();
    if request.method() == Method::POST || !answer.contains_key("email") {
        let (id, profile) = (910_000_000 + number * 10, 910_000_001 + number * 10);
        answer.insert("id".to_owned(), json!(id));
        answer.insert("profile".to_owned(), json!({"id": profile}));
        marks.extend([("/id".to_owned(), id.to_string()), ("/profile/id".to_owned(), profile.to_string())]);
        for (place, name) in ["user_key", "api_key", "account_key", "key"].into_iter().enumerate() {
            let key = key(number * 10 + place);
            answer.insert(name.to_owned(), json!(key));
            marks.push((format!("/{name}"), key));
        }
    }
    if !answer.contains_key("email") {
        let email = format!("email-mark-{number}-");
        answer.insert("email".to_owned(), json!(email));
        marks.push(("/email".to_owned(), email));
    }
    let name = answer.get("name").and_then(Value::as_str).map(str::to_owned);
    let last = name.unwrap_or_else(|| (910_000_000 + number * 10).to_string());
    let content_type = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if content_type.starts_with(b"multipart/") {
        let url = format!("/media/file-mark-{number}-");
        answer.insert("file".to_owned(), json!({"value": url}));
        marks.push(("/file/value".to_owned(), url));
    }
    answer.insert("links".to_owned(), json!({"self": format!("{}{last}/", request.uri().path())}));
    (Value::Object(answer), marks)
}

/// Returns a key without digits, so that it cannot contain the mark of a number.
fn key(number: usize) -> String {
    let letter =
        |place: u32| ['a', 'b', 'c', 'd', 'e', 'f'].get(number / 6_usize.pow(place) % 6).copied().unwrap_or('a');
    let counted = (0..6).rev().map(letter).collect::<String>();
    format!("{}{counted}", "fadedbeefcafedecadefacadeabedbadebbdea".get(..34).unwrap_or_default())
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn holds(request: &Request<Bytes>, text: &str) -> bool {
    request.uri().to_string().contains(text)
        || String::from_utf8_lossy(request.body()).contains(text)
        || request.headers().values().any(|value| value.as_bytes() == text.as_bytes())
}
