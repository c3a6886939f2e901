//! One run of the suite, with a defect or without, and the checks that failed in it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::watch;

use crate::harness::{self, Event, Handles, JournalError, Plan, ScenarioResult, Selection, Target};
use crate::judge::Verdict;
use syncano_suite::{BuiltInCheck, Suite};

/// The suite could not be tested.
#[derive(Debug, thiserror::Error)]
pub enum SelftestError {
    /// A check failed without a defect.
    #[error("the suite does not pass without a defect: {0}")]
    NotGreen(String),
    /// No loopback address could be bound.
    #[error("the simulator cannot be served: {0}")]
    NotServed(String),
    /// The deployment could not be reached or set up.
    #[error("the deployment could not be set up: {0}")]
    NotSetUp(String),
    /// The recovery journal could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The user interrupted the run.
    #[error("interrupted")]
    Interrupted,
}

/// Returns the handle of a run that nobody interrupts.
pub fn never_stopped() -> watch::Receiver<bool> {
    watch::channel(false).1
}

/// Runs a part of the suite. Returns the results of its scenarios, and the reason if the target
/// could not be set up.
pub async fn scenarios(
    suite: &Arc<Suite>,
    selection: &Selection,
    target: Target,
    plan: Plan,
    handles: impl Into<Handles>,
) -> (Vec<ScenarioResult>, Option<String>) {
    let mut scenarios = Vec::new();
    let ended = harness::run(Arc::clone(suite), selection, target, plan, handles, |event| {
        if let Event::Scenario(scenario) = event {
            scenarios.push(scenario);
        }
    });
    let broken = ended.await.err().map(|error| error.to_string());
    (scenarios, broken)
}

/// Fails if a check of a run without a defect has a worse verdict than this.
pub fn check_green(scenarios: &[ScenarioResult], worst: Verdict) -> Result<(), SelftestError> {
    match scenarios.iter().flat_map(|scenario| &scenario.checks).find(|check| check.verdict() > worst) {
        Some(check) => {
            let because = check.because().unwrap_or_default();
            Err(SelftestError::NotGreen(format!("{} {}: {because}", check.verdict(), check.id)))
        }
        None => Ok(()),
    }
}

/// Returns the checks that failed by their assertion while their witnesses held: the world could be
/// seen, and every witness before a negative check passed. A witness after it may fail because of
/// the same bug. A positive check needs no witness.
pub fn noticed(suite: &Suite, scenarios: &[ScenarioResult]) -> BTreeSet<String> {
    let checks = suite.scenarios.iter().flat_map(|scenario| scenario.checks());
    let checks = checks.map(|(_, check)| (check.id.as_str(), check)).collect::<HashMap<_, _>>();
    let mut noticed = BTreeSet::new();
    for scenario in scenarios {
        let mut witnessed = scenario.unseen.is_none();
        for result in &scenario.checks {
            let check = checks.get(result.id.as_str());
            // Leak checks and access cases are not in scenario files, and are negative.
            let is_negative = match BuiltInCheck::named(&result.id) {
                Some(built_in) => built_in == BuiltInCheck::Leak,
                None => check.is_none_or(|check| check.assertion.is_negative()),
            };
            if result.verdict() == Verdict::Fail && (witnessed || !is_negative) {
                noticed.insert(result.id.clone());
            }
            witnessed &= !check.is_some_and(|check| check.witness) || result.verdict().holds();
        }
    }
    noticed
}
