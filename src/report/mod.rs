//! What a run came to, in several forms. All are folds of the same [events](crate::harness::Event) and look at nothing
//! else: what is written while the run goes on of the events themselves, every other form of the [`Report`] that they make.

mod cells;
mod compare;
mod count;
mod coverage;
mod difference;
mod form;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod merge;
mod printable;
mod prose;
mod style;
mod summary;
mod tap;
mod terminal;

pub use compare::{Change, ChangeKind, Comparison};
pub use coverage::{Coverage, Covered};
pub use difference::difference;
pub use form::{CannotRender, Form, NoForm};
pub use json::{FORMAT, Report, json_schema};
pub use merge::CannotMerge;
pub use prose::labelled;
pub use summary::{Outcome, Summary};
pub use terminal::{Detail, Terminal};
