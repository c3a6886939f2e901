//! The areas that checks, scenarios and rules belong to.

use crate::harness::{CheckResult, ScenarioResult};

/// Returns the area of a check: that of its rule, or that of its scenario if it has no rule.
pub(super) fn area<'r>(scenario: &'r ScenarioResult, check: &'r CheckResult) -> &'r str {
    check.rule.as_ref().map_or(scenario.area(), |rule| area_of(&rule.name))
}

/// Returns the area of a scenario or a rule: the first part of its name.
pub fn area_of(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}
