//! Turns the access cases of the access table into scenarios.
//!
//! All access cases of an endpoint that only read share a scenario, and so a world. So do those whose
//! change must be rejected: the administrator reads before the first one and after each, to check
//! that it has not changed anything. If one of them does not hold, it may have changed the world of
//! the others, so each of them has a scenario of its own as well. Every other access case has its
//! own scenario, whose world holds what it needs. So worlds, witnesses and leak checks work as in
//! every scenario.

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
use syncano_suite::file::{Need, SaveName, Via};
use syncano_suite::{
    AccessCase, AccessEndpoint, AccessTable, Assertion, BuiltInCheck, Check, Given, KeySlot, Locator, Name, Principal,
    Scenario, Step, StepBody, Text,
};

/// The access cases of an endpoint, with the plan of the run.
pub struct EndpointCases<'t> {
    /// The whole table.
    pub table: &'t AccessTable,
    /// The endpoint.
    pub endpoint: &'t AccessEndpoint,
    /// The plan of the run.
    pub plan: &'t Plan,
}

/// The scenarios of the access cases of one endpoint.
#[derive(Default)]
pub struct EndpointScenarios {
    /// The skipped scenarios, each with the reason.
    pub skipped: Vec<(String, Scenario)>,
    /// The scenarios to run, each in a world of its own.
    pub run: Vec<Scenario>,
    /// The scenario of all changes that must be rejected.
    pub rejected: Option<Scenario>,
    /// The scenarios to run if one of those does not hold: each of them alone. None if there is only
    /// one.
    pub rejected_alone: Vec<Scenario>,
}

impl EndpointCases<'_> {
    /// Plans the scenarios of the endpoint; `skip` is a reason to skip them all. There are at most
    /// [`most_scenarios`](Self::most_scenarios).
    pub fn scenarios(&self, skip: Option<&str>) -> EndpointScenarios {
        let mut skipped: IndexMap<String, Vec<&AccessCase>> = IndexMap::new();
        let (mut reading, mut rejected, mut changing) = (Vec::new(), Vec::new(), Vec::new());
        for case in self.endpoint.cases.iter().filter(|case| self.plan.access.runs(&case.method)) {
            match skip.map(str::to_owned).or_else(|| self.why_not(case)) {
                Some(why) => skipped.entry(why).or_default().push(case),
                None if reads(&case.method) => reading.push(case),
                None if case.expected.changes_nothing() => rejected.push(case),
                None => changing.push(case),
            }
        }
        let skipped = skipped.into_iter().map(|(why, cases)| (why, self.asking(&cases))).collect();
        let reading = iter::once(reading).filter(|reading| !reading.is_empty()).map(|reading| self.asking(&reading));
        let run = reading.chain(changing.into_iter().map(|case| self.asking(&[case]))).collect();
        let rejected_alone =
            rejected.iter().filter(|_| rejected.len() > 1).map(|case| self.rejected(&[case])).collect();
        let rejected = Some(rejected).filter(|cases| !cases.is_empty()).map(|cases| self.rejected(&cases));
        EndpointScenarios { skipped, run, rejected, rejected_alone }
    }

    /// Returns the maximum number of scenarios of an endpoint: one for each access case, and that of
    /// the rejected changes.
    pub fn most_scenarios(endpoint: &AccessEndpoint) -> usize {
        endpoint.cases.len() + 1
    }

    /// Returns why an access case is not run, if it is not.
    fn why_not(&self, case: &AccessCase) -> Option<String> {
        let changes = !reads(&case.method);
        if self.plan.instance.is_some() && self.endpoint.is_of_settings() && changes {
            return Some("it would change the instance that --instance names".to_owned());
        }
        why_not(&self.alone(case), self.plan)
    }

    /// Returns the scenario of one access case alone.
    pub fn alone(&self, case: &AccessCase) -> Scenario {
        match !reads(&case.method) && case.expected.changes_nothing() {
            true => self.rejected(&[case]),
            false => self.asking(&[case]),
        }
    }

    /// Returns the scenario of access cases that only read, or of one that may change its world.
    fn asking(&self, cases: &[&AccessCase]) -> Scenario {
        self.scenario(cases.iter().map(|case| self.step(case)).collect())
    }

    /// Returns the scenario of changes that must be rejected. If the administrator sees what they
    /// would change, the administrator reads before the first one and after each.
    fn rejected(&self, cases: &[&AccessCase]) -> Scenario {
        let shown_at = self.shown_at();
        let is_list = self.endpoint.rows.is_some();
        let first = cases.first().zip(shown_at.as_ref()).filter(|_| !is_list);
        let mut steps = first.map(|(case, path)| self.item_before(case, path)).into_iter().collect::<Vec<_>>();
        for case in cases {
            steps.push(self.step(case));
            steps.extend(shown_at.as_ref().map(|path| match is_list {
                true => self.list_as_before(case, path),
                false => self.item_as_before(case, path),
            }));
        }
        self.scenario(steps)
    }

    fn scenario(&self, steps: Vec<Step>) -> Scenario {
        let given = needed(&self.table.given, &steps);
        let changes_instance = self.endpoint.is_of_settings() && steps.iter().any(|step| !reads(&step.method));
        Scenario {
            source: Arc::clone(&self.table.source),
            name: self.endpoint.full_name(),
            title: format!("Who may do what with {}", self.endpoint.name),
            // An invited administrator keeps access to the instance until the instance is deleted.
            needs: if given.roles.is_empty() && !changes_instance { Vec::new() } else { vec![Need::OwnInstance] },
            given,
            steps,
            built_in: BuiltInCheck::ALL.to_vec(),
        }
    }

    /// Returns the step of an access case.
    fn step(&self, case: &AccessCase) -> Step {
        let caller = self.table.callers.get(case.caller);
        let is_list = case.method == Method::GET && self.endpoint.rows.is_some();
        let body = match (&self.endpoint.json, case.method.as_str()) {
            (Some(json), "POST" | "PUT" | "PATCH") => StepBody::Json(json.clone()),
            _ => StepBody::Empty,
        };
        Step {
            principal: caller.map_or(ADMINISTRATOR, |caller| caller.principal.clone()),
            headers: caller.map(|caller| caller.headers.clone()).unwrap_or_default(),
            body,
            checks: vec![check(case, "", Assertion::AccessCase(Arc::clone(&case.expected)))],
            ..self.send(
                case,
                format!("{} {} as {}", case.method, self.endpoint.path, self.word(case)),
                case.method.clone(),
                if is_list { newest_first(&self.endpoint.path) } else { self.endpoint.path.clone() },
            )
        }
    }

    /// Returns the step in which the administrator reads an item before the first request.
    fn item_before(&self, case: &AccessCase, path: &Text) -> Step {
        Step {
            save: vec![(SaveName::Value(constant("before")), Locator::whole())],
            checks: vec![Check { witness: true, ..check(case, "before", Assertion::Status(200)) }],
            ..self.look(case, "before", path.clone())
        }
    }

    /// Returns the step in which the administrator reads an item after a request: it is as before.
    fn item_as_before(&self, case: &AccessCase, path: &Text) -> Step {
        let is_as_before = Assertion::Equals(Locator::whole(), constant("\"{{before}}\""));
        Step { checks: vec![check(case, "unchanged", is_as_before)], ..self.look(case, "after", path.clone()) }
    }

    /// Returns the step in which the administrator reads a list after a request: it shows what the
    /// table states, and no value of the request.
    fn list_as_before(&self, case: &AccessCase, path: &Text) -> Step {
        let new = self.endpoint.json.iter().flat_map(|json| json.references());
        let new = new.filter(|reference| reference.as_str().starts_with("unique.")).cloned().collect::<Vec<_>>();
        let mut checks = Vec::new();
        if let Some(expected) = self.administrator().and_then(|caller| self.endpoint.expected(&Method::GET, caller)) {
            checks.push(check(case, "unchanged", Assertion::AccessCase(Arc::clone(expected))));
        }
        if !new.is_empty() {
            checks.push(check(case, "not-made", Assertion::Absent(new)));
        }
        Step { checks, ..self.look(case, "after", newest_first(path)) }
    }

    /// Returns the step in which the administrator reads before or after the request of a case.
    fn look(&self, case: &AccessCase, when: &str, path: Text) -> Step {
        let name = format!("the administrator looks {when} {} as {}", case.method, self.word(case));
        self.send(case, name, Method::GET, path)
    }

    /// Returns the word of the caller of a case.
    fn word(&self, case: &AccessCase) -> &str {
        self.table.callers.get(case.caller).map_or("", |caller| caller.word.as_str())
    }

    /// Returns the path where the administrator sees what a request would change.
    fn shown_at(&self) -> Option<Text> {
        let own_path = || {
            let expected = self.endpoint.expected(&Method::GET, self.administrator()?)?;
            expected.answers.iter().all(|answer| answer.status == 200).then(|| self.endpoint.path.clone())
        };
        self.endpoint.shown_at.clone().or_else(own_path)
    }

    /// Returns the index of the caller who creates the worlds.
    fn administrator(&self) -> Option<usize> {
        self.table.callers.iter().position(|caller| caller.principal == ADMINISTRATOR && caller.headers.is_empty())
    }

    /// Returns a step of the administrator without checks.
    fn send(&self, case: &AccessCase, name: String, method: Method, path: Text) -> Step {
        Step {
            name,
            principal: ADMINISTRATOR,
            via: Via::default(),
            method,
            path,
            headers: IndexMap::new(),
            body: StepBody::Empty,
            save: Vec::new(),
            eventually: None,
            waits_for_next: false,
            no_endpoint: false,
            checks: Vec::new(),
            place: case.place.clone(),
        }
    }
}

/// The account that creates worlds.
const ADMINISTRATOR: Principal = Principal { key: KeySlot::Account, user: None };

/// Returns a check of an access case. An empty `word` stands for the access case itself, any other
/// for an additional check.
fn check(case: &AccessCase, word: &str, assertion: Assertion) -> Check {
    let id = if word.is_empty() { case.id.clone() } else { case.id.with(word) };
    Check { id, rule: None, witness: false, assertion, place: case.place.clone() }
}

/// Returns the path of a list whose first page shows the newest items.
fn newest_first(path: &Text) -> Text {
    constant(&format!("{path}?ordering=desc"))
}

/// Parses a constant, or a text made of values that were parsed before.
fn constant<T: FromStr<Err: fmt::Debug>>(text: &str) -> T {
    #[expect(clippy::expect_used, reason = "a constant that cannot be parsed fails the first test that uses it")]
    text.parse().expect("a constant")
}

/// Returns the part of a world that steps refer to. API keys, accounts, objects, channels,
/// devices and the other instance are created only if a step needs them. Users and groups are always created, so that a
/// leak of theirs can be seen.
fn needed(given: &Given, steps: &[Step]) -> Given {
    let references = steps.iter().flat_map(|step| {
        let of_checks = step.checks.iter().flat_map(|check| check.assertion.references());
        step.references().into_iter().chain(of_checks)
    });
    let owners = references.filter_map(|reference| reference.as_str().split('.').next()).collect::<BTreeSet<_>>();
    let principals = steps.iter().map(|step| &step.principal).collect::<Vec<_>>();
    let sends = |slot: &KeySlot| principals.iter().any(|principal| principal.key == *slot);
    let asks = |user: &Name| principals.iter().any(|principal| principal.user_name() == Some(user));
    let refers_to = |name: &Name| owners.contains(name.as_str());

    let with_data_endpoints = given.data_endpoints.keys().any(refers_to);
    let with_objects = with_data_endpoints || given.classes.keys().chain(given.objects.keys()).any(refers_to);
    let foreign = given.foreign.clone().filter(|users| {
        let users = users.iter().any(|user| asks(user) || refers_to(user));
        users || owners.contains("foreign") || sends(&KeySlot::Foreign)
    });
    let mut needed = Given { foreign, ..given.clone() };
    needed.api_keys.retain(|key, flags| {
        flags.is_empty() || sends(&KeySlot::Api(key.clone())) || owners.contains(format!("api:{key}").as_str())
    });
    needed.roles.retain(|role| {
        sends(&KeySlot::ExtraAccount(*role)) || owners.contains(format!("account:{}", role.name()).as_str())
    });
    if !with_objects {
        needed.classes.clear();
        needed.objects.clear();
    }
    needed.templates.retain(|name, _| refers_to(name));
    if !with_data_endpoints {
        needed.data_endpoints.clear();
    }
    if !given.channels.keys().any(refers_to) {
        needed.channels.clear();
    }
    if !given.devices.keys().any(refers_to) {
        needed.devices.clear();
    }
    needed
}
