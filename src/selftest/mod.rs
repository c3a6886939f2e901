//! Runs the suite against every defect of the simulator: what the suite cannot notice there it notices nowhere.
//!
//! A defect is *noticed* where one of the checks that `defects.toml` pins to it fails by its assertion, not by an error, and
//! the witnesses of its scenario hold. [`Matrix`] says which defect was noticed by which checks, and what of the suite never
//! notices anything.

mod matrix;
mod table;

use std::collections::{BTreeSet, HashSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub use matrix::{Area, CheckRow, DefectRow, Matrix, Transport};
pub use table::{markdown, terminal};

use crate::harness::{self, Event, Plan, ScenarioResult, Selection, Target, TimeOuts};
use crate::judge::Verdict;
use crate::scenario::{Diagnostic, Suite};
use crate::serve::Listener;
use crate::simulator::{Kind, Simulator, Variation, Variations};

/// What keeps the suite from being tested.
#[derive(Debug, thiserror::Error)]
pub enum CannotTest {
    /// Without a defect nothing may fail.
    #[error("the suite does not pass on the simulator without a defect: {0}")]
    NotGreen(String),
    /// No address of this machine can be listened on.
    #[error("the simulator cannot be served: {0}")]
    NotServed(String),
}

/// What is wrong between the defects of the simulator and the pins of the suite: a defect without a pin, a pin without a
/// defect.
pub fn conflicts(suite: &Suite) -> Vec<Diagnostic> {
    let defects = || defects().map(Variation::name);
    let unknown = suite.pins.iter().filter(|(name, _)| !defects().any(|defect| defect == name.as_str()));
    let unknown = unknown.map(|(name, pin)| {
        let diagnostic = Diagnostic::at(pin.place.clone(), format!("the simulator has no defect `{name}`"));
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

/// All defects, in their order.
fn defects() -> impl Iterator<Item = Variation> {
    Variation::ALL.iter().copied().filter(|variation| variation.kind() == Kind::Defect)
}

/// Runs the suite against every defect, one after the other, and against none before. Each row is given away as it comes.
pub async fn run(
    suite: &Arc<Suite>,
    transport: Transport,
    mut tell: impl FnMut(&DefectRow),
) -> Result<Vec<DefectRow>, CannotTest> {
    let (scenarios, _) = judged(suite, transport, Variations::none()).await?;
    let bad = scenarios.iter().flat_map(|scenario| &scenario.checks).find(|check| check.verdict > Verdict::Skip);
    if let Some(check) = bad {
        let because = check.because.as_deref().unwrap_or_default();
        return Err(CannotTest::NotGreen(format!("{} {}: {because}", check.verdict, check.id)));
    }
    let negative = suite.scenarios.iter().flat_map(|scenario| scenario.checks());
    let negative = negative.filter(|(_, check)| check.assertion.is_negative()).map(|(_, check)| check.id.as_str());
    let negative = negative.collect::<HashSet<_>>();
    let mut rows = Vec::new();
    for defect in defects() {
        let begun = Instant::now();
        let (scenarios, broken) = judged(suite, transport, Variations::none().with(defect)).await?;
        let failed = noticed(&scenarios, &negative);
        let pinned = suite.pins.get(defect.name()).map(|pin| pin.ids().map(str::to_owned).collect());
        let row = DefectRow::new(defect, transport, pinned.unwrap_or_default(), failed, broken, begun.elapsed());
        tell(&row);
        rows.push(row);
    }
    Ok(rows)
}

/// Which checks failed by their assertion while their witnesses held. A positive check needs none.
fn noticed(scenarios: &[ScenarioResult], negative: &HashSet<&str>) -> BTreeSet<String> {
    let failed = scenarios.iter().flat_map(|scenario| {
        let failed = scenario.checks.iter().filter(|check| check.verdict == Verdict::Fail);
        failed.filter(|check| {
            let needs_witness = negative.contains(check.id.as_str()) || check.id.starts_with("canary/");
            !needs_witness || scenario.unwitnessed.is_none()
        })
    });
    failed.map(|check| check.id.clone()).collect()
}

/// The scenarios of a run against a simulator of its own, and why it could not be set up, where it could not.
async fn judged(
    suite: &Arc<Suite>,
    transport: Transport,
    variations: Variations,
) -> Result<(Vec<ScenarioResult>, Option<String>), CannotTest> {
    let simulator = Simulator::builder().variations(variations).build();
    let (target, _running) = match transport {
        Transport::InProcess => (Target::in_process("simulator", move |request| simulator.handle(request)), None),
        Transport::Http => {
            let not_served = |error: &dyn std::fmt::Display| CannotTest::NotServed(error.to_string());
            let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
            let running = listener.map_err(|error| not_served(&error))?.spawn(simulator);
            let target = Target::http(running.url(), TimeOuts::default()).map_err(|error| not_served(&error))?;
            (target, Some(running))
        }
    };
    // The simulator does nothing late, so that nothing needs to be asked for twice.
    let plan = Plan { patience: Duration::ZERO, ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    let mut scenarios = Vec::new();
    let everything = Selection::default();
    let ended = harness::run(Arc::clone(suite), &everything, target, plan, stop, |event| {
        if let Event::Scenario(scenario) = event {
            scenarios.push(scenario);
        }
    });
    let broken = ended.await.err().map(|error| error.to_string());
    Ok((scenarios, broken))
}
