//! What a run is connected to while it goes on.

use std::sync::Arc;

use tokio::sync::watch;

use crate::harness::cleanup::Journal;
use crate::harness::trace::TraceWriter;

/// What stops a run, and where it is written.
pub struct Handles {
    /// When it turns true, what runs is ended and removed, and nothing new begins.
    pub stop: watch::Receiver<bool>,
    /// Writes every exchange, if a trace is wanted.
    pub trace: Option<Arc<TraceWriter>>,
    /// Names each creation before it is sent. For a deployment: what is created in this process ends with it.
    pub journal: Option<Journal>,
}

impl From<watch::Receiver<bool>> for Handles {
    fn from(stop: watch::Receiver<bool>) -> Handles {
        Handles { stop, trace: None, journal: None }
    }
}
