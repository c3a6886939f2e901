//! Handlers of `/push_notifications/<service>/messages/`.

use http::StatusCode;

use super::storage::{messages_of, messages_of_mut};
use super::{input, view};
use crate::answer::Failure;
use crate::call::Call;
use crate::core::Core;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::paging::Paging;
use crate::resources::path::id_in_path;
use crate::resources::push::service::Service;
use crate::world::Instance;

/// `GET /messages/`
pub fn list(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
    let messages = messages_of(instance, Service::from_call(call)).range(paging.range());
    let page = paging.page(
        call,
        messages,
        |message| message.id,
        |message| view::shown(call, instance, message, message.outcome.name()),
    );
    call.show(StatusCode::OK, &page)
}

/// `POST /messages/ {"content"}`
pub fn create(Changing { core, call, instance, .. }: Changing<'_>) -> HandlerResult {
    send(core, call, instance, None, StatusCode::CREATED)
}

/// `GET /messages/<id>/`
pub fn show(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let messages = messages_of(instance, Service::from_call(call));
    let message = id_in_path(call, "message").and_then(|id| messages.get(id)).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &view::shown(call, instance, message, message.outcome.name()))
}

/// Sends the message in the body, to the device `target` only if there is one. The answer shows it
/// as `scheduled`.
pub fn send(
    core: &Core,
    call: &Call<'_>,
    instance: &mut Instance,
    target: Option<&str>,
    status: StatusCode,
) -> HandlerResult {
    let content = input::read(call, instance, target)?;
    let service = Service::from_call(call);
    let id = messages_of_mut(instance, service).add(content, core.push_outcome, core.source.now());
    let message = messages_of(instance, service).get(id).ok_or_else(Failure::not_found)?;
    call.show(status, &view::shown(call, instance, message, view::SCHEDULED))
}
