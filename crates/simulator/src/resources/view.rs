//! Parts of all views: links, times and keys.

use std::fmt;

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::api::Key;
use crate::call::Call;
use crate::world::Instance;

/// The beginning of the links into an instance.
#[derive(Clone, Copy)]
pub struct LinkBase<'a>(&'a str);

/// A time with six digits after the decimal point.
pub struct Time(pub Timestamp);

/// A key in full. Use it only for callers who may have the key.
pub struct ShownKey(pub Key);

/// The links of a view: to itself and to the paths below it.
pub struct Links<D> {
    /// The path of the view, with a trailing slash.
    pub own: D,
    /// The links below the path, by name.
    pub below: &'static [(&'static str, &'static str)],
}

impl<'a> LinkBase<'a> {
    pub fn new(call: &Call<'_>, instance: &'a Instance) -> LinkBase<'a> {
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
