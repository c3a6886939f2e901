//! Who promises a rule.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The source that promises a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The User Key page.
    Seed,
    /// Another public page of the product's manual or reference.
    Public,
    /// No page; the behaviour was observed on the reference deployment.
    Observed,
    /// No page: every sane API behaves like this.
    Sane,
}

impl Level {
    /// All levels, in their order.
    pub const ALL: [Level; 4] = [Level::Seed, Level::Public, Level::Observed, Level::Sane];

    /// Returns the word for the level.
    pub fn name(self) -> &'static str {
        match self {
            Level::Seed => "seed",
            Level::Public => "public",
            Level::Observed => "observed",
            Level::Sane => "sane",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for a text that is not a level.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown level {0:?}; expected seed, public, observed or sane")]
pub struct UnknownLevel(String);

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Level, UnknownLevel> {
        Level::ALL.into_iter().find(|level| level.name() == text).ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}
