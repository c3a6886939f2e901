//! Flags of API keys.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A flag of an API key. All flags are off by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Bypasses the permissions of data objects (R188) and gives access to `/users/` (R26). A user
    /// key still limits `/user/` and `/users/` to that user (R51, R59).
    IgnoreAcl,
    /// May create users (R24).
    AllowUserCreate,
    /// May create groups (R158).
    AllowGroupCreate,
    /// May read data objects that grant others read permission, without a user key (R186).
    AllowAnonymousRead,
}

/// The error for a text that is not the name of a flag.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown flag {0:?}; expected ignore_acl, allow_user_create, allow_group_create or allow_anonymous_read")]
pub struct UnknownFlag(String);

impl Flag {
    /// All flags, in the order in which an API key shows them.
    pub const ALL: [Flag; 4] =
        [Flag::IgnoreAcl, Flag::AllowUserCreate, Flag::AllowGroupCreate, Flag::AllowAnonymousRead];

    /// Returns the name, which is also the member of API key objects.
    pub fn name(self) -> &'static str {
        match self {
            Flag::IgnoreAcl => "ignore_acl",
            Flag::AllowUserCreate => "allow_user_create",
            Flag::AllowGroupCreate => "allow_group_create",
            Flag::AllowAnonymousRead => "allow_anonymous_read",
        }
    }
}

impl FromStr for Flag {
    type Err = UnknownFlag;

    fn from_str(text: &str) -> Result<Flag, UnknownFlag> {
        Flag::ALL.into_iter().find(|flag| flag.name() == text).ok_or_else(|| UnknownFlag(text.to_owned()))
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
