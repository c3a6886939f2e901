//! The area that a check belongs to.

use crate::harness::{CheckResult, ScenarioResult};

/// Returns the area of a check: that of its rule, or that of its scenario if it has no rule.
pub(super) fn area<'r>(scenario: &'r ScenarioResult, check: &'r CheckResult) -> &'r str {
    check.rule.as_ref().map_or(scenario.area(), |rule| rule.name.split('/').next().unwrap_or_default())
}
