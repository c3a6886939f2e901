//! Types that the simulator and the suite share: keys, flags, versions and paths.
//!
//! Codes such as R17 name rules of the API in `scenarios/rules.toml`, with their sources.

mod capability;
mod endpoint;
mod flag;
mod key;
mod version;

pub use capability::{Capability, UnknownCapability};
pub use endpoint::within_instance;
pub use endpoint::{Resource, short_template};
pub use flag::{Flag, UnknownFlag};
pub use key::{Key, KeyKind};
pub use key::{digits, without_keys};
pub use version::Version;
