//! What a run came to, in several forms. All are folds of the same [events](crate::harness::Event) and look at nothing
//! else.

mod cells;
mod coverage;
mod json;
mod junit;
mod summary;
mod terminal;

pub use coverage::{Coverage, Covered};
pub use json::{FORMAT, Report};
pub use junit::junit;
pub use summary::{Outcome, Summary};
pub use terminal::{Terminal, difference};
