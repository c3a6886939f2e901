//! Folds the results of an endpoint of the access table into one.
//!
//! The endpoint is the result, and its cells are the checks. A request that was rejected must not have changed anything; what
//! the administrator sees before and after is folded into its cell. A rejection means nothing if nobody is let in: the first
//! caller of the table whom a method does not reject is its witness (positive control).

use std::time::Instant;

use http::Method;
use indexmap::IndexMap;

use super::event::{CheckResult, ScenarioResult};
use super::outcome::CheckOutcome;
use crate::judge::Verdict;
use crate::scenario::{AccessTable, Endpoint, METHODS};

/// The results of an endpoint's scenarios, put together.
pub struct EndpointResult<'t> {
    endpoint: &'t Endpoint,
    /// By id.
    cells: IndexMap<String, CheckResult>,
    leak_check: Option<CheckResult>,
    unseen: Option<String>,
    left_behind: Vec<String>,
}

impl<'t> EndpointResult<'t> {
    /// Creates an empty result.
    pub fn new(endpoint: &'t Endpoint) -> EndpointResult<'t> {
        EndpointResult { endpoint, cells: IndexMap::new(), leak_check: None, unseen: None, left_behind: Vec::new() }
    }

    /// Adds the result of one of its scenarios.
    pub fn add(&mut self, part: ScenarioResult) {
        self.unseen = self.unseen.take().or(part.unseen);
        self.left_behind.extend(part.left_behind);
        let mut looks = Vec::new();
        for check in part.checks {
            if check.id.starts_with("leak/") {
                self.leak_check(check);
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
    fn leak_check(&mut self, leak_check: CheckResult) {
        let weight = |check: &CheckResult| Some(check.verdict()).filter(|verdict| *verdict != Verdict::Skip);
        if self.leak_check.as_ref().is_none_or(|worst| weight(worst) < weight(&leak_check)) {
            self.leak_check = Some(leak_check);
        }
    }

    /// What was refused and yet has happened fails; where nobody could look, nothing is shown.
    fn look(&mut self, look: CheckResult) {
        let cell = look.id.rsplit_once('/').and_then(|(cell, _)| self.cells.get_mut(cell));
        let Some(cell) = cell.filter(|cell| cell.verdict().holds()) else { return };
        cell.outcome = match look.outcome {
            CheckOutcome::Pass => return,
            CheckOutcome::Flaky { because } => {
                let because = format!("whether it has changed something was seen only when asked again: {because}");
                CheckOutcome::Flaky { because }
            }
            CheckOutcome::Fail { because, evidence, divergence } => {
                let because = format!("it was refused, and yet it has changed something: {because}");
                CheckOutcome::Fail { because, evidence, divergence }
            }
            other => {
                let because = other.because().unwrap_or_default();
                CheckOutcome::Untestable {
                    because: format!("nothing shows whether it has changed something: {because}"),
                }
            }
        };
        cell.request = look.request;
    }

    /// Where the witness of a method did not pass, no refusal does.
    fn witness(&mut self, method: &Method) {
        let cells = || self.endpoint.cells.iter().filter(|cell| cell.method == *method);
        let mut let_in = cells().filter(|cell| !cell.expected.is_refusal());
        let witness = let_in.find_map(|cell| {
            let check = self.cells.get(cell.id.as_str())?;
            (check.verdict() != Verdict::Skip).then_some((&cell.id, check.verdict()))
        });
        let Some((witness, _)) = witness.filter(|(_, verdict)| !verdict.holds()) else { return };
        for cell in cells().filter(|cell| cell.expected.is_refusal()) {
            if let Some(check) = self.cells.get_mut(cell.id.as_str()).filter(|check| check.verdict().holds()) {
                check.outcome = CheckOutcome::Untestable { because: format!("its witness {witness} did not hold") };
            }
        }
    }

    /// Returns the result of the endpoint.
    pub fn finish(mut self, table: &AccessTable, begun: Instant) -> ScenarioResult {
        METHODS.iter().for_each(|method| self.witness(method));
        let endpoint = self.endpoint;
        let cells = endpoint.cells.iter();
        let mut checks = cells.filter_map(|cell| self.cells.swap_remove(cell.id.as_str())).collect::<Vec<_>>();
        checks.extend(self.leak_check);
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
