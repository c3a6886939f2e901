//! Report formats. All are folds of the same [events](crate::harness::Event) and look at nothing else: the terminal while the
//! run goes on, every other format of the [`Report`] that the events make.

mod access_cases;
mod area;
mod compare;
mod count;
mod coverage;
mod difference;
mod format;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod merge;
mod not_run;
mod printable;
mod prose;
mod style;
mod suite_counts;
mod summary;
mod tap;
mod terminal;
mod verdict_line;
mod wording;

pub use compare::{Change, ChangeKind, Comparison};
pub use coverage::{Coverage, Covered};
pub use difference::difference;
pub use format::{Format, FormatError, RenderError};
pub use json::{FORMAT, Report, json_schema};
pub use merge::MergeError;
pub use prose::labelled;
pub use suite_counts::SuiteCounts;
pub use summary::{Outcome, Summary};
pub use terminal::{Detail, Terminal};
pub use wording::{SIMULATOR, count, duration, target_in_words, thousands};
