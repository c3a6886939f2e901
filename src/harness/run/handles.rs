//! The connections of a run to its caller: the stop signal and the files that it writes.

use std::sync::Arc;

use tokio::sync::watch;

use crate::harness::cleanup::Journal;
use crate::harness::trace::TraceWriter;

/// The stop signal, the trace and the journal of a run.
pub struct Handles {
    /// When it turns true, running scenarios are stopped and removed, and no other starts.
    pub stop: watch::Receiver<bool>,
    /// Writes every exchange, if a trace is wanted.
    pub trace: Option<Arc<TraceWriter>>,
    /// The recovery journal, for a deployment. Resources in this process end with the process.
    pub journal: Option<Journal>,
}

impl From<watch::Receiver<bool>> for Handles {
    fn from(stop: watch::Receiver<bool>) -> Handles {
        Handles { stop, trace: None, journal: None }
    }
}
