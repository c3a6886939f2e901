//! Handlers of `/api_keys/`.

use http::StatusCode;

use super::input::ApiKeyInput;
use super::view::ApiKeyView;
use crate::answer::{ApiAnswer, Failure};
use crate::api::KeyKind;
use crate::call::Call;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::paging::Paging;
use crate::resources::path::{id_in_path, spelled_in_path};
use crate::resources::view::LinkBase;
use crate::world::{ApiKey, ApiKeyId, Flags, Instance};

/// `GET /api_keys/`
pub fn list(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
    let place = LinkBase::new(call, instance);
    let range = caller.api_key().map_or(paging.range(), |own| paging.range_of(own));
    let page = paging.page(
        call,
        instance.api_keys.range(range),
        |key| key.id(),
        |key| ApiKeyView { place, key, spelled: key.id().to_string() },
    );
    call.show(StatusCode::OK, &page)
}

/// `POST /api_keys/`
pub fn create(Changing { core, call, instance, .. }: Changing<'_>) -> HandlerResult {
    let input = ApiKeyInput::read(call, Flags::default())?;
    let id = core.world.next_api_key_id();
    let key = core.source.key(KeyKind::Api);
    let description = input.description.unwrap_or_default();
    instance.api_keys.add(ApiKey::new(id, key, description, input.flags, core.source.now()));
    core.world.set_home(key, Some(instance.id()));
    show_one(call, instance, StatusCode::CREATED, id, id.to_string())
}

/// `GET /api_keys/<id>/`
pub fn show(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    if caller.api_key().is_some_and(|own| own != id) {
        return Err(Failure::not_found());
    }
    show_one(call, instance, StatusCode::OK, id, spelled_in_path(call, "api_key"))
}

/// `PUT` and `PATCH /api_keys/<id>/`
pub fn change(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    let key = instance.api_keys.get_mut(id).ok_or_else(Failure::not_found)?;
    let input = ApiKeyInput::read(call, key.flags)?;
    key.flags = input.flags;
    key.description = input.description.unwrap_or_else(|| std::mem::take(&mut key.description));
    show_one(call, instance, StatusCode::OK, id, spelled_in_path(call, "api_key"))
}

/// `DELETE /api_keys/<id>/`: deletes the key, which becomes invalid at once.
pub fn delete(Changing { core, call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    if let Some(key) = instance.api_keys.remove(id) {
        core.world.set_home(key.key(), None);
    }
    Ok(ApiAnswer::no_content())
}

/// `POST /api_keys/<id>/reset_key/`: replaces the key; the old one becomes invalid at once.
pub fn reset_key(Changing { core, call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    let key = core.source.key(KeyKind::Api);
    if let Some(old) = instance.api_keys.set_key(id, key) {
        core.world.set_home(old, None);
        core.world.set_home(key, Some(instance.id()));
    }
    show_one(call, instance, StatusCode::OK, id, spelled_in_path(call, "api_key"))
}

fn named(call: &Call<'_>, instance: &Instance) -> Result<ApiKeyId, Failure> {
    let id = id_in_path(call, "api_key").filter(|id| instance.api_keys.get(*id).is_some());
    id.ok_or_else(Failure::not_found)
}

fn show_one(
    call: &Call<'_>,
    instance: &Instance,
    status: StatusCode,
    id: ApiKeyId,
    spelled: String,
) -> Result<ApiAnswer, Failure> {
    let key = instance.api_keys.get(id).ok_or_else(Failure::not_found)?;
    call.show(status, &ApiKeyView { place: LinkBase::new(call, instance), key, spelled })
}
