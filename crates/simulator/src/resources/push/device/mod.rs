//! The devices of users: `{label, user, registration_id, device_id, metadata, is_active,
//! created_at, updated_at, links}`. A user sees and changes their own devices only.

mod device_id;
mod handlers;
mod input;
mod storage;
mod view;
mod visibility;

use serde_json::{Value, json};

use crate::access::{channels, devices};
use crate::endpoint_spec::{EndpointKind, EndpointSpec};
use crate::endpoints::{EndpointRow, Handler, Operation, create, delete, get, patch, post, put};
use crate::members::{CREATED_AT, METADATA, Member, MembersOf, UPDATED_AT, links};
use crate::quirks::Quirk;
use crate::resources::push::message;
use input::{APNS_TOKEN, GCM_TOKEN, IS_ACTIVE, LABEL};

type DeviceMembers = [(&'static str, Member); 9];

static NEW_GCM: DeviceMembers = members(GCM_TOKEN, "integer");
static NEW_APNS: DeviceMembers = members(APNS_TOKEN, "field");
static GCM: DeviceMembers = members(GCM_TOKEN.read_only(), "integer");
static APNS: DeviceMembers = members(APNS_TOKEN.read_only(), "field");

const fn members(token: Member, kind_of_device_id: &'static str) -> DeviceMembers {
    [
        ("label", LABEL),
        ("user", Member::optional("field", "User")),
        ("registration_id", token),
        ("device_id", Member::optional(kind_of_device_id, "Device id")),
        ("metadata", METADATA),
        ("is_active", IS_ACTIVE),
        ("created_at", CREATED_AT),
        ("updated_at", UPDATED_AT),
        links(&[("self", "detail"), ("config", "config"), ("send_message", "message")]),
    ]
}

const OWN: &str =
    "With a user key, only the devices of that user, unless the API key has `ignore_acl`; others are 404.";
const NEW: &str = "With a user key, the device belongs to that user. No other device of the instance may have its \
                   `registration_id`.";
const OWNER_STAYS: &str = "With a user key, `user` cannot change. PUT resets `metadata` and `is_active`.";
const ONLY_HERE: &str = "The `registration_ids` of the content are replaced. No message leaves the simulator.";

static LIST: [Operation; 2] = [
    get("Lists devices", Handler::Reads(handlers::list)).note(OWN),
    create("Registers a device", Handler::Changes(handlers::create)).note(NEW),
];
static ITEM: [Operation; 4] = [
    get("Returns a device", Handler::Reads(handlers::show)).note(OWN),
    put("Changes a device; most missing members keep their values", Handler::Changes(handlers::change))
        .note(OWNER_STAYS),
    patch("Changes a device; missing members keep their values", Handler::Changes(handlers::change)).note(OWNER_STAYS),
    delete("Deletes a device", Handler::Changes(handlers::delete)).note(OWN),
];
static SEND: [Operation; 1] = [post("Sends a message to a device", Handler::Changes(handlers::send)).note(ONLY_HERE)];

/// The endpoints of devices.
pub static ROWS: &[EndpointRow] = &[
    list(
        "GcmDevices",
        "/{version}/instances/{instance}/push_notifications/gcm/devices/",
        EndpointSpec { keeps: Some(&storage::PUSH_DEVICES), ..gcm(|_| &NEW_GCM) },
    ),
    item(
        "GcmDevice",
        "/{version}/instances/{instance}/push_notifications/gcm/devices/{registration_id}/",
        gcm(|_| &GCM),
    ),
    send(
        "GcmDeviceMessage",
        "/{version}/instances/{instance}/push_notifications/gcm/devices/{registration_id}/send_message/",
        EndpointSpec {
            shows: &message::GCM_SCHEMA,
            example: Some(message::example_to_gcm_device),
            ..gcm(|_| message::TO_GCM_DEVICE)
        },
    ),
    list("ApnsDevices", "/{version}/instances/{instance}/push_notifications/apns/devices/", apns(|_| &NEW_APNS)),
    item(
        "ApnsDevice",
        "/{version}/instances/{instance}/push_notifications/apns/devices/{registration_id}/",
        apns(|_| &APNS),
    ),
    send(
        "ApnsDeviceMessage",
        "/{version}/instances/{instance}/push_notifications/apns/devices/{registration_id}/send_message/",
        EndpointSpec {
            shows: &message::APNS_SCHEMA,
            example: Some(message::example_to_apns_device),
            ..apns(|_| message::TO_APNS_DEVICE)
        },
    ),
];

const fn gcm(members: MembersOf) -> EndpointSpec {
    EndpointSpec { title: "Gcm Device", shows: &view::GCM, ..common(members) }
}

const fn apns(members: MembersOf) -> EndpointSpec {
    EndpointSpec { title: "Apns Device", shows: &view::APNS, ..common(members) }
}

const fn common(members: MembersOf) -> EndpointSpec {
    EndpointSpec {
        takes: Some(("POST", members)),
        opened_by: &[(Quirk::DeviceAnon, channels)],
        selects: false,
        tag: "push notifications",
        ..EndpointSpec::item("", "", "registration_id", devices)
    }
}

const fn list(name: &'static str, template: &'static str, spec: EndpointSpec) -> EndpointRow {
    EndpointSpec {
        name,
        template,
        kind: EndpointKind::List,
        lookup: None,
        filters: &["user", "is_active", "device_id"],
        example: Some(|| json!({ "registration_id": "fedcba9876543210".repeat(4), "label": "The phone of alice" })),
        ..spec
    }
    .operations(&LIST)
}

const fn item(name: &'static str, template: &'static str, spec: EndpointSpec) -> EndpointRow {
    let takes = match spec.takes {
        Some((_, members)) => Some(("PUT", members)),
        None => None,
    };
    let example: Option<fn() -> Value> = Some(|| json!({ "label": "The old phone of alice" }));
    EndpointSpec { name, template, takes, example, ..spec }.operations(&ITEM)
}

const fn send(name: &'static str, template: &'static str, spec: EndpointSpec) -> EndpointRow {
    EndpointSpec { name, template, ..spec }.operations(&SEND)
}
