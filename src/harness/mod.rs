//! Runs the suite against a target and says what happens as one stream of events.
//!
//! Every scenario gets a world of its own, made through the API with what the run has, as a rule an administrator's key, and
//! removed at its end. Scenarios run side by side; their events come in the order of their files. What comes back is judged by
//! [`crate::judge`]; what the events say is put together by [`crate::report`]. A run can be written down, and judged again
//! from what was written.

mod access;
mod administrator;
mod capability;
mod client;
mod colleagues;
mod curl;
mod divergences;
mod elsewhere;
mod ending;
mod event;
mod execute;
mod journal;
mod log;
mod made;
mod means;
mod needs;
mod password;
mod place;
mod replay;
mod request;
mod run_id;
mod selection;
mod shard;
mod stage;
mod sweep;
mod tape;
mod target;
mod trace;
mod witness;
mod world;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{Timestamp, Unit};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::info;

pub use access::Access;
use access::Cells;
pub use client::SetUpError;
use colleagues::Colleagues;
pub use divergences::Ledger;
use elsewhere::Elsewhere;
use ending::{Early, Ending};
pub use event::{CheckResult, DivergenceResult, Event, Finished, RuleResult, ScenarioResult, Standing, Started};
pub use journal::{Journal, JournalError};
use made::Made;
pub use made::Registration;
use means::Means;
pub use means::{ApiKeys, Credentials, Login};
use password::Passwords;
pub(crate) use place::instances_named;
pub use run_id::RunId;
pub use selection::Selection;
pub use shard::Shard;
use stage::{Live, Source};
pub use sweep::{CannotSweep, Leftovers, SweepKeys};
pub use tape::{Mark, Origin, Tape};
pub use target::{
    Answer, Limits, Network, NoAnswer, NoRate, NotATarget, Proxy, ProxyError, Rate, Retries, Target, TimeOuts, Tls,
    TlsError,
};
use trace::{ApiKeysLine, EndLine, Lane, Phase, TraceHeader};
pub use trace::{CannotRecord, NoTrace, Recorder, Trace};

use crate::divergence::{self, Entry};
use crate::judge::Verdict;
use crate::scenario::file::CheckId;
use crate::scenario::{AccessTable, Check, Scenario, Suite};
use crate::secret::Secrets;
use execute::Run;
use syncano_simulator::api::{Capability, Version};

/// How a run is to go.
///
/// `Plan { credentials, ..Plan::default() }` is a run with four jobs in v1.1, in new instances.
#[derive(Debug)]
pub struct Plan {
    /// The version of the API in which worlds are made and paths begin.
    pub version: Version,
    /// Where keys come from.
    pub credentials: Credentials,
    /// What the target is declared to offer; `None` takes all for offered. What needs anything else is skipped, and what is
    /// declared is asked for before the first scenario.
    pub capabilities: Option<BTreeSet<Capability>>,
    /// Whether accounts may be registered for scenarios that need more than one; without it these are skipped.
    pub more_accounts: bool,
    /// An instance to work in. Without one every scenario gets a new one, which is deleted afterwards.
    pub instance: Option<String>,
    /// Whether anything may be made or changed on the target. Without it what would is skipped, and only what reads is sent.
    /// The program asks its user before it lets a run write to a deployment; whoever makes a plan has decided for himself.
    pub writes: bool,
    /// Which cells of the access table are run, beside the scenarios.
    pub access: Access,
    /// How many scenarios run side by side, at least one.
    pub jobs: usize,
    /// The longest that a step with `eventually` is repeated, whatever its scenario says.
    pub patience: Duration,
    /// The longest that the run may take, where that is limited. When it is over, what runs is ended and cleared away, and
    /// what was not judged is untestable.
    pub max_time: Option<Duration>,
    /// How long is cleared away after the end of a run that was ended early.
    pub clearing_time: Duration,
    /// Whether what scenarios read is asked for again, in other ways.
    pub replays: bool,
    /// Whether results show the requests of checks that passed too, which reports want and nobody else.
    pub all_requests: bool,
    /// Whether nothing new is begun after the first failure.
    pub fail_fast: bool,
    /// Whether a failure of a disputed rule is one.
    pub strict: bool,
    /// Where targets are known to do something else than the suite expects.
    pub divergences: Vec<Entry>,
    /// When the run begins. On that day divergences are judged.
    pub now: Timestamp,
    /// What writes down every exchange, where that is wanted.
    pub trace: Option<Arc<Recorder>>,
    /// The id of the run.
    pub id: RunId,
    /// Where each creation is written down before it is sent, which is for a deployment: what is made in this process ends
    /// with it.
    pub journal: Option<Journal>,
}

impl Default for Plan {
    /// Registers what accounts it needs, makes an instance for every scenario, and leaves the access table alone. It writes.
    fn default() -> Plan {
        Plan {
            version: Version::default(),
            credentials: Credentials::Register,
            capabilities: None,
            more_accounts: true,
            instance: None,
            writes: true,
            access: Access::Off,
            jobs: 4,
            patience: Duration::MAX,
            max_time: None,
            clearing_time: Duration::from_secs(120),
            replays: false,
            all_requests: true,
            fail_fast: false,
            strict: false,
            divergences: Vec::new(),
            now: Timestamp::now(),
            trace: None,
            id: RunId::random(),
            journal: None,
        }
    }
}

/// Runs what is selected. Each event is given away as soon as its turn has come. When `stop` turns true, what runs is
/// ended and cleared away and nothing new begins.
///
/// Fails where the target cannot be reached, a key is not good, or something is declared and not there; then nothing was
/// judged.
///
/// # Panics
///
/// Where a scenario did, which is a defect of the harness: once everything has been cleared away and all events were given.
pub async fn run(
    suite: Arc<Suite>,
    selection: &Selection,
    target: Target,
    mut plan: Plan,
    stop: watch::Receiver<bool>,
    mut tell: impl FnMut(Event),
) -> Result<(), SetUpError> {
    let begun = Instant::now();
    info!("run {} begins on {}", plan.id, target.name());
    // Nothing is said or shown but what has passed here.
    let redactor = target.secrets().redactor();
    let mut tell = |event: Event| tell(event.redacted(&redactor));
    let lane = Lane::of_the_run(plan.trace.as_ref(), target.secrets());
    lane.begin(&plan.header(&target));
    let ending = Ending::new(stop, plan.max_time, plan.clearing_time);
    let mut ledger = Ledger::new(std::mem::take(&mut plan.divergences), target.name(), divergence::day(plan.now));
    let snapshots = suite.unused_snapshots();
    let made = Made::new(&plan.id.to_string(), plan.journal.take());
    let colleagues = Colleagues::new(Passwords::of(&plan.credentials, &plan.id));
    let connect = async {
        let means = tokio::select! {
            means = Means::connect(&target, &plan, colleagues.passwords(), &made) => means,
            early = ending.comes() => Err(SetUpError(early.to_string())),
        }?;
        let left_behind = means.verify(&plan, suite.scenarios.len(), (&colleagues, &made), &ending).await?;
        Ok((means, left_behind))
    };
    let (means, mut left_behind) = match lane.during(Phase::SetUp, None, connect).await {
        Ok(connected) => connected,
        Err(SetUpError(error)) => {
            let notes = made.finish(&target);
            if ending.early() == Some(Early::Interrupted) {
                let end = EndLine { early: Some(Early::Interrupted), notes, ..EndLine::default() };
                lane.end(&end);
                tell(finished(end, begun, snapshots, ledger));
                return Ok(());
            }
            let error = redactor.text(&[vec![error], notes].concat().join("\n"));
            lane.end(&EndLine { not_set_up: Some(error.clone()), ..EndLine::default() });
            return Err(SetUpError(error));
        }
    };
    tell(Event::Started(plan.started(&suite, selection, target.name(), &plan.id.to_string())));
    let live = Live { means, colleagues, elsewhere: Elsewhere::default(), made };
    let shared = Arc::new(Shared { suite, source: Source::Live(Box::new(live)), plan });
    let panicked = shared.all(selection, &ending, &mut ledger, &mut tell).await;
    let early = ending.early();
    left_behind.extend(lane.during(Phase::CleanUp, None, shared.clear(&ending)).await);
    let mut notes = shared.notes(&target);
    if let (Some(Early::TimeOver), Some(most)) = (early, shared.plan.max_time) {
        notes.push(format!(
            "the run's time of {} s was over: what was not judged by then is untestable",
            most.as_secs()
        ));
    }
    info!("the run has ended");
    let end = EndLine { not_set_up: None, early, left_behind, notes };
    lane.end(&end);
    tell(finished(end, begun, snapshots, ledger));
    panicked.map_or(Ok(()), |panic| std::panic::resume_unwind(panic))
}

/// Judges what a run has written down, as if it came from a target now: by this suite, and as the run was planned. What the
/// run never came to is skipped.
///
/// Fails where the run has failed to reach its target.
///
/// # Panics
///
/// As [`run`] does.
pub async fn judge(
    suite: Arc<Suite>,
    selection: &Selection,
    trace: Trace,
    divergences: Vec<Entry>,
    mut tell: impl FnMut(Event),
) -> Result<(), SetUpError> {
    let begun = Instant::now();
    let secrets = Secrets::default();
    trace.tell(&secrets);
    let redactor = secrets.redactor();
    let mut tell = |event: Event| tell(event.redacted(&redactor));
    let end = trace.end();
    if let Some(why) = end.not_set_up {
        return Err(SetUpError(redactor.text(&why)));
    }
    let header = &trace.header;
    let plan = Plan {
        version: trace.version,
        credentials: header.credentials(),
        capabilities: header.capabilities.clone(),
        more_accounts: header.more_accounts,
        instance: header.instance.clone(),
        writes: header.writes,
        access: header.access,
        replays: header.replays,
        ..Plan::default()
    };
    let mut ledger = Ledger::new(divergences, &header.target, divergence::day(plan.now));
    let snapshots = suite.unused_snapshots();
    tell(Event::Started(plan.started(&suite, selection, &header.target, &header.run)));
    let shared = Arc::new(Shared { suite, source: Source::Trace(Box::new(trace), secrets), plan });
    // Nothing needs to be cleared away, so that nobody needs to end it in good order.
    let (_end, stop) = watch::channel(false);
    let ending = Ending::new(stop, None, Duration::ZERO);
    let panicked = shared.all(selection, &ending, &mut ledger, &mut tell).await;
    tell(finished(end, begun, snapshots, ledger));
    panicked.map_or(Ok(()), |panic| std::panic::resume_unwind(panic))
}

/// The end of a run; `snapshots` are those that nobody uses.
fn finished(end: EndLine, begun: Instant, snapshots: Vec<String>, ledger: Ledger) -> Event {
    let EndLine { early, left_behind, notes, .. } = end;
    let snapshots = snapshots.into_iter().map(|path| format!("no check uses the snapshot {path}.snap"));
    let stale = snapshots.chain(ledger.stale()).collect();
    let interrupted = early == Some(Early::Interrupted);
    Event::Finished(Finished { interrupted, elapsed: begun.elapsed(), stale, left_behind, notes })
}

impl Plan {
    /// The same for a run of its own.
    pub fn again(&self) -> Plan {
        Plan {
            version: self.version,
            credentials: self.credentials.clone(),
            capabilities: self.capabilities.clone(),
            more_accounts: self.more_accounts,
            instance: self.instance.clone(),
            divergences: self.divergences.clone(),
            id: RunId::random(),
            trace: None,
            journal: None,
            ..*self
        }
    }

    /// What is said before anything is run.
    fn started(&self, suite: &Suite, selection: &Selection, target: &str, run: &str) -> Started {
        let is_disputed = |check: &Check| {
            let rule = check.rule.as_ref().and_then(|rule| suite.rules.get(rule));
            rule.is_some_and(|rule| rule.disputed.is_some())
        };
        let checks = || suite.scenarios.iter().flat_map(|scenario| scenario.checks());
        let cells = suite.access.as_ref().map_or(0, AccessTable::cells);
        // Each scenario and each endpoint has one more: that no answer shows what it must not.
        let canaries = suite.scenarios.len() + suite.access.as_ref().map_or(0, |table| table.endpoints.len());
        let ways = |scenario| replay::ways(scenario, self.administers(), self.instance.is_none()).len();
        let replays = if self.replays { suite.scenarios.iter().map(ways).sum() } else { 0 };
        Started {
            target: target.to_owned(),
            api_version: self.version.to_string(),
            run: run.to_owned(),
            began: self.now.round(Unit::Second).unwrap_or(self.now),
            words: selection.words().to_vec(),
            access: self.access,
            shard: selection.of_shard(),
            declared: checks().filter(|(_, check)| !is_disputed(check)).count() + cells + canaries + replays,
            declared_disputed: checks().filter(|(_, check)| is_disputed(check)).count(),
        }
    }

    /// Whether the run has an administrator's key.
    fn administers(&self) -> bool {
        !matches!(self.credentials, Credentials::ApiKeys(_))
    }

    /// The first line of the trace.
    fn header(&self, target: &Target) -> TraceHeader {
        TraceHeader {
            format: trace::FORMAT.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            target: target.name().to_owned(),
            base: target.base().to_owned(),
            api_version: self.version.to_string(),
            run: self.id.to_string(),
            access: self.access,
            replays: self.replays,
            more_accounts: self.more_accounts,
            writes: self.writes,
            capabilities: self.capabilities.clone(),
            api_keys: match &self.credentials {
                Credentials::ApiKeys(keys) => Some(ApiKeysLine::of(keys)),
                Credentials::AccountKey(_) | Credentials::Register => None,
            },
            instance: self.instance.clone(),
        }
    }
}

const FAILED_FAST: &str = "a check failed before, and --fail-fast was given";
const HAS_PANICKED: &str = "this program has failed before, which is a defect of it";

/// Every id that a check of a run can have: those of scenarios and cells, and what each scenario and each endpoint is asked
/// without being told to.
pub fn check_ids(suite: &Suite) -> HashSet<String> {
    let mut ids = suite.ids();
    for scenario in &suite.scenarios {
        ids.extend(replay::ways(scenario, true, true).into_iter().map(|way| way.check(scenario).to_string()));
    }
    for endpoint in suite.access.iter().flat_map(|table| &table.endpoints) {
        ids.insert(CheckId::leak_check(&endpoint.full_name()).to_string());
        ids.extend(endpoint.cells.iter().map(|cell| cell.id.to_string()));
    }
    ids
}

/// The scenario that a check is of; that of a cell of the access table asks for nothing else. The checks that are about all
/// answers have none.
pub fn scenario_of(suite: &Suite, id: &str) -> Option<Scenario> {
    let is_it = |scenario: &&Scenario| scenario.checks().any(|(_, check)| check.id.as_str() == id);
    if let Some(scenario) = suite.scenarios.iter().find(is_it) {
        return Some(scenario.clone());
    }
    let table = suite.access.as_ref()?;
    let endpoint = table.endpoints.iter().find(|endpoint| endpoint.cells.iter().any(|cell| cell.id.as_str() == id))?;
    let cell = endpoint.cells.iter().find(|cell| cell.id.as_str() == id)?;
    let plan = Plan::default();
    Some(Cells { table, endpoint, plan: &plan }.alone(cell))
}

/// With what something panicked.
type Panic = Box<dyn std::any::Any + Send>;

/// What the scenarios of a run share.
struct Shared {
    suite: Arc<Suite>,
    source: Source,
    plan: Plan,
}

/// What is run as one piece, by its number.
#[derive(Clone, Copy)]
enum Part {
    Scenario(usize),
    /// Of the access table.
    Endpoint(usize),
}

impl Shared {
    /// Runs what is selected, side by side, and tells what came of it in the order of the files. Gives with what a scenario
    /// panicked, where one did.
    async fn all(
        self: &Arc<Self>,
        selection: &Selection,
        ending: &Ending,
        ledger: &mut Ledger,
        tell: &mut impl FnMut(Event),
    ) -> Option<Panic> {
        let redactor = self.source.secrets().redactor();
        let mut selected = selection.of(&self.suite).into_iter().map(Part::Scenario).collect::<Vec<_>>();
        if self.plan.access != Access::Off {
            selected.extend(selection.endpoints(&self.suite).into_iter().map(Part::Endpoint));
        }
        let jobs = Arc::new(Semaphore::new(self.plan.jobs.max(1)));
        let (halt, halted) = watch::channel(None);
        let mut running = JoinSet::new();
        for (place, part) in selected.into_iter().enumerate() {
            let (shared, jobs) = (Arc::clone(self), Arc::clone(&jobs));
            let (ending, halted) = (ending.clone(), halted.clone());
            running.spawn(async move {
                // The semaphore is never closed.
                let _turn = jobs.acquire().await;
                let halted = *halted.borrow();
                (place, shared.run(part, ending, halted).await)
            });
        }
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        let mut panicked = None;
        while let Some(finished) = running.join_next().await {
            let (place, mut result) = match finished {
                Ok(result) => result,
                // Nobody aborts a scenario: it panicked.
                Err(error) => {
                    panicked = Some(error);
                    halt.send_replace(Some(HAS_PANICKED));
                    continue;
                }
            };
            // What is shown is what an entry states.
            if ledger.has_entries() {
                result = result.map(|result| result.redacted(&redactor));
            }
            result.iter_mut().for_each(|result| ledger.enter(result));
            let verdicts = result.iter().flat_map(|result: &ScenarioResult| &result.checks);
            let strict = self.plan.strict;
            let bad = |check: &CheckResult| check.verdict >= Verdict::Fail && (strict || !check.is_disputed());
            if self.plan.fail_fast && verdicts.into_iter().any(bad) {
                halt.send_replace(Some(FAILED_FAST));
            }
            waiting.insert(place, result);
            while let Some(result) = waiting.remove(&next) {
                result.into_iter().for_each(|result| tell(Event::Scenario(result)));
                next += 1;
            }
        }
        // Only where a scenario panicked there are some whose turn does not come.
        waiting.into_values().flatten().for_each(|result| tell(Event::Scenario(result)));
        panicked.and_then(|error| error.try_into_panic().ok())
    }

    /// Nothing where there is no such part.
    async fn run(&self, part: Part, ending: Ending, skip: Option<&'static str>) -> Option<ScenarioResult> {
        let run = Run {
            suite: &self.suite,
            source: &self.source,
            recorder: self.plan.trace.as_ref(),
            administers: self.plan.administers(),
            id: &self.plan.id,
            instance: self.plan.instance.as_deref(),
            patience: self.plan.patience,
            // A replay asks whether two answers agree; the table says of each answer what it has to be.
            replays: self.plan.replays && matches!(part, Part::Scenario(_)),
            all_requests: self.plan.all_requests,
            ending,
        };
        match part {
            Part::Scenario(number) => {
                let scenario = self.suite.scenarios.get(number)?;
                let why = skip.map(str::to_owned).or_else(|| needs::why_not(scenario, &self.plan));
                Some(match why {
                    Some(why) => run.skip(scenario, &why),
                    None => match run.ending.early() {
                        Some(early) => run.ended(scenario, early),
                        None => run.scenario(number, scenario).await,
                    },
                })
            }
            Part::Endpoint(number) => {
                let table = self.suite.access.as_ref()?;
                let endpoint = table.endpoints.get(number)?;
                // Every cell can have a world of its own, and no two worlds of a run have the same number. After those of
                // the scenarios comes the other instance of replays.
                let before: usize = table.endpoints.iter().take(number).map(|endpoint| endpoint.cells.len()).sum();
                let cells = Cells { table, endpoint, plan: &self.plan };
                Some(run.endpoint(self.suite.scenarios.len() + 1 + before, &cells, skip).await)
            }
        }
    }

    /// Removes what no scenario has removed: what they shared, and what one made that came to no end. Gives what is left,
    /// with the reason.
    async fn clear(&self, ending: &Ending) -> Vec<String> {
        match &self.source {
            Source::Live(live) => live.made.clear(None, &live.means.removers(&live.colleagues), ending).await,
            Source::Trace(..) => Vec::new(),
        }
    }

    /// What the user should know of what was made.
    fn notes(&self, target: &Target) -> Vec<String> {
        match &self.source {
            Source::Live(live) => live.made.finish(target),
            Source::Trace(..) => Vec::new(),
        }
    }
}
