//! An instance that several scenarios use, with the API keys that they share.

use std::collections::BTreeMap;

use serde_json::Value;
use syncano_simulator::api::Flag;
use tokio::sync::Mutex;

/// An instance that several scenarios use.
pub struct SharedInstance {
    /// The number of its world.
    pub number: usize,
    /// Its path.
    pub path: String,
    /// The API keys, by their flags. A scenario may need several with the same flags.
    pub api_keys: Mutex<BTreeMap<Vec<Flag>, Vec<SharedKey>>>,
}

/// An API key that several scenarios use.
#[derive(Clone)]
pub struct SharedKey {
    /// Its id.
    pub id: Value,
    /// The key, which was seen and used.
    pub key: String,
}

impl SharedInstance {
    /// Creates the record of an instance without API keys.
    pub fn new(number: usize, path: String) -> SharedInstance {
        SharedInstance { number, path, api_keys: Mutex::default() }
    }
}
