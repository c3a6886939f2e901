//! Runs the suite against a target.

use std::sync::Arc;
use std::time::Instant;

use tracing::info;

use super::backend::{LiveBackend, RunBackend};
use super::bounds::{finished, started};
use super::event::Event;
use super::handles::Handles;
use super::known::KnownDivergences;
use super::scheduler::Scheduler;
use crate::divergence;
use crate::harness::cleanup::{Ledger, remove_all};
use crate::harness::deployment::{Log, Target};
use crate::harness::error::RunError;
use crate::harness::plan::{Plan, Selection};
use crate::harness::session::{ExtraAccounts, Passwords, Session};
use crate::harness::shutdown::{Shutdown, StopReason};
use crate::harness::trace::{EndLine, Phase, TraceHeader, TraceStream};
use crate::harness::world::{InstancePool, OtherInstance, WorldContext, verify};
use syncano_suite::{AccessTable, Suite};

/// The maximum number of instances at a time on a deployment. A stock one allows an account four.
pub const MAX_INSTANCES: usize = 4;

/// Runs the selected scenarios and endpoints, and reports each event in its order.
///
/// # Errors
///
/// If the target cannot be reached, a key is not valid, or a declared capability is missing. Then
/// nothing was judged.
///
/// # Panics
///
/// If a scenario panicked, which is a bug of the harness. Everything was removed and all events
/// were reported before.
pub async fn run(
    suite: Arc<Suite>,
    selection: &Selection,
    target: Target,
    mut plan: Plan,
    handles: impl Into<Handles>,
    mut report: impl FnMut(Event),
) -> Result<(), RunError> {
    let begun = Instant::now();
    info!("run {} begins on {}", plan.id, target.name());
    let Handles { stop, trace, journal } = handles.into();
    let target = target.observed_by(Arc::new(Log::new(target.secrets())));
    if !target.is_in_process() {
        plan.max_instances.get_or_insert(MAX_INSTANCES);
    }
    // Every event passes the redactor before it is reported.
    let redactor = target.secrets().redactor();
    let mut report = |event: Event| report(event.redacted(&redactor));
    let stream = TraceStream::for_run(trace.as_ref(), target.secrets());
    stream.begin(&TraceHeader::new(&plan, &target));
    let shutdown = Shutdown::new(stop, plan.max_time, plan.clearing_time);
    let divergences = std::mem::take(&mut plan.divergences);
    let mut known = KnownDivergences::new(divergences, target.name(), divergence::day(plan.now));
    let snapshots = suite.unused_snapshots();
    let ledger = Ledger::new(&plan.id.to_string(), journal);
    let connected = connect(target, ledger, &plan, &suite, &stream, &shutdown).await;
    let live = match connected {
        Ok(live) => live,
        Err((end, hint)) => {
            stream.end(&end);
            if let Some(why) = end.not_set_up {
                return Err(RunError::NotSetUp { why, hint });
            }
            report(finished(end, begun, snapshots, known));
            return Ok(());
        }
    };
    report(started(&plan, &suite, selection, live.target.name(), &plan.id.to_string()));
    let backend = RunBackend::Live(Box::new(live));
    let scheduler = Arc::new(Scheduler { suite, plan, backend, trace, shutdown });
    let panicked = scheduler.run(selection, &mut known, &mut report).await;
    let end = clean_up(&scheduler, &stream).await;
    info!("the run has ended");
    stream.end(&end);
    report(finished(end, begun, snapshots, known));
    panicked.map_or(Ok(()), |panic| std::panic::resume_unwind(panic))
}

/// Connects to the target, and checks that it offers the declared capabilities. If that fails,
/// returns the end of the run and how to fix the cause.
async fn connect(
    target: Target,
    ledger: Ledger,
    plan: &Plan,
    suite: &Suite,
    stream: &TraceStream,
    shutdown: &Shutdown,
) -> Result<LiveBackend, (EndLine, Option<String>)> {
    let extra = ExtraAccounts::new(Passwords::new(&plan.credentials, &plan.id));
    let observed = stream.observe(&target);
    let connecting = async {
        let session = tokio::select! {
            session = Session::connect(&observed, plan, extra.passwords(), &ledger) => session,
            reason = shutdown.wait() => Err(RunError::Stopped(reason)),
        }?;
        let shared = WorldContext {
            session: &session,
            extra: &extra,
            run: &plan.id,
            ledger: &ledger,
            instances: None,
            shutdown,
        };
        match verify(shared, &observed, plan, suite.scenarios.len()).await {
            Ok(()) => Ok(session),
            Err(error) => {
                let left = remove_all(&ledger, &session.removers(&observed, &extra), shutdown).await;
                Err(if left.is_empty() { error } else { RunError::LeftBehind { error: Box::new(error), left } })
            }
        }
    };
    let connected = connecting.await;
    match connected {
        Ok(session) => {
            // The numbers of worlds: scenarios, the other instance, access cases, shared instances.
            let cases = suite.access.as_ref().map_or(0, AccessTable::access_cases);
            let first = suite.scenarios.len() + 1 + cases;
            let shares = session.administrator().is_some() && plan.instance.is_none();
            let max = plan.max_instances.filter(|_| shares);
            let instances = max.map(|max| InstancePool::new(max, first));
            let other_instance = OtherInstance::default();
            Ok(LiveBackend { target, session, extra, other_instance, instances, ledger })
        }
        Err(error) => {
            let hint = error.hint().map(|hint| target.secrets().redactor().text(&hint));
            Err((not_set_up(&error, notes(&ledger, &target), &target, shutdown), hint))
        }
    }
}

/// Returns the end of a run that could not be set up. A user who interrupts it gets no error.
fn not_set_up(error: &RunError, notes: Vec<String>, target: &Target, shutdown: &Shutdown) -> EndLine {
    if shutdown.reason() == Some(StopReason::Interrupted) {
        return EndLine { stopped: Some(StopReason::Interrupted), notes, ..EndLine::default() };
    }
    let why = [vec![error.to_string()], notes].concat().join("\n");
    EndLine { not_set_up: Some(target.secrets().redactor().text(&why)), ..EndLine::default() }
}

/// Removes the resources that no scenario has removed: shared ones, and those of interrupted
/// scenarios.
async fn clean_up(scheduler: &Scheduler, stream: &TraceStream) -> EndLine {
    let Scheduler { backend, plan, shutdown, .. } = scheduler;
    let stopped = shutdown.reason();
    let (mut left_behind, mut notes) = (Vec::new(), Vec::new());
    if let RunBackend::Live(live) = backend {
        stream.enter(Phase::CleanUp, None);
        let removers = live.session.removers(&stream.observe(&live.target), &live.extra);
        left_behind = remove_all(&live.ledger, &removers, shutdown).await;
        notes = self::notes(&live.ledger, &live.target);
    }
    if let (Some(StopReason::TimeOver), Some(max_time)) = (stopped, plan.max_time) {
        notes.push(format!(
            "the run's time of {} s was over: checks that were not judged by then are untestable",
            max_time.as_secs()
        ));
    }
    EndLine { not_set_up: None, stopped, left_behind, notes }
}

/// Closes the ledger. Returns the notes for the user: what stays on a deployment, and the command
/// that removes the rest. Resources in this process end with the process.
fn notes(ledger: &Ledger, target: &Target) -> Vec<String> {
    let mut notes = if target.is_in_process() { Vec::new() } else { ledger.permanent() };
    notes.extend(ledger.late_deletions());
    notes.extend(ledger.close().map(|command| format!("this command deletes the remaining resources:\n{command}")));
    notes
}
