//! Names for keys and identifiers that the scenario does not know.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::super::bindings::Scope;
use super::resource::{is_global, name};
use syncano_simulator::api::Resource;

/// The maximum number of keys and identifiers with a placeholder in a scenario. Further ones stay
/// visible.
const MOST: usize = 20_000;

/// Numbers for keys and identifiers, in order of appearance.
#[derive(Clone, Default)]
pub struct Placeholders {
    keys: HashMap<String, usize>,
    ids: HashMap<(Resource, bool, String), usize>,
    counts: HashMap<(Resource, bool), usize>,
}

impl Placeholders {
    /// Returns the placeholder of a key: `<key-1>`.
    pub fn key(&mut self, key: &str) -> String {
        if self.is_full() && !self.keys.contains_key(key) {
            return key.to_owned();
        }
        let next = self.keys.len() + 1;
        format!("<key-{}>", self.keys.entry(key.to_owned()).or_insert(next))
    }

    /// Returns the placeholder of an identifier: `user-1.id`.
    pub fn identifier(&mut self, resource: Resource, scope: Scope, digits: &str) -> String {
        let is_foreign = scope == Scope::Foreign && !is_global(resource);
        let is_full = self.is_full();
        let count = self.counts.entry((resource, is_foreign)).or_default();
        let number = match self.ids.entry((resource, is_foreign, digits.to_owned())) {
            Entry::Occupied(known) => known.get().to_string(),
            Entry::Vacant(_) if is_full => format!("with-{digits}"),
            Entry::Vacant(new) => {
                *count += 1;
                new.insert(*count).to_string()
            }
        };
        format!("{}{}-{number}.id", if is_foreign { "foreign-" } else { "" }, name(resource))
    }

    fn is_full(&self) -> bool {
        self.keys.len() + self.ids.len() >= MOST
    }
}
