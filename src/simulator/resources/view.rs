//! What all views share: where their links lead, and how times and keys are written.

use std::fmt;

use jiff::Timestamp;
use serde::ser::{Serialize, Serializer};

use crate::api::{Key, Version};
use crate::simulator::transport::Call;
use crate::simulator::world::Instance;

/// Where the links of a view begin.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub version: Version,
    pub instance: &'a str,
}

/// A point in time with six digits after the second.
pub struct Time(pub Timestamp);

/// A key, in full: only for the caller who may have it.
pub struct Shown(pub Key);

impl<'a> Place<'a> {
    pub fn of(call: &Call<'_>, instance: &'a Instance) -> Place<'a> {
        Place { version: call.route.version, instance: instance.name() }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in ["/", self.version.as_str(), "/instances/", self.instance] {
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.6}", self.0))
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.0.digits()).unwrap_or_default())
    }
}
