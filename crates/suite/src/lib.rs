//! The suite as data: scenario files, the registry of rules, and checks of both that need no
//! target.
//!
//! [`ScenarioFile`](file::ScenarioFile) has the members of a file, [`Scenario`] is the scenario,
//! and [`Suite`] is the whole suite. Reading returns [`Diagnostic`]s with exact places and never
//! panics. A value that has been read needs no further checks.

mod access;
mod built_in;
mod check_id;
pub mod diagnostic;
mod endpoint_paths;
mod expectation;
pub mod file;
mod folder;
pub mod input;
mod level;
mod levels;
mod lint;
mod locator;
mod model;
mod name;
pub mod number;
mod pins;
mod principal;
mod read;
mod rules;
mod schema;
mod snapshot;
mod suite;
mod template;
mod warnings;

pub use access::{AccessCaller, AccessCase, AccessEndpoint, AccessTable, METHODS};
pub use built_in::BuiltInCheck;
pub use check_id::CheckId;
pub use diagnostic::{Diagnostic, Source, SourcePosition};
pub use endpoint_paths::has_endpoint;
pub use expectation::{Expectation, ExpectedAnswer, Rows};
pub use folder::ReadError;
pub use level::{Level, UnknownLevel};
pub use locator::Locator;
pub use model::{Assertion, Channel, Check, Class, Given, Object, Scenario, Step, StepBody};
pub use name::Name;
pub use pins::{Pin, Pins};
pub use principal::{KeySlot, PLAIN, Principal, Role, UserSlot};
pub use rules::{Dispute, Rule, Rules};
pub use schema::json_schema;
pub use snapshot::{Provenance, snapshot_file};
pub use suite::{Suite, SuiteFiles};
pub use template::{Json, Reference, Text, Unbound};
