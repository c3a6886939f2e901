//! Handlers of `/snippets/config/`.

use http::StatusCode;
use serde_json::{Value, json};

use super::input;
use super::storage::{Config, config_of};
use crate::answer::Failure;
use crate::call::Call;
use crate::caller::Caller;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::world::{Instance, Role};

/// `GET /snippets/config/`
pub fn show(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    admit(caller, Role::Read)?;
    show_one(call, instance)
}

/// `PUT` and `PATCH /snippets/config/`
pub fn change(Changing { call, caller, instance, .. }: Changing<'_>) -> HandlerResult {
    admit(caller, Role::Full)?;
    if let Some(config) = input::read(call)? {
        *instance.kept.get_mut() = Config(Value::Object(config));
    }
    show_one(call, instance)
}

/// Checks the role of the caller: 404 for an account without a role, 403 for a role that is too
/// low.
fn admit(caller: &Caller, least: Role) -> Result<(), Failure> {
    match caller {
        Caller::Account { role: None, .. } => Err(Failure::not_found()),
        Caller::Account { role: Some(role), .. } if *role < least => Err(Failure::forbidden()),
        _ => Ok(()),
    }
}

fn show_one(call: &Call<'_>, instance: &Instance) -> HandlerResult {
    call.show(StatusCode::OK, &json!({ "config": config_of(instance) }))
}
