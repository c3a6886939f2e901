//! Users: `/users/`, `/users/<id>/`, and `/user/` for the calling user.
//!
//! The object is `{id, username, profile, groups, user_key, links}` in all answers. Passwords are
//! never shown. Usernames are stored in lower case; the answer to a change shows the name as sent.

mod handlers;
pub mod input;
pub mod storage;
pub mod view;

use serde_json::{Value, json};

use crate::access;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, create, delete, get, patch, post, put};
use crate::members::{ID, Inner, Member, links};
use crate::resources::{group, object};
use input::{PASSWORD, USERNAME};

static USER: [(&str, Member); 7] = [
    ("id", ID),
    ("username", USERNAME),
    ("password", PASSWORD),
    ("profile", Member::optional("nested object", "Profile").with(Inner::Children(&object::PROFILE))),
    ("groups", Member::shown("field", "Groups").with(Inner::ListOf(group::GROUP))),
    ("user_key", Member::shown("field", "User key")),
    links(&[("self", "detail"), ("groups", "list"), ("reset-key", "key"), ("profile", "detail")]),
];

const NO_ACCOUNT: &str = "An account key is rejected, even with a user key.";
const ONLY_ONESELF: &str = "With a user key, even with `ignore_acl`, only that user; other users are 404.";

/// The endpoints of users.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "User Account",
        takes: Some(("PUT", |_| &USER)),
        has_templates: false,
        tag: "user",
        shows: &view::SCHEMA,
        example: Some(alice),
        ..EndpointSpec::single("CurrentUser", "/{version}/instances/{instance}/user/", access::current_user)
    }
    .operations(&[
        get("Returns the user of the user key", Handler::Reads(handlers::show_current)).note(NO_ACCOUNT),
        put(
            "Changes the user of the user key; username and password are required",
            Handler::Changes(handlers::change_current),
        )
        .note(NO_ACCOUNT),
        patch("Changes some members of the user of the user key", Handler::Changes(handlers::change_current))
            .note(NO_ACCOUNT),
    ]),
    EndpointSpec {
        title: "User List",
        takes: Some(("POST", |_| &USER)),
        filters: &["username__startswith"],
        tag: "users",
        shows: &view::SCHEMA,
        example: Some(
            || json!({ "username": "carol", "password": "secret", "profile": { "other_permissions": "read" } }),
        ),
        ..EndpointSpec::list("Users", "/{version}/instances/{instance}/users/", access::users)
    }
    .operations(&[
        get("Lists the users; with a user key, only that user", Handler::Reads(handlers::list)),
        create("Creates a user with a user key and a profile", Handler::Changes(handlers::create)),
    ]),
    EndpointSpec {
        title: "User Instance",
        takes: Some(("PUT", |_| &USER)),
        tag: "users",
        shows: &view::SCHEMA,
        example: Some(alice),
        ..EndpointSpec::item("User", "/{version}/instances/{instance}/users/{user}/", "user", access::users)
    }
    .operations(&[
        get("Returns a user", Handler::Reads(handlers::show)).note(ONLY_ONESELF),
        put("Changes a user; username and password are required", Handler::Changes(handlers::change))
            .note(ONLY_ONESELF),
        patch("Changes some members of a user", Handler::Changes(handlers::change)).note(ONLY_ONESELF),
        delete("Deletes a user with their profile, objects and memberships", Handler::Changes(handlers::delete))
            .note("With a user key and `ignore_acl`, only that user; other users are 404."),
    ]),
    EndpointSpec {
        title: "User",
        takes: Some(("POST", |_| &[])),
        tag: "users",
        shows: &view::SCHEMA,
        ..EndpointSpec::item(
            "UserResetKey",
            "/{version}/instances/{instance}/users/{user}/reset_key/",
            "user",
            access::users,
        )
    }
    .operations(&[post(
        "Replaces the user key; the old one becomes invalid",
        Handler::Changes(handlers::reset_key),
    )
    .note(ONLY_ONESELF)]),
];

fn alice() -> Value {
    json!({ "username": "alice", "password": "demo-alice" })
}
