//! Handlers of `/push_notifications/<service>/config/`.

use http::StatusCode;

use super::storage::{configs_of, configs_of_mut};
use super::{input, view};
use crate::call::Call;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::resources::push::service::Service;
use crate::world::Instance;

/// `GET /config/`
pub fn show(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    show_one(call, instance)
}

/// `PUT` and `PATCH /config/`: both keep missing members.
pub fn change(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let configs = configs_of_mut(instance);
    match Service::from_call(call) {
        Service::Gcm => input::change_gcm(call, &mut configs.gcm)?,
        Service::Apns => input::change_apns(call, &mut configs.apns)?,
    }
    show_one(call, instance)
}

/// `POST /config/remove_certificate/`: names and identifiers stay.
pub fn remove_certificates(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    for (environment, is_removed) in input::removed(call)? {
        let certificate = configs_of_mut(instance).apns.certificate_mut(environment);
        certificate.is_uploaded &= !is_removed;
    }
    show_one(call, instance)
}

fn show_one(call: &Call<'_>, instance: &Instance) -> HandlerResult {
    call.show(StatusCode::OK, &view::config(call, instance, configs_of(instance)))
}
