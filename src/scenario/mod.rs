//! The suite as data: scenario files, the registry of rules, and what can be said of them without sending anything.
//!
//! [`ScenarioFile`](file::ScenarioFile) is what stands in a file, [`Scenario`] what it means; [`Suite`] is all of it.
//! Reading gives [`Diagnostic`]s with exact places, never a panic; what has been read needs no further checking.

mod access;
pub mod diagnostic;
mod expectation;
pub mod file;
mod folder;
mod lint;
mod locator;
mod model;
mod name;
mod pins;
mod principal;
mod read;
mod rules;
mod schema;
mod snapshot;
mod suite;
mod template;

pub use access::{AccessCase, AccessTable, Caller, Endpoint, METHODS};
pub use diagnostic::{Diagnostic, Source, SourcePosition};
pub use expectation::{Expectation, ExpectedAnswer, Rows};
pub use folder::ReadError;
pub use locator::Locator;
pub use model::{Assertion, Body, Check, Class, Given, Object, Scenario, Step};
pub use name::Name;
pub use pins::{Pin, Pins};
pub use principal::{KeySlot, PLAIN, Principal, Role, UserSlot};
pub use rules::{Dispute, Level, Rule, Rules};
pub use schema::json_schema;
pub use snapshot::{Provenance, snapshot_file};
pub use suite::{Suite, SuiteFiles};
pub use template::{Json, Reference, Text, Unbound};
