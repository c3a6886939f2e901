//! What an instance keeps for a resource that needs no storage of its own: one JSON value.

use std::collections::BTreeMap;

use serde_json::Value;

/// A value that a resource keeps in each instance. The row of the resource names it.
pub struct Document {
    /// The name of the value in the file of a world.
    pub name: &'static str,
    /// Says what is wrong with a value that stands in the file of a world.
    pub check: fn(&Value) -> Result<(), String>,
}

/// The values that an instance keeps. One that was never set is missing.
#[derive(Clone, Default)]
pub struct Documents(BTreeMap<&'static str, Value>);

impl Documents {
    pub fn get(&self, document: &Document) -> Option<&Value> {
        self.0.get(document.name)
    }

    pub fn set(&mut self, document: &Document, value: Value) {
        self.0.insert(document.name, value);
    }

    /// All of them by name, in the order of the names.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }
}
