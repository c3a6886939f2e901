//! Defects in front of the built-in simulator, in process or over HTTP.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::attempt::{SelftestError, check_green, never_stopped, scenarios};
use super::matrix::{DefectRow, Transport};
use super::proof::{Breadth, Proof};
use super::wrong::{Wrong, in_process, simulator};
use crate::defects;
use crate::harness::{Limits, Plan, ScenarioResult, Selection, Target};
use crate::judge::Verdict;
use syncano_simulator::server::Listener;
use syncano_suite::Suite;

/// The number of wrong deployments that are tried at a time: the first scenarios of one run overlap
/// the last of another.
const SIDE_BY_SIDE: usize = 2;

/// Runs the suite on a right deployment, then on each of these. Returns the rows in their order.
pub async fn run(
    suite: &Arc<Suite>,
    wrong: &[Wrong],
    breadth: Breadth,
    transport: Transport,
) -> Result<Vec<DefectRow>, SelftestError> {
    let (scenarios, _) = judged(suite, &Selection::default(), transport, None).await?;
    check_green(&scenarios, Verdict::Skip)?;
    let proof = Arc::new(Proof::new(suite, breadth, &wrong.iter().map(Wrong::name).collect()));
    let turns = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    let mut running = JoinSet::new();
    for (place, wrong) in wrong.iter().copied().enumerate() {
        let (suite, proof, turns) = (Arc::clone(suite), Arc::clone(&proof), Arc::clone(&turns));
        running.spawn(async move {
            // The semaphore is never closed.
            let _turn = turns.acquire().await;
            (place, tried(&suite, &proof, transport, wrong).await)
        });
    }
    let mut rows = BTreeMap::new();
    while let Some(tried) = running.join_next().await {
        let (place, row) = tried.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        rows.insert(place, row?);
    }
    Ok(rows.into_values().collect())
}

/// Runs the needed part of the suite on one wrong deployment.
async fn tried(
    suite: &Arc<Suite>,
    proof: &Proof,
    transport: Transport,
    wrong: Wrong,
) -> Result<DefectRow, SelftestError> {
    let begun = Instant::now();
    let tried = judged(suite, &proof.selection(wrong.name()), transport, Some(wrong)).await?;
    let row = wrong.row(suite, transport, begun, tried);
    proof.noticed(&row.noticed_by);
    Ok(row)
}

/// Runs a part of the suite on a simulator of its own, which is right or wrong.
async fn judged(
    suite: &Arc<Suite>,
    selection: &Selection,
    transport: Transport,
    wrong: Option<Wrong>,
) -> Result<(Vec<ScenarioResult>, Option<String>), SelftestError> {
    // The simulator is never late, so no check waits.
    let plan = Plan { patience: Duration::ZERO, all_requests: false, ..Plan::default() };
    if transport == Transport::InProcess {
        return Ok(scenarios(suite, selection, in_process(wrong.as_slice()), plan, never_stopped()).await);
    }
    let not_served = |error: &dyn std::fmt::Display| SelftestError::NotServed(error.to_string());
    let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
    let running = listener.map_err(|error| not_served(&error))?.spawn(simulator(wrong.as_slice()));
    let target = Target::http(running.url(), Limits::default()).map_err(|error| not_served(&error))?;
    let target = defects::in_front_of(target, wrong.and_then(|wrong| wrong.defect()), None);
    Ok(scenarios(suite, selection, target, plan, never_stopped()).await)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::attempt::noticed;
    use super::super::proof::scenarios_with;
    use super::*;

    /// The checks in the selected scenarios that notice a defect or a quirk.
    async fn noticing(suite: &Arc<Suite>, selection: &Selection, wrong: Wrong) -> BTreeSet<String> {
        let (scenarios, broken) = judged(suite, selection, Transport::InProcess, Some(wrong)).await.unwrap();
        assert_eq!(broken, None);
        noticed(suite, &scenarios)
    }

    // The requests of a batch pass a layer one by one.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_layer_without_a_bug_is_not_noticed() {
        let suite = Arc::new(crate::embedded::suite_files().read().unwrap());
        let harmless = Wrong::Defect(defects::harmless());
        assert_eq!(noticing(&suite, &Selection::default(), harmless).await, BTreeSet::new());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn pinned_checks_notice_quirks_and_defects() {
        let suite = Arc::new(crate::embedded::suite_files().read().unwrap());
        // One is in all answers, and one in a single list. `selftest` tries all.
        let defects = ["cookies-are-set", "users-list-unscoped"].map(|name| Wrong::named(name).unwrap());
        // The gate runs the whole suite for each quirk, which no other check may notice.
        let is_whole = std::env::var_os("WHOLE_SUITE").is_some();
        for wrong in defects.into_iter().chain(Wrong::quirks()) {
            let pinned = suite.pins[wrong.name()].ids().map(str::to_owned).collect::<BTreeSet<_>>();
            let is_quirk = wrong.defect().is_none();
            let selection = match is_whole && is_quirk {
                true => Selection::default(),
                false => scenarios_with(&suite, |id| pinned.contains(id)),
            };
            let noticed = noticing(&suite, &selection, wrong).await;
            assert!(noticed.is_superset(&pinned), "{}: {noticed:?}", wrong.name());
            // Whether other checks see a late deletion depends on the time.
            if is_quirk && wrong.name() != "late-deletes" {
                assert_eq!(noticed, pinned, "{}", wrong.name());
            }
        }
    }
}
