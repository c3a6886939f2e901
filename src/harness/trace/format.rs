//! The lines of a trace. `docs/traces.md` describes them.
//!
//! The first line is a [`TraceHeader`], each line after it a [`TraceLine`]. The lines of one world
//! are a
//! *stream*.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use syncano_simulator::api::{Capability, Flag};

use crate::harness::deployment::Target;
use crate::harness::plan::{Access, Credentials, InstanceKeys, Login, Plan, key_name};
use crate::harness::shutdown::StopReason;
use crate::judge::ValueKind;
use syncano_suite::{AccessTable, Scenario};

/// Name and version of the format. The version increases when a member is removed or changes its
/// meaning.
pub const FORMAT: &str = "syncano-conformance-trace/2";

/// The first line: the description of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceHeader {
    /// [`FORMAT`].
    pub format: String,
    /// The version of the program that ran.
    pub tool_version: String,
    /// The target as the user named it.
    pub target: String,
    /// The base URL of the target.
    pub base: String,
    /// The version of the API.
    pub api_version: String,
    /// The id of the run.
    pub run: String,
    /// The access cases that were run.
    pub access: Access,
    /// Whether reads were replayed.
    pub replays: bool,
    /// Whether the run could register extra accounts.
    pub more_accounts: bool,
    /// Whether the run could create or change anything.
    pub writes: bool,
    /// Whether a server in front of the target took its login from the `Authorization` header.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub basic_login: bool,
    /// The capabilities that the target was declared to offer; `None` means all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub capabilities: Option<BTreeSet<Capability>>,
    /// The API keys of a run without an administrator's key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub api_keys: Option<ApiKeysLine>,
    /// The instance that the user named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

/// The API keys and users that decide which scenarios can run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeysLine {
    /// The flag of each key, `plain` for none.
    pub keys: Vec<String>,
    /// The number of users.
    pub users: usize,
}

impl TraceHeader {
    /// Creates the header of a run.
    pub fn new(plan: &Plan, target: &Target) -> TraceHeader {
        TraceHeader {
            format: FORMAT.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            target: target.name().to_owned(),
            base: target.base().to_owned(),
            api_version: plan.version.to_string(),
            run: plan.id.to_string(),
            access: plan.access,
            replays: plan.replays,
            more_accounts: plan.more_accounts,
            writes: plan.writes,
            basic_login: plan.basic_login,
            capabilities: plan.capabilities.clone(),
            api_keys: match &plan.credentials {
                Credentials::ApiKeys(keys) => Some(ApiKeysLine::new(keys)),
                Credentials::AccountKey(_) | Credentials::Register => None,
            },
            instance: plan.instance.clone(),
        }
    }

    /// Returns the credentials of the run, without the secrets.
    pub fn credentials(&self) -> Credentials {
        match &self.api_keys {
            None => Credentials::Register,
            Some(had) => {
                let flag = |name: &String| Flag::ALL.into_iter().find(|flag| flag.name() == name);
                let keys = had.keys.iter().map(|name| (flag(name), SecretString::default())).collect();
                Credentials::ApiKeys(InstanceKeys { keys, users: vec![Login::default(); had.users] })
            }
        }
    }
}

impl ApiKeysLine {
    /// Creates the line of these keys.
    pub fn new(had: &InstanceKeys) -> ApiKeysLine {
        let keys = had.keys.keys().map(|flag| key_name(*flag).to_owned()).collect();
        ApiKeysLine { keys, users: had.users.len() }
    }
}

/// A line after the first.
#[derive(Debug, Serialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum TraceLine {
    /// A request with its response.
    Exchange(Box<ExchangeLine>),
    /// A world before its first step.
    World(WorldLine),
    /// The last line of the trace.
    End(EndLine),
}

// The derived implementation of a tagged enum loses numbers of more than 64 bits.
impl<'de> Deserialize<'de> for TraceLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TraceLine, D::Error> {
        const KINDS: [&str; 3] = ["exchange", "world", "end"];
        let line = Value::deserialize(deserializer)?;
        let read = match line.get("line").and_then(Value::as_str) {
            Some("exchange") => serde_json::from_value(line).map(TraceLine::Exchange),
            Some("world") => serde_json::from_value(line).map(TraceLine::World),
            Some("end") => serde_json::from_value(line).map(TraceLine::End),
            Some(other) => return Err(D::Error::unknown_variant(other, &KINDS)),
            None => return Err(D::Error::missing_field("line")),
        };
        read.map_err(D::Error::custom)
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ExchangeLine {
    /// The name of the stream; `None` for the stream of the run.
    pub stream: Option<String>,
    pub phase: Phase,
    /// The index of the step, in the phases `step` and `replay`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<usize>,
    pub request: RequestLine,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response: Option<ResponseLine>,
    /// Why each earlier attempt failed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub retries: Vec<String>,
    /// The other host that a redirect points to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub astray: Option<String>,
    /// Why the response is too large, if it is; then it is only the beginning.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub too_large: Option<String>,
    /// Why there is no response, if there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub no_answer: Option<String>,
}

/// The purpose of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The administrator signs in, or a world is created.
    SetUp,
    /// The world is checked.
    Look,
    /// A step is sent, perhaps several times.
    Step,
    /// The read of a step is replayed.
    Replay,
    /// The world is removed.
    CleanUp,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct RequestLine {
    pub method: String,
    pub path: String,
    #[serde(flatten)]
    pub content: Content,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ResponseLine {
    pub status: u16,
    #[serde(flatten)]
    pub content: Content,
}

/// Headers and body.
#[derive(Debug, Serialize, Deserialize)]
pub struct Content {
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub headers: Vec<(String, String)>,
    /// The body, if it is text.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub body: String,
    /// Any other body, in Base64.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub base64: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct WorldLine {
    pub stream: String,
    /// The values by reference.
    pub values: BTreeMap<String, ValueLine>,
    /// Why the world could not be created, if it could not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_created: Option<String>,
    /// Why the callers who may see the world could not see it, if they could not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unseen: Option<String>,
    /// Why the other instance for replays could not be created, if it could not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub no_other_instance: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ValueLine {
    pub kind: ValueKind,
    pub value: Value,
}

/// The end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndLine {
    /// Why nothing could be judged, if the run could not be set up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_set_up: Option<String>,
    /// Why the run stopped early, if it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stopped: Option<StopReason>,
    pub left_behind: Vec<String>,
    pub notes: Vec<String>,
}

/// Returns the name of a scenario's stream. The first and the last check distinguish the scenarios of
/// an endpoint of the access table, which have the same name.
pub fn stream_name(scenario: &Scenario) -> String {
    let is_of_table = scenario.name.split('/').next() == Some(AccessTable::AREA);
    let mut ids = scenario.checks().filter(|_| is_of_table).map(|(_, check)| check.id.as_str());
    match (ids.next(), ids.last()) {
        (Some(first), Some(last)) => format!("{}#{first}-{last}", scenario.name),
        (Some(only), None) => format!("{}#{only}", scenario.name),
        _ => scenario.name.clone(),
    }
}

impl RequestLine {
    pub fn read(&self) -> Result<Request<Bytes>, String> {
        let mut request = Request::new(self.content.bytes()?);
        *request.method_mut() =
            Method::from_bytes(self.method.as_bytes()).map_err(|_| format!("{:?} is not a method", self.method))?;
        *request.uri_mut() = self.path.parse::<Uri>().map_err(|error| format!("invalid path of a request: {error}"))?;
        *request.headers_mut() = self.content.headers()?;
        Ok(request)
    }
}

impl ResponseLine {
    pub fn read(&self) -> Result<Response<Bytes>, String> {
        let mut response = Response::new(self.content.bytes()?);
        *response.status_mut() =
            StatusCode::from_u16(self.status).map_err(|_| format!("{} is not a status", self.status))?;
        *response.headers_mut() = self.content.headers()?;
        Ok(response)
    }
}

impl Content {
    fn bytes(&self) -> Result<Bytes, String> {
        use base64::Engine;
        match &self.base64 {
            None => Ok(Bytes::from(self.body.clone())),
            Some(text) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text);
                bytes.map(Bytes::from).map_err(|error| format!("invalid member `base64`: {error}"))
            }
        }
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let (Ok(key), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_bytes(value.as_bytes())) else {
                return Err(format!("{name:?} is not a header"));
            };
            headers.append(key, value);
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_all_digits_of_its_numbers() {
        let number = "123456789012345678901234567890.50";
        let lines = [
            format!(r#"{{"line":"world","stream":"a","values":{{"it":{{"kind":"word","value":[7,{number}]}}}}}}"#),
            r#"{"line":"exchange","stream":"a","phase":"step","step":3,"request":{"method":"GET","path":"/"},"response":{"status":200,"body":"{}"}}"#.to_owned(),
        ];
        for line in lines {
            let read = serde_json::from_str::<TraceLine>(&line).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), line);
        }
    }

    #[test]
    fn a_line_of_an_unknown_kind_is_an_error() {
        for line in ["{}", r#"{"line":"song"}"#, r#"{"line":"world"}"#, "[]"] {
            assert!(serde_json::from_str::<TraceLine>(line).is_err(), "{line}");
        }
    }
}
