//! Logs exchanges with `tracing`: a line for each at `debug`, with headers and bodies at `trace`.
//!
//! The log holds keys and passwords. A program that writes the log must pass it through a
//! [`Redactor`](syncano_secrets::Redactor) that shares the [secrets of the
//! target](super::Target::secrets).

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use tracing::{Level, debug, enabled, trace};

use super::complete_response::{CompleteResponse, ExchangeError};
use super::observer::Observer;
use syncano_secrets::Secrets;

/// The maximum length of a logged body, in bytes.
const MAX_BODY: usize = 16 << 10;

/// Logs every exchange.
pub struct Log {
    secrets: Secrets,
}

impl Log {
    /// Creates the log of a target with these secrets.
    pub fn new(secrets: &Secrets) -> Log {
        Log { secrets: secrets.clone() }
    }

    /// Returns headers and body in one line. Secrets are redacted before a long body is cut,
    /// because half a secret would not be found.
    fn shown(&self, headers: &HeaderMap, body: &Bytes) -> String {
        let text = String::from_utf8_lossy(body);
        match text.len().checked_sub(MAX_BODY).filter(|more| *more > 0) {
            None => format!("{headers:?} {text:?}"),
            Some(more) => {
                let beginning = self.secrets.redactor().beginning(&text, MAX_BODY);
                format!("{headers:?} {beginning:?} and {more} bytes more")
            }
        }
    }
}

impl Observer for Log {
    fn is_interested(&self) -> bool {
        enabled!(Level::DEBUG)
    }

    fn exchanged(
        &self,
        request: &Request<Bytes>,
        outcome: &Result<CompleteResponse, ExchangeError>,
        elapsed: Duration,
    ) {
        let (method, uri, milliseconds) = (request.method(), request.uri(), elapsed.as_millis());
        match outcome {
            Ok(CompleteResponse { response, .. }) => {
                debug!("{method} {uri}: {} after {milliseconds} ms", response.status().as_u16());
            }
            Err(error) => debug!("{method} {uri}: {error} after {milliseconds} ms"),
        }
        if !enabled!(Level::TRACE) {
            return;
        }
        trace!("sent {method} {uri} {}", self.shown(request.headers(), request.body()));
        if let Ok(CompleteResponse { response, .. }) = outcome {
            trace!("received {} {}", response.status().as_u16(), self.shown(response.headers(), response.body()));
        }
    }
}
