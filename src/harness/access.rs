//! The access table on a target.
//!
//! Every endpoint is a result of its own, and its cells are the checks. All cells that only read share a world; every other
//! one has its own, which holds what the cell needs. A cell is judged as a scenario of one step that nobody wrote, so
//! that worlds, witnesses and canaries are those of all scenarios. Two things come in addition:
//!
//! * What was refused must not have happened: the administrator looks before and after.
//! * That somebody is refused says nothing where nobody is let in: the first caller of the table whom a method does not
//!   refuse is its witness.

use std::collections::BTreeSet;
use std::fmt;
use std::iter;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use http::Method;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Plan;
use super::event::{CheckResult, ScenarioResult};
use super::execute::Run;
use super::needs::why_not;
use crate::judge::Verdict;
use crate::scenario::file::{Need, SaveName, Via};
use crate::scenario::{
    AccessTable, Assertion, Body, Cell, Check, Endpoint, Given, KeySlot, Locator, METHODS, Name, Principal, Scenario,
    Step, Text,
};

/// Which cells of the access table are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// None.
    #[default]
    Off,
    /// Those of GET and OPTIONS.
    ReadOnly,
    /// All of them.
    Full,
}

impl Access {
    fn runs(self, method: &Method) -> bool {
        match self {
            Access::Off => false,
            Access::ReadOnly => reads(method),
            Access::Full => true,
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Access::Off => "off",
            Access::ReadOnly => "read-only",
            Access::Full => "full",
        })
    }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::OPTIONS)
}

impl Run<'_> {
    /// Runs cells of an endpoint, or skips them for a reason. `number` is that of the first world; there are never more
    /// worlds than cells.
    pub async fn endpoint(&self, number: usize, cells: &Cells<'_>, skip: Option<&str>) -> ScenarioResult {
        let begun = Instant::now();
        let mut skipped: IndexMap<String, Vec<&Cell>> = IndexMap::new();
        let (mut reading, mut changing) = (Vec::new(), Vec::new());
        for cell in cells.endpoint.cells.iter().filter(|cell| cells.plan.access.runs(&cell.method)) {
            match skip.map(str::to_owned).or_else(|| cells.why_not(cell)) {
                Some(why) => skipped.entry(why).or_default().push(cell),
                None if reads(&cell.method) => reading.push(cell),
                None => changing.push(cell),
            }
        }
        let mut whole = Whole::new(cells.endpoint);
        for (why, skipped) in skipped {
            whole.add(self.skip(&cells.asking(&skipped), &why));
        }
        let reading = iter::once(reading).filter(|reading| !reading.is_empty()).map(|reading| cells.asking(&reading));
        let worlds = reading.chain(changing.into_iter().map(|cell| cells.changing(cell)));
        for (world, scenario) in worlds.enumerate() {
            whole.add(match self.ending.early() {
                Some(early) => self.ended(&scenario, early),
                None => self.scenario(number + world, &scenario).await,
            });
        }
        whole.result(cells.table, begun)
    }
}

/// The cells of an endpoint, and which of them are run.
pub struct Cells<'t> {
    /// The whole table.
    pub table: &'t AccessTable,
    /// The endpoint.
    pub endpoint: &'t Endpoint,
    /// How the run is to go.
    pub plan: &'t Plan,
}

impl Cells<'_> {
    /// Why a cell is not run, where it is not.
    fn why_not(&self, cell: &Cell) -> Option<String> {
        let changes = !reads(&cell.method);
        if self.plan.instance.is_some() && self.endpoint.is_instance() && changes {
            return Some("it would change the instance that --instance names".to_owned());
        }
        let scenario = if changes { self.changing(cell) } else { self.asking(&[cell]) };
        why_not(&scenario, self.plan)
    }

    /// A cell with nothing beside it.
    pub fn alone(&self, cell: &Cell) -> Scenario {
        if reads(&cell.method) { self.asking(&[cell]) } else { self.changing(cell) }
    }

    /// Requests that leave their world as it is.
    fn asking(&self, cells: &[&Cell]) -> Scenario {
        self.scenario(cells.iter().map(|cell| self.step(cell)).collect())
    }

    /// A request that may change its world. Where it must not, the administrator looks before and after.
    fn changing(&self, cell: &Cell) -> Scenario {
        let step = self.step(cell);
        let shown_at = self.shown_at().filter(|_| cell.expected.changes_nothing());
        let steps = match (shown_at, &self.endpoint.rows) {
            (None, _) => vec![step],
            (Some(path), Some(_)) => vec![step, self.list_as_before(cell, path)],
            (Some(path), None) => {
                let [before, after] = self.item_as_before(cell, &path);
                vec![before, step, after]
            }
        };
        self.scenario(steps)
    }

    fn scenario(&self, steps: Vec<Step>) -> Scenario {
        let given = needed(&self.table.given, &steps);
        Scenario {
            source: Arc::clone(&self.table.source),
            name: self.endpoint.full_name(),
            title: format!("Who may do what with {}", self.endpoint.name),
            // Who becomes an administrator of an instance stays one until the instance is gone.
            needs: if given.roles.is_empty() { Vec::new() } else { vec![Need::OwnInstance] },
            given,
            steps,
        }
    }

    /// The request of a cell.
    fn step(&self, cell: &Cell) -> Step {
        let caller = self.table.callers.get(cell.caller);
        let word = caller.map_or("", |caller| caller.word.as_str());
        let is_list = cell.method == Method::GET && self.endpoint.rows.is_some();
        let body = match (&self.endpoint.json, cell.method.as_str()) {
            (Some(json), "POST" | "PUT" | "PATCH") => Body::Json(json.clone()),
            _ => Body::Empty,
        };
        Step {
            principal: caller.map_or(ADMINISTRATOR, |caller| caller.principal.clone()),
            headers: caller.map(|caller| caller.headers.clone()).unwrap_or_default(),
            body,
            checks: vec![check(cell, "", Assertion::Cell(Arc::clone(&cell.expected)))],
            ..self.send(
                cell,
                format!("{} {} as {word}", cell.method, self.endpoint.path),
                cell.method.clone(),
                if is_list { newest_first(&self.endpoint.path) } else { self.endpoint.path.clone() },
            )
        }
    }

    /// What the administrator sees of an item, before and after.
    fn item_as_before(&self, cell: &Cell, path: &Text) -> [Step; 2] {
        let look = |when| self.send(cell, format!("the administrator looks {when}"), Method::GET, path.clone());
        let is_there = Assertion::Status(200);
        let is_as_before = Assertion::Equals(Locator::whole(), constant("\"{{before}}\""));
        let before = Step {
            save: vec![(SaveName::Value(constant("before")), Locator::whole())],
            checks: vec![Check { witness: true, ..check(cell, "before", is_there) }],
            ..look("before")
        };
        [before, Step { checks: vec![check(cell, "unchanged", is_as_before)], ..look("after") }]
    }

    /// Afterwards a list shows the administrator what the table says, and nothing of what was sent.
    fn list_as_before(&self, cell: &Cell, path: Text) -> Step {
        let new = self.endpoint.json.iter().flat_map(|json| json.references());
        let new = new.filter(|reference| reference.as_str().starts_with("unique.")).cloned().collect::<Vec<_>>();
        let mut checks = Vec::new();
        if let Some(expected) = self.administrator().and_then(|caller| self.endpoint.expected(&Method::GET, caller)) {
            checks.push(check(cell, "unchanged", Assertion::Cell(Arc::clone(expected))));
        }
        if !new.is_empty() {
            checks.push(check(cell, "not-made", Assertion::Absent(new)));
        }
        let look = self.send(cell, "the administrator looks after".to_owned(), Method::GET, newest_first(&path));
        Step { checks, ..look }
    }

    /// Where that is shown to the administrator which a request would change.
    fn shown_at(&self) -> Option<Text> {
        let itself = || {
            let expected = self.endpoint.expected(&Method::GET, self.administrator()?)?;
            expected.answers.iter().all(|answer| answer.status == 200).then(|| self.endpoint.path.clone())
        };
        self.endpoint.shown_at.clone().or_else(itself)
    }

    /// The number of the caller who makes the worlds.
    fn administrator(&self) -> Option<usize> {
        self.table.callers.iter().position(|caller| caller.principal == ADMINISTRATOR && caller.headers.is_empty())
    }

    /// A request by the administrator, without anything to be checked.
    fn send(&self, cell: &Cell, name: String, method: Method, path: Text) -> Step {
        Step {
            name,
            principal: ADMINISTRATOR,
            via: Via::default(),
            method,
            path,
            headers: IndexMap::new(),
            body: Body::Empty,
            save: Vec::new(),
            eventually: None,
            checks: Vec::new(),
            place: cell.place.clone(),
        }
    }
}

/// The account on which worlds are made.
const ADMINISTRATOR: Principal = Principal { key: KeySlot::Account, user: None };

/// A check of a cell: the cell itself, or what in addition has to be true.
fn check(cell: &Cell, word: &str, assertion: Assertion) -> Check {
    let id = if word.is_empty() { cell.id.clone() } else { cell.id.with(word) };
    Check { id, rule: None, witness: false, assertion, place: cell.place.clone() }
}

/// A list whose first page shows what was made last, whatever else there is.
fn newest_first(path: &Text) -> Text {
    constant(&format!("{path}?ordering=desc"))
}

/// Something that is written in the code, or made of what was read before.
fn constant<T: FromStr<Err: fmt::Debug>>(text: &str) -> T {
    #[expect(clippy::expect_used, reason = "a constant that cannot be read fails the first test that uses it")]
    text.parse().expect("a constant")
}

/// The part of a world that steps speak of: API keys, accounts, objects and the other instance are made for whom they
/// concern. Users and groups are always there, for others to be seen among them.
fn needed(given: &Given, steps: &[Step]) -> Given {
    let references = steps.iter().flat_map(|step| {
        let of_checks = step.checks.iter().flat_map(|check| check.assertion.references());
        step.references().into_iter().chain(of_checks)
    });
    let owners = references.filter_map(|reference| reference.as_str().split('.').next()).collect::<BTreeSet<_>>();
    let principals = steps.iter().map(|step| &step.principal).collect::<Vec<_>>();
    let sends = |slot: &KeySlot| principals.iter().any(|principal| principal.key == *slot);
    let asks = |user: &Name| principals.iter().any(|principal| principal.user_name() == Some(user));
    let speaks_of = |name: &Name| owners.contains(name.as_str());

    let with_objects = given.classes.keys().chain(given.objects.keys()).any(speaks_of);
    let foreign = given.foreign.clone().filter(|users| {
        let users = users.iter().any(|user| asks(user) || speaks_of(user));
        users || owners.contains("foreign") || sends(&KeySlot::Foreign)
    });
    let mut needed = Given { foreign, ..given.clone() };
    needed.api_keys.retain(|key, flags| {
        flags.is_empty() || sends(&KeySlot::Api(key.clone())) || owners.contains(format!("api:{key}").as_str())
    });
    needed.roles.retain(|role| {
        sends(&KeySlot::Colleague(*role)) || owners.contains(format!("account:{}", role.name()).as_str())
    });
    if !with_objects {
        needed.classes.clear();
        needed.objects.clear();
    }
    needed
}

/// The results of an endpoint's worlds, put together.
struct Whole<'t> {
    endpoint: &'t Endpoint,
    /// By id.
    cells: IndexMap<String, CheckResult>,
    canary: Option<CheckResult>,
    unseen: Option<String>,
    left_behind: Vec<String>,
}

impl<'t> Whole<'t> {
    fn new(endpoint: &'t Endpoint) -> Whole<'t> {
        Whole { endpoint, cells: IndexMap::new(), canary: None, unseen: None, left_behind: Vec::new() }
    }

    fn add(&mut self, part: ScenarioResult) {
        self.unseen = self.unseen.take().or(part.unseen);
        self.left_behind.extend(part.left_behind);
        let mut looks = Vec::new();
        for check in part.checks {
            if check.id.starts_with("leak/") {
                self.canary(check);
            } else if self.endpoint.cells.iter().any(|cell| cell.id.as_str() == check.id) {
                self.cells.insert(check.id.clone(), check);
            } else {
                looks.push(check);
            }
        }
        for look in looks {
            self.look(look);
        }
    }

    /// The worst one speaks for all worlds; one that saw nothing does not count where another did.
    fn canary(&mut self, canary: CheckResult) {
        let weight = |check: &CheckResult| if check.verdict == Verdict::Skip { None } else { Some(check.verdict) };
        if self.canary.as_ref().is_none_or(|worst| weight(worst) < weight(&canary)) {
            self.canary = Some(canary);
        }
    }

    /// What was refused and yet has happened fails; where nobody could look, nothing is shown.
    fn look(&mut self, look: CheckResult) {
        let cell = look.id.rsplit_once('/').and_then(|(cell, _)| self.cells.get_mut(cell));
        let Some(cell) = cell.filter(|cell| cell.verdict.holds() && look.verdict != Verdict::Pass) else {
            return;
        };
        let because = look.because.unwrap_or_default();
        if look.verdict == Verdict::Flaky {
            cell.verdict = Verdict::Flaky;
            cell.because = Some(format!("whether it has changed something was seen only when asked again: {because}"));
        } else if look.verdict == Verdict::Fail {
            cell.verdict = Verdict::Fail;
            cell.because = Some(format!("it was refused, and yet it has changed something: {because}"));
            cell.evidence = look.evidence;
        } else {
            cell.verdict = Verdict::Untestable;
            cell.because = Some(format!("nothing shows whether it has changed something: {because}"));
        }
        cell.request = look.request;
    }

    /// Where the witness of a method did not pass, no refusal does.
    fn witness(&mut self, method: &Method) {
        let cells = || self.endpoint.cells.iter().filter(|cell| cell.method == *method);
        let mut let_in = cells().filter(|cell| !cell.expected.is_refusal());
        let witness = let_in.find_map(|cell| {
            let check = self.cells.get(cell.id.as_str())?;
            (check.verdict != Verdict::Skip).then_some((&cell.id, check.verdict))
        });
        let Some((witness, _)) = witness.filter(|(_, verdict)| !verdict.holds()) else { return };
        for cell in cells().filter(|cell| cell.expected.is_refusal()) {
            if let Some(check) = self.cells.get_mut(cell.id.as_str()).filter(|check| check.verdict.holds()) {
                check.verdict = Verdict::Untestable;
                check.because = Some(format!("its witness {witness} did not hold"));
            }
        }
    }

    fn result(mut self, table: &AccessTable, begun: Instant) -> ScenarioResult {
        METHODS.iter().for_each(|method| self.witness(method));
        let endpoint = self.endpoint;
        let cells = endpoint.cells.iter();
        let mut checks = cells.filter_map(|cell| self.cells.swap_remove(cell.id.as_str())).collect::<Vec<_>>();
        checks.extend(self.canary);
        ScenarioResult {
            name: endpoint.full_name(),
            title: format!("Who may do what with {}", endpoint.name),
            file: table.source.path.clone(),
            milliseconds: begun.elapsed().as_millis() as u64,
            checks,
            unseen: self.unseen,
            left_behind: self.left_behind,
        }
    }
}
