//! Classes: `{name, description, schema, status, created_at, updated_at, objects_count, revision,
//! group, group_permissions, other_permissions, metadata, links}`. An app sees the classes that it
//! may read and cannot change any.
//!
//! The answer to a change of indexes shows the status `migrating`. The migration is done at once,
//! so later answers show `ready`.

pub mod handlers;
mod input;
pub mod storage;
mod view;

use serde_json::json;

use crate::access::classes;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, create, delete, get, patch, put};
use crate::members::{CREATED_AT, DESCRIPTION, EXPECTED_REVISION, GROUP, Inner, METADATA, Member, UPDATED_AT, links};
use input::NAME;

static NEW: [(&str, Member); 13] = members_of(NAME);
static CLASS: [(&str, Member); 14] = with_revision(members_of(NAME.read_only()));

const fn members_of(name: Member) -> [(&'static str, Member); 13] {
    [
        ("name", name),
        ("description", DESCRIPTION),
        ("schema", Member::optional("field", "Schema")),
        ("status", Member::shown("field", "Status")),
        ("created_at", CREATED_AT),
        ("updated_at", UPDATED_AT),
        ("objects_count", Member::shown("field", "Objects count")),
        ("revision", Member::shown("integer", "Revision")),
        ("group", GROUP),
        ("group_permissions", permission("Group permissions")),
        ("other_permissions", permission("Other permissions")),
        ("metadata", METADATA),
        links(&[("self", "detail"), ("objects", "list"), ("group", "detail")]),
    ]
}

const fn with_revision(members: [(&'static str, Member); 13]) -> [(&'static str, Member); 14] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, links] = members;
    [a, b, c, d, e, f, g, h, i, j, k, l, ("expected_revision", EXPECTED_REVISION), links]
}

const fn permission(label: &'static str) -> Member {
    Member::optional("choice", label).with(Inner::Choices(&["none", "read", "create_objects"]))
}

/// The endpoints of classes.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Klass List",
        takes: Some(("POST", |_| &NEW)),
        filters: &["name__startswith"],
        tag: "classes",
        shows: &view::SCHEMA,
        example: Some(
            || json!({ "name": "book", "schema": [{ "name": "title", "type": "string", "filter_index": true }] }),
        ),
        ..EndpointSpec::list("Classes", "/{version}/instances/{instance}/classes/", classes)
    }
    .operations(&[
        get("Lists the classes; an app sees those that it may read", Handler::Reads(handlers::list)),
        create("Creates a class", Handler::Changes(handlers::create)),
    ]),
    EndpointSpec {
        title: "Klass Instance",
        takes: Some(("PUT", |_| &CLASS)),
        tag: "classes",
        shows: &view::SCHEMA,
        example: Some(|| json!({ "description": "Books", "other_permissions": "read" })),
        ..EndpointSpec::item("Class", "/{version}/instances/{instance}/classes/{class}/", "class", classes)
    }
    .operations(&[
        get("Returns a class with its schema", Handler::Reads(handlers::show))
            .note("For an app, a class that it may not read is 404."),
        put("Changes a class; missing schema, metadata and permissions are reset", Handler::Changes(handlers::change)),
        patch("Changes some members of a class", Handler::Changes(handlers::change)),
        delete("Deletes a class with its objects", Handler::Changes(handlers::delete))
            .note("The class `user_profile` cannot be deleted (403)."),
    ]),
];
