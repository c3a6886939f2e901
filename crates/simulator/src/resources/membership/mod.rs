//! Memberships from both sides: the groups of a user, `{group, links}`, and the users of a group,
//! `{user, links}`.

mod handlers;
pub mod storage;
mod view;

use serde_json::json;

use crate::access;
use crate::endpoint_spec::{EndpointSpec, Parent};
use crate::endpoints::{EndpointRow, Handler, create, delete, get};
use crate::members::{Member, Members, links};

const OF_USER: Members = &[("group", Member::required("field", "Group")), links(&[("self", "detail")])];
const OF_GROUP: Members = &[("user", Member::required("field", "User")), links(&[("self", "detail")])];
const OWN_GROUPS: &str = "With a user key, only the user's own groups; those of other users are 403.";

/// The endpoints of memberships.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "User Membership List",
        takes: Some(("POST", |_| OF_USER)),
        parent: Parent::User,
        tag: "groups",
        shows: &view::SCHEMA_AT_USER,
        example: Some(|| json!({ "group": 1 })),
        ..EndpointSpec::list(
            "UserGroups",
            "/{version}/instances/{instance}/users/{user}/groups/",
            access::groups_of_user,
        )
    }
    .operations(&[
        get("Lists the groups of a user", Handler::Reads(handlers::groups_of_user)).note(OWN_GROUPS),
        create("Adds the user to a group", Handler::Changes(handlers::add_group_to_user)),
    ]),
    EndpointSpec {
        title: "User Membership Instance",
        parent: Parent::User,
        tag: "groups",
        shows: &view::SCHEMA_AT_USER,
        ..EndpointSpec::item(
            "UserGroup",
            "/{version}/instances/{instance}/users/{user}/groups/{group}/",
            "group",
            access::groups_of_user,
        )
    }
    .operations(&[
        get("Returns a group of a user", Handler::Reads(handlers::group_of_user)).note(OWN_GROUPS),
        delete("Removes the user from a group", Handler::Changes(handlers::delete)),
    ]),
    EndpointSpec {
        title: "Group Membership List",
        takes: Some(("POST", |_| OF_GROUP)),
        parent: Parent::Group,
        tag: "groups",
        shows: &view::SCHEMA_AT_GROUP,
        example: Some(|| json!({ "user": 1 })),
        ..EndpointSpec::list(
            "GroupUsers",
            "/{version}/instances/{instance}/groups/{group}/users/",
            access::users_of_group,
        )
    }
    .operations(&[
        get("Lists the users in a group; with a user key, at most that user", Handler::Reads(handlers::users_of_group)),
        create("Adds a user to the group", Handler::Changes(handlers::add_user_to_group)),
    ]),
    EndpointSpec {
        title: "Group Membership Instance",
        parent: Parent::Group,
        tag: "groups",
        shows: &view::SCHEMA_AT_GROUP,
        ..EndpointSpec::item(
            "GroupUser",
            "/{version}/instances/{instance}/groups/{group}/users/{user}/",
            "user",
            access::users_of_group,
        )
    }
    .operations(&[
        get("Returns a user in a group", Handler::Reads(handlers::user_of_group))
            .note("With a user key, only that user; other users are 404."),
        delete("Removes a user from the group", Handler::Changes(handlers::delete)),
    ]),
];
