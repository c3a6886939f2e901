//! The view of a device.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use super::storage::Device;
use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::call::Call;
use crate::resources::push::service::Service;
use crate::resources::view::{LinkBase, Time};
use crate::world::Instance;

/// The characters of registration ids that links escape.
const ESCAPED: &AsciiSet = &CONTROLS.add(b'|');

/// The schema of a GCM device.
pub static GCM: AnswerSchema = AnswerSchema::new("GcmDevice", || {
    device(json!({ "type": ["string", "null"], "pattern": "^(0x[0-9a-f]+)?$", "description": DEVICE_ID }))
});

/// The schema of an APNS device.
pub static APNS: AnswerSchema =
    AnswerSchema::new("ApnsDevice", || device(json!({ "type": ["string", "null"], "format": "uuid" })));

const DEVICE_ID: &str = "If it is not set, null in the answer to POST and empty in others.";

fn device(device_id: Value) -> Value {
    closed(
        json!({
            "label": { "type": "string", "maxLength": 64 },
            "user": { "type": ["integer", "null"] },
            "registration_id": { "type": "string" },
            "device_id": device_id,
            "metadata": schema("Metadata"),
            "is_active": { "type": "boolean" },
            "created_at": schema("Time"),
            "updated_at": schema("Time"),
            "links": links(&["self", "config", "send_message"], &[]),
        }),
        &[],
    )
}

/// A device in an answer.
pub struct DeviceView<'a> {
    place: LinkBase<'a>,
    service: Service,
    device: &'a Device,
    is_new: bool,
}

impl<'a> DeviceView<'a> {
    pub fn from_call(call: &Call<'_>, instance: &'a Instance, device: &'a Device) -> DeviceView<'a> {
        let place = LinkBase::new(call, instance);
        DeviceView { place, service: Service::from_call(call), device, is_new: false }
    }

    /// Returns the view for the answer to the creation of the device.
    pub fn new_device(self) -> DeviceView<'a> {
        DeviceView { is_new: true, ..self }
    }
}

impl Serialize for DeviceView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let device = self.device;
        let is_empty = self.service == Service::Gcm && !self.is_new;
        let device_id = device.device_id.as_deref().or(is_empty.then_some(""));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("label", &device.label)?;
        map.serialize_entry("user", &device.user)?;
        map.serialize_entry("registration_id", &device.registration_id)?;
        map.serialize_entry("device_id", &device_id)?;
        map.serialize_entry("metadata", &device.metadata)?;
        map.serialize_entry("is_active", &device.is_active)?;
        map.serialize_entry("created_at", &Time(device.created_at))?;
        map.serialize_entry("updated_at", &Time(device.updated_at))?;
        map.serialize_entry("links", &DeviceLinks(self))?;
        map.end()
    }
}

struct DeviceLinks<'a>(&'a DeviceView<'a>);

impl Serialize for DeviceLinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let DeviceView { place, service, device, .. } = self.0;
        let service = format!("{place}/push_notifications/{}", service.path());
        let own = format!("{service}/devices/{}/", utf8_percent_encode(&device.registration_id, ESCAPED));
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("self", &own)?;
        map.serialize_entry("config", &format_args!("{service}/config/"))?;
        map.serialize_entry("send_message", &format_args!("{own}send_message/"))?;
        map.end()
    }
}
