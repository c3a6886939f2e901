//! Data objects: `{id, created_at, updated_at, revision, owner, owner_permissions, group, group_permissions,
//! other_permissions, channel, channel_room, <fields of the class>, links}`.
//!
//! A user sees and changes what the permissions of each object let them: as its owner, as a member of its group, or as
//! anybody. What they do not see is not there.

mod handlers;
pub mod input;
pub mod storage;
pub mod view;

use serde_json::{Value, json};

use crate::access::objects;
use crate::endpoint_spec::{EndpointSpec, Parent};
use crate::endpoints::{Handler, Row, create, delete, get, patch, post};
use crate::members::{EXPECTED_REVISION, GROUP, ID, Inner, Member, links};
use input::CHANNEL_ROOM;

const OWNER: Member = Member::optional("field", "Owner");
const CHANNEL: Member = Member::optional("field", "Channel");

/// A data object; the fields of its class come on top.
pub static NEW: [(&str, Member); 12] = members_of(OWNER);

/// The profile inside a user.
pub static PROFILE: [(&str, Member); 12] = members_of(OWNER.read_only());

pub static OBJECT: [(&str, Member); 13] = {
    let [id, created_at, updated_at, revision, owner, of_owner, group, of_group, of_others, .., links] = NEW;
    [
        id,
        created_at,
        updated_at,
        revision,
        owner,
        of_owner,
        group,
        of_group,
        of_others,
        ("channel", CHANNEL.read_only()),
        ("channel_room", CHANNEL_ROOM.read_only()),
        ("expected_revision", EXPECTED_REVISION),
        links,
    ]
};

const fn members_of(owner: Member) -> [(&'static str, Member); 12] {
    [
        ("id", ID),
        ("created_at", Member::shown("datetime", "created at")),
        ("updated_at", Member::shown("datetime", "updated at")),
        ("revision", Member::shown("integer", "revision")),
        ("owner", owner),
        ("owner_permissions", permission("Owner permissions")),
        ("group", GROUP),
        ("group_permissions", permission("Group permissions")),
        ("other_permissions", permission("Other permissions")),
        ("channel", CHANNEL),
        ("channel_room", CHANNEL_ROOM),
        links(&[("self", "detail"), ("owner", "detail"), ("group", "detail"), ("channel", "detail")]),
    ]
}

const fn permission(label: &'static str) -> Member {
    Member::optional("choice", label).with(Inner::Choices(&["none", "read", "write", "full"]))
}

const NOTE: &str = "With a user key, what the class and each object let the user do, as owner, as a member of the group, or \
                    as anybody. `ignore_acl` sets no limits. Nobody creates or deletes an object of the class \
                    `user_profile`: profiles go with users.";

/// The endpoints of data objects.
pub static ROWS: &[Row] = &[
    EndpointSpec {
        title: "Object List",
        takes: Some(("POST", |_| &NEW)),
        parent: Parent::Class,
        tag: "objects",
        shows: &view::SCHEMA,
        example: Some(example),
        ..EndpointSpec::list("Objects", "/{version}/instances/{instance}/classes/{class}/objects/", objects)
    }
    .operations(&[
        get("Lists the data objects that the caller may read", Handler::Reads(handlers::list)).note(NOTE),
        create("Creates a data object; a user owns what they create", Handler::Changes(handlers::create)).note(NOTE),
    ]),
    EndpointSpec {
        title: "Object Instance",
        takes: Some(("POST", |_| &OBJECT)),
        parent: Parent::Class,
        tag: "objects",
        shows: &view::SCHEMA,
        example: Some(example),
        ..EndpointSpec::item(
            "Object",
            "/{version}/instances/{instance}/classes/{class}/objects/{object}/",
            "object",
            objects,
        )
    }
    .operations(&[
        get("A data object", Handler::Reads(handlers::show)).note(NOTE),
        post("Changes a data object; permissions that are left out begin anew", Handler::Changes(handlers::change))
            .note(NOTE),
        patch("Changes some members of a data object", Handler::Changes(handlers::change)).note(NOTE),
        delete("Deletes a data object", Handler::Changes(handlers::delete)).note(NOTE),
    ]),
];

fn example() -> Value {
    json!({ "group": 1, "group_permissions": "write" })
}
