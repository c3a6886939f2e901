//! Names in a scenario.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

/// The name of a user, a group, an API key or a saved value within a scenario: a lower-case letter,
/// then lower-case letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

/// The text is not a name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a name; names are a lower-case letter, then lower-case letters, digits and underscores")]
pub struct NameError(String);

impl Name {
    /// Returns the name as in the file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Name, NameError> {
        let first = text.starts_with(|c: char| c.is_ascii_lowercase());
        let rest = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if first && rest { Ok(Name(text.to_owned())) } else { Err(NameError(text.to_owned())) }
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Name, NameError> {
        text.parse()
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
