//! Accounts of administrators: `{id, email, first_name, last_name, is_active, has_password,
//! metadata}`. Registration, login and key reset also show `account_key`.

mod handlers;
pub mod input;
pub mod storage;
pub mod view;

use serde_json::json;

use crate::access::{any_account, everyone};
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, Success, create, get, patch, post, put};
use crate::members::{self, METADATA, Member, Members};
use crate::resources::login;
use input::{
    ANY_EMAIL, ANY_PASSWORD, CURRENT_PASSWORD, EMAIL, FIRST_NAME, INVITATION, LAST_NAME, NEW_PASSWORD, PASSWORD,
};

const TEXT: &str = "See or update your account data.\n\nAdmin has to provide api_key to be authenticated\nvia http header or query param.";

pub const ACCOUNT: Members = &[
    ("id", members::ID),
    ("email", EMAIL),
    ("first_name", FIRST_NAME),
    ("last_name", LAST_NAME),
    (
        "is_active",
        Member::shown("boolean", "Active").help(
            "Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
        ),
    ),
    ("has_password", Member::shown("field", "Has password")),
    ("metadata", METADATA),
];

const REGISTER: Members = &[
    ("id", members::ID),
    ("email", EMAIL),
    ("password", PASSWORD),
    ("first_name", FIRST_NAME),
    ("last_name", LAST_NAME),
    ("invitation_key", INVITATION),
];

/// The endpoints of accounts.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Account",
        text: TEXT,
        takes: Some(("PUT", |_| ACCOUNT)),
        tag: "account",
        shows: &view::SCHEMA,
        example: Some(|| json!({ "email": "owner@example.com", "first_name": "Ellen" })),
        ..EndpointSpec::single("Account", "/{version}/account/", any_account)
    }
    .operations(&[
        get("Returns the account of the key", Handler::Outside(handlers::show)),
        put("Changes the account; the e-mail is required", Handler::Outside(handlers::change)),
        patch("Changes some members of the account", Handler::Outside(handlers::change)),
    ]),
    EndpointSpec {
        title: "Register",
        takes: Some(("POST", |_| REGISTER)),
        tag: "account",
        shows: &view::SCHEMA_WITH_KEY,
        example: Some(|| json!({ "email": "ripley@example.com", "password": "secret" })),
        ..EndpointSpec::single("AccountRegister", "/{version}/account/register/", everyone)
    }
    .operations(&[create("Creates an account with an account key", Handler::Outside(handlers::register))]),
    EndpointSpec {
        title: "Auth",
        takes: Some(("POST", |_| &[("email", ANY_EMAIL), ("password", ANY_PASSWORD)])),
        takes_keys: false,
        tag: "account",
        shows: &view::SCHEMA_WITH_KEY,
        example: Some(|| json!({ "email": "owner@example.com", "password": "demo-owner" })),
        ..EndpointSpec::single("AccountAuth", "/{version}/account/auth/", everyone)
    }
    .operations(&[post("Returns the account key for an e-mail and a password", Handler::Outside(handlers::auth))]),
    EndpointSpec {
        title: "Social Auth",
        takes: Some(("POST", |_| login::SOCIAL)),
        takes_keys: false,
        tag: "account",
        example: Some(|| json!({ "access_token": "token" })),
        ..EndpointSpec::single("AccountSocialAuth", "/{version}/account/auth/{backend}/", everyone)
    }
    .operations(&[post(
        "Returns the account key for a token of a social network",
        Handler::Outside(login::handlers::social_outside),
    )
    .note("The simulator contacts no social network and rejects all tokens.")
    .success(Success::Never)]),
    EndpointSpec {
        title: "Admin Reset Key",
        text: "Reset admin account key",
        takes: Some(("POST", |_| &[])),
        tag: "account",
        shows: &view::SCHEMA_WITH_KEY,
        ..EndpointSpec::single("AccountResetKey", "/{version}/account/reset_key/", any_account)
    }
    .operations(&[post(
        "Replaces the account key; the old one becomes invalid",
        Handler::Outside(handlers::reset_key),
    )]),
    EndpointSpec {
        title: "Admin Change Password",
        text: "Change admin password",
        takes: Some(("POST", |_| &[("current_password", CURRENT_PASSWORD), ("new_password", NEW_PASSWORD)])),
        tag: "account",
        example: Some(|| json!({ "current_password": "demo-owner", "new_password": "secret" })),
        ..EndpointSpec::single("AccountPassword", "/{version}/account/password/", any_account)
    }
    .operations(&[post("Changes the password of the account", Handler::Outside(handlers::change_password))
        .success(Success::Nothing)]),
    EndpointSpec {
        title: "Admin Set Password",
        takes: Some(("POST", |_| &[("password", ANY_PASSWORD)])),
        tag: "account",
        example: Some(|| json!({ "password": "secret" })),
        ..EndpointSpec::single("AccountPasswordSet", "/{version}/account/password/set/", any_account)
    }
    .operations(&[post("Sets the password of an account without one", Handler::Outside(handlers::set_password))
        .note("All accounts of the simulator have a password, so this is always rejected.")
        .success(Success::Never)]),
    EndpointSpec {
        title: "Admin Reset Password",
        text: "Reset admin password",
        takes: Some(("POST", |_| &[("email", ANY_EMAIL)])),
        tag: "account",
        example: Some(|| json!({ "email": "owner@example.com" })),
        ..EndpointSpec::single("AccountPasswordReset", "/{version}/account/password/reset/", everyone)
    }
    .operations(&[post("Requests an e-mail with a reset link", Handler::Outside(handlers::lost_password))
        .note("The simulator sends no e-mail.")
        .success(Success::Nothing)]),
];
