//! The number of checks of a suite, counted in one way for everything that prints it.

use syncano_suite::{AccessTable, Check, Suite};

/// The number of checks that a suite declares, by kind. The replays of `run --replays` come on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuiteCounts {
    /// Checks that stand in scenario files.
    pub in_scenarios: usize,
    /// Those of them whose rule is disputed.
    pub disputed: usize,
    /// Access cases.
    pub access_cases: usize,
    /// Leak checks: one for each scenario and for each endpoint of the access table.
    pub leak_checks: usize,
}

impl SuiteCounts {
    /// Counts a suite.
    pub fn new(suite: &Suite) -> SuiteCounts {
        let checks = || suite.scenarios.iter().flat_map(|scenario| scenario.checks()).map(|(_, check)| check);
        let is_disputed = |check: &&Check| {
            let rule = check.rule.as_ref().and_then(|name| suite.rules.get(name));
            rule.is_some_and(|rule| rule.disputed.is_some())
        };
        SuiteCounts {
            in_scenarios: checks().count(),
            disputed: checks().filter(is_disputed).count(),
            access_cases: suite.access.as_ref().map_or(0, AccessTable::access_cases),
            leak_checks: suite.scenarios.len() + suite.access.as_ref().map_or(0, |table| table.endpoints.len()),
        }
    }

    /// Returns the number of all checks.
    pub fn all(&self) -> usize {
        self.in_scenarios + self.access_cases + self.leak_checks
    }
}
