//! Optional capabilities of a deployment.

use std::fmt;
use std::str::FromStr;

/// A part of the API that a deployment may lack, or that a user may exclude from runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Groups and their members.
    Groups,
    /// Classes and data objects.
    Classes,
    /// Channels and their messages.
    Channels,
    /// Data endpoints: lists of data objects with stored parameters.
    DataEndpoints,
    /// Batches: several requests in one.
    Batch,
    /// Invitations of administrators.
    Invitations,
    /// Registration of accounts.
    Register,
    /// Version v1 of the API, besides v1.1.
    V1,
    /// Push notifications: devices, messages and configurations.
    Push,
    /// Templates, which render answers.
    Templates,
}

/// The error for a text that is not the name of a capability.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown capability {0:?}; expected groups, classes, channels, data_endpoints, batch, invitations, register, v1, push or templates"
)]
pub struct UnknownCapability(String);

impl Capability {
    /// All capabilities.
    pub const ALL: [Capability; 10] = [
        Capability::Groups,
        Capability::Classes,
        Capability::Channels,
        Capability::DataEndpoints,
        Capability::Batch,
        Capability::Invitations,
        Capability::Register,
        Capability::V1,
        Capability::Push,
        Capability::Templates,
    ];

    /// Returns the name, as used in a profile.
    pub fn name(self) -> &'static str {
        match self {
            Capability::Groups => "groups",
            Capability::Classes => "classes",
            Capability::Channels => "channels",
            Capability::DataEndpoints => "data_endpoints",
            Capability::Batch => "batch",
            Capability::Invitations => "invitations",
            Capability::Register => "register",
            Capability::V1 => "v1",
            Capability::Push => "push",
            Capability::Templates => "templates",
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
