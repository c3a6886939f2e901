//! The body of a request that registers or changes a device, and the filters of the list.

use serde_json::{Map, Value};

use super::device_id;
use super::storage::Device;
use super::visibility::only_user;
use crate::answer::{Errors, Failure};
use crate::call::Call;
use crate::caller::Caller;
use crate::input::Input;
use crate::members::Member;
use crate::python;
use crate::quirks::Quirk;
use crate::resources::push::service::Service;
use crate::world::{Instance, UserId};

pub const LABEL: Member = Member::optional("string", "Label").max(64);
pub const GCM_TOKEN: Member = Member::required("string", "Registration id").max(512);
pub const APNS_TOKEN: Member = Member::required("string", "Registration id").max(64);
pub const IS_ACTIVE: Member = Member::optional("boolean", "Is active");

const INVALID_TOKEN: &str = "Registration ID (device token) is invalid.";
const SHAPE_OF_APNS_TOKENS: &str = "Device tokens should be represented as a hexadecimal string, 64 characters long, \
                                    without spaces or other separators.";
const OTHER_OWNER: &str = "Cannot change owner of Device.";

/// The members that a body sets. Missing members are `None`.
pub struct DeviceInput {
    pub label: Option<String>,
    pub user: Option<Option<UserId>>,
    pub device_id: Option<Option<String>>,
    pub metadata: Option<Map<String, Value>>,
    pub is_active: Option<bool>,
}

/// The filters of a list of devices.
pub struct DeviceFilter {
    user: Option<UserId>,
    is_active: Option<bool>,
    device_id: Option<String>,
}

impl DeviceInput {
    /// Reads the body of a registration: the registration id and the other members.
    pub fn read_new(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<(String, DeviceInput), Failure> {
        let service = Service::from_call(call);
        let mut input = Input::from_call(call)?;
        let token = match service {
            Service::Gcm => input.text("registration_id", GCM_TOKEN),
            Service::Apns => input.text("registration_id", APNS_TOKEN),
        };
        if let Some(reason) = token.as_deref().and_then(|token| reason(service, token)) {
            input.reject("registration_id", reason);
        }
        let device = DeviceInput::members(&mut input, service, instance);
        // Without a user the device belongs to the caller's user.
        let other = device.user.flatten().filter(|user| only_user(caller).is_some_and(|own| own != *user));
        if other.is_some() && !call.reproduces(Quirk::DeviceForOther) {
            input.reject("user", OTHER_OWNER);
        }
        input.finish()?;
        Ok((token.ok_or_else(Failure::server_error)?, device))
    }

    /// Reads the body of a change. With a user key, the user of a device cannot change.
    pub fn read_change(
        call: &Call<'_>,
        caller: &Caller,
        instance: &Instance,
        device: &Device,
    ) -> Result<DeviceInput, Failure> {
        let mut input = Input::from_call(call)?;
        let change = DeviceInput::members(&mut input, Service::from_call(call), instance);
        if caller.user().is_some() && change.user.is_some_and(|user| user != device.user) {
            input.reject("user", OTHER_OWNER);
        }
        input.finish()?;
        Ok(change)
    }

    /// Reads the members that a change can have too. PUT resets `metadata` and `is_active`.
    fn members(input: &mut Input<'_>, service: Service, instance: &Instance) -> DeviceInput {
        let is_whole = !input.is_partial();
        DeviceInput {
            label: input.text("label", LABEL),
            user: input.id("user", false, true, |id| instance.users.get(id).is_some()),
            device_id: match service {
                Service::Gcm => input.value("device_id", false, device_id::read_hex),
                Service::Apns => input.value("device_id", true, device_id::read_uuid),
            },
            metadata: input.metadata("metadata").or_else(|| is_whole.then(Map::new)),
            is_active: input.boolean("is_active").or_else(|| is_whole.then_some(true)),
        }
    }
}

/// Returns why a text is not a registration id of the service.
fn reason(service: Service, token: &str) -> Option<String> {
    match service {
        Service::Gcm => {
            let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'|' | b':');
            (token.len() > 255 || !token.bytes().all(is_valid)).then(|| INVALID_TOKEN.to_owned())
        }
        Service::Apns => {
            let is_valid = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
            (!is_valid).then(|| format!("{INVALID_TOKEN}{SHAPE_OF_APNS_TOKENS}"))
        }
    }
}

impl DeviceFilter {
    /// Reads the filters of the query. Empty ones count as none, and so does `is_active` with a
    /// value that is not a boolean.
    pub fn from_call(call: &Call<'_>, instance: &Instance) -> Result<DeviceFilter, Failure> {
        let mut errors = Errors::new();
        let given = |name| call.query.get(name).filter(|text| !text.is_empty());
        let user = given("user").and_then(|text| {
            let user = python::int(text).and_then(|id| u32::try_from(id).ok());
            let user = user.filter(|id| instance.users.get(*id).is_some());
            if user.is_none() {
                let reason = "Select a valid choice. That choice is not one of the available choices.";
                errors.insert("user".to_owned(), vec![reason].into());
            }
            user
        });
        let device_id = given("device_id").and_then(|text| {
            let (id, reason) = match Service::from_call(call) {
                Service::Gcm => (device_id::hex(text), "Enter a valid hex value.\""),
                Service::Apns => (device_id::uuid(text), "Enter a valid UUID."),
            };
            if id.is_none() {
                errors.insert("device_id".to_owned(), vec![reason].into());
            }
            id
        });
        if !errors.is_empty() {
            return Err(Failure::invalid(&errors));
        }
        let is_active = given("is_active").and_then(|text| python::boolean(&text.into()));
        Ok(DeviceFilter { user, is_active, device_id })
    }

    pub fn admits(&self, device: &Device) -> bool {
        self.user.is_none_or(|user| device.user == Some(user))
            && self.is_active.is_none_or(|is_active| device.is_active == is_active)
            && self.device_id.as_ref().is_none_or(|id| device.device_id.as_ref() == Some(id))
    }
}
