//! What a run has sent and received, as lines of JSON, to be judged again without a target.
//!
//! A run is written with a [`TraceWriter`] and read back as a [`Trace`]. Every secret is written as a
//! pseudonym, the values of the worlds too, so that a trace can be judged like the run itself.

mod format;
mod pseudonym;
mod pseudonymiser;
mod reader;
mod stream;
mod writer;

pub use format::{EndLine, Phase, TraceHeader};
pub use reader::{RecordedScenario, Trace, TraceError};
pub use stream::TraceStream;
pub use writer::{TraceWriteError, TraceWriter};
