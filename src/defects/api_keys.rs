//! Creating and changing API keys.

use http::Method;
use serde_json::Value;

use super::defect::{Defect, defect};
use super::edit;
use super::when::{POST, on, on_any};
use syncano_simulator::api::Flag;

pub fn defects() -> Vec<Defect> {
    vec![
        defect(
            "new-api-key-has-flag",
            "A new API key has `allow_user_create` unless its body says otherwise. Right: no flag.",
            on(POST, "/api_keys/")
                .where_(|call| call.member(Flag::AllowUserCreate.name()).is_none())
                .then(|call, right| right.respond(&call.with_member(Flag::AllowUserCreate.name(), true))),
        ),
        defect(
            "flags-not-echoed",
            "The answer to a new or changed API key shows all flags as off. Right: as they are.",
            on_any(&[Method::POST, Method::PUT, Method::PATCH], &["/api_keys/", "/api_keys/{key}/"]).edit(
                |_, _, answer| {
                    edit::change_json(answer, |key| {
                        for flag in Flag::ALL {
                            if let Some(on) = key.get_mut(flag.name()).filter(|on| on.is_boolean()) {
                                *on = Value::Bool(false);
                            }
                        }
                    })
                },
            ),
        ),
    ]
}
