//! Administrators of an instance: `{id, role, email, first_name, last_name, links}`. The id is that
//! of the account; the role of the owner is shown as `full`.

mod handlers;
pub mod input;
pub mod storage;
mod view;

use serde_json::json;

use crate::access;
use crate::endpoint_spec::{EndpointKind, EndpointSpec};
use crate::endpoints::{EndpointRow, Handler, delete, get, patch, put};
use crate::members::{Member, Members, ROLE, links};
use crate::quirks::Quirk;

const ADMINISTRATOR: Members = &[
    ("id", Member::shown("field", "Id")),
    ("role", ROLE),
    ("email", Member::shown("field", "Email")),
    ("first_name", Member::shown("field", "First name")),
    ("last_name", Member::shown("field", "Last name")),
    links(&[("self", "detail")]),
];

const TEXT: &str = "API endpoint for admins added to given instance";
const NOTE: &str = "The owner cannot be changed or removed. Any other administrator may remove themselves.";

/// The endpoints of administrators.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Admin List",
        text: TEXT,
        kind: EndpointKind::ListOnly,
        opened_by: &[(Quirk::AdminsOpen, access::everyone)],
        tag: "administrators",
        shows: &view::SCHEMA,
        ..EndpointSpec::list("Admins", "/{version}/instances/{instance}/admins/", access::administrators)
    }
    .operations(&[get("Lists the administrators of the instance", Handler::Reads(handlers::list))]),
    EndpointSpec {
        title: "Admin Instance",
        text: TEXT,
        takes: Some(("PUT", |_| ADMINISTRATOR)),
        opened_by: &[(Quirk::AdminsOpen, access::everyone)],
        tag: "administrators",
        shows: &view::SCHEMA,
        example: Some(|| json!({ "role": "read" })),
        ..EndpointSpec::item(
            "Admin",
            "/{version}/instances/{instance}/admins/{admin}/",
            "admin",
            access::administrators,
        )
    }
    .operations(&[
        get("Returns an administrator of the instance", Handler::Reads(handlers::show)),
        put("Changes the role of an administrator", Handler::Changes(handlers::change)).note(NOTE),
        patch("Changes the role of an administrator", Handler::Changes(handlers::change)).note(NOTE),
        delete("Removes an administrator from the instance", Handler::Changes(handlers::delete)).note(NOTE),
    ]),
];
