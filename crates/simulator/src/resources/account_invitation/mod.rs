//! Invitations as seen by the invited account: `{id, email, role, key, instance, inviter,
//! created_at, updated_at, state, links}`, only open ones. Accepting one makes the account an
//! administrator of the instance.

pub mod acceptance;
mod handlers;
mod input;
mod view;

use crate::access::any_account;
use crate::endpoint_spec::{EndpointKind, EndpointSpec};
use crate::endpoints::{EndpointRow, Handler, Success, delete, get, post};
use input::KEY;

const TEXT: &str = "API endpoint for admin invitations";

/// The endpoints of the invitations of an account.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Admin Invitation List",
        text: TEXT,
        kind: EndpointKind::ListOnly,
        selects: false,
        tag: "account",
        shows: &view::SCHEMA,
        ..EndpointSpec::list("AccountInvitations", "/{version}/account/invitations/", any_account)
    }
    .operations(&[get("Lists the open invitations of the account", Handler::Outside(handlers::list))]),
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
        get("Returns an invitation of the account", Handler::Outside(handlers::show)),
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
        "Accepts an invitation; the account becomes an administrator of the instance",
        Handler::Outside(handlers::accept),
    )
    .success(Success::Nothing)]),
];
