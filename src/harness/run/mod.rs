//! Runs a plan, and reports the results as one stream of events.
//!
//! Scenarios run side by side, each in its world; their events come in the order of their files.
//! [`crate::judge`] judges the responses; [`crate::report`] makes reports of the events.

mod backend;
mod bounds;
mod context;
mod dry_run;
mod endpoint;
mod event;
mod executor;
mod handles;
mod known;
mod live;
mod outcome;
mod recorded;
mod replay;
mod results;
mod scheduler;
mod steps;
mod waiting;

pub use dry_run::{DryRun, Mark, Origin};
pub use event::{CheckResult, Event, Finished, RuleResult, ScenarioResult, Started};
pub use handles::Handles;
pub use live::{MAX_INSTANCES, run};
pub use outcome::{CheckOutcome, DivergenceResult, OutcomeError, OutcomeParts, Standing};
pub use recorded::judge;
