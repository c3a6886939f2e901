//! Finds the checks of a suite by their ids.

use std::collections::HashSet;

use super::access_table::EndpointCases;
use super::reads::replayable;
use super::run_plan::Plan;
use syncano_suite::BuiltInCheck;
use syncano_suite::{Scenario, Suite};

/// Returns the id of every check that a run can have: the checks of scenarios, the access cases,
/// and the built-in checks and replays that no file states.
pub fn check_ids(suite: &Suite) -> HashSet<String> {
    let mut ids = suite.ids();
    for scenario in &suite.scenarios {
        ids.extend(replayable(scenario, true, true).into_iter().map(|way| way.check(scenario).to_string()));
    }
    for endpoint in suite.access.iter().flat_map(|table| &table.endpoints) {
        ids.extend(BuiltInCheck::ALL.into_iter().map(|check| check.id(&endpoint.full_name()).to_string()));
        ids.extend(endpoint.cases.iter().map(|case| case.id.to_string()));
    }
    ids
}

/// Returns the scenario of a check. The scenario of an access case has no other access case.
/// Built-in checks and replays have no scenario.
pub fn scenario_of(suite: &Suite, id: &str) -> Option<Scenario> {
    let is_it = |scenario: &&Scenario| scenario.checks().any(|(_, check)| check.id.as_str() == id);
    if let Some(scenario) = suite.scenarios.iter().find(is_it) {
        return Some(scenario.clone());
    }
    let table = suite.access.as_ref()?;
    let endpoint = table.endpoints.iter().find(|endpoint| endpoint.cases.iter().any(|case| case.id.as_str() == id))?;
    let case = endpoint.cases.iter().find(|case| case.id.as_str() == id)?;
    let plan = Plan::default();
    Some(EndpointCases { table, endpoint, plan: &plan }.alone(case))
}
