//! What the log of the program says of each exchange: at `debug` that it was, at `trace` its headers and bodies too.
//!
//! The events hold keys and passwords; the subscriber takes them out, as it does for those of the harness.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use tracing::{Level, debug, enabled, trace};

/// The longest body that is logged. Redacting a longer one would hold up those who wait for answers.
const LONGEST_BODY: usize = 64 * 1024;

/// Whether exchanges are logged.
pub fn is_logged() -> bool {
    enabled!(Level::DEBUG)
}

/// Logs a request that was read whole.
pub fn came(request: &Request<Bytes>) {
    if enabled!(Level::TRACE) {
        trace!("came {} {} {}", request.method(), request.uri(), shown(request.headers(), request.body()));
    }
}

/// Logs the answer, before it is sent.
pub fn sent(answer: &Response<Bytes>) {
    if enabled!(Level::TRACE) {
        trace!("sent {} {}", answer.status().as_u16(), shown(answer.headers(), answer.body()));
    }
}

/// Logs an exchange that is over; without a status the connection was closed instead.
pub fn over(method: &str, path: &str, status: Option<StatusCode>, took: Duration) {
    let milliseconds = took.as_millis();
    match status {
        Some(status) => debug!("{method} {path}: {} after {milliseconds} ms", status.as_u16()),
        None => debug!("{method} {path}: closed after {milliseconds} ms"),
    }
}

fn shown(headers: &HeaderMap, body: &Bytes) -> String {
    match body.len() {
        ..=LONGEST_BODY => format!("{headers:?} {:?}", String::from_utf8_lossy(body)),
        length => format!("{headers:?} {length} bytes"),
    }
}
