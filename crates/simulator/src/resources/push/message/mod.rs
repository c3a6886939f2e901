//! Messages to devices: `{id, status, content, result, created_at, updated_at, links}`. Only
//! administrators see them. A message leaves nothing but its record: it is `scheduled` in the
//! answer to its creation, and afterwards in the state of `PushOutcome`.

mod content;
mod handlers;
mod input;
mod schema_check;
mod storage;
mod view;

use serde_json::{Value, json};

use crate::access::from_write;
use crate::answer_schema::AnswerSchema;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, Operation, create, get};
use crate::members::{CREATED_AT, ID, Inner, Member, Members, UPDATED_AT, links};

pub use handlers::send;
pub use view::{APNS as APNS_SCHEMA, GCM as GCM_SCHEMA};

type MessageMembers = [(&'static str, Member); 7];

static GCM: MessageMembers = members(&content::GCM);
static APNS: MessageMembers = members(&content::APNS);

const fn members(schema: &'static AnswerSchema) -> MessageMembers {
    [
        ("id", ID),
        ("status", Member::shown("choice", "Status")),
        ("content", content(schema)),
        ("result", Member::shown("field", "Result")),
        ("created_at", CREATED_AT),
        ("updated_at", UPDATED_AT),
        links(&[("self", "detail")]),
    ]
}

const fn content(schema: &'static AnswerSchema) -> Member {
    Member::required("field", "Content").with(Inner::Schema(schema))
}

/// Returns an example of a message to one GCM device.
pub fn example_to_gcm_device() -> Value {
    json!({ "content": { "environment": "development", "data": { "kind": "greeting" } } })
}

/// Returns an example of a message to one APNS device.
pub fn example_to_apns_device() -> Value {
    json!({ "content": { "environment": "development", "aps": { "alert": "Good morning" } } })
}

/// The body of a message to one GCM device.
pub const TO_GCM_DEVICE: Members = &[("content", content(&content::TO_GCM_DEVICE))];
/// The body of a message to one APNS device.
pub const TO_APNS_DEVICE: Members = &[("content", content(&content::TO_APNS_DEVICE))];

const STAYS: &str = "The environment must be configured. No message leaves the simulator: it is stored, and `delivered` from the next request on. The \
                     newest 1,000 messages of each service are kept.";

static LIST: [Operation; 2] = [
    get("Lists the messages", Handler::Reads(handlers::list)),
    create("Sends a message to devices", Handler::Changes(handlers::create)).note(STAYS),
];
static ITEM: [Operation; 1] = [get("Returns a message", Handler::Reads(handlers::show))];

/// The endpoints of messages.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Gcm Message List",
        takes: Some(("POST", |_| &GCM)),
        example: Some(|| {
            json!({ "content": {
            "environment": "development", "registration_ids": ["token"], "data": { "kind": "greeting" },
        } })
        }),
        selects: false,
        tag: "push notifications",
        shows: &GCM_SCHEMA,
        keeps: Some(&storage::PUSH_MESSAGES),
        ..EndpointSpec::list(
            "GcmMessages",
            "/{version}/instances/{instance}/push_notifications/gcm/messages/",
            from_write,
        )
    }
    .operations(&LIST),
    EndpointSpec {
        title: "Gcm Message Instance",
        selects: false,
        tag: "push notifications",
        shows: &GCM_SCHEMA,
        ..EndpointSpec::item(
            "GcmMessage",
            "/{version}/instances/{instance}/push_notifications/gcm/messages/{message}/",
            "message",
            from_write,
        )
    }
    .operations(&ITEM),
    EndpointSpec {
        title: "Apns Message List",
        takes: Some(("POST", |_| &APNS)),
        example: Some(|| {
            json!({ "content": {
            "environment": "development", "registration_ids": ["token"], "aps": { "alert": "Good morning" },
        } })
        }),
        selects: false,
        tag: "push notifications",
        shows: &APNS_SCHEMA,
        ..EndpointSpec::list(
            "ApnsMessages",
            "/{version}/instances/{instance}/push_notifications/apns/messages/",
            from_write,
        )
    }
    .operations(&LIST),
    EndpointSpec {
        title: "Apns Message Instance",
        selects: false,
        tag: "push notifications",
        shows: &APNS_SCHEMA,
        ..EndpointSpec::item(
            "ApnsMessage",
            "/{version}/instances/{instance}/push_notifications/apns/messages/{message}/",
            "message",
            from_write,
        )
    }
    .operations(&ITEM),
];
