//! What stands between a connection and hyper: reads the head of each request first.
//!
//! `http::Uri` refuses bytes in paths and queries that nginx and uWSGI take; they are percent-encoded here. And hyper answers
//! a head that it cannot read by itself, without a body and without a word to the program; such a head is turned into a
//! request that the program answers.

mod chunks;
mod head;
mod heads;

#[cfg(feature = "wiremock")]
pub use head::escape;
pub use head::{SPOKE_TLS, Unread};
pub use heads::{Heads, Refused};
