//! The memory of a defect: old keys, old passwords, deleted users.

use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use serde_json::Value;

/// The maximum number of entries; the oldest is forgotten first.
const ENTRIES: usize = 10_000;

/// Values by name. Each defect has its own memory.
#[derive(Debug, Default)]
pub struct Memory(Mutex<IndexMap<String, Value>>);

impl Memory {
    /// Stores a value under a name.
    pub fn put(&self, name: impl Into<String>, value: impl Into<Value>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= ENTRIES {
            entries.shift_remove_index(0);
        }
        entries.insert(name.into(), value.into());
    }

    /// Returns the value under a name.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Returns all names, the oldest first.
    pub fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Removes and returns the value under a name.
    pub fn take(&self, name: &str) -> Option<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).shift_remove(name)
    }

    /// Adds a value to the list under a name.
    pub fn push(&self, name: impl Into<String>, value: impl Into<Value>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let values = entries.entry(name.into()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(values) = values {
            values.push(value.into());
        }
    }

    /// Returns the list under a name, the oldest first.
    pub fn all(&self, name: &str) -> Vec<Value> {
        match self.get(name) {
            Some(Value::Array(values)) => values,
            _ => Vec::new(),
        }
    }
}
