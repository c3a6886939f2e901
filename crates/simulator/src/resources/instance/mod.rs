//! Instances: `{name, description, owner, created_at, updated_at, role, location, metadata,
//! links}`. An account sees the instances that it administers, an app only its own.

mod handlers;
mod input;
mod view;

use serde_json::json;

use crate::access;
use crate::api::Version;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, create, delete, get, patch, post, put};
use crate::members::{CREATED_AT, DESCRIPTION, Inner, METADATA, Member, Members, UPDATED_AT, links};
use crate::resources::account;
use input::{NAME, NEW_NAME};

/// Returns the members of a version: for creation, or for an existing instance.
fn members(version: Version, exists: bool) -> Members {
    match (version, exists) {
        (Version::V1, false) => &NEW_V1,
        (Version::V1, true) => &V1,
        (Version::V1_1, false) => &NEW_V1_1,
        (Version::V1_1, true) => &V1_1,
    }
}

static NEW_V1: [(&str, Member); 9] = members_of(NAME, LINKED_V1);
static V1: [(&str, Member); 9] = members_of(NAME.read_only(), LINKED_V1);
static NEW_V1_1: [(&str, Member); 9] = members_of(NAME, LINKED_V1_1);
static V1_1: [(&str, Member); 9] = members_of(NAME.read_only(), LINKED_V1_1);

const fn members_of(name: Member, leads_to: &'static [(&'static str, &'static str)]) -> [(&'static str, Member); 9] {
    [
        ("name", name),
        ("description", DESCRIPTION),
        ("owner", Member::shown("nested object", "Owner").with(Inner::Children(account::ACCOUNT))),
        ("created_at", CREATED_AT),
        ("updated_at", UPDATED_AT),
        ("role", Member::shown("field", "Role")),
        ("location", Member::shown("string", "Location")),
        ("metadata", METADATA),
        links(leads_to),
    ]
}

const LINKED_V1: &[(&str, &str)] = &[
    ("self", "detail"),
    ("admins", "list"),
    ("classes", "list"),
    ("codeboxes", "list"),
    ("runtimes", "list"),
    ("invitations", "list"),
    ("api_keys", "list"),
    ("triggers", "list"),
    ("webhooks", "list"),
    ("schedules", "list"),
    ("users", "list"),
    ("groups", "list"),
    ("channels", "list"),
    ("hla_objects", "list"),
    ("batch", "batch"),
    ("templates", "list"),
    ("rename", "rename"),
    ("push_notification", "notifications"),
    ("backups", "instance_backups"),
    ("restores", "list"),
];

const LINKED_V1_1: &[(&str, &str)] = &[
    ("self", "detail"),
    ("admins", "list"),
    ("snippets", "snippets"),
    ("endpoints", "endpoints"),
    ("push_notification", "notifications"),
    ("classes", "list"),
    ("invitations", "list"),
    ("api_keys", "list"),
    ("triggers", "list"),
    ("schedules", "list"),
    ("users", "list"),
    ("groups", "list"),
    ("channels", "list"),
    ("batch", "batch"),
    ("rename", "rename"),
    ("backups", "instance_backups"),
    ("restores", "list"),
    ("hosting", "list"),
];

const HIDDEN: &str = "An instance that the caller cannot see is 404.";

/// The endpoints of instances.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Instance List",
        takes: Some(("POST", |version| members(version, false))),
        filters: &["name__startswith"],
        tag: "instances",
        shows: &view::SCHEMA,
        example: Some(|| json!({ "name": "nostromo", "description": "A tug" })),
        ..EndpointSpec::list("Instances", "/{version}/instances/", access::instances)
    }
    .operations(&[
        get("Lists the instances of the account, or the instance of the API key", Handler::Outside(handlers::list)),
        create("Creates an instance, owned by the account", Handler::Outside(handlers::create)),
    ]),
    EndpointSpec {
        title: "Instance Instance",
        takes: Some(("PUT", |version| members(version, true))),
        tag: "instances",
        shows: &view::SCHEMA,
        example: Some(|| json!({ "description": "A tug" })),
        ..EndpointSpec::item("Instance", "/{version}/instances/{instance}/", "instance", access::instances)
    }
    .operations(&[
        get("Returns an instance", Handler::Outside(handlers::show)).note(HIDDEN),
        put("Changes description and metadata of an instance", Handler::Outside(handlers::change)).note(HIDDEN),
        patch("Changes description and metadata of an instance", Handler::Outside(handlers::change)).note(HIDDEN),
        delete("Deletes an instance with all its data", Handler::Outside(handlers::delete)).note(HIDDEN),
    ]),
    EndpointSpec {
        title: "Instance",
        takes: Some(("POST", |_| &[("new_name", NEW_NAME)])),
        tag: "instances",
        shows: &view::SCHEMA,
        example: Some(|| json!({ "new_name": "sulaco" })),
        ..EndpointSpec::item("InstanceRename", "/{version}/instances/{instance}/rename/", "instance", access::instances)
    }
    .operations(&[post("Renames an instance; its keys stay valid", Handler::Outside(handlers::rename))
        .note("The old name is 404 afterwards. An instance that the caller cannot see is 404.")]),
];
