//! The configuration of an instance: `{"config": {...}}`, one JSON object of administrators for
//! their scripts.

mod handlers;
mod input;
mod storage;

use serde_json::json;

use crate::access;
use crate::answer_schema::{AnswerSchema, closed};
use crate::api::Version;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, get, patch, put};
use crate::members::{Member, Members};
use crate::quirks::Quirk;

const MEMBERS: Members = &[("config", Member::optional("field", "Config"))];
const NOTE: &str = "For an account without a role in the instance, it is 404.";

/// The schema of a configuration.
static SCHEMA: AnswerSchema = AnswerSchema::new("Config", || closed(json!({ "config": { "type": "object" } }), &[]));

/// The endpoint of the configuration.
pub static ROWS: &[EndpointRow] = &[EndpointSpec {
    title: "Instance Config",
    takes: Some(("PUT", |_| MEMBERS)),
    only_in: Some(Version::V1_1),
    selects: false,
    has_templates: false,
    tag: "instances",
    shows: &SCHEMA,
    keeps: Some(&storage::CONFIG),
    opened_by: &[(Quirk::ConfigOpen, access::instances)],
    example: Some(|| json!({ "config": { "theme": "dark" } })),
    ..EndpointSpec::single("Config", "/{version}/instances/{instance}/snippets/config/", access::any_account)
}
.operations(&[
    get("Returns the configuration of the instance", Handler::Reads(handlers::show)).note(NOTE),
    put("Replaces the configuration; it is emptied if missing", Handler::Changes(handlers::change)).note(NOTE),
    patch("Replaces the configuration; it is unchanged if missing", Handler::Changes(handlers::change)).note(NOTE),
])];
