//! Data objects: `{id, created_at, updated_at, revision, owner, owner_permissions, group,
//! group_permissions, other_permissions, channel, channel_room, <fields of the class>, links}`.
//!
//! A user's permission on an object is the highest of those as its owner, as a member of its group,
//! and as other. Objects without read permission are 404.

pub mod handlers;
pub mod input;
mod publication;
pub mod storage;
pub mod view;

use serde_json::{Value, json};

use crate::access::objects;
use crate::endpoint_spec::{EndpointSpec, Parent};
use crate::endpoints::{EndpointRow, Handler, create, delete, get, patch, post};
use crate::members::{EXPECTED_REVISION, GROUP, ID, Inner, Member, links};
use input::CHANNEL_ROOM;

const OWNER: Member = Member::optional("field", "Owner");
const CHANNEL: Member = Member::optional("field", "Channel");

/// The members of a new data object, without the fields of its class.
pub static NEW: [(&str, Member); 12] = members_of(OWNER);

/// The members of the profile in the body of a user.
pub static PROFILE: [(&str, Member); 12] = members_of(OWNER.read_only());

/// The members of an existing data object, without the fields of its class.
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

const NOTE: &str = "With a user key, limited by the permissions of the class and of each object: as owner, as a member of \
                    the group, or as other. With `ignore_acl`, not limited. Objects of the class `user_profile` are \
                    created and deleted only with their users.";

/// The endpoints of data objects.
pub static ROWS: &[EndpointRow] = &[
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
        get("Lists the data objects that the caller can read", Handler::Reads(handlers::list)).note(NOTE),
        create("Creates a data object; a user owns it", Handler::Changes(handlers::create)).note(NOTE),
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
        get("Returns a data object", Handler::Reads(handlers::show)).note(NOTE),
        post("Changes a data object; missing permissions are reset", Handler::Changes(handlers::change)).note(NOTE),
        patch("Changes some members of a data object", Handler::Changes(handlers::change)).note(NOTE),
        delete("Deletes a data object", Handler::Changes(handlers::delete)).note(NOTE),
    ]),
];

fn example() -> Value {
    json!({ "group": 1, "group_permissions": "write" })
}
