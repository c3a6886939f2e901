//! Storage of API keys.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use jiff::Timestamp;

use crate::api::{Flag, Key};
use crate::world::ids::ApiKeyId;

/// An API key with its flags.
pub struct ApiKey {
    id: ApiKeyId,
    key: Key,
    pub description: String,
    pub flags: Flags,
    pub created_at: Timestamp,
}

/// The flags of an API key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

/// The API keys of one instance, indexed by id and key.
#[derive(Default)]
pub struct ApiKeys {
    pub(crate) by_id: BTreeMap<ApiKeyId, ApiKey>,
    pub(crate) by_key: HashMap<Key, ApiKeyId>,
}

impl Flags {
    /// Returns whether a flag is on.
    pub fn has(self, flag: Flag) -> bool {
        self.0 & 1 << flag as u8 != 0
    }

    /// Returns the flags with one turned on or off.
    pub fn with(self, flag: Flag, on: bool) -> Flags {
        let bit = 1 << flag as u8;
        Flags(if on { self.0 | bit } else { self.0 & !bit })
    }
}

impl ApiKey {
    pub fn new(id: ApiKeyId, key: Key, description: String, flags: Flags, now: Timestamp) -> ApiKey {
        ApiKey { id, key, description, flags, created_at: now }
    }

    pub fn id(&self) -> ApiKeyId {
        self.id
    }

    pub fn key(&self) -> Key {
        self.key
    }
}

impl ApiKeys {
    pub fn get(&self, id: ApiKeyId) -> Option<&ApiKey> {
        self.by_id.get(&id)
    }

    /// Returns the API key for changes of members without an index.
    pub fn get_mut(&mut self, id: ApiKeyId) -> Option<&mut ApiKey> {
        self.by_id.get_mut(&id)
    }

    pub fn with_key(&self, key: &Key) -> Option<&ApiKey> {
        self.get(*self.by_key.get(key)?)
    }

    /// Returns the API keys with ids in a range, sorted by id.
    pub fn range(&self, ids: (Bound<ApiKeyId>, Bound<ApiKeyId>)) -> impl DoubleEndedIterator<Item = &ApiKey> {
        self.by_id.range(ids).map(|(_, key)| key)
    }

    /// Returns the values of all API keys.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.by_key.keys().copied()
    }

    pub fn add(&mut self, key: ApiKey) {
        self.by_key.insert(key.key, key.id);
        self.by_id.insert(key.id, key);
    }

    /// Replaces the value of an API key and returns the old one, which becomes invalid.
    pub fn set_key(&mut self, id: ApiKeyId, key: Key) -> Option<Key> {
        let api_key = self.by_id.get_mut(&id)?;
        self.by_key.remove(&api_key.key);
        self.by_key.insert(key, id);
        Some(std::mem::replace(&mut api_key.key, key))
    }

    pub fn remove(&mut self, id: ApiKeyId) -> Option<ApiKey> {
        let key = self.by_id.remove(&id)?;
        self.by_key.remove(&key.key);
        Some(key)
    }
}
