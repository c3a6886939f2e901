//! The ids of checks.

use std::fmt;

use serde::Deserialize;

/// The id of a check: two words or more, separated by slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct CheckId(String);

impl CheckId {
    /// Returns the id of a check that every scenario has.
    pub(super) fn built_in(prefix: &str, scenario: &str) -> CheckId {
        CheckId(format!("{prefix}/{scenario}"))
    }

    /// Returns the id of the check that replays a scenario's reads in this way.
    pub fn replay(scenario: &str, way: &str) -> CheckId {
        CheckId(format!("replay/{scenario}/{way}"))
    }

    /// Returns the id of a check that this one depends on.
    pub fn with(&self, word: &str) -> CheckId {
        CheckId(format!("{self}/{word}"))
    }

    /// Returns the id as in the file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CheckId {
    type Error = String;

    fn try_from(text: String) -> Result<CheckId, String> {
        if text.contains('/') && text.split('/').all(is_slug) {
            Ok(CheckId(text))
        } else {
            Err(format!(
                "{text:?} is not an id; write words of a-z, 0-9 and `-`, separated by slashes: `user/shows-the-caller`"
            ))
        }
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns whether a word consists of lower-case letters, digits and hyphens, without a hyphen at
/// either end.
pub fn is_slug(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && !word.ends_with('-')
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
