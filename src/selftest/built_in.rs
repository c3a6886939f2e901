//! Defects in front of the built-in simulator, in process or over HTTP.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::attempt::{SelftestError, check_green, row, scenarios};
use super::matrix::{DefectRow, Transport};
use crate::defects::{self, Defect, Deployment};
use crate::harness::{Limits, Plan, ScenarioResult, Target};
use crate::judge::Verdict;
use syncano_simulator::Simulator;
use syncano_simulator::server::Listener;
use syncano_suite::Suite;

/// The number of defects that are tried at a time: the first scenarios of one run overlap the last of another.
const SIDE_BY_SIDE: usize = 2;

/// Runs the suite without a defect, then with each of these. Returns the rows in their order.
pub async fn run(
    suite: &Arc<Suite>,
    defects: &[&'static Defect],
    transport: Transport,
) -> Result<Vec<DefectRow>, SelftestError> {
    let (scenarios, _) = judged(suite, transport, None).await?;
    check_green(&scenarios, Verdict::Skip)?;
    let turns = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    let mut running = JoinSet::new();
    for (place, defect) in defects.iter().copied().enumerate() {
        let (suite, turns) = (Arc::clone(suite), Arc::clone(&turns));
        running.spawn(async move {
            // The semaphore is never closed.
            let _turn = turns.acquire().await;
            (place, tried(&suite, transport, defect).await)
        });
    }
    let mut rows = BTreeMap::new();
    while let Some(tried) = running.join_next().await {
        let (place, row) = tried.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        rows.insert(place, row?);
    }
    Ok(rows.into_values().collect())
}

/// Runs the suite with one defect.
async fn tried(suite: &Arc<Suite>, transport: Transport, defect: &'static Defect) -> Result<DefectRow, SelftestError> {
    let begun = Instant::now();
    let tried = judged(suite, transport, Some(defect)).await?;
    Ok(row(suite, defect, transport, begun, tried))
}

/// Runs the suite on a simulator of its own, with a defect or without.
async fn judged(
    suite: &Arc<Suite>,
    transport: Transport,
    defect: Option<&'static Defect>,
) -> Result<(Vec<ScenarioResult>, Option<String>), SelftestError> {
    let simulator = Simulator::builder().build();
    let (target, _running) = match transport {
        Transport::InProcess => {
            let right: Arc<dyn Deployment> = Arc::new(simulator);
            let deployment = defect.map_or_else(|| Arc::clone(&right), |defect| defect.around(Arc::clone(&right)));
            (Target::in_process("simulator", move |request| deployment.respond(request)), None)
        }
        Transport::Http => {
            let not_served = |error: &dyn std::fmt::Display| SelftestError::NotServed(error.to_string());
            let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
            let running = listener.map_err(|error| not_served(&error))?.spawn(simulator);
            let target = Target::http(running.url(), Limits::default()).map_err(|error| not_served(&error))?;
            (defects::in_front_of(target, defect, None), Some(running))
        }
    };
    // The simulator is never late, so no check waits.
    let plan = Plan { patience: Duration::ZERO, all_requests: false, ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    Ok(scenarios(suite, target, plan, stop).await)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::attempt::noticed;
    use super::*;

    /// The checks that notice a defect.
    async fn noticing(defect: Option<&'static Defect>) -> BTreeSet<String> {
        let suite = Arc::new(crate::embedded::suite_files().read().unwrap());
        let (scenarios, broken) = judged(&suite, Transport::InProcess, defect).await.unwrap();
        assert_eq!(broken, None);
        noticed(&suite, &scenarios)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_a_defect_nothing_is_noticed() {
        assert_eq!(noticing(None).await, BTreeSet::new());
    }

    // The requests of a batch pass a layer one by one.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_layer_without_a_bug_is_not_noticed() {
        assert_eq!(noticing(Some(defects::harmless())).await, BTreeSet::new());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn pinned_checks_notice_their_defects() {
        let suite = crate::embedded::suite_files().read().unwrap();
        for defect in ["users-list-unscoped", "not-found-names-the-user", "everything-is-refused"] {
            let noticed = noticing(Some(defects::named(defect).unwrap())).await;
            let pinned = suite.pins[defect].ids().collect::<Vec<_>>();
            assert!(pinned.iter().all(|id| noticed.contains(*id)), "{defect}: {pinned:?} of {}", noticed.len());
        }
    }
}
