//! Reads the head of each request before hyper does, and changes heads that hyper rejects.
//!
//! `http::Uri` rejects bytes in paths and queries that nginx and uWSGI accept; this module
//! percent-encodes them. hyper responds to an unreadable head without a body and without notifying
//! the program; this module replaces such a head with a request that the program handles.

mod chunks;
mod head;
mod heads;

#[cfg(feature = "wiremock")]
pub use head::escape;
pub use head::{TLS_HINT, UnreadableRequest};
pub use heads::{Heads, UnreadableSlot};
