//! `divergences.toml`: where a target is known to do something else than the suite expects, and what exactly.
//!
//! A file becomes [`Divergence`]s, or [`Diagnostic`]s with exact places. An entry states both sides of a failing check as
//! reports show them, what is expected and what comes instead, and it states them whole: anything else that the target may
//! do is a failure like any other. Patterns are not to be had. What an entry comes to in a run is found out by
//! [`crate::harness`]; nothing here sends anything.

mod edit;
mod entry;
mod read;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use crate::user_file::OpenError;
pub use edit::{EditError, with, without};
pub use entry::{Class, ClassError, Divergence, Entry, is_same, link};

use crate::scenario::{Diagnostic, Source};
use crate::user_file;

/// How the file is called.
pub const FILE: &str = "divergences.toml";

/// The file that is meant in a folder: the one in it, or else the one in the nearest folder above.
pub fn find(folder: &Path) -> Option<PathBuf> {
    user_file::find(FILE, folder)
}

/// Reads a file. Its entries may speak of these checks.
pub fn open(path: &Path, checks: &HashSet<String>) -> Result<(Arc<Source>, Vec<Entry>), OpenError> {
    let source = Arc::new(user_file::read(path)?);
    let entries = parse(&source, checks).map_err(OpenError::Wrong)?;
    Ok((source, entries))
}

/// What a text says. All that is wrong is reported at once, but for what keeps it from being read at all.
pub fn parse(source: &Arc<Source>, checks: &HashSet<String>) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    read::entries(source, checks)
}

/// The day of now.
pub fn today() -> Date {
    day(Timestamp::now())
}

/// The day by UTC, so that it is the same day for everybody who runs the suite at the same time.
pub fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
