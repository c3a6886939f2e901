//! The number of checks of a suite, counted in one way for everything that prints it.

use std::collections::BTreeMap;

use super::area::area_of;
use syncano_suite::{AccessTable, BuiltInCheck, Check, Suite};

/// The number of checks that a suite declares, by kind. The replays of `run --replays` come on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuiteCounts {
    /// Checks that stand in scenario files.
    pub in_scenarios: usize,
    /// Those of them whose rule is disputed.
    pub disputed: usize,
    /// Access cases.
    pub access_cases: usize,
    /// Built-in checks, which each scenario and each endpoint of the access table has.
    pub built_in: usize,
}

impl SuiteCounts {
    /// Counts a suite.
    pub fn new(suite: &Suite) -> SuiteCounts {
        let checks = || suite.scenarios.iter().flat_map(|scenario| scenario.checks()).map(|(_, check)| check);
        let is_disputed = |check: &&Check| {
            let rule = check.rule.as_ref().and_then(|name| suite.rules.get(name));
            rule.is_some_and(|rule| rule.disputed.is_some())
        };
        let parts = suite.scenarios.len() + suite.access.as_ref().map_or(0, |table| table.endpoints.len());
        SuiteCounts {
            in_scenarios: checks().count(),
            disputed: checks().filter(is_disputed).count(),
            access_cases: suite.access.as_ref().map_or(0, AccessTable::access_cases),
            built_in: BuiltInCheck::ALL.len() * parts,
        }
    }

    /// Returns the number of all checks.
    pub fn all(&self) -> usize {
        self.in_scenarios + self.access_cases + self.built_in
    }
}

/// The content of an area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AreaCounts {
    /// Scenario files, and endpoints of the access table.
    pub scenarios: usize,
    /// Checks, as a run counts them: a check with a rule belongs to the area of the rule.
    pub checks: usize,
    /// Rules.
    pub rules: usize,
}

impl AreaCounts {
    /// Counts the areas of a suite, by name.
    pub fn by_area(suite: &Suite) -> BTreeMap<&str, AreaCounts> {
        let mut areas = BTreeMap::<&str, AreaCounts>::new();
        for scenario in &suite.scenarios {
            let own = area_of(&scenario.name);
            areas.entry(own).or_default().scenarios += 1;
            for check in &scenario.built_in {
                areas.entry(check.rule().map_or(own, area_of)).or_default().checks += 1;
            }
            for (_, check) in scenario.checks() {
                areas.entry(check.rule.as_deref().map_or(own, area_of)).or_default().checks += 1;
            }
        }
        for endpoint in suite.access.iter().flat_map(|table| &table.endpoints) {
            let counts = areas.entry(AccessTable::AREA).or_default();
            counts.scenarios += 1;
            counts.checks += endpoint.cases.len();
            for check in BuiltInCheck::ALL {
                areas.entry(check.rule().map_or(AccessTable::AREA, area_of)).or_default().checks += 1;
            }
        }
        for name in suite.rules.keys() {
            areas.entry(area_of(name)).or_default().rules += 1;
        }
        areas
    }
}
