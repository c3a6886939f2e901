//! What an instance keeps as items with names: each is found by its name and has an id.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ids::HIGHEST_ID;
use super::kept::{Kept, Known, Removed};
use super::taken::Taken;
use crate::wording::group_name_errors;

/// An item with a name in lower case.
pub trait NamedItem: Serialize + DeserializeOwned + Send + Sync + Sized + 'static {
    /// The name of its items in a world file.
    const PLURAL: &'static str;
    /// What an item is, for errors.
    const SINGULAR: &'static str;

    fn name(&self) -> &str;

    fn set_name(&mut self, name: Box<str>);

    /// Checks an item of a world file, and returns the reason if it is not valid.
    fn check(&self, known: &Known<'_>) -> Result<(), String>;

    /// Returns whether it goes with something that is removed from the instance.
    fn goes_with(&self, _removed: Removed) -> bool {
        false
    }

    /// Returns the items that every instance has at first.
    fn of_every_instance() -> Vec<Self> {
        Vec::new()
    }
}

/// The items of one kind of an instance.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct NamedItems<T: NamedItem> {
    last_id: u32,
    by_id: BTreeMap<u32, T>,
}

impl<T: NamedItem> Default for NamedItems<T> {
    fn default() -> NamedItems<T> {
        let by_id: BTreeMap<u32, T> = (1..).zip(T::of_every_instance()).collect();
        NamedItems { last_id: by_id.len() as u32, by_id }
    }
}

impl<T: NamedItem> Kept for NamedItems<T> {
    const NAME: &'static str = T::PLURAL;

    fn check(&self, known: &Known<'_>) -> Result<(), String> {
        if self.last_id > HIGHEST_ID {
            return Err(format!("expected a last_id of at most {HIGHEST_ID}"));
        }
        let mut names = HashSet::new();
        for (id, item) in &self.by_id {
            let reason = if !(1..=self.last_id).contains(id) {
                Some("expected an id from 1 to last_id".to_owned())
            } else if let Some(reason) = group_name_errors(item.name()).first() {
                Some(reason.clone())
            } else if !names.insert(item.name()) {
                Some("another one has its name".to_owned())
            } else {
                item.check(known).err()
            };
            if let Some(reason) = reason {
                return Err(format!("{} {id}: {reason}", T::SINGULAR));
            }
        }
        Ok(())
    }

    fn forget(&mut self, removed: Removed) {
        self.by_id.retain(|_, item| !item.goes_with(removed));
    }
}

impl<T: NamedItem> NamedItems<T> {
    /// Returns the id of the item with that name in lower case.
    pub fn named(&self, name: &str) -> Option<u32> {
        self.by_id.iter().find(|(_, item)| item.name() == name).map(|(id, _)| *id)
    }

    pub fn get(&self, id: u32) -> Option<&T> {
        self.by_id.get(&id)
    }

    pub fn get_mut(&mut self, id: u32) -> Option<&mut T> {
        self.by_id.get_mut(&id)
    }

    /// Returns the items with ids in a range, sorted by id.
    pub fn range(&self, ids: (Bound<u32>, Bound<u32>)) -> impl DoubleEndedIterator<Item = (u32, &T)> {
        self.by_id.range(ids).map(|(id, item)| (*id, item))
    }

    /// Adds an item. As in the API, a name that is taken uses up an id.
    pub fn add(&mut self, item: T) -> Result<u32, Taken> {
        self.last_id += 1;
        if self.named(item.name()).is_some() {
            return Err(Taken);
        }
        self.by_id.insert(self.last_id, item);
        Ok(self.last_id)
    }

    /// Gives an item another name, unless another item has it.
    pub fn rename(&mut self, id: u32, name: String) -> Result<(), Taken> {
        if self.named(&name).is_some_and(|holder| holder != id) {
            return Err(Taken);
        }
        if let Some(item) = self.by_id.get_mut(&id) {
            item.set_name(name.into_boxed_str());
        }
        Ok(())
    }

    pub fn remove(&mut self, id: u32) {
        self.by_id.remove(&id);
    }
}
