//! What is wrong with a file, and the checks of what stands in many places of it.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

use crate::api::without_keys;

/// The highest id, number or revision that may stand in a file: there has to be room for those to come.
const HIGHEST: u32 = u32::MAX / 2;

pub const TAKEN: &str = "another one has it already";

/// A text that no world can be made of. It shows no value of the text, for those are keys and passwords too.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct NotAWorld {
    /// Where in the file, as a path to the member or, for what is no JSON, as a line and a column.
    pub place: String,
    /// What is wrong there, or what is wanted instead.
    pub what: String,
}

pub type Result<T> = std::result::Result<T, NotAWorld>;

pub fn wrong(place: impl Display, what: impl Display) -> NotAWorld {
    NotAWorld { place: without_keys(&place.to_string()).into_owned(), what: what.to_string() }
}

/// Checks the highest id of a kind.
pub fn last(place: impl Display, last: u32) -> Result<()> {
    if last > HIGHEST { Err(wrong(place, format_args!("at most {HIGHEST}"))) } else { Ok(()) }
}

/// Checks the id of what stands at a place.
pub fn id(place: &str, id: u32, last: u32) -> Result<()> {
    let is_one = id > 0 && id <= last;
    is_one
        .then_some(())
        .ok_or_else(|| wrong(format_args!("{place}.id"), "an id is at least 1, and at most the last id that was given"))
}

/// Notes what must be there once.
pub fn once<T: Eq + Hash>(known: &mut HashSet<T>, place: impl Display, value: T) -> Result<()> {
    if known.insert(value) { Ok(()) } else { Err(wrong(place, TAKEN)) }
}

/// Checks a name that is looked for in lower case.
pub fn lower(place: impl Display, name: &str) -> Result<()> {
    let is_lower = name.to_lowercase() == name;
    is_lower.then_some(()).ok_or_else(|| wrong(place, "it has to be in lower case"))
}
