//! Push notifications: whose devices a user sees, and where messages go.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::actions::{as_administrator, with_flags};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit;
use super::right::Right;
use super::when::{ANY, CHANGES, GET, POST, UPDATES, Who, on, on_any};
use syncano_simulator::api::Flag;

const DEVICES: &str = "/push_notifications/gcm/devices/";
const DEVICE: &str = "/push_notifications/gcm/devices/{device}/";
const SEND: &str = "/push_notifications/gcm/devices/{device}/send_message/";
const MESSAGES: &str = "/push_notifications/gcm/messages/";
const MESSAGE: &str = "/push_notifications/gcm/messages/{message}/";
const CONFIG: &str = "/push_notifications/gcm/config/";

pub fn defects() -> Vec<Defect> {
    [devices(), users_of_devices(), messages()].into_iter().flatten().collect()
}

fn devices() -> Vec<Defect> {
    vec![
        defect(
            "devices-of-others-listed",
            "The list of devices shows a user those of everybody. Right: only their own.",
            on(GET, DEVICES).by(Who::User).then(as_administrator),
        ),
        defect(
            "devices-of-others-found",
            "The filter `user` shows a user the devices of another. Right: only their own.",
            on(GET, DEVICES).by(Who::User).where_(|call| call.query("user").is_some()).then(as_administrator),
        ),
        defect(
            "device-of-another-shown",
            "A user who knows the token of a device reads it. Right: 404 unless it is theirs.",
            on(GET, DEVICE).by(Who::User).instead_of_404(as_administrator),
        ),
        defect(
            "devices-scoped-with-ignore-acl",
            "A user sees and changes their own devices only, with `ignore_acl` too. Right: all devices with that flag.",
            on_any(ANY, &[DEVICES, DEVICE])
                .by(Who::User)
                .by(Who::Has(Flag::IgnoreAcl))
                .then(|call, right| with_flags(call, right, &[Flag::IgnoreAcl], false)),
        ),
        defect(
            "device-of-another-changed",
            "A user changes and deletes the device of another. Right: 404.",
            on(CHANGES, DEVICE).by(Who::User).instead_of_404(as_administrator),
        ),
        defect(
            "devices-open-to-apps",
            "An API key alone lists, registers and changes devices. Right: 403.",
            on_any(ANY, &[DEVICES, DEVICE]).by(Who::AppAlone).instead_of_403(as_administrator),
        ),
        defect(
            "token-moves-to-the-last-user",
            "A token that is registered again moves to the device of the caller. Right: 400.",
            on(POST, DEVICES).by(Who::User).instead_of(StatusCode::BAD_REQUEST, register_again),
        ),
    ]
}

/// Deletes the device with the token in the body, and registers it for the caller.
fn register_again(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let token = edit::text(&call.json(), "registration_id").unwrap_or_default();
    right.act(call, Method::DELETE, &format!("{DEVICES}{token}/"), None);
    right.respond(call)
}

fn users_of_devices() -> Vec<Defect> {
    vec![
        defect(
            "new-device-of-nobody",
            "A device that a user registers without naming a user belongs to nobody. Right: to that user.",
            on(POST, DEVICES).by(Who::User).edit(|call, right, answer| {
                let token = edit::text(&edit::json(&answer), "registration_id").unwrap_or_default();
                let body = json!({"user": call.member("user")});
                let changed = right.act(call, Method::PATCH, &format!("{DEVICES}{token}/"), Some(&body));
                match changed.status() {
                    StatusCode::OK => edit::with_status(changed, StatusCode::CREATED),
                    _ => answer,
                }
            }),
        ),
        defect(
            "device-given-away",
            "A user gives a device to another user, or to nobody. Right: 400.",
            on(UPDATES, DEVICE).by(Who::User).instead_of(StatusCode::BAD_REQUEST, as_administrator),
        ),
        defect(
            "device-outlives-its-user",
            "The devices of a deleted user stay, without a user. Right: they are deleted.",
            on(&[Method::DELETE], "/users/{user}/").then(|call, right| {
                let user = call.segment(1).to_owned();
                let left = right.list(call, &format!("{DEVICES}?user={user}"));
                let answer = right.respond(call);
                for device in left.iter().filter(|device| is_of(device, &user)) {
                    let body = json!({"registration_id": edit::member(device, "registration_id")});
                    right.act(call, Method::POST, DEVICES, Some(&body));
                }
                answer
            }),
        ),
    ]
}

fn is_of(device: &Value, user: &str) -> bool {
    device.get("user").and_then(Value::as_u64).is_some_and(|id| user.parse() == Ok(id))
}

fn messages() -> Vec<Defect> {
    vec![
        defect(
            "message-to-a-device-of-another",
            "A user sends a message to the device of another. Right: 404.",
            on(POST, SEND).by(Who::User).instead_of_404(as_administrator),
        ),
        defect(
            "message-reaches-named-devices",
            "A message to a device also reaches the `registration_ids` of its body. Right: that device only.",
            on(POST, SEND).by(Who::User).edit(|call, right, answer| {
                let content = call.member("content").filter(|content| content.get("registration_ids").is_some());
                match content.filter(|_| answer.status().is_success()) {
                    Some(content) => {
                        let sent = right.act(call, Method::POST, MESSAGES, Some(&json!({ "content": content })));
                        edit::with_status(sent, StatusCode::OK)
                    }
                    None => answer,
                }
            }),
        ),
        defect(
            "push-configuration-open-to-apps",
            "An API key reads and changes configurations and messages. Right: 403.",
            on_any(ANY, &[CONFIG, MESSAGES, MESSAGE]).by(Who::App).instead_of_403(as_administrator),
        ),
    ]
}
