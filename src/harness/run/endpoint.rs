//! Folds the results of an endpoint of the access table into one.
//!
//! The endpoint is the result, and its access cases are the checks. A rejected request must not
//! change anything: the administrator reads the data before and after, and the checks of these
//! reads count for the access case. A rejection proves nothing if every caller is rejected: the
//! first caller of the table whom a method accepts is its witness (positive control).

use std::time::Instant;

use http::Method;
use indexmap::IndexMap;

use super::event::{CheckResult, ScenarioResult};
use super::outcome::CheckOutcome;
use crate::judge::Verdict;
use syncano_suite::{AccessEndpoint, AccessTable, BuiltInCheck, METHODS, Scenario};

/// The combined result of an endpoint's scenarios.
pub struct EndpointResult<'t> {
    endpoint: &'t AccessEndpoint,
    /// The access cases by id.
    cases: IndexMap<String, CheckResult>,
    /// The checks of all answers together, by kind.
    built_in: Vec<(BuiltInCheck, CheckResult)>,
    unseen: Option<String>,
}

impl<'t> EndpointResult<'t> {
    /// Creates an empty result.
    pub fn new(endpoint: &'t AccessEndpoint) -> EndpointResult<'t> {
        EndpointResult { endpoint, cases: IndexMap::new(), built_in: Vec::new(), unseen: None }
    }

    /// Adds the result of one of its scenarios. An access case that runs again replaces its result.
    pub fn add(&mut self, part: ScenarioResult) {
        self.unseen = self.unseen.take().or(part.unseen);
        let mut looks = Vec::new();
        for check in part.checks {
            if let Some(kind) = BuiltInCheck::named(&check.id) {
                self.built_in(kind, check);
            } else if self.endpoint.cases.iter().any(|case| case.id.as_str() == check.id) {
                self.cases.insert(check.id.clone(), check);
            } else {
                looks.push(check);
            }
        }
        for look in looks {
            self.look(look);
        }
    }

    /// Returns whether an access case of this scenario did not hold.
    pub fn has_failed(&self, scenario: &Scenario) -> bool {
        let cases = scenario.checks().filter_map(|(_, check)| self.cases.get(check.id.as_str()));
        cases.map(CheckResult::verdict).any(|verdict| !verdict.holds() && verdict != Verdict::Skip)
    }

    /// Keeps the worst built-in check of a kind of all worlds. A skipped one counts only if all are
    /// skipped.
    fn built_in(&mut self, kind: BuiltInCheck, check: CheckResult) {
        let weight = |check: &CheckResult| Some(check.verdict()).filter(|verdict| *verdict != Verdict::Skip);
        match self.built_in.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, worst)) if weight(worst) < weight(&check) => *worst = check,
            Some(_) => {}
            None => self.built_in.push((kind, check)),
        }
    }

    /// Applies the check of what the administrator sees to its access case. A rejected request that
    /// has changed something fails; if the administrator could not look, the case is untestable.
    fn look(&mut self, look: CheckResult) {
        let case = look.id.rsplit_once('/').and_then(|(case, _)| self.cases.get_mut(case));
        let Some(case) = case.filter(|case| case.verdict().holds()) else { return };
        case.outcome = match look.outcome {
            CheckOutcome::Pass => return,
            CheckOutcome::Flaky { because } => {
                let because = format!("only a retry showed whether the request has changed something: {because}");
                CheckOutcome::Flaky { because }
            }
            CheckOutcome::Fail { because, evidence, divergence } => {
                let because = format!("the request was rejected, but it has changed something: {because}");
                CheckOutcome::Fail { because, evidence, divergence }
            }
            other => {
                let because = other.because().unwrap_or_default();
                CheckOutcome::Untestable {
                    because: format!("nothing shows whether the request has changed something: {because}"),
                }
            }
        };
        case.request = look.request;
    }

    /// Makes the rejections of a method untestable if its witness did not pass.
    fn witness(&mut self, method: &Method) {
        let cases = || self.endpoint.cases.iter().filter(|case| case.method == *method);
        let mut let_in = cases().filter(|case| !case.expected.is_rejection());
        let witness = let_in.find_map(|case| {
            let check = self.cases.get(case.id.as_str())?;
            (check.verdict() != Verdict::Skip).then_some((&case.id, check.verdict()))
        });
        let Some((witness, _)) = witness.filter(|(_, verdict)| !verdict.holds()) else { return };
        for case in cases().filter(|case| case.expected.is_rejection()) {
            if let Some(check) = self.cases.get_mut(case.id.as_str()).filter(|check| check.verdict().holds()) {
                check.outcome = CheckOutcome::Untestable { because: format!("its witness {witness} did not hold") };
            }
        }
    }

    /// Returns the result of the endpoint.
    pub fn finish(mut self, table: &AccessTable, begun: Instant) -> ScenarioResult {
        METHODS.iter().for_each(|method| self.witness(method));
        let endpoint = self.endpoint;
        let cases = endpoint.cases.iter();
        let mut checks = cases.filter_map(|case| self.cases.swap_remove(case.id.as_str())).collect::<Vec<_>>();
        checks.extend(self.built_in.into_iter().map(|(_, check)| check));
        ScenarioResult {
            name: endpoint.full_name(),
            title: format!("Who may do what with {}", endpoint.name),
            file: table.source.path.clone(),
            milliseconds: begun.elapsed().as_millis() as u64,
            checks,
            unseen: self.unseen,
        }
    }
}
