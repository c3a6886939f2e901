//! Defects in front of a live deployment, one after the other.

use std::sync::Arc;
use std::time::Instant;

use secrecy::ExposeSecret;
use tokio::sync::watch;

use super::attempt::{SelftestError, check_green, scenarios};
use super::matrix::{DefectRow, Transport};
use super::proof::{Breadth, Proof};
use super::wrong::Wrong;
use crate::defects::{self, Defect};
use crate::harness::{Credentials, Handles, Journal, JournalError, Plan, Selection, Target};
use crate::judge::Verdict;
use syncano_simulator::api::Key;
use syncano_suite::Suite;

/// Runs the suite on a deployment, first whole and without a defect, and then with each of these.
/// Each run has its own plan and recovery journal. `report` gets the result of each defect as soon
/// as it is known.
///
/// Created resources are deleted past the defect, so that it cannot keep them.
pub async fn run_on(
    target: &Target,
    suite: &Arc<Suite>,
    defects: &[&'static Defect],
    breadth: Breadth,
    plan: impl Fn() -> Result<(Plan, Journal), JournalError>,
    stop: &watch::Receiver<bool>,
    mut report: impl FnMut(&DefectRow),
) -> Result<Vec<DefectRow>, SelftestError> {
    let handles = |journal| Handles { stop: stop.clone(), trace: None, journal: Some(journal) };
    let (first, journal) = plan()?;
    let (found, broken) = scenarios(suite, &Selection::default(), target.clone(), first, handles(journal)).await;
    check_interrupted(stop)?;
    if let Some(reason) = broken {
        return Err(SelftestError::NotSetUp(reason));
    }
    // Known differences of the deployment do not prevent a selftest.
    check_green(&found, Verdict::Stale)?;
    let proof = Proof::new(suite, breadth, &defects.iter().map(|defect| defect.name()).collect());
    let mut rows = Vec::new();
    for defect in defects {
        let (begun, (plan, journal)) = (Instant::now(), plan()?);
        let wrong = defects::in_front_of(target.clone(), Some(defect), administrator(&plan));
        let tried = scenarios(suite, &proof.selection(defect.name()), wrong, plan, handles(journal)).await;
        check_interrupted(stop)?;
        let row = Wrong::Defect(defect).row(suite, Transport::Http, begun, tried);
        proof.noticed(&row.noticed_by);
        report(&row);
        rows.push(row);
    }
    Ok(rows)
}

fn check_interrupted(stop: &watch::Receiver<bool>) -> Result<(), SelftestError> {
    if *stop.borrow() { Err(SelftestError::Interrupted) } else { Ok(()) }
}

/// Returns the instance that the run works in and the key of its administrator, if the run has
/// both.
fn administrator(plan: &Plan) -> Option<(String, Key)> {
    match &plan.credentials {
        Credentials::AccountKey(key) => Some((plan.instance.clone()?, key.expose_secret().parse().ok()?)),
        Credentials::Register | Credentials::ApiKeys(_) => None,
    }
}
