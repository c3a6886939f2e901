//! Login of users: a user key for a username and a password, or for the token of a social network.

pub mod handlers;
pub mod input;

use serde_json::json;

use crate::access;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, Success, post};
use crate::members::Members;
use crate::quirks::Quirk;
use crate::resources::user;
use crate::resources::user::input::{PASSWORD, USERNAME};
use input::TOKEN;

const LOGIN: Members = &[("username", USERNAME), ("password", PASSWORD)];
pub const SOCIAL: Members = &[("access_token", TOKEN)];

/// The endpoints of login.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "User Auth",
        takes: Some(("POST", |_| LOGIN)),
        opened_by: &[(Quirk::StrangerLogin, access::any_account)],
        has_templates: false,
        tag: "user",
        shows: &user::view::SCHEMA,
        example: Some(|| json!({ "username": "alice", "password": "demo-alice" })),
        ..EndpointSpec::single("Login", "/{version}/instances/{instance}/user/auth/", access::login)
    }
    .operations(&[post(
        "Returns the user with the user key, for a username and a password",
        Handler::Reads(handlers::login),
    )
    .note("No user key is needed, and one that is sent is ignored. Every login returns the same key.")]),
    EndpointSpec {
        title: "Social Auth",
        takes: Some(("POST", |_| SOCIAL)),
        has_templates: false,
        tag: "user",
        example: Some(|| json!({ "access_token": "token" })),
        ..EndpointSpec::single("SocialLogin", "/{version}/instances/{instance}/user/auth/{backend}/", access::login)
    }
    .operations(&[post(
        "Returns the user for a token of a social network",
        Handler::Reads(handlers::social_inside),
    )
    .note("The simulator contacts no social network and rejects all tokens.")
    .success(Success::Never)]),
];
