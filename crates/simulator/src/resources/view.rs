//! What all views share: where their links lead, and how times and keys are written.

use std::fmt;

use jiff::Timestamp;
use serde::ser::{Serialize, Serializer};

use crate::api::Key;
use crate::call::Call;
use crate::world::Instance;

/// Where the links of a view begin.
#[derive(Clone, Copy)]
pub struct Place<'a>(&'a str);

/// A point in time with six digits after the second.
pub struct Time(pub Timestamp);

/// A key, in full: only for the caller who may have it.
pub struct Shown(pub Key);

impl<'a> Place<'a> {
    pub fn of(call: &Call<'_>, instance: &'a Instance) -> Place<'a> {
        Place(instance.base(call.route.version))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
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
