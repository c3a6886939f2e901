//! Groups: `{id, name, label, description, links}`. All callers with a key of the instance see all
//! groups.

mod handlers;
mod input;
pub mod storage;
pub mod view;

use serde_json::{Value, json};

use crate::access::groups;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, create, delete, get, patch, put};
use crate::members::{ID, Members, links};
use input::{DESCRIPTION, LABEL, NAME};

pub const GROUP: Members = &[
    ("id", ID),
    ("name", NAME),
    ("label", LABEL),
    ("description", DESCRIPTION),
    links(&[("self", "detail"), ("users", "list")]),
];

/// The endpoints of groups.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Group List",
        takes: Some(("POST", |_| GROUP)),
        filters: &["label__startswith"],
        tag: "groups",
        shows: &view::SCHEMA,
        example: Some(example),
        ..EndpointSpec::list("Groups", "/{version}/instances/{instance}/groups/", groups)
    }
    .operations(&[
        get("Lists the groups", Handler::Reads(handlers::list)),
        create("Creates a group", Handler::Changes(handlers::create)),
    ]),
    EndpointSpec {
        title: "Group Instance",
        takes: Some(("PUT", |_| GROUP)),
        tag: "groups",
        shows: &view::SCHEMA,
        example: Some(example),
        ..EndpointSpec::item("Group", "/{version}/instances/{instance}/groups/{group}/", "group", groups)
    }
    .operations(&[
        get("Returns a group", Handler::Reads(handlers::show)),
        put("Changes a group; missing members keep their values", Handler::Changes(handlers::change)),
        patch("Changes a group; missing members keep their values", Handler::Changes(handlers::change)),
        delete("Deletes a group; its members stay users", Handler::Changes(handlers::delete)),
    ]),
];

fn example() -> Value {
    json!({ "label": "crew", "description": "The crew of the ship" })
}
