//! What a run creates on a target, and how it is removed.
//!
//! Each creation is noted in the [`Ledger`] before it is sent, and on a deployment in the [`Journal`] too, so that nothing is
//! forgotten whatever ends the run. A scenario removes its own resources; the end of the run removes what a scenario left that
//! came to no end; `sweep` removes what a run left that came to no end, its [`Leftovers`]. All three do it in the same way.
//!
//! Whoever removes something is a client with a name. Which keys that takes is for others to know.

mod accounts;
mod entry;
mod journal;
mod ledger;
mod leftovers;
mod paths;
mod removal;
mod resource;

pub use accounts::Registration;
pub use entry::JournalHeader;
pub use journal::{Journal, JournalError};
pub use ledger::{Creation, Ledger};
pub use leftovers::Leftovers;
pub use paths::instances_named;
pub use removal::remove_all;
pub use resource::APP;
