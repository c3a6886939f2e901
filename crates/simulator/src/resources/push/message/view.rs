//! The view of a message.

use std::iter;

use serde_json::{Value, json};

use super::content;
use super::storage::Message;
use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::call::Call;
use crate::push_outcome::PushOutcome;
use crate::resources::push::service::Service;
use crate::resources::view::{LinkBase, Time};
use crate::world::Instance;

/// The schema of a GCM message.
pub static GCM: AnswerSchema =
    AnswerSchema::new("GcmMessage", || message(&content::GCM)).parts(&[&content::GCM, &content::TO_GCM_DEVICE]);

/// The schema of an APNS message.
pub static APNS: AnswerSchema =
    AnswerSchema::new("ApnsMessage", || message(&content::APNS)).parts(&[&content::APNS, &content::TO_APNS_DEVICE]);

/// The state of a message in the answer to its creation.
pub const SCHEDULED: &str = "scheduled";

fn message(content: &AnswerSchema) -> Value {
    let states: Vec<&str> = iter::once(SCHEDULED).chain(PushOutcome::ALL.map(PushOutcome::name)).collect();
    closed(
        json!({
            "id": schema("Id"),
            "status": { "enum": states },
            "content": schema(content.name),
            "result": { "type": "object", "maxProperties": 0 },
            "created_at": schema("Time"),
            "updated_at": schema("Time"),
            "links": links(&["self"], &[]),
        }),
        &[],
    )
}

/// Returns a message in an answer, in that state. No service answers the simulator, so the result
/// stays empty.
pub fn shown(call: &Call<'_>, instance: &Instance, message: &Message, status: &str) -> Value {
    let (place, service) = (LinkBase::new(call, instance), Service::from_call(call).path());
    json!({
        "id": message.id,
        "status": status,
        "content": message.content,
        "result": {},
        "created_at": Time(message.created_at),
        "updated_at": Time(message.created_at),
        "links": { "self": format!("{place}/push_notifications/{service}/messages/{}/", message.id) },
    })
}
