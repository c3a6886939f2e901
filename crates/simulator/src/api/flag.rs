//! What an API key may do beyond a plain one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the four switches of an API key; all are off in a plain key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Sees and changes data whatever its permissions say; a user key beside it still scopes `/user/` and `/users/`.
    IgnoreAcl,
    /// May create users.
    AllowUserCreate,
    /// May create groups.
    AllowGroupCreate,
    /// May read data objects that are readable to others, without a user key.
    AllowAnonymousRead,
}

/// The text names no flag.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no flag of an API key is named {0:?}; there are ignore_acl, allow_user_create, allow_group_create, allow_anonymous_read"
)]
pub struct UnknownFlag(String);

impl Flag {
    /// All flags, in the order in which an API key shows them.
    pub const ALL: [Flag; 4] =
        [Flag::IgnoreAcl, Flag::AllowUserCreate, Flag::AllowGroupCreate, Flag::AllowAnonymousRead];

    /// The member of the API key object that holds this flag.
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
