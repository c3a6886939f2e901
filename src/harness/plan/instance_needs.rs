//! Finds the requirements of a scenario on the instances of a run.

use http::Method;
use syncano_suite::file::Need;
use syncano_suite::{Scenario, Step};

/// The requirements of a scenario on the instances of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstanceNeeds {
    /// It needs an instance that no other scenario uses.
    pub own: bool,
    /// It creates an instance itself, at most one at a time.
    pub creates: bool,
    /// It works with API keys, so it shares none.
    pub own_api_keys: bool,
}

impl InstanceNeeds {
    /// Finds the needs of a scenario.
    pub fn new(scenario: &Scenario) -> InstanceNeeds {
        let steps = || scenario.steps.iter();
        let creates = steps().any(creates_instance);
        InstanceNeeds {
            // If it waited for an instance while it keeps others from a shared one, both could wait
            // for each other.
            own: creates || scenario.needs.contains(&Need::OwnInstance),
            creates,
            own_api_keys: steps().any(|step| names(step, "api_keys")),
        }
    }

    /// Returns the number of instances besides those that scenarios share.
    pub fn count(self) -> usize {
        usize::from(self.own) + usize::from(self.creates)
    }
}

/// Returns whether a step creates an instance.
pub fn creates_instance(step: &Step) -> bool {
    let path = step.path.to_string();
    step.method == Method::POST && path.split('?').next().is_some_and(|path| path.ends_with("/instances/"))
}

/// Returns whether the path or the body of a step holds a word.
fn names(step: &Step, word: &str) -> bool {
    step.path.to_string().contains(word) || format!("{:?}", step.body).contains(word)
}
