//! Report formats. All of them are rendered from the [events](crate::harness::Event) of a run alone: the terminal during the run,
//! every other format from the [`Report`] that collects the events.

mod access_cases;
mod area;
mod brief;
mod changes;
mod compare;
mod count;
mod coverage;
mod diagnosis;
mod difference;
mod failures;
mod format;
mod github;
mod html;
mod json;
mod junit;
mod known_bugs;
mod markdown;
mod merge;
mod not_run;
mod outline;
mod printable;
mod prose;
mod style;
mod suite_counts;
mod summary;
mod tap;
mod terminal;
mod verdict_line;
mod wording;

pub use area::area_of;
pub use brief::diagnosis as write_diagnosis;
pub use compare::{ChangeKind, CheckChange, ReportComparison};
pub use coverage::{Coverage, Covered};
pub use diagnosis::{Cause, Diagnosis};
pub use difference::difference;
pub use format::{FormatError, RenderError, ReportFormat};
pub use json::{FORMAT, Report, json_schema};
pub use merge::MergeError;
pub use prose::labelled;
pub use suite_counts::{AreaCounts, SuiteCounts};
pub use summary::{RunOutcome, Summary};
pub use terminal::{Detail, Terminal};
pub use wording::{SIMULATOR, count, duration, target_in_words, thousands};
