//! What not every deployment offers.

use std::fmt;
use std::str::FromStr;

/// Something that a deployment may lack, or that a user may want to leave alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Groups and their members.
    Groups,
    /// Classes and data objects.
    Classes,
    /// Several requests in one.
    Batch,
    /// Inviting other administrators.
    Invitations,
    /// Registering accounts.
    Register,
    /// The version v1 of the API beside v1.1.
    V1,
}

/// The text names nothing that can be lacked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no capability is named {0:?}; there are groups, classes, batch, invitations, register, v1")]
pub struct UnknownCapability(String);

impl Capability {
    /// All of them.
    pub const ALL: [Capability; 6] = [
        Capability::Groups,
        Capability::Classes,
        Capability::Batch,
        Capability::Invitations,
        Capability::Register,
        Capability::V1,
    ];

    /// The word for it in a profile.
    pub fn name(self) -> &'static str {
        match self {
            Capability::Groups => "groups",
            Capability::Classes => "classes",
            Capability::Batch => "batch",
            Capability::Invitations => "invitations",
            Capability::Register => "register",
            Capability::V1 => "v1",
        }
    }
}

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(text: &str) -> Result<Capability, UnknownCapability> {
        let named = Capability::ALL.into_iter().find(|capability| capability.name() == text);
        named.ok_or_else(|| UnknownCapability(text.to_owned()))
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
