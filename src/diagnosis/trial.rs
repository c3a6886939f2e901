//! Tries bugs in the built-in simulator.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};

use super::choice::Candidate;
use super::observed::{self, Observed, is_failed};
use crate::harness::{Access, Plan, Selection};
use crate::report::Report;
use crate::selftest::{Wrong, in_process, never_stopped, scenarios};
use syncano_suite::Suite;

/// Returns the checks of these parts of the suite that fail without any bug: no bug explains them.
pub async fn failing_anyway(
    suite: &Arc<Suite>,
    report: &Report,
    observed: &Arc<Observed>,
    parts: HashSet<String>,
) -> Vec<usize> {
    let (suite, observed, plan) = (Arc::clone(suite), Arc::clone(observed), plan(report));
    spawn_blocking(move || run(&suite, &observed, &[], parts, plan)).await.ok().flatten().unwrap_or_default()
}

/// Runs each bug on its parts of the suite, as the report's run did. Returns the results in order.
/// Bugs are tried in order until their cost reaches the maximum.
pub async fn all(
    suite: &Arc<Suite>,
    report: &Report,
    observed: &Arc<Observed>,
    wrong: Vec<(Wrong, HashSet<String>)>,
    max_cost: usize,
) -> Vec<Candidate> {
    let plan = plan(report);
    let turns = Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from)));
    let mut running = JoinSet::new();
    let mut cost = 0;
    let wrong = wrong.into_iter().take_while(|(_, parts)| {
        let is_tried = cost < max_cost;
        cost += observed::cost(parts);
        is_tried
    });
    for (place, (wrong, parts)) in wrong.enumerate() {
        let (suite, observed, turns, plan) =
            (Arc::clone(suite), Arc::clone(observed), Arc::clone(&turns), plan.again());
        running.spawn(async move {
            // The semaphore is never closed.
            let _turn = turns.acquire().await;
            // The run can have a runtime with one thread.
            let tried = spawn_blocking(move || {
                let failed = run(&suite, &observed, &[wrong], parts, plan)?;
                Some((place, Candidate::new(wrong, failed.into_iter(), &observed)))
            });
            tried.await.ok()?
        });
    }
    let mut tried = running.join_all().await.into_iter().flatten().collect::<Vec<_>>();
    tried.sort_by_key(|(place, _)| *place);
    tried.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Returns the plan of the report's run, for the simulator.
fn plan(report: &Report) -> Plan {
    let started = report.started.as_ref();
    Plan {
        version: started.and_then(|started| started.api_version.parse().ok()).unwrap_or_default(),
        access: started.map_or(Access::Off, |started| started.access),
        replays: report.checks().any(|(_, check)| check.id.starts_with("replay/")),
        // The simulator is never late, so no check waits.
        patience: Duration::ZERO,
        all_requests: false,
        ..Plan::default()
    }
}

/// Runs bugs on parts of the suite, and returns the checks that fail. Returns `None` if the system
/// allows no runtime for it.
fn run(
    suite: &Arc<Suite>,
    observed: &Observed,
    wrong: &[Wrong],
    parts: HashSet<String>,
    plan: Plan,
) -> Option<Vec<usize>> {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    let selection = Selection::default().only(parts);
    let tried = scenarios(suite, &selection, in_process(wrong), plan, never_stopped());
    let (results, _) = runtime.block_on(tried);
    let checks = results.iter().flat_map(|scenario| &scenario.checks);
    let failed = checks.filter(|check| is_failed(check.verdict()));
    Some(failed.filter_map(|check| observed.number(&check.id)).collect())
}
