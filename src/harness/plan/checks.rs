//! The checks of a suite, by their ids.

use std::collections::HashSet;

use super::access_table::Cells;
use super::reads::replayable;
use super::run_plan::Plan;
use crate::scenario::file::CheckId;
use crate::scenario::{Scenario, Suite};

/// Returns the id of every check that a run can have: those of scenarios and cells, and the leak checks and replays that
/// scenarios and endpoints have without naming them.
pub fn check_ids(suite: &Suite) -> HashSet<String> {
    let mut ids = suite.ids();
    for scenario in &suite.scenarios {
        ids.extend(replayable(scenario, true, true).into_iter().map(|way| way.check(scenario).to_string()));
    }
    for endpoint in suite.access.iter().flat_map(|table| &table.endpoints) {
        ids.insert(CheckId::leak_check(&endpoint.full_name()).to_string());
        ids.extend(endpoint.cells.iter().map(|cell| cell.id.to_string()));
    }
    ids
}

/// Returns the scenario of a check. That of a cell of the access table has no other cell. The checks that are about all
/// responses have none.
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
