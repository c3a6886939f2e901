//! Storage and limits of the configuration.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::input::Dictionary;
use crate::world::{Instance, Kept, KeptType, Known};

/// The limits of a configuration.
pub const LIMITS: Dictionary =
    Dictionary { label: "Config", most_keys: 1024, longest_key: 64, longest_value: usize::MAX, reserved: &[] };

/// The stored configuration: a JSON object.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Config(pub Value);

pub static CONFIG: KeptType = KeptType::of::<Config>();

impl Default for Config {
    fn default() -> Config {
        Config(Value::Object(Map::new()))
    }
}

impl Kept for Config {
    const NAME: &'static str = "config";

    fn check(&self, _: &Known<'_>) -> Result<(), String> {
        LIMITS.reason(&self.0).map_or(Ok(()), Err)
    }
}

/// Returns the configuration of an instance; a new instance has an empty one.
pub fn config_of(instance: &Instance) -> Value {
    instance.kept.get::<Config>().map_or_else(|| Config::default().0, |config| config.0.clone())
}
