//! A known difference between a target and the suite.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::judge::Evidence;
use crate::scenario::SourcePosition;

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
    pub place: SourcePosition,
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
pub struct ClassError(String);

impl FromStr for Class {
    type Err = ClassError;

    fn from_str(text: &str) -> Result<Class, ClassError> {
        Class::ALL.into_iter().find(|class| class.name() == text).ok_or_else(|| ClassError(text.to_owned()))
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

/// A link to a page of the web; or what is wrong with it.
pub fn link(text: &str) -> Result<String, &'static str> {
    let is_web = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_web { Ok(text.to_owned()) } else { Err("write it like https://bugs.example.com/17") }
}
