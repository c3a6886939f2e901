//! Defines the limits of a listener.

use std::time::Duration;

use super::service::{BODY_LIMIT, POLL_LIMIT};

/// The limits of a listener. The defaults suit a laptop and a build machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// Maximum size of the request line and the header fields, in bytes; 64 KiB by default.
    ///
    /// A larger head, or one with more than 100 fields, gets status 431.
    pub head: usize,
    /// Maximum size of the percent-encoded path and query, in bytes; 32 KiB by default.
    ///
    /// A longer target gets status 414.
    pub target: usize,
    /// Maximum size of a body, in bytes; [`BODY_LIMIT`] by default. A larger one gets status 413.
    pub body: usize,
    /// Maximum number of open connections; 1024 by default.
    ///
    /// Further connections wait in the queue of the operating system. With zero, the listener
    /// accepts none.
    pub connections: usize,
    /// Maximum time that a connection may stay open without a complete request head; 60 s by
    /// default.
    ///
    /// The listener closes a connection after this time. It is the only timeout for idle
    /// connections, slow heads and bodies, and responses that the client does not read.
    pub silence: Duration,
    /// Maximum time that a poll of a channel waits for a change; [`POLL_LIMIT`] by default. Then its
    /// answer is 204.
    pub poll: Duration,
    /// Maximum time for requests in flight to finish during shutdown; 5 s by default.
    ///
    /// The listener aborts them after this time.
    pub grace: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        ServerLimits {
            head: 64 * 1024,
            target: 32 * 1024,
            body: BODY_LIMIT,
            connections: 1024,
            silence: Duration::from_secs(60),
            poll: POLL_LIMIT,
            grace: Duration::from_secs(5),
        }
    }
}
