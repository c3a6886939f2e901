//! Logs each exchange: one line at `debug`, and the headers and bodies at `trace`.
//!
//! The events contain keys and passwords; the subscriber of the program redacts them.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use tracing::{Level, debug, enabled, trace};

/// The maximum size of a logged body, in bytes. Redacting a longer one would delay responses.
const MAX_BODY: usize = 64 * 1024;

/// Returns whether exchanges are logged.
pub fn is_logged() -> bool {
    enabled!(Level::DEBUG)
}

/// Logs a request after its whole body was read.
pub fn request(request: &Request<Bytes>) {
    if enabled!(Level::TRACE) {
        trace!("request {} {} {}", request.method(), request.uri(), shown(request.headers(), request.body()));
    }
}

/// Logs a response before it is sent.
pub fn response(answer: &Response<Bytes>) {
    if enabled!(Level::TRACE) {
        trace!("response {} {}", answer.status().as_u16(), shown(answer.headers(), answer.body()));
    }
}

/// Logs the end of an exchange. Without a status, the connection was closed without a response.
pub fn end(method: &str, path: &str, status: Option<StatusCode>, took: Duration) {
    let milliseconds = took.as_millis();
    match status {
        Some(status) => debug!("{method} {path}: {} after {milliseconds} ms", status.as_u16()),
        None => debug!("{method} {path}: closed after {milliseconds} ms"),
    }
}

fn shown(headers: &HeaderMap, body: &Bytes) -> String {
    match body.len() {
        ..=MAX_BODY => format!("{headers:?} {:?}", String::from_utf8_lossy(body)),
        length => format!("{headers:?} {length} bytes"),
    }
}
