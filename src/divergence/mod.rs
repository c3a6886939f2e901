//! `divergences.toml`: where a target is known to do something else than the suite expects, and what exactly.
//!
//! A file becomes [`Divergence`]s, or [`Diagnostic`]s with exact places. An entry states both sides of a failing check as
//! reports show them, what is expected and what comes instead, and it states them whole: anything else that the target may
//! do is a failure like any other. Patterns are not to be had. What an entry comes to in a run is found out by
//! [`crate::harness`]; nothing here sends anything.

mod edit;
mod read;

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

pub use edit::{CannotEdit, with, without};

use crate::judge::Evidence;
use crate::scenario::{Diagnostic, Place, Source};
use crate::user_file;

pub use crate::user_file::CannotOpen;

/// How the file is called.
pub const FILE: &str = "divergences.toml";

/// One target does something else than one check expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The target as reports call it.
    pub target: String,
    /// The id of the check.
    pub check: String,
    /// What the suite expects.
    pub expected: String,
    /// What this target does instead.
    pub instead: String,
    /// Whose fault it is.
    pub class: Class,
    /// Why it is left so.
    pub reason: String,
    /// Where more is to be read.
    pub link: Option<String>,
    /// Since when it is known.
    pub since: Date,
    /// The last day on which nobody has to look at it again.
    pub review_by: Date,
}

/// An entry and where it stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it states.
    pub divergence: Divergence,
    /// Where.
    pub place: Place,
}

/// Whose fault a divergence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The target is wrong and is to be mended.
    TargetBug,
    /// The page is wrong and the target right.
    PageWrong,
    /// The target has moved on, and the page or the suite has not yet.
    Drift,
    /// No page says what is right.
    Unspecified,
}

impl Class {
    /// All of them.
    pub const ALL: [Class; 4] = [Class::TargetBug, Class::PageWrong, Class::Drift, Class::Unspecified];

    /// As it stands in the file.
    pub fn name(self) -> &'static str {
        match self {
            Class::TargetBug => "target-bug",
            Class::PageWrong => "page-wrong",
            Class::Drift => "drift",
            Class::Unspecified => "unspecified",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text is no class.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no class; there are target-bug, page-wrong, drift and unspecified")]
pub struct NotAClass(String);

impl FromStr for Class {
    type Err = NotAClass;

    fn from_str(text: &str) -> Result<Class, NotAClass> {
        Class::ALL.into_iter().find(|class| class.name() == text).ok_or_else(|| NotAClass(text.to_owned()))
    }
}

impl Divergence {
    /// Whether a check failed exactly so.
    pub fn states(&self, evidence: &Evidence) -> bool {
        is_same(&self.expected, &evidence.expected) && is_same(&self.instead, &evidence.actual)
    }

    /// Whether somebody ought to have looked at it again before this day.
    pub fn is_overdue(&self, today: Date) -> bool {
        self.review_by < today
    }

    /// How many days it has been known.
    pub fn age(&self, today: Date) -> i64 {
        today.duration_since(self.since).as_hours() / 24
    }
}

/// Whether two texts are the same. Space at the ends of lines and empty lines around a text say nothing: whoever writes a file
/// by hand cannot see them.
pub fn is_same(stated: &str, came: &str) -> bool {
    fn lines(text: &str) -> impl Iterator<Item = &str> {
        text.trim_start_matches(['\r', '\n']).trim_end().lines().map(str::trim_end)
    }
    lines(stated).eq(lines(came))
}

/// The file that is meant in a folder: the one in it, or else the one in the nearest folder above.
pub fn find(folder: &Path) -> Option<PathBuf> {
    user_file::find(FILE, folder)
}

/// Reads a file. Its entries may speak of these checks.
pub fn open(path: &Path, checks: &HashSet<String>) -> Result<(Arc<Source>, Vec<Entry>), CannotOpen> {
    let source = Arc::new(user_file::read(path)?);
    let entries = parse(&source, checks).map_err(CannotOpen::Wrong)?;
    Ok((source, entries))
}

/// What a text says. All that is wrong is reported at once, but for what keeps it from being read at all.
pub fn parse(source: &Arc<Source>, checks: &HashSet<String>) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    read::entries(source, checks)
}

/// A link to a page of the web; or what is wrong with it.
pub fn link(text: &str) -> Result<String, &'static str> {
    let is_web = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_web { Ok(text.to_owned()) } else { Err("write it like https://bugs.example.com/17") }
}

/// The day of now.
pub fn today() -> Date {
    day(Timestamp::now())
}

/// The day by UTC, so that it is the same day for everybody who runs the suite at the same time.
pub fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
