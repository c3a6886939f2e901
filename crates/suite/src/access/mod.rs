//! The access table: who may do what, by endpoint, method and principal.
//!
//! The head of `access.toml` explains the format. Each entry becomes an access case: one request by
//! one principal, with the expected answer. Every principal has exactly one case for every method
//! of every endpoint.

mod builder;
mod callers;
mod endpoints;
mod file;
mod outcome;
mod policies;
mod read;
mod table;

pub use read::read;
pub use table::{AccessCaller, AccessCase, AccessEndpoint, AccessTable, METHODS};
