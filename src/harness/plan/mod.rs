//! Plans a run before anything is sent: plain data, and pure functions of it and of the suite.

mod access;
mod access_table;
mod capability;
mod checks;
mod credentials;
mod derive;
mod instance_needs;
mod needs;
mod reads;
mod run_id;
mod run_plan;
mod selection;
mod shard;

pub use access::Access;
pub use access_table::{EndpointCases, EndpointScenarios};
pub use checks::{check_ids, scenario_of};
pub use credentials::{Credentials, InstanceKeys, Login, key_name};
pub use derive::derive;
pub use instance_needs::{InstanceNeeds, creates_instance};
pub use needs::why_not;
pub use reads::{Read, replayable};
pub use run_id::RunId;
pub use run_plan::Plan;
pub use selection::Selection;
pub use shard::Shard;
