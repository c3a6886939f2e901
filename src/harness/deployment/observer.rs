//! The interface for recorders of exchanges: the trace and the log.

use std::time::Duration;

use bytes::Bytes;
use http::Request;

use super::complete_response::{CompleteResponse, ExchangeError};

/// Sees every exchange with a [`Target`](super::Target), with all keys and passwords in it.
pub trait Observer: Send + Sync {
    /// Returns whether it wants to see the next exchange. Requests are copied only for interested
    /// observers.
    fn is_interested(&self) -> bool {
        true
    }

    /// Called after an exchange with the request, its outcome, and the time that it took.
    fn exchanged(&self, request: &Request<Bytes>, outcome: &Result<CompleteResponse, ExchangeError>, elapsed: Duration);
}
