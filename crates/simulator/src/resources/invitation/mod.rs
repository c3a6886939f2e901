//! Invitations as seen by administrators of the instance: `{id, email, role, key, inviter,
//! created_at, updated_at, state, links}`. Accepted and declined invitations stay in the list.

mod handlers;
mod input;
pub mod storage;
pub mod view;

use serde_json::json;

use crate::access::invitations;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, Success, create, delete, get, patch, post, put};
use crate::members::{CREATED_AT, ID, Member, ROLE, UPDATED_AT, links};
use input::EMAIL;

static NEW: [(&str, Member); 9] = members_of(EMAIL);

static INVITATION: [(&str, Member); 9] = members_of(EMAIL.read_only());

const fn members_of(email: Member) -> [(&'static str, Member); 9] {
    [
        ("id", ID),
        ("email", email),
        ("role", ROLE),
        ("key", Member::shown("string", "Key")),
        ("inviter", Member::shown("string", "Inviter")),
        ("created_at", CREATED_AT),
        ("updated_at", UPDATED_AT),
        ("state", Member::shown("choice", "State")),
        links(&[("self", "detail"), ("resend", "resend")]),
    ]
}

/// The endpoints of the invitations of an instance.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Invitation List",
        takes: Some(("POST", |_| &NEW)),
        tag: "administrators",
        shows: &view::SCHEMA,
        example: Some(|| json!({ "email": "ripley@example.com", "role": "write" })),
        ..EndpointSpec::list("Invitations", "/{version}/instances/{instance}/invitations/", invitations)
    }
    .operations(&[
        get("Lists the invitations, including accepted and declined ones", Handler::Reads(handlers::list)),
        create("Invites a person to administer the instance", Handler::Changes(handlers::create)),
    ]),
    EndpointSpec {
        title: "Invitation Instance",
        takes: Some(("PUT", |_| &INVITATION)),
        tag: "administrators",
        shows: &view::SCHEMA,
        example: Some(|| json!({ "role": "read" })),
        ..EndpointSpec::item(
            "Invitation",
            "/{version}/instances/{instance}/invitations/{invitation}/",
            "invitation",
            invitations,
        )
    }
    .operations(&[
        get("Returns an invitation", Handler::Reads(handlers::show)),
        put("Changes the role of an invitation", Handler::Changes(handlers::change)),
        patch("Changes the role of an invitation", Handler::Changes(handlers::change)),
        delete("Deletes an invitation", Handler::Changes(handlers::delete)),
    ]),
    EndpointSpec {
        title: "Invitation",
        takes: Some(("POST", |_| &INVITATION)),
        tag: "administrators",
        ..EndpointSpec::item(
            "InvitationResend",
            "/{version}/instances/{instance}/invitations/{invitation}/resend/",
            "invitation",
            invitations,
        )
    }
    .operations(&[post("Sends the e-mail of an invitation again", Handler::Changes(handlers::resend))
        .note("The simulator sends no e-mail.")
        .success(Success::Nothing)]),
];
