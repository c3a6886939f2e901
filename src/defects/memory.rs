//! What a defect remembers of the traffic: old keys, old passwords, deleted users.

use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use serde_json::Value;

/// How much is remembered; the oldest is forgotten first.
const ENTRIES: usize = 10_000;

/// Values by name. Each defect has a memory of its own.
#[derive(Debug, Default)]
pub struct Memory(Mutex<IndexMap<String, Value>>);

impl Memory {
    /// Remembers a value under a name.
    pub fn put(&self, name: impl Into<String>, value: impl Into<Value>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= ENTRIES {
            entries.shift_remove_index(0);
        }
        entries.insert(name.into(), value.into());
    }

    /// What is remembered under a name.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The names of everything that is remembered, the oldest first.
    pub fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Forgets what is remembered under a name, and gives it back.
    pub fn take(&self, name: &str) -> Option<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).shift_remove(name)
    }

    /// Remembers one more value under a name that has several.
    pub fn push(&self, name: impl Into<String>, value: impl Into<Value>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let values = entries.entry(name.into()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(values) = values {
            values.push(value.into());
        }
    }

    /// The values that are remembered under a name, the oldest first.
    pub fn all(&self, name: &str) -> Vec<Value> {
        match self.get(name) {
            Some(Value::Array(values)) => values,
            _ => Vec::new(),
        }
    }
}
