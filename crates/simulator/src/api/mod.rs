//! Types that the simulator and the suite share: keys, flags, versions and paths.

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
