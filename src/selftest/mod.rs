//! Runs the suite against every [defect](crate::defects) and every quirk, to prove that the suite
//! can fail.
//!
//! With the simulator, its quirks are tried like defects. A defect is *noticed* if a check that
//! `defects.toml` pins to it fails by its assertion, not by an error, while the witnesses of its
//! scenario hold. [`Matrix`] shows which checks noticed which defect, and which checks never fail.

mod attempt;
mod built_in;
mod conflicts;
mod live;
mod matrix;
mod proof;
mod table;
mod wrong;

pub use attempt::{SelftestError, never_stopped, scenarios};
pub use built_in::run;
pub use conflicts::conflicts;
pub use live::run_on;
pub use matrix::{Area, CheckRow, DefectRow, Matrix, Transport};
pub use proof::Breadth;
pub use table::{markdown, terminal};
pub use wrong::{Wrong, in_process};
