//! Groups: `{id, name, label, description, links}`. Everybody with a key of the instance sees all of them.

mod handlers;
mod input;
pub mod storage;
pub mod view;

use serde_json::{Value, json};

use crate::access::groups;
use crate::endpoints::{Handler, Row, create, delete, get, patch, put};
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
pub static ROWS: &[Row] = &[
    Row {
        title: "Group List",
        takes: Some(("POST", |_| GROUP)),
        operations: &[
            get("Lists the groups", Handler::Reads(handlers::list)),
            create("Creates a group", Handler::Changes(handlers::create)),
        ],
        filter: Some("label__startswith"),
        tag: "groups",
        shows: &view::SCHEMA,
        example: Some(example),
        ..Row::list("Groups", "/{version}/instances/{instance}/groups/", groups)
    },
    Row {
        title: "Group Instance",
        takes: Some(("PUT", |_| GROUP)),
        operations: &[
            get("A group", Handler::Reads(handlers::show)),
            put("Changes a group; what is left out stays", Handler::Changes(handlers::change)),
            patch("Changes a group; what is left out stays", Handler::Changes(handlers::change)),
            delete("Deletes a group; its members stay users", Handler::Changes(handlers::delete)),
        ],
        tag: "groups",
        shows: &view::SCHEMA,
        example: Some(example),
        ..Row::item("Group", "/{version}/instances/{instance}/groups/{group}/", "group", groups)
    },
];

fn example() -> Value {
    json!({ "label": "crew", "description": "Who flies it" })
}
