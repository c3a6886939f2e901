//! JSON values that instances store for resources without their own storage.

use std::collections::BTreeMap;

use serde_json::Value;

/// A JSON value that a resource stores in each instance. The row of the resource refers to it.
pub struct Document {
    /// The name of the value in a world file.
    pub name: &'static str,
    /// Checks a value in a world file and returns the reason if it is not valid.
    pub check: fn(&Value) -> Result<(), String>,
}

/// The values of one instance. A value that was never set is missing.
#[derive(Clone, Default)]
pub struct Documents(BTreeMap<&'static str, Value>);

impl Documents {
    pub fn get(&self, document: &Document) -> Option<&Value> {
        self.0.get(document.name)
    }

    pub fn set(&mut self, document: &Document, value: Value) {
        self.0.insert(document.name, value);
    }

    /// Returns all values, sorted by name.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }
}
