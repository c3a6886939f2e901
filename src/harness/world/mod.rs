//! The worlds of a run: created for a scenario before its first step, checked, and removed after
//! its last.

mod arrange;
mod other_instance;
mod probe;
mod scenario_world;
mod visibility;

pub use other_instance::OtherInstance;
pub use probe::verify;
pub use scenario_world::{Shared, World};
