//! Judges the trace of a run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::backend::RunBackend;
use super::bounds::{finished, started};
use super::event::Event;
use super::known::KnownDivergences;
use super::scheduler::Scheduler;
use crate::divergence::{self, Entry};
use crate::harness::error::RunError;
use crate::harness::plan::Selection;
use crate::harness::shutdown::Shutdown;
use crate::harness::trace::Trace;
use syncano_secrets::Secrets;
use syncano_suite::Suite;

/// Judges a trace by this suite, with the plan of the recorded run. Scenarios that the trace does
/// not hold are skipped.
///
/// # Errors
///
/// If the run failed to reach its target.
///
/// # Panics
///
/// If a scenario panicked, like [`run`](super::run).
pub async fn judge(
    suite: Arc<Suite>,
    selection: &Selection,
    trace: Trace,
    divergences: Vec<Entry>,
    mut report: impl FnMut(Event),
) -> Result<(), RunError> {
    let begun = Instant::now();
    let secrets = Secrets::default();
    trace.add_secrets(&secrets);
    let redactor = secrets.redactor();
    let mut report = |event: Event| report(event.redacted(&redactor));
    let end = trace.end();
    if let Some(why) = end.not_set_up {
        return Err(RunError::NotSetUp { why: redactor.text(&why), hint: None });
    }
    let (plan, header) = (trace.plan(), trace.header());
    let mut known = KnownDivergences::new(divergences, &header.target, divergence::day(plan.now));
    let snapshots = suite.unused_snapshots();
    report(started(&plan, &suite, selection, &header.target, &header.run));
    let backend = RunBackend::Trace(Box::new(trace), secrets);
    // Nothing is created, so nothing has to be removed after an interruption.
    let (_stop, requested) = watch::channel(false);
    let shutdown = Shutdown::new(requested, None, Duration::ZERO);
    let scheduler = Arc::new(Scheduler { suite, plan, backend, trace: None, shutdown });
    let panicked = scheduler.run(selection, &mut known, &mut report).await;
    report(finished(end, begun, snapshots, known));
    panicked.map_or(Ok(()), |panic| std::panic::resume_unwind(panic))
}
