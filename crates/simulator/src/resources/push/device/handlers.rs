//! Handlers of `/push_notifications/<service>/devices/`.

use http::StatusCode;

use super::input::{DeviceFilter, DeviceInput};
use super::storage::{Device, devices_of, devices_of_mut};
use super::view::DeviceView;
use super::visibility::sees;
use crate::answer::{ApiAnswer, Failure};
use crate::call::Call;
use crate::caller::Caller;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::paging::Paging;
use crate::resources::push::message;
use crate::resources::push::service::Service;
use crate::world::Instance;

/// `GET /devices/`
pub fn list(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let filter = DeviceFilter::from_call(call, instance)?;
    let paging = Paging::from_call(call)?;
    let devices = devices_of(instance, Service::from_call(call)).range(paging.range());
    let devices = devices.filter(|device| sees(caller, device) && filter.admits(device));
    let view = |device| DeviceView::from_call(call, instance, device);
    call.show(StatusCode::OK, &paging.page(call, devices, |device| device.number, view))
}

/// `POST /devices/`: registers a device, by default for the caller's user.
pub fn create(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let service = Service::from_call(call);
    let (token, input) = DeviceInput::read_new(call, caller, instance)?;
    let now = core.source.now();
    let device = Device {
        number: 0,
        registration_id: token.as_str().into(),
        label: input.label.unwrap_or_default(),
        user: input.user.flatten().or(caller.user()),
        device_id: input.device_id.flatten(),
        metadata: input.metadata.unwrap_or_default(),
        is_active: input.is_active.unwrap_or(true),
        created_at: now,
        updated_at: now,
    };
    devices_of_mut(instance, service).add(device).map_err(|_| {
        let reason = format!("{} Device with this registration id already exists.", service.name());
        Failure::invalid_member("registration_id", &reason)
    })?;
    let device = devices_of(instance, service).get(&token).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::CREATED, &DeviceView::from_call(call, instance, device).new_device())
}

/// `GET /devices/<registration id>/`
pub fn show(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    show_one(call, instance, named(call, caller, instance)?)
}

/// `PUT` and `PATCH /devices/<registration id>/`: both keep missing members, except that PUT
/// resets `metadata` and `is_active`.
pub fn change(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let input = DeviceInput::read_change(call, caller, instance, named(call, caller, instance)?)?;
    let device = devices_of_mut(instance, Service::from_call(call)).get_mut(token(call));
    let device = device.ok_or_else(Failure::not_found)?;
    if let Some(label) = input.label {
        device.label = label;
    }
    if let Some(metadata) = input.metadata {
        device.metadata = metadata;
    }
    device.user = input.user.unwrap_or(device.user);
    device.device_id = input.device_id.unwrap_or_else(|| device.device_id.take());
    device.is_active = input.is_active.unwrap_or(device.is_active);
    device.updated_at = core.source.now();
    show_one(call, instance, named(call, caller, instance)?)
}

/// `DELETE /devices/<registration id>/`
pub fn delete(Changing { call, caller, instance, .. }: Changing<'_>) -> HandlerResult {
    named(call, caller, instance)?;
    devices_of_mut(instance, Service::from_call(call)).remove(token(call));
    Ok(ApiAnswer::no_content())
}

/// `POST /devices/<registration id>/send_message/ {"content"}`: sends a message to this device
/// only, whatever `registration_ids` the content has.
pub fn send(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    named(call, caller, instance)?;
    message::send(core, call, instance, Some(token(call)), StatusCode::OK)
}

/// Returns the device in the path, if the caller sees it.
fn named<'i>(call: &Call<'_>, caller: &Caller, instance: &'i Instance) -> Result<&'i Device, Failure> {
    let device = devices_of(instance, Service::from_call(call)).get(token(call));
    device.filter(|device| sees(caller, device)).ok_or_else(Failure::not_found)
}

fn token<'c>(call: &'c Call<'_>) -> &'c str {
    call.route.param("registration_id")
}

fn show_one(call: &Call<'_>, instance: &Instance, device: &Device) -> HandlerResult {
    call.show(StatusCode::OK, &DeviceView::from_call(call, instance, device))
}
