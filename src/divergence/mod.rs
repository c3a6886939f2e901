//! `divergences.toml`: known differences between a target and the suite.
//!
//! A file becomes [`Divergence`]s, or [`Diagnostic`]s with exact places. An entry states the
//! expected and the actual text of a failing check exactly as reports show them, without patterns:
//! any other behaviour of the target is a failure. [`crate::harness`] applies the entries to the
//! results of a run; nothing here sends anything.

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
pub use entry::{Divergence, DivergenceClass, DivergenceClassError, Entry, is_same, link};

use crate::user_file;
use syncano_suite::{Diagnostic, Source};

/// The name of the file.
pub const FILE: &str = "divergences.toml";

/// The file of the known bugs of the reference deployment.
pub const REFERENCE: &str = "divergences/reference.toml";

/// Finds the file in a folder, or else in the nearest folder above.
pub fn find(folder: &Path) -> Option<PathBuf> {
    user_file::find(FILE, folder)
}

/// Reads a file. `checks` are the ids that its entries may name.
pub fn open(path: &Path, checks: &HashSet<String>) -> Result<(Arc<Source>, Vec<Entry>), OpenError> {
    let source = Arc::new(user_file::read(path)?);
    let entries = parse(&source, checks).map_err(OpenError::Wrong)?;
    Ok((source, entries))
}

/// Parses the text of a file. Reports all mistakes at once, except one that makes the file
/// unreadable.
pub fn parse(source: &Arc<Source>, checks: &HashSet<String>) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    read::entries(source, checks)
}

/// Returns the known bugs of the reference deployment. `checks` are the ids of the embedded suite.
pub fn reference_bugs(checks: &HashSet<String>) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    let source = Arc::new(Source::new(REFERENCE, include_str!("../../divergences/reference.toml")));
    let entries = parse(&source, checks)?;
    Ok(entries.into_iter().map(|entry| Entry { of_reference: true, ..entry }).collect())
}

/// Returns the current day.
pub fn today() -> Date {
    day(Timestamp::now())
}

/// Returns the day in UTC, so that it is the same for all who run the suite at the same time.
pub fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
