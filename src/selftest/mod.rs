//! Runs the suite against every [defect](crate::defects), to prove that the suite can fail.
//!
//! A defect is *noticed* if a check that `defects.toml` pins to it fails by its assertion, not by an error, while the
//! witnesses of its scenario hold. [`Matrix`] shows which checks noticed which defect, and which checks never fail.

mod attempt;
mod built_in;
mod conflicts;
mod live;
mod matrix;
mod table;

pub use attempt::SelftestError;
pub use built_in::run;
pub use conflicts::conflicts;
pub use live::run_on;
pub use matrix::{Area, CheckRow, DefectRow, Matrix, Transport};
pub use table::{markdown, terminal};
