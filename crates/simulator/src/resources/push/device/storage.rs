//! Storage of devices.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde::{Deserialize, Serialize as DeriveSerialize};
use serde_json::{Map, Value};

use crate::resources::push::service::{PerService, Service};
use crate::world::taken::Taken;
use crate::world::{HIGHEST_ID, Instance, Kept, KeptType, Known, Removed, UserId};

/// A device that receives messages.
#[derive(DeriveSerialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// A number that only paging shows.
    pub number: u32,
    /// The address of the device at its service, also called its token.
    pub registration_id: Box<str>,
    pub label: String,
    pub user: Option<UserId>,
    /// As answers show it: a hexadecimal number (GCM) or a UUID (APNS).
    pub device_id: Option<String>,
    pub metadata: Map<String, Value>,
    pub is_active: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The devices of one service, indexed by number and registration id.
#[derive(Default, Deserialize)]
#[serde(try_from = "DevicesFile")]
pub struct Devices {
    by_number: BTreeMap<u32, Device>,
    by_token: HashMap<Box<str>, u32>,
    last_number: u32,
}

/// The devices of one service in a world file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DevicesFile {
    last_number: u32,
    devices: Vec<Device>,
}

/// The devices of an instance.
#[derive(Default, DeriveSerialize, Deserialize)]
#[serde(transparent)]
pub struct PushDevices(PerService<Devices>);

pub static PUSH_DEVICES: KeptType = KeptType::of::<PushDevices>();

impl Kept for PushDevices {
    const NAME: &'static str = "push_devices";

    fn check(&self, known: &Known<'_>) -> Result<(), String> {
        let users =
            self.0.both().into_iter().flat_map(|devices| devices.by_number.values()).filter_map(|device| device.user);
        match users.into_iter().find(|user| known.users.get(*user).is_none()) {
            Some(_) => Err("expected devices of users of the instance".to_owned()),
            None => Ok(()),
        }
    }

    fn forget(&mut self, removed: Removed) {
        let Removed::User(user) = removed else { return };
        for devices in self.0.both_mut() {
            devices.by_number.retain(|_, device| device.user != Some(user));
            devices.by_token.retain(|_, number| devices.by_number.contains_key(number));
        }
    }
}

/// Returns the devices of a service.
pub fn devices_of(instance: &Instance, service: Service) -> &Devices {
    static NONE: LazyLock<Devices> = LazyLock::new(Devices::default);
    instance.kept.get::<PushDevices>().map_or(&NONE, |devices| devices.0.get(service))
}

/// Returns the devices of a service for a change.
pub fn devices_of_mut(instance: &mut Instance, service: Service) -> &mut Devices {
    instance.kept.get_mut::<PushDevices>().0.get_mut(service)
}

impl Devices {
    /// Returns the device with that registration id, whose case counts.
    pub fn get(&self, registration_id: &str) -> Option<&Device> {
        self.by_number.get(self.by_token.get(registration_id)?)
    }

    /// Returns the device for changes of members other than number and registration id.
    pub fn get_mut(&mut self, registration_id: &str) -> Option<&mut Device> {
        self.by_number.get_mut(self.by_token.get(registration_id)?)
    }

    /// Returns the devices with numbers in a range, sorted by number.
    pub fn range(&self, numbers: (Bound<u32>, Bound<u32>)) -> impl DoubleEndedIterator<Item = &Device> {
        self.by_number.range(numbers).map(|(_, device)| device)
    }

    /// Adds a device and sets its number. A registration id that is taken uses up a number too, as
    /// on the platform.
    pub fn add(&mut self, device: Device) -> Result<(), Taken> {
        self.last_number += 1;
        self.insert(Device { number: self.last_number, ..device })
    }

    pub fn remove(&mut self, registration_id: &str) {
        if let Some(number) = self.by_token.remove(registration_id) {
            self.by_number.remove(&number);
        }
    }

    fn insert(&mut self, device: Device) -> Result<(), Taken> {
        if self.by_token.contains_key(&device.registration_id) || self.by_number.contains_key(&device.number) {
            return Err(Taken);
        }
        self.by_token.insert(device.registration_id.clone(), device.number);
        self.by_number.insert(device.number, device);
        Ok(())
    }
}

impl TryFrom<DevicesFile> for Devices {
    type Error = &'static str;

    fn try_from(file: DevicesFile) -> Result<Devices, &'static str> {
        if file.last_number > HIGHEST_ID {
            return Err("at most 2147483647 is allowed as the last number");
        }
        let mut devices = Devices { last_number: file.last_number, ..Devices::default() };
        for device in file.devices {
            if device.number == 0 || device.number > file.last_number {
                return Err("at most the last number, and at least 1, is allowed as the number of a device");
            }
            devices.insert(device).map_err(|_| "at most one device may have each number and registration id")?;
        }
        Ok(devices)
    }
}

impl Serialize for Devices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut file = serializer.serialize_struct("Devices", 2)?;
        file.serialize_field("last_number", &self.last_number)?;
        file.serialize_field("devices", &self.by_number.values().collect::<Vec<_>>())?;
        file.end()
    }
}
