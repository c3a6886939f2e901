//! Turns the cells of the access table into scenarios.
//!
//! All cells of an endpoint that only read share a scenario, and so a world. Every other cell has its own, whose world holds
//! what the cell needs. So worlds, witnesses and leak checks are those of all scenarios. In addition the administrator looks
//! before and after a request that must be rejected: it must not have changed anything.

use std::collections::BTreeSet;
use std::fmt;
use std::iter;
use std::str::FromStr;
use std::sync::Arc;

use http::Method;
use indexmap::IndexMap;

use super::access::reads;
use super::needs::why_not;
use super::run_plan::Plan;
use crate::scenario::file::{Need, SaveName, Via};
use crate::scenario::{
    AccessCase, AccessTable, Assertion, Body, Check, Endpoint, Given, KeySlot, Locator, Name, Principal, Scenario,
    Step, Text,
};

/// The cells of an endpoint, and which of them are run.
pub struct EndpointCases<'t> {
    /// The whole table.
    pub table: &'t AccessTable,
    /// The endpoint.
    pub endpoint: &'t Endpoint,
    /// How the run is to go.
    pub plan: &'t Plan,
}

/// The scenarios that ask for the cells of one endpoint.
#[derive(Default)]
pub struct EndpointScenarios {
    /// Those that are skipped, each with the reason.
    pub skipped: Vec<(String, Scenario)>,
    /// Those that are run, each in a world of its own.
    pub run: Vec<Scenario>,
}

impl EndpointCases<'_> {
    /// Plans the scenarios of the endpoint; `skip` is a reason to skip them all. There are never more scenarios to run than
    /// cells.
    pub fn scenarios(&self, skip: Option<&str>) -> EndpointScenarios {
        let mut skipped: IndexMap<String, Vec<&AccessCase>> = IndexMap::new();
        let (mut reading, mut changing) = (Vec::new(), Vec::new());
        for case in self.endpoint.cases.iter().filter(|case| self.plan.access.runs(&case.method)) {
            match skip.map(str::to_owned).or_else(|| self.why_not(case)) {
                Some(why) => skipped.entry(why).or_default().push(case),
                None if reads(&case.method) => reading.push(case),
                None => changing.push(case),
            }
        }
        let skipped = skipped.into_iter().map(|(why, cases)| (why, self.asking(&cases))).collect();
        let reading = iter::once(reading).filter(|reading| !reading.is_empty()).map(|reading| self.asking(&reading));
        let run = reading.chain(changing.into_iter().map(|case| self.changing(case))).collect();
        EndpointScenarios { skipped, run }
    }

    /// Returns why a cell is not run, if it is not.
    fn why_not(&self, case: &AccessCase) -> Option<String> {
        let changes = !reads(&case.method);
        if self.plan.instance.is_some() && self.endpoint.is_instance() && changes {
            return Some("it would change the instance that --instance names".to_owned());
        }
        let scenario = if changes { self.changing(case) } else { self.asking(&[case]) };
        why_not(&scenario, self.plan)
    }

    /// Returns the scenario of one cell alone.
    pub fn alone(&self, case: &AccessCase) -> Scenario {
        if reads(&case.method) { self.asking(&[case]) } else { self.changing(case) }
    }

    /// Requests that leave their world as it is.
    fn asking(&self, cases: &[&AccessCase]) -> Scenario {
        self.scenario(cases.iter().map(|case| self.step(case)).collect())
    }

    /// A request that may change its world. Where it must not, the administrator looks before and after.
    fn changing(&self, case: &AccessCase) -> Scenario {
        let step = self.step(case);
        let shown_at = self.shown_at().filter(|_| case.expected.changes_nothing());
        let steps = match (shown_at, &self.endpoint.rows) {
            (None, _) => vec![step],
            (Some(path), Some(_)) => vec![step, self.list_as_before(case, path)],
            (Some(path), None) => {
                let [before, after] = self.item_as_before(case, &path);
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
    fn step(&self, case: &AccessCase) -> Step {
        let caller = self.table.callers.get(case.caller);
        let word = caller.map_or("", |caller| caller.word.as_str());
        let is_list = case.method == Method::GET && self.endpoint.rows.is_some();
        let body = match (&self.endpoint.json, case.method.as_str()) {
            (Some(json), "POST" | "PUT" | "PATCH") => Body::Json(json.clone()),
            _ => Body::Empty,
        };
        Step {
            principal: caller.map_or(ADMINISTRATOR, |caller| caller.principal.clone()),
            headers: caller.map(|caller| caller.headers.clone()).unwrap_or_default(),
            body,
            checks: vec![check(case, "", Assertion::AccessCase(Arc::clone(&case.expected)))],
            ..self.send(
                case,
                format!("{} {} as {word}", case.method, self.endpoint.path),
                case.method.clone(),
                if is_list { newest_first(&self.endpoint.path) } else { self.endpoint.path.clone() },
            )
        }
    }

    /// What the administrator sees of an item, before and after.
    fn item_as_before(&self, case: &AccessCase, path: &Text) -> [Step; 2] {
        let look = |when| self.send(case, format!("the administrator looks {when}"), Method::GET, path.clone());
        let is_there = Assertion::Status(200);
        let is_as_before = Assertion::Equals(Locator::whole(), constant("\"{{before}}\""));
        let before = Step {
            save: vec![(SaveName::Value(constant("before")), Locator::whole())],
            checks: vec![Check { witness: true, ..check(case, "before", is_there) }],
            ..look("before")
        };
        [before, Step { checks: vec![check(case, "unchanged", is_as_before)], ..look("after") }]
    }

    /// Afterwards a list shows the administrator what the table says, and nothing of what was sent.
    fn list_as_before(&self, case: &AccessCase, path: Text) -> Step {
        let new = self.endpoint.json.iter().flat_map(|json| json.references());
        let new = new.filter(|reference| reference.as_str().starts_with("unique.")).cloned().collect::<Vec<_>>();
        let mut checks = Vec::new();
        if let Some(expected) = self.administrator().and_then(|caller| self.endpoint.expected(&Method::GET, caller)) {
            checks.push(check(case, "unchanged", Assertion::AccessCase(Arc::clone(expected))));
        }
        if !new.is_empty() {
            checks.push(check(case, "not-made", Assertion::Absent(new)));
        }
        let look = self.send(case, "the administrator looks after".to_owned(), Method::GET, newest_first(&path));
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
    fn send(&self, case: &AccessCase, name: String, method: Method, path: Text) -> Step {
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
            place: case.place.clone(),
        }
    }
}

/// The account on which worlds are made.
const ADMINISTRATOR: Principal = Principal { key: KeySlot::Account, user: None };

/// A check of a cell: the cell itself, or what in addition has to be true.
fn check(case: &AccessCase, word: &str, assertion: Assertion) -> Check {
    let id = if word.is_empty() { case.id.clone() } else { case.id.with(word) };
    Check { id, rule: None, witness: false, assertion, place: case.place.clone() }
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
