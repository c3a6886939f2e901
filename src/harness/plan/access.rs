//! The access cases that are run.

use std::fmt;

use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The access cases that are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// None.
    #[default]
    Off,
    /// The access cases of GET and OPTIONS.
    ReadOnly,
    /// All access cases.
    Full,
}

impl Access {
    /// Returns whether the access cases of a method are run.
    pub fn runs(self, method: &Method) -> bool {
        match self {
            Access::Off => false,
            Access::ReadOnly => reads(method),
            Access::Full => true,
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Access::Off => "off",
            Access::ReadOnly => "read-only",
            Access::Full => "full",
        })
    }
}

/// Returns whether a method only reads.
pub fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::OPTIONS)
}
