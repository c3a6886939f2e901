//! What came in and what became of it. Keys are never kept: who they are stands in their place.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{Request, StatusCode};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};

use super::service::Refusal;
use super::wire::Unread;
use crate::api::without_keys;
use crate::visible;
use crate::{Explanation, Principal};

/// What stands in the place of what may be a secret.
const HIDDEN: &str = "<hidden>";

/// A request and what became of it. As a line: `403 GET /v1.1/instances/demo/user/ account owner@example.com: account key on
/// /user/`.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Counts the entries of a journal from 1; 0 before it is in one.
    pub number: u64,
    /// When the request came, by the clock of the machine.
    #[serde(serialize_with = "time")]
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// The path with its query. What could be a key or a password is hidden.
    pub path: String,
    /// The status of the answer; `None` where the connection was closed instead.
    pub status: Option<u16>,
    /// Who was recognised by the keys.
    pub principal: Principal,
    /// The endpoint, with names in the place of values; `None` where the path leads to none or nobody looked.
    pub endpoint: Option<&'static str>,
    /// What turned the request away: a [station](crate::Station) of the simulator, `fault` for an
    /// injected fault, `limit` for what is too long, `http` for what is no valid request; `None` if nothing did.
    pub station: Option<&'static str>,
    /// Why it did; empty if nothing did.
    pub why: String,
    /// How long the answer took, in microseconds.
    pub duration_us: u64,
}

/// A request, before it is known what becomes of it.
pub struct PendingRequest {
    at: Timestamp,
    pub method: String,
    pub path: String,
}

/// The last requests.
pub struct RequestLog {
    entries: VecDeque<Entry>,
    most: usize,
    last_number: u64,
}

impl PendingRequest {
    /// Notes a request, or the one that could not be read, for which it stands.
    pub fn of<B>(request: &Request<B>, unread: Option<&Unread>) -> PendingRequest {
        let at = Timestamp::now();
        let known = |part: &str| if part.is_empty() { "?".to_owned() } else { part.to_owned() };
        match unread {
            Some(unread) => PendingRequest { at, method: known(&unread.method), path: known(&shown(&unread.target)) },
            None => {
                let target = request.uri().path_and_query().map_or(request.uri().path(), PathAndQuery::as_str);
                PendingRequest { at, method: request.method().to_string(), path: shown(target) }
            }
        }
    }

    /// Answered by the simulator.
    pub fn answered(self, status: StatusCode, explanation: Explanation, took: Duration) -> Entry {
        let Explanation { principal, endpoint, station, why } = explanation;
        Entry {
            number: 0,
            at: self.at,
            method: self.method,
            path: self.path,
            status: Some(status.as_u16()),
            principal,
            endpoint,
            station: station.map(|station| station.name()),
            why,
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        }
    }

    /// Refused before the simulator saw it.
    pub fn refused(self, refusal: &Refusal, took: Duration) -> Entry {
        let station = if refusal.status == StatusCode::BAD_REQUEST { "http" } else { "limit" };
        let why = refusal.detail.trim_end_matches('.').to_owned();
        Entry { station: Some(station), why, ..self.answered(refusal.status, Explanation::unasked(), took) }
    }

    /// Struck by a fault, perhaps after the simulator had done what was asked.
    pub fn struck(self, status: Option<StatusCode>, explanation: Option<Explanation>, took: Duration) -> Entry {
        let why = match explanation {
            Some(_) => "an injected fault replaced the response; the request took effect",
            None => "an injected fault; the request had no effect",
        };
        let explanation = explanation.unwrap_or_else(Explanation::unasked);
        let entry = self.answered(StatusCode::OK, explanation, took);
        Entry { status: status.map(|status| status.as_u16()), station: Some("fault"), why: why.to_owned(), ..entry }
    }
}

impl RequestLog {
    /// Of so many requests at most.
    pub fn new(most: usize) -> RequestLog {
        RequestLog { entries: VecDeque::new(), most, last_number: 0 }
    }

    pub fn add(&mut self, entry: Entry) {
        self.last_number += 1;
        self.entries.push_back(Entry { number: self.last_number, ..entry });
        while self.entries.len() > self.most {
            self.entries.pop_front();
        }
    }

    /// So many of the last ones, the latest last.
    pub fn last(&self, limit: usize) -> Vec<&Entry> {
        self.entries.iter().skip(self.entries.len().saturating_sub(limit)).collect()
    }

    /// Forgets all entries. Numbers go on.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map_or(Cow::Borrowed("closed"), |status| Cow::Owned(status.to_string()));
        let Entry { method, path, principal, why, .. } = self;
        let colon = if why.is_empty() { "" } else { ": " };
        let line = format!("{status} {method} {path} {principal}{colon}{why}");
        // Names are whatever somebody sent: a line stays one line, and no name looks like a key.
        f.write_str(&visible::line(&without_keys(&line)))
    }
}

fn time<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.3}"))
}

/// A path with its query, as it was sent. What could be a key is hidden, and in a query everything under a name that speaks
/// of keys, passwords and tokens.
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

/// A part of a URI as it was sent, unless there is a key in it.
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
