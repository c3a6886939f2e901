//! Versions of the API.

use std::fmt;
use std::str::FromStr;

/// A version of the API: the first segment of a path. Answers of the two versions differ only in
/// their links (R203, R204).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Version {
    /// `/v1/`
    V1,
    /// `/v1.1/`
    #[default]
    V1_1,
}

/// The error for a text that is not a known version.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown version {0:?}; expected v1 or v1.1")]
pub struct UnknownVersion(String);

impl Version {
    /// Returns the name, as it appears in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1 => "v1",
            Version::V1_1 => "v1.1",
        }
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Version, UnknownVersion> {
        match text {
            "v1" => Ok(Version::V1),
            "v1.1" => Ok(Version::V1_1),
            _ => Err(UnknownVersion(text.to_owned())),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
