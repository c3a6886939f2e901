//! Keeps the last requests and their outcome. An entry names the caller instead of its keys.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{Request, StatusCode};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};

use super::service::Rejection;
use super::wire::UnreadableRequest;
use crate::api::without_keys;
use crate::visible;
use crate::{Explanation, RecognisedCaller};

/// The text that replaces a possible secret.
const HIDDEN: &str = "<hidden>";

/// A request log entry.
///
/// `Display` writes it as one line: `403 GET /v1.1/instances/demo/user/ account
/// owner@example.com: account key on /user/`.
#[derive(Clone, Debug, Serialize)]
pub struct LogEntry {
    /// The number of the entry in its request log, from 1; 0 before it is added to one.
    pub number: u64,
    /// The time when the request arrived, by the clock of the machine.
    #[serde(serialize_with = "time")]
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// The path and query. Possible keys and passwords are hidden.
    pub path: String,
    /// The status of the response; `None` if the connection was closed without one.
    pub status: Option<u16>,
    /// The caller that the keys identify.
    pub caller: RecognisedCaller,
    /// The template of the endpoint; `None` if no endpoint matches or the API did not handle the
    /// request.
    pub endpoint: Option<&'static str>,
    /// The name of the [station](crate::Station) that rejected the request, `fault` for an injected
    /// fault, `limit` for a request over a limit, or `http` for an invalid request; `None` if the
    /// request was not rejected.
    pub station: Option<&'static str>,
    /// The reason for the rejection; empty if the request was not rejected.
    pub why: String,
    /// The time until the response, in microseconds.
    pub duration_us: u64,
}

/// A request whose outcome is not known yet.
pub struct PendingRequest {
    at: Timestamp,
    pub method: String,
    pub path: String,
}

/// The request log: the entries of the last requests.
pub struct RequestLog {
    entries: VecDeque<LogEntry>,
    size: usize,
    last_number: u64,
}

impl PendingRequest {
    /// Creates a pending request from a request, or from the unreadable request that it replaces.
    pub fn new<B>(request: &Request<B>, unreadable: Option<&UnreadableRequest>) -> PendingRequest {
        let at = Timestamp::now();
        let known = |part: &str| if part.is_empty() { "?".to_owned() } else { part.to_owned() };
        match unreadable {
            Some(unreadable) => {
                PendingRequest { at, method: known(&unreadable.method), path: known(&shown(&unreadable.target)) }
            }
            None => {
                let target = request.uri().path_and_query().map_or(request.uri().path(), PathAndQuery::as_str);
                PendingRequest { at, method: request.method().to_string(), path: shown(target) }
            }
        }
    }

    /// Returns the entry of a request that the simulator handled.
    pub fn answered(self, status: StatusCode, explanation: Explanation, took: Duration) -> LogEntry {
        let Explanation { caller, endpoint, station, why } = explanation;
        LogEntry {
            number: 0,
            at: self.at,
            method: self.method,
            path: self.path,
            status: Some(status.as_u16()),
            caller,
            endpoint,
            station: station.map(|station| station.name()),
            why,
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        }
    }

    /// Returns the entry of a request that was rejected before the simulator handled it.
    pub fn rejected(self, rejection: &Rejection, took: Duration) -> LogEntry {
        let station = if rejection.status == StatusCode::BAD_REQUEST { "http" } else { "limit" };
        let why = rejection.detail.trim_end_matches('.').to_owned();
        LogEntry {
            station: Some(station),
            why,
            ..self.answered(rejection.status, Explanation::before_authentication(), took)
        }
    }

    /// Returns the entry of a waiting poll whose client went away. It has no status.
    pub fn abandoned(self, explanation: Explanation, took: Duration) -> LogEntry {
        LogEntry { status: None, ..self.answered(StatusCode::OK, explanation, took) }
    }

    /// Returns the entry of a request that a fault hit. The explanation is present if the simulator
    /// applied the request.
    pub fn hit_by_fault(
        self,
        status: Option<StatusCode>,
        explanation: Option<Explanation>,
        took: Duration,
    ) -> LogEntry {
        let why = match explanation {
            Some(_) => "an injected fault replaced the response; the request took effect",
            None => "an injected fault; the request had no effect",
        };
        let explanation = explanation.unwrap_or_else(Explanation::before_authentication);
        let entry = self.answered(StatusCode::OK, explanation, took);
        LogEntry { status: status.map(|status| status.as_u16()), station: Some("fault"), why: why.to_owned(), ..entry }
    }
}

impl RequestLog {
    /// Creates an empty request log that keeps up to `size` entries.
    pub fn new(size: usize) -> RequestLog {
        RequestLog { entries: VecDeque::new(), size, last_number: 0 }
    }

    pub fn add(&mut self, entry: LogEntry) {
        self.last_number += 1;
        self.entries.push_back(LogEntry { number: self.last_number, ..entry });
        while self.entries.len() > self.size {
            self.entries.pop_front();
        }
    }

    /// Returns up to `limit` of the last entries, the latest last.
    pub fn last(&self, limit: usize) -> Vec<&LogEntry> {
        self.entries.iter().skip(self.entries.len().saturating_sub(limit)).collect()
    }

    /// Removes all entries. The numbering continues.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

impl fmt::Display for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map_or(Cow::Borrowed("closed"), |status| Cow::Owned(status.to_string()));
        let LogEntry { method, path, caller, why, .. } = self;
        let colon = if why.is_empty() { "" } else { ": " };
        let line = format!("{status} {method} {path} {caller}{colon}{why}");
        // Names come from clients: they may contain line breaks and keys.
        f.write_str(&visible::line(&without_keys(&line)))
    }
}

fn time<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.3}"))
}

/// Returns the path and query as they were sent, with possible secrets hidden.
///
/// It hides possible keys, and the query values whose name contains `key`, `password` or `token`.
fn shown(target: &str) -> String {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut shown = masked(path).into_owned();
    for (position, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        shown.push(if position == 0 { '?' } else { '&' });
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = percent_decode_str(name).decode_utf8_lossy().to_lowercase();
        let is_secret = ["key", "password", "token"].iter().any(|word| decoded.contains(word));
        shown.push_str(&masked(name));
        if pair.contains('=') {
            shown.push('=');
            shown.push_str(&if is_secret { Cow::Borrowed(HIDDEN) } else { masked(value) });
        }
    }
    shown
}

/// Returns a part of a URI as it was sent, or decoded and with its keys masked if it contains keys.
fn masked(sent: &str) -> Cow<'_, str> {
    let decoded = percent_decode_str(sent).decode_utf8_lossy();
    match without_keys(&decoded) {
        Cow::Borrowed(_) => Cow::Borrowed(sent),
        Cow::Owned(masked) => Cow::Owned(masked),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/v1.1/instances/demo/users/?page_size=2", "/v1.1/instances/demo/users/?page_size=2")]
    #[case("/v1.1/?api_key=abc&user_key=def&x", "/v1.1/?api_key=<hidden>&user_key=<hidden>&x")]
    #[case("/v1.1/?%61pi%5Fkey=abc&Password=x", "/v1.1/?%61pi%5Fkey=<hidden>&Password=<hidden>")]
    #[case("/a/0123456789abcdef0123456789ABCDEF01234567/b", "/a/<key>/b")]
    #[case("/a/?q=%30123456789abcdef0123456789ABCDEF01234567", "/a/?q=<key>")]
    fn no_path_shows_a_secret(#[case] sent: &str, #[case] kept: &str) {
        assert_eq!(shown(sent), kept);
    }
}
