//! Login: a user name and a password, or the token of a social network, for a user key.

pub mod handlers;
pub mod input;

use serde_json::json;

use crate::access;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{Handler, Row, Success, post};
use crate::members::Members;
use crate::quirks::Quirk;
use crate::resources::user;
use crate::resources::user::input::{PASSWORD, USERNAME};
use input::TOKEN;

const LOGIN: Members = &[("username", USERNAME), ("password", PASSWORD)];
pub const SOCIAL: Members = &[("access_token", TOKEN)];

/// The endpoints of login.
pub static ROWS: &[Row] = &[
    EndpointSpec {
        title: "User Auth",
        takes: Some(("POST", |_| LOGIN)),
        opened_by: Some((Quirk::StrangerLogin, access::any_account)),
        has_templates: false,
        tag: "user",
        shows: &user::view::SCHEMA,
        example: Some(|| json!({ "username": "alice", "password": "demo-alice" })),
        ..EndpointSpec::single("Login", "/{version}/instances/{instance}/user/auth/", access::login)
    }
    .operations(&[post(
        "Logs a user in: user name and password for the user key",
        Handler::Reads(handlers::login),
    )
    .note("A user key is not needed; one that is sent does not matter. The key is the same at every login.")]),
    EndpointSpec {
        title: "Social Auth",
        takes: Some(("POST", |_| SOCIAL)),
        has_templates: false,
        tag: "user",
        example: Some(|| json!({ "access_token": "token" })),
        ..EndpointSpec::single("SocialLogin", "/{version}/instances/{instance}/user/auth/{backend}/", access::login)
    }
    .operations(&[post(
        "Logs a user in with the token of a social network",
        Handler::Reads(handlers::social_inside),
    )
    .note("The simulator asks no social network, so no token is right.")
    .success(Success::Never)]),
];
