//! The access table: who may do what, endpoint x method x principal.
//!
//! The first lines of `access.toml` say how to read it. It becomes access cases: one request each, by one principal, and how
//! it has to be answered. Every principal has exactly one case for every method of every endpoint.

mod builder;
mod callers;
mod endpoints;
mod file;
mod outcome;
mod policies;
mod read;
mod table;

pub use read::read;
pub use table::{AccessCase, AccessTable, Caller, Endpoint, METHODS};
