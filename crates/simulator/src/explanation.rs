//! Explains why a request got its answer: the recognised caller, and the pipeline station that
//! rejected the request.
//!
//! An explanation is derived from the trail of the request. It contains no key and no password.

use std::fmt;

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::answer::{AnswerBody, ApiAnswer};
use super::call::Call;
use super::caller::Caller;
use super::credentials::{RequestKeys, SentKey};
use super::path::Path;
use super::routes::Routes;
use super::trail::Station;
use super::world::{Role, WorldState, read};
use crate::api::{Flag, Version, short_template, without_keys};

/// The explanation of a path without an endpoint.
const NO_ROUTE: &str = "no endpoint has this path";

/// The number of characters of an API key's description in a log line.
const SHOWN: usize = 40;

/// Why a request got its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The recognised caller.
    pub caller: RecognisedCaller,
    /// The endpoint: its path template, without the version or the instance.
    pub endpoint: Option<&'static str>,
    /// The station that rejected the request; `None` if the request succeeded.
    pub station: Option<Station>,
    /// The reason of the rejection; empty if the request succeeded.
    pub why: String,
}

/// The caller, as recognised by the keys of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecognisedCaller {
    /// The request was answered before its keys were checked.
    NotChecked,
    /// The request had no API key and no account key.
    NoKey,
    /// The key is unknown or not valid for this instance.
    UnknownKey,
    /// An administrator.
    Account {
        /// The id of the account.
        id: u32,
        /// The e-mail address of the account.
        email: Option<String>,
        /// The role in the instance; `None` without a role there, and outside of instances.
        role: Option<&'static str>,
    },
    /// An app on its own behalf.
    ApiKey {
        /// The id of the API key.
        id: u32,
        /// The description of the key.
        description: Option<String>,
        /// The flags of the key.
        flags: Vec<Flag>,
        /// Whether the request had a user key that belongs to no user of the instance.
        unknown_user_key: bool,
    },
    /// An app on behalf of one of its users.
    User {
        /// The id of the user.
        id: u32,
        /// The username.
        username: Option<String>,
        /// The id of the API key.
        api_key: u32,
        /// The flags of the key.
        flags: Vec<Flag>,
    },
}

impl fmt::Display for RecognisedCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecognisedCaller::NotChecked => f.write_str("keys not checked"),
            RecognisedCaller::NoKey => f.write_str("no key"),
            RecognisedCaller::UnknownKey => f.write_str("unknown key"),
            RecognisedCaller::Account { email: Some(email), .. } => write!(f, "account {email}"),
            RecognisedCaller::Account { id, email: None, .. } => write!(f, "account {id}"),
            RecognisedCaller::ApiKey { id, description, .. } => {
                write!(f, "API key {id}")?;
                match description.as_deref().filter(|text| !text.is_empty()) {
                    Some(text) => write!(f, " ({})", text.chars().take(SHOWN).collect::<String>()),
                    None => Ok(()),
                }
            }
            RecognisedCaller::User { username: Some(name), api_key, .. } => {
                write!(f, "user {name} (API key {api_key})")
            }
            RecognisedCaller::User { id, username: None, api_key, .. } => write!(f, "user {id} (API key {api_key})"),
        }
    }
}

impl Explanation {
    /// Returns the explanation of a request that was answered before its keys were checked, such as
    /// a preflight.
    pub fn before_authentication() -> Explanation {
        Explanation { caller: RecognisedCaller::NotChecked, endpoint: None, station: None, why: String::new() }
    }

    /// Returns the explanation of a path without an endpoint. It suggests a similar path that has
    /// one.
    pub(super) fn no_route(path: &str, routes: &Routes) -> Explanation {
        let mut why = NO_ROUTE.to_owned();
        if let Some(lack) = lack(path, routes) {
            why.push_str("; ");
            why.push_str(&lack);
        }
        Explanation { station: Some(Station::Route), why, ..Explanation::before_authentication() }
    }
}

/// Returns what is missing in a path without an endpoint: its last slash, or the version at its
/// beginning.
fn lack(path: &str, routes: &Routes) -> Option<String> {
    let template = |path: &str| routes.find(&Path::new(path)).map(|found| found.row.spec.template);
    let slashed = |path: &str| Some(format!("{path}/")).filter(|_| !path.ends_with('/'));
    if let Some(template) = slashed(path).and_then(|path| template(&path)) {
        let short = short_template(template);
        return Some(format!("`{}` ends with a slash", if short == "/" { template } else { short }));
    }
    let version = Version::default();
    let whole = format!("/{version}{path}");
    let is_found = template(&whole).is_some() || slashed(&whole).is_some_and(|path| template(&path).is_some());
    is_found.then(|| format!("paths begin with `/{version}/`"))
}

/// Why a call got this answer.
pub fn explain(call: &Call<'_>, answer: &ApiAnswer, world: &WorldState) -> Explanation {
    let station = station(call, answer.status);
    Explanation {
        caller: recognised_caller(call, world),
        endpoint: Some(short_template(call.route.spec.template)),
        station,
        why: station.map(|station| why(station, call, answer, world)).unwrap_or_default(),
    }
}

/// Returns the station that rejected the call, if one did. The last station covers both the object
/// and the body; the status tells them apart.
fn station(call: &Call<'_>, status: StatusCode) -> Option<Station> {
    let is_fine = status.is_success() || status.is_redirection();
    Some(call.trail.station()).filter(|_| !is_fine).map(|station| match (station, status) {
        (Station::Object, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) => Station::Body,
        (station, _) => station,
    })
}

fn recognised_caller(call: &Call<'_>, world: &WorldState) -> RecognisedCaller {
    let Some(caller) = call.trail.caller() else {
        let is_key_checked = call.trail.station() == Station::Caller;
        return if is_key_checked { RecognisedCaller::UnknownKey } else { RecognisedCaller::NotChecked };
    };
    match caller {
        Caller::Anonymous => RecognisedCaller::NoKey,
        Caller::Account { id, role, .. } => RecognisedCaller::Account {
            id,
            email: world.accounts().get(id).map(|account| account.email().to_owned()),
            role: role.map(name_of),
        },
        Caller::Api { instance, key, flags, user } => {
            let instance = world.instances().with_id(instance);
            let instance = instance.as_deref().map(read);
            let flags = Flag::ALL.into_iter().filter(|flag| flags.has(*flag)).collect();
            match user {
                Some(id) => {
                    let user = instance.as_ref().and_then(|instance| instance.users.get(id));
                    RecognisedCaller::User {
                        id,
                        username: user.map(|user| user.name().to_owned()),
                        api_key: key,
                        flags,
                    }
                }
                None => {
                    let api_key = instance.as_ref().and_then(|instance| instance.api_keys.get(key));
                    let description = api_key.map(|key| key.description.clone());
                    RecognisedCaller::ApiKey { id: key, description, flags, unknown_user_key: has_user_key(call) }
                }
            }
        }
    }
}

/// Returns whether the request had a user key, valid or not.
fn has_user_key(call: &Call<'_>) -> bool {
    matches!(call.trail.credentials, RequestKeys::Api { user, .. } if user != SentKey::Nothing)
}

/// Returns the name of a role; `Role::name` does not distinguish the owner.
fn name_of(role: Role) -> &'static str {
    if role == Role::Owner { "owner" } else { role.name() }
}

fn why(station: Station, call: &Call<'_>, answer: &ApiAnswer, world: &WorldState) -> String {
    let endpoint = short_template(call.route.spec.template);
    match station {
        Station::Route => NO_ROUTE.to_owned(),
        Station::Instance => "there is no such instance".to_owned(),
        Station::Negotiation if answer.status == StatusCode::NOT_FOUND => "a format other than JSON".to_owned(),
        Station::Negotiation => "an unknown template, or an Accept header without JSON".to_owned(),
        Station::Caller => unknown_key(call, world).to_owned(),
        Station::Access if call.method == Method::GET => format!("{} on {endpoint}", keys(call)),
        Station::Access => format!("{} on {} {endpoint}", keys(call), call.method),
        Station::Throttle => over_limit(call).to_owned(),
        Station::Method => format!("{endpoint} has no {}", call.method),
        Station::Object if answer.status == StatusCode::FORBIDDEN => {
            format!("the caller may not {} on this one: {endpoint}", call.method)
        }
        Station::Body if answer.status == StatusCode::UNAUTHORIZED => "a wrong name, password or token".to_owned(),
        Station::Parent | Station::Object | Station::Body => reason(answer),
    }
}

/// Returns why a key is not valid here.
fn unknown_key(call: &Call<'_>, world: &WorldState) -> &'static str {
    match call.trail.credentials {
        RequestKeys::Garbage => "the value in the place of a key is not a key",
        RequestKeys::Account(key) => {
            let instance = world.instance(call.route.param("instance"));
            let is_users = instance.is_some_and(|instance| read(&instance).users.with_key(&key).is_some());
            if is_users { "a user key in the place of an API key" } else { "no account has this account key" }
        }
        RequestKeys::Api { key, .. } if world.is_api_key(&key) => "the API key belongs to another instance",
        RequestKeys::Api { .. } => "no app has this API key",
        RequestKeys::None | RequestKeys::Settled(_) => "the key is not valid here",
    }
}

/// Returns the limit that a throttled call exceeded. Inside an instance, callers without a key are
/// rejected before.
fn over_limit(call: &Call<'_>) -> &'static str {
    match call.trail.caller() {
        Some(Caller::Account { .. }) if !call.route.spec.is_inside_instance() => {
            "too many requests of the account outside of instances in this second"
        }
        Some(Caller::Account { .. } | Caller::Api { .. }) => "too many requests to the instance in this second",
        Some(Caller::Anonymous) | None => "too many requests without a key from one address in this second",
    }
}

/// Describes the keys of a call.
fn keys(call: &Call<'_>) -> String {
    match call.trail.caller() {
        None | Some(Caller::Anonymous) => "no API key and no account key".to_owned(),
        Some(Caller::Account { role: None, .. }) if call.route.spec.is_inside_instance() => {
            "account key without a role in the instance".to_owned()
        }
        Some(Caller::Account { role: Some(role @ (Role::Read | Role::Write)), .. }) => {
            format!("account key with the role {}", role.name())
        }
        Some(Caller::Account { .. }) => "account key".to_owned(),
        Some(Caller::Api { user: Some(_), .. }) => "API key with a user key".to_owned(),
        Some(Caller::Api { .. }) if has_user_key(call) => "API key with an unknown user key".to_owned(),
        Some(Caller::Api { .. }) => "API key alone".to_owned(),
    }
}

/// Returns the reason in an answer: its `detail`, or the names of the wrong members. The error
/// texts of members are left out because they may repeat sent values.
fn reason(answer: &ApiAnswer) -> String {
    let nothing = || "see the answer".to_owned();
    let AnswerBody::Json(body) = &answer.content else { return nothing() };
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => match members.get("detail").and_then(Value::as_str) {
            Some("Not found.") => "the object does not exist, or the caller cannot see it".to_owned(),
            Some(detail) => without_keys(detail).into_owned(),
            None => {
                let names: Vec<&str> = members.keys().map(String::as_str).collect();
                without_keys(&format!("invalid members: {}", names.join(", "))).into_owned()
            }
        },
        _ => nothing(),
    }
}
