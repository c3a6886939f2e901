//! Storage and limits of the configuration.

use serde_json::{Map, Value};

use crate::input::Dictionary;
use crate::world::{Document, Instance};

/// The limits of a configuration.
pub const LIMITS: Dictionary =
    Dictionary { label: "Config", most_keys: 1024, longest_key: 64, longest_value: usize::MAX };

/// The stored configuration.
pub static CONFIG: Document = Document { name: "config", check: |value| LIMITS.reason(value).map_or(Ok(()), Err) };

/// Returns the configuration of an instance; a new instance has an empty one.
pub fn config_of(instance: &Instance) -> Value {
    instance.documents.get(&CONFIG).cloned().unwrap_or_else(|| Value::Object(Map::new()))
}
