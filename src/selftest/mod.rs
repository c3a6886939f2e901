//! Runs the suite against every [defect](crate::defects), to prove that the suite can fail.
//!
//! A defect is *noticed* where one of the checks that `defects.toml` pins to it fails by its assertion, not by an error, and
//! the witnesses of its scenario hold. [`Matrix`] says which checks noticed which defect, and which checks never notice
//! anything.

mod live;
mod matrix;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

pub use live::run_on;
pub use matrix::{Area, CheckRow, DefectRow, Matrix, Transport};
pub use table::{markdown, terminal};

use crate::defects::{self, Defect, Deployment};
use crate::harness::{self, Event, Handles, JournalError, Limits, Plan, ScenarioResult, Selection, Target};
use crate::judge::Verdict;
use crate::scenario::{Diagnostic, Suite};
use syncano_simulator::Simulator;
use syncano_simulator::server::Listener;

/// How many defects are tried side by side: while the last scenarios of one run, the first of the next do.
const SIDE_BY_SIDE: usize = 2;

/// What keeps the suite from being tested.
#[derive(Debug, thiserror::Error)]
pub enum CannotTest {
    /// Without a defect nothing may fail.
    #[error("the suite does not pass without a defect: {0}")]
    NotGreen(String),
    /// No address of this machine can be listened on.
    #[error("the simulator cannot be served: {0}")]
    NotServed(String),
    /// Nobody could be signed in on the deployment.
    #[error("the deployment could not be set up: {0}")]
    NotSetUp(String),
    /// What is made on the deployment cannot be written down.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The user wants an end.
    #[error("interrupted")]
    Interrupted,
}

/// Contradictions between the defects and the pins of the suite: a defect without a pin, a pin without a defect.
pub fn conflicts(suite: &Suite) -> Vec<Diagnostic> {
    let defects = || defects::all().iter().map(Defect::name);
    let unknown = suite.pins.iter().filter(|(name, _)| !defects().any(|defect| defect == name.as_str()));
    let unknown = unknown.map(|(name, pin)| {
        let diagnostic = Diagnostic::at(pin.place.clone(), format!("there is no defect `{name}`"));
        match crate::scenario::diagnostic::nearest(name, defects()) {
            Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
            None => diagnostic.help("`list --defects` shows what there is"),
        }
    });
    let unpinned = defects().filter(|defect| !suite.pins.contains_key(*defect)).map(|defect| {
        Diagnostic::of_suite(format!("no check is pinned to the defect `{defect}`"))
            .help("name in defects.toml the checks that must notice it")
    });
    unknown.chain(unpinned).collect()
}

/// Runs the suite against no defect first, and then against each of these. Gives the rows in their order.
pub async fn run(
    suite: &Arc<Suite>,
    defects: &[&'static Defect],
    transport: Transport,
) -> Result<Vec<DefectRow>, CannotTest> {
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

/// What the suite says of one defect.
async fn tried(suite: &Arc<Suite>, transport: Transport, defect: &'static Defect) -> Result<DefectRow, CannotTest> {
    let begun = Instant::now();
    let tried = judged(suite, transport, Some(defect)).await?;
    Ok(row(suite, defect, transport, begun, tried))
}

/// What the suite says of one defect, after this run that had it.
fn row(
    suite: &Suite,
    defect: &'static Defect,
    transport: Transport,
    begun: Instant,
    (scenarios, broken): (Vec<ScenarioResult>, Option<String>),
) -> DefectRow {
    let failed = noticed(suite, &scenarios);
    let pinned = suite.pins.get(defect.name()).map(|pin| pin.ids().map(str::to_owned).collect());
    DefectRow::new(defect, transport, pinned.unwrap_or_default(), failed, broken, begun.elapsed())
}

/// Without a defect no check may come to anything worse than this.
fn check_green(scenarios: &[ScenarioResult], worst: Verdict) -> Result<(), CannotTest> {
    match scenarios.iter().flat_map(|scenario| &scenario.checks).find(|check| check.verdict() > worst) {
        Some(check) => {
            let because = check.because().unwrap_or_default();
            Err(CannotTest::NotGreen(format!("{} {}: {because}", check.verdict(), check.id)))
        }
        None => Ok(()),
    }
}

/// Which checks failed by their assertion while their witnesses held: the world could be seen, and whatever witness stands
/// before a negative check passed. One behind it may show what has come of the breach. A positive check needs no witness.
fn noticed(suite: &Suite, scenarios: &[ScenarioResult]) -> BTreeSet<String> {
    let checks = suite.scenarios.iter().flat_map(|scenario| scenario.checks());
    let checks = checks.map(|(_, check)| (check.id.as_str(), check)).collect::<HashMap<_, _>>();
    let mut noticed = BTreeSet::new();
    for scenario in scenarios {
        let mut witnessed = scenario.unseen.is_none();
        for result in &scenario.checks {
            let check = checks.get(result.id.as_str());
            // What every scenario has without a file, it has to say that something does not happen.
            let is_negative = check.is_none_or(|check| check.assertion.is_negative());
            if result.verdict() == Verdict::Fail && (witnessed || !is_negative) {
                noticed.insert(result.id.clone());
            }
            witnessed &= !check.is_some_and(|check| check.witness) || result.verdict().holds();
        }
    }
    noticed
}

/// The scenarios of a run against a simulator of its own, and why it could not be set up, where it could not.
async fn judged(
    suite: &Arc<Suite>,
    transport: Transport,
    defect: Option<&'static Defect>,
) -> Result<(Vec<ScenarioResult>, Option<String>), CannotTest> {
    let simulator = Simulator::builder().build();
    let (target, _running) = match transport {
        Transport::InProcess => {
            let right: Arc<dyn Deployment> = Arc::new(simulator);
            let deployment = defect.map_or_else(|| Arc::clone(&right), |defect| defect.around(Arc::clone(&right)));
            (Target::in_process("simulator", move |request| deployment.respond(request)), None)
        }
        Transport::Http => {
            let not_served = |error: &dyn std::fmt::Display| CannotTest::NotServed(error.to_string());
            let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
            let running = listener.map_err(|error| not_served(&error))?.spawn(simulator);
            let target = Target::http(running.url(), Limits::default()).map_err(|error| not_served(&error))?;
            (defects::in_front_of(target, defect, None), Some(running))
        }
    };
    // The simulator does nothing late, so that nothing needs to be asked for twice.
    let plan = Plan { patience: Duration::ZERO, all_requests: false, ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    Ok(scenarios(suite, target, plan, stop).await)
}

/// The scenarios of a run, and why the target could not be set up, where it could not.
async fn scenarios(
    suite: &Arc<Suite>,
    target: Target,
    plan: Plan,
    handles: impl Into<Handles>,
) -> (Vec<ScenarioResult>, Option<String>) {
    let mut scenarios = Vec::new();
    let everything = Selection::default();
    let ended = harness::run(Arc::clone(suite), &everything, target, plan, handles, |event| {
        if let Event::Scenario(scenario) = event {
            scenarios.push(scenario);
        }
    });
    let broken = ended.await.err().map(|error| error.to_string());
    (scenarios, broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::SuiteFiles;

    /// The checks that notice a defect.
    async fn noticing(defect: Option<&'static Defect>) -> BTreeSet<String> {
        let suite = Arc::new(SuiteFiles::embedded().read().unwrap());
        let (scenarios, broken) = judged(&suite, Transport::InProcess, defect).await.unwrap();
        assert_eq!(broken, None);
        noticed(&suite, &scenarios)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_noticed_where_nothing_is_wrong() {
        assert_eq!(noticing(None).await, BTreeSet::new());
    }

    // The requests of a batch pass a layer one by one.
    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_noticed_of_a_layer_that_answers_right() {
        assert_eq!(noticing(Some(defects::harmless())).await, BTreeSet::new());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_pinned_check_notices_what_is_wrong() {
        let suite = SuiteFiles::embedded().read().unwrap();
        for defect in ["users-list-unscoped", "not-found-names-the-user", "everything-is-refused"] {
            let noticed = noticing(Some(defects::named(defect).unwrap())).await;
            let pinned = suite.pins[defect].ids().collect::<Vec<_>>();
            assert!(pinned.iter().all(|id| noticed.contains(*id)), "{defect}: {pinned:?} of {}", noticed.len());
        }
    }
}
