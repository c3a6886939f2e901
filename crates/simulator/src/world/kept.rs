//! The values that resources store in each instance, one type per resource.

use std::any::Any;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ids::{ClassId, GroupId, UserId};
use crate::json::{self, JsonError};
use crate::resources::class::storage::Classes;
use crate::resources::user::storage::Users;

/// What a resource keeps in each instance. A new instance has the default value. World files hold
/// it as JSON.
pub trait Kept: Any + Send + Sync + Default + Serialize + DeserializeOwned {
    /// The name in a world file.
    const NAME: &'static str;

    /// Checks a value from a world file, and returns the reason if it is not valid. `known` is
    /// loaded already.
    fn check(&self, _known: &Known<'_>) -> Result<(), String> {
        Ok(())
    }

    /// Forgets what belongs to something that was removed from the instance.
    fn forget(&mut self, _removed: Removed) {}
}

/// What a value of a world file may refer to.
pub struct Known<'a> {
    pub users: &'a Users,
    pub classes: &'a Classes,
}

/// Something that was removed from an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    User(UserId),
    Group(GroupId),
    Class(ClassId),
}

/// A type of kept values, for a row of the resource.
pub struct KeptType {
    /// The name in a world file.
    pub name: &'static str,
    read: ReadKept,
}

/// Reads a value from a world file.
type ReadKept = fn(Value, &Known<'_>) -> Result<Box<dyn AnyKept>, JsonError>;

/// The kept values of one instance. One that was never changed is missing.
#[derive(Default)]
pub struct KeptValues(BTreeMap<&'static str, Box<dyn AnyKept>>);

trait AnyKept: Any + Send + Sync {
    fn write(&self) -> Value;
    fn forget(&mut self, removed: Removed);
}

impl<T: Kept> AnyKept for T {
    fn write(&self) -> Value {
        // This cannot fail: all kept values can be represented in JSON.
        serde_json::to_value(self).unwrap_or_default()
    }

    fn forget(&mut self, removed: Removed) {
        Kept::forget(self, removed);
    }
}

impl KeptType {
    pub const fn of<T: Kept>() -> KeptType {
        KeptType { name: T::NAME, read: read::<T> }
    }
}

fn read<T: Kept>(value: Value, known: &Known<'_>) -> Result<Box<dyn AnyKept>, JsonError> {
    let kept: T = json::from_value(value)?;
    kept.check(known).map_err(|what| JsonError { place: ".".to_owned(), what })?;
    Ok(Box::new(kept))
}

impl KeptValues {
    pub fn get<T: Kept>(&self) -> Option<&T> {
        let kept: &dyn Any = self.0.get(T::NAME)?.as_ref();
        kept.downcast_ref()
    }

    /// Returns the value for a change. Adds the default value if there is none.
    pub fn get_mut<T: Kept>(&mut self) -> &mut T {
        let kept: &mut dyn Any = self.0.entry(T::NAME).or_insert_with(|| Box::new(T::default())).as_mut();
        kept.downcast_mut().unwrap_or_else(|| unreachable!("each name has one type"))
    }

    /// Forgets what belongs to something that was removed from the instance.
    pub(super) fn forget(&mut self, removed: Removed) {
        self.0.values_mut().for_each(|kept| kept.forget(removed));
    }

    /// Adds a value from a world file.
    pub(super) fn read(&mut self, kept: &KeptType, value: Value, known: &Known<'_>) -> Result<(), JsonError> {
        self.0.insert(kept.name, (kept.read)(value, known)?);
        Ok(())
    }

    /// Returns all values for a world file, sorted by name.
    pub(super) fn write(&self) -> BTreeMap<String, Value> {
        self.0.iter().map(|(name, kept)| ((*name).to_owned(), kept.write())).collect()
    }
}
