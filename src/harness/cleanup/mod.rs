//! Tracks the resources that a run creates on a target, and removes them.
//!
//! Each creation is noted in the [`Ledger`] before it is sent, and on a deployment in the
//! [`Journal`] too, so that no resource is forgotten however the run ends. A scenario removes its
//! own resources; the end of the run removes those of interrupted scenarios; `sweep` removes the
//! [`Leftovers`] of interrupted runs. All three use [`remove_all`].
//!
//! This folder handles no keys: it gets a client for the name of each owner.

mod accounts;
mod entry;
mod journal;
mod ledger;
mod leftovers;
mod paths;
mod removal;
mod resource;

pub use accounts::RegistrationState;
pub use entry::JournalHeader;
pub use journal::{Journal, JournalError};
pub use ledger::{Creation, Ledger};
pub use leftovers::Leftovers;
pub use paths::instances_named;
pub use removal::{remove_all, remove_scenario};
pub use resource::APP;
