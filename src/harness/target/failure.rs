//! What an error of the HTTP client means.

use std::error::Error;
use std::io;

use super::retry::{Failure, Fate};

/// Why a request has no complete answer, and what is known of it.
pub fn failure(error: &reqwest::Error) -> Failure {
    let hyper = || causes(error).filter_map(|cause| cause.downcast_ref::<hyper::Error>());
    // hyper cancels a request only before it is written.
    let fate = if error.is_connect() || hyper().any(hyper::Error::is_canceled) {
        Fate::NotSent
    } else if hyper().any(|error| error.is_parse() || error.is_parse_too_large()) {
        Fate::Unreadable
    } else {
        Fate::Unknown
    };
    Failure { why: reasons(error), fate }
}

/// Whether the other side has closed the connection before the head of an answer was complete.
pub fn is_closed(error: &reqwest::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};

    let is_closed = |cause: &(dyn Error + 'static)| {
        let by_hyper = cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message);
        let by_system = cause.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof)
        });
        by_hyper || by_system
    };
    !error.is_connect() && !error.is_timeout() && causes(error).any(is_closed)
}

/// What an error of the HTTP client says, with its causes and without the URL, which may hold keys.
pub fn reasons(error: &reqwest::Error) -> String {
    let what = match (error.is_connect(), error.is_timeout()) {
        (true, true) => "no connection within the time-out",
        (true, false) => "no connection",
        (false, true) => "no complete answer within the time-out",
        (false, false) => "no complete answer",
    };
    let mut text = what.to_owned();
    for cause in causes(error) {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
    }
    text
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Error::source(error), |cause| (*cause).source())
}
