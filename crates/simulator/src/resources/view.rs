//! What all views share: where their links lead, and how times and keys are written.

use std::fmt;

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::api::Key;
use crate::call::Call;
use crate::world::Instance;

/// Where the links of a view begin.
#[derive(Clone, Copy)]
pub struct LinkBase<'a>(&'a str);

/// A point in time with six digits after the second.
pub struct Time(pub Timestamp);

/// A key, in full: only for the caller who may have it.
pub struct ShownKey(pub Key);

/// The links of a view: to itself, and to what lies below it.
pub struct Links<D> {
    /// The path of the view, with a slash at the end.
    pub own: D,
    /// Names with what stands behind the path.
    pub below: &'static [(&'static str, &'static str)],
}

impl<'a> LinkBase<'a> {
    pub fn of(call: &Call<'_>, instance: &'a Instance) -> LinkBase<'a> {
        LinkBase(instance.base(call.route.version))
    }
}

impl fmt::Display for LinkBase<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl<D: fmt::Display> Serialize for Links<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Links { own, below } = self;
        let mut map = serializer.serialize_map(Some(1 + below.len()))?;
        map.serialize_entry("self", &format_args!("{own}"))?;
        for (name, path) in *below {
            map.serialize_entry(name, &format_args!("{own}{path}"))?;
        }
        map.end()
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.6}", self.0))
    }
}

impl Serialize for ShownKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.0.digits()).unwrap_or_default())
    }
}
