//! What a log says of each exchange: at `debug` that it was, at `trace` all that was sent and came.
//!
//! These events hold what travels, keys and passwords too. Whoever writes them down stands a
//! [`Redactor`](crate::secret::Redactor) that shares the [secrets of the target](super::Target::secrets) before it.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Request};
use tracing::{Level, debug, enabled, trace};

use super::target::{Answer, NoAnswer};
use crate::secret::Secrets;

/// So much of a body is logged, in bytes.
const MOST_SHOWN: usize = 16 << 10;

/// A request that was sent and is to be logged with its answer.
pub struct Sent {
    begun: Instant,
    request: Request<Bytes>,
}

/// Notes a request, where anybody listens.
pub fn sent(request: &Request<Bytes>) -> Option<Sent> {
    enabled!(Level::DEBUG).then(|| Sent { begun: Instant::now(), request: request.clone() })
}

impl Sent {
    /// Logs it with what came of it. Long bodies are cut, and the secrets looked for before.
    pub fn answered(self, answer: &Result<Answer, NoAnswer>, secrets: &Secrets) {
        let Sent { begun, request } = self;
        let (method, uri) = (request.method(), request.uri());
        let milliseconds = begun.elapsed().as_millis();
        match answer {
            Ok(Answer { response, .. }) => {
                debug!("{method} {uri}: {} after {milliseconds} ms", response.status().as_u16());
            }
            Err(error) => debug!("{method} {uri}: {error} after {milliseconds} ms"),
        }
        if !enabled!(Level::TRACE) {
            return;
        }
        trace!("sent {method} {uri} {}", shown(request.headers(), request.body(), secrets));
        if let Ok(Answer { response, .. }) = answer {
            trace!("came {} {}", response.status().as_u16(), shown(response.headers(), response.body(), secrets));
        }
    }
}

/// Headers and body in one line.
fn shown(headers: &HeaderMap, body: &Bytes, secrets: &Secrets) -> String {
    let text = String::from_utf8_lossy(body);
    match text.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
        None => format!("{headers:?} {text:?}"),
        // Half a secret would not be found any more.
        Some(more) => {
            let beginning = secrets.redactor().beginning(&text, MOST_SHOWN);
            format!("{headers:?} {beginning:?} and {more} bytes more")
        }
    }
}
