//! Invitations as those who are invited see them: `{id, email, role, key, instance, inviter, created_at, updated_at, state,
//! links}`, the open ones alone. Who accepts one becomes an administrator of its instance.

pub mod acceptance;
mod handlers;
mod input;
mod view;

use crate::access::any_account;
use crate::endpoint_spec::{EndpointKind, EndpointSpec};
use crate::endpoints::{Handler, Row, Success, delete, get, post};
use input::KEY;

const TEXT: &str = "API endpoint for admin invitations";

/// The endpoints of the invitations of an account.
pub static ROWS: &[Row] = &[
    EndpointSpec {
        title: "Admin Invitation List",
        text: TEXT,
        kind: EndpointKind::ListOnly,
        selects: false,
        tag: "account",
        shows: &view::SCHEMA,
        ..EndpointSpec::list("AccountInvitations", "/{version}/account/invitations/", any_account)
    }
    .operations(&[get("Lists what the account is invited to", Handler::Outside(handlers::list))]),
    EndpointSpec {
        title: "Admin Invitation Instance",
        text: TEXT,
        selects: false,
        tag: "account",
        shows: &view::SCHEMA,
        ..EndpointSpec::item(
            "AccountInvitation",
            "/{version}/account/invitations/{invitation}/",
            "invitation",
            any_account,
        )
    }
    .operations(&[
        get("One of the invitations of the account", Handler::Outside(handlers::show)),
        delete("Declines an invitation", Handler::Outside(handlers::decline)),
    ]),
    EndpointSpec {
        title: "Admin Invitation",
        text: TEXT,
        takes: Some(("POST", |_| &[("invitation_key", KEY)])),
        tag: "account",
        ..EndpointSpec::single("AcceptInvitation", "/{version}/account/invitations/accept/", any_account)
    }
    .operations(&[post(
        "Accepts an invitation: the account becomes an administrator",
        Handler::Outside(handlers::accept),
    )
    .success(Success::Nothing)]),
];
