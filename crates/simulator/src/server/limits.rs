//! What a client of the listener may cost.

use std::time::Duration;

use super::service::BODY_LIMIT;

/// What a client may cost. The defaults suit a laptop and a build machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request line and its header fields; more is answered with 431, as are more than a hundred fields. 64 KiB.
    pub head: usize,
    /// Bytes of the target in the request line, the path with its query as they are percent-encoded; more is answered with
    /// 414. 32 KiB.
    pub target: usize,
    /// Bytes of a body; more is answered with 413. [`BODY_LIMIT`].
    pub body: usize,
    /// Connections at a time; further ones wait in the queue of the operating system. 1024. Zero lets nobody in.
    pub connections: usize,
    /// How long a connection may go without the head of a request coming in whole; then it is closed. It is the one answer
    /// to a connection that idles, to a head or a body that trickles, and to an answer that is not read. 60 s.
    pub silence: Duration,
    /// How long requests in flight may take to end once the listener is told to stop; then they are cut off. 5 s.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head: 64 * 1024,
            target: 32 * 1024,
            body: BODY_LIMIT,
            connections: 1024,
            silence: Duration::from_secs(60),
            grace: Duration::from_secs(5),
        }
    }
}
