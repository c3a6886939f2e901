//! The view of a message.

use serde_json::{Value, json};

use super::content;
use super::storage::{Message, Status};
use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::call::Call;
use crate::resources::push::service::Service;
use crate::resources::view::{LinkBase, Time};
use crate::world::Instance;

/// The schema of a GCM message.
pub static GCM: AnswerSchema =
    AnswerSchema::new("GcmMessage", || message(&content::GCM)).parts(&[&content::GCM, &content::TO_GCM_DEVICE]);

/// The schema of an APNS message.
pub static APNS: AnswerSchema =
    AnswerSchema::new("ApnsMessage", || message(&content::APNS)).parts(&[&content::APNS, &content::TO_APNS_DEVICE]);

fn message(content: &AnswerSchema) -> Value {
    closed(
        json!({
            "id": schema("Id"),
            "status": { "enum": ["scheduled", "delivered"] },
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
pub fn shown(call: &Call<'_>, instance: &Instance, message: &Message, status: Status) -> Value {
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
