//! The worlds of a run: created for a scenario before its first step, checked, and removed after
//! its last.

mod api_keys;
mod arrange;
mod find_instance;
mod instance_pool;
mod other_instance;
mod probe;
mod scenario_world;
mod shared_instance;
mod visibility;

pub use instance_pool::InstancePool;
pub use other_instance::OtherInstance;
pub use probe::verify;
pub use scenario_world::{ScenarioWorld, WorldContext};
