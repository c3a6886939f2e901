//! The schemas of the content of messages. OPTIONS shows them, and a content is checked against
//! them; the order of their members decides which of several errors is reported.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::answer_schema::AnswerSchema;
use crate::resources::push::service::Service;

/// Maximum number of devices of a message.
const MOST_TARGETS: usize = 1000;
/// Maximum number of members of the data and of the notification of a message.
const MOST_MEMBERS: usize = 256;
/// The longest time for which GCM keeps a message, in seconds: four weeks.
const LONGEST_LIFE: u32 = 4 * 7 * 24 * 60 * 60;

/// The content of a GCM message.
pub static GCM: AnswerSchema = AnswerSchema::new("GcmContent", gcm);
/// The content of an APNS message. Other members are allowed.
pub static APNS: AnswerSchema = AnswerSchema::new("ApnsContent", apns);
/// The content of a message to one GCM device.
pub static TO_GCM_DEVICE: AnswerSchema = AnswerSchema::new("GcmContentToDevice", || without_targets(gcm()));
/// The content of a message to one APNS device.
pub static TO_APNS_DEVICE: AnswerSchema = AnswerSchema::new("ApnsContentToDevice", || without_targets(apns()));

/// Returns the schema of the content for a service.
pub fn schema(service: Service) -> &'static Value {
    static GCM: LazyLock<Value> = LazyLock::new(gcm);
    static APNS: LazyLock<Value> = LazyLock::new(apns);
    match service {
        Service::Gcm => &GCM,
        Service::Apns => &APNS,
    }
}

fn gcm() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["registration_ids", "environment"],
        "properties": {
            "registration_ids": targets(),
            "environment": environment(),
            "data": { "type": "object", "maxProperties": MOST_MEMBERS },
            "notification": { "type": "object", "maxProperties": MOST_MEMBERS },
            "collapse_key": { "type": "string" },
            "priority": { "type": "string", "enum": ["normal", "high"] },
            "content_available": { "type": "boolean" },
            "delay_while_idle": { "type": "boolean" },
            "time_to_live": { "type": "integer", "maximum": LONGEST_LIFE, "minimum": 1 },
            "restricted_package_name": { "type": "string" },
            "dry_run": { "type": "boolean" },
        },
    })
}

fn apns() -> Value {
    json!({
        "type": "object",
        "maxItems": 128,
        "required": ["registration_ids", "environment", "aps"],
        "properties": { "registration_ids": targets(), "environment": environment(), "aps": aps() },
    })
}

fn without_targets(mut schema: Value) -> Value {
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| name != "registration_ids");
    }
    schema
}

fn targets() -> Value {
    json!({ "type": "array", "uniqueItems": true, "maxItems": MOST_TARGETS, "items": { "type": "string" } })
}

fn environment() -> Value {
    json!({ "type": "string", "enum": ["development", "production"] })
}

fn aps() -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let alert = json!({
        "type": "object",
        "required": ["title", "body"],
        "properties": {
            "title": { "type": "string" },
            "body": { "type": "string" },
            "title-loc-key": { "type": "string" },
            "title-loc-args": texts,
            "action-loc-key": { "type": "string" },
            "loc-key": { "type": "string" },
            "loc-args": texts,
            "launch-image": { "type": "string" },
        },
    });
    json!({
        "type": "object",
        "required": ["alert"],
        "properties": {
            "alert": { "oneOf": [{ "type": "string" }, alert] },
            "badge": { "type": "integer" },
            "sound": { "type": "string" },
            "content-available": { "type": "integer" },
            "category": { "type": "string" },
        },
    })
}
