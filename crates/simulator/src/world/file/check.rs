//! The error of a world file, and checks used in many places.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

use crate::api::without_keys;
use crate::world::HIGHEST_ID;

/// The text for a value that must be unique.
pub const TAKEN: &str = "already used by another item";

/// The error for a text that is not a valid world file. It contains no value of the file, which may
/// be a key or a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct WorldError {
    /// The path of the wrong member, or line and column for invalid JSON.
    pub place: String,
    /// The error, or the expected value.
    pub what: String,
}

pub type Result<T> = std::result::Result<T, WorldError>;

pub fn wrong(place: impl Display, what: impl Display) -> WorldError {
    WorldError { place: without_keys(&place.to_string()).into_owned(), what: what.to_string() }
}

/// Checks the last id of a kind.
pub fn last(place: impl Display, last: u32) -> Result<()> {
    if last > HIGHEST_ID { Err(wrong(place, format_args!("expected at most {HIGHEST_ID}"))) } else { Ok(()) }
}

/// Checks the id of the item at `place`.
pub fn id(place: &str, id: u32, last: u32) -> Result<()> {
    let is_one = id > 0 && id <= last;
    is_one
        .then_some(())
        .ok_or_else(|| wrong(format_args!("{place}.id"), "expected an id from 1 to the last assigned id"))
}

/// Checks that a value is unique, and remembers it.
pub fn once<T: Eq + Hash>(known: &mut HashSet<T>, place: impl Display, value: T) -> Result<()> {
    if known.insert(value) { Ok(()) } else { Err(wrong(place, TAKEN)) }
}

/// Checks a name that must be in lower case.
pub fn lower(place: impl Display, name: &str) -> Result<()> {
    let is_lower = name.to_lowercase() == name;
    is_lower.then_some(()).ok_or_else(|| wrong(place, "expected lower case"))
}
