//! What is broken: the known bugs that explain the failures of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The known bugs that together explain the failures of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// The number of checks that failed or could not be judged.
    pub failures: usize,
    /// The bugs, first the one that explains the most failures.
    pub causes: Vec<Cause>,
    /// The ids of the failed checks that none of them explains.
    pub unexplained: Vec<String>,
}

/// A known bug that a target seems to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// The name of the bug, for `--defects` or `--quirks`. Further names are bugs that the checks of
    /// this run cannot tell from it.
    pub names: Vec<String>,
    /// What is wrong.
    pub wrong: String,
    /// What is right instead.
    pub right: String,
    /// The ids of the failed checks that it explains.
    pub explains: Vec<String>,
    /// The number of checks of this run that fail because of the bug in the built-in simulator.
    pub checks: usize,
}

impl Cause {
    /// Returns the name of the bug.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Returns what is wrong, and what is right instead.
    pub fn about(&self) -> String {
        match self.right.as_str() {
            "" => self.wrong.clone(),
            right => format!("{} Right: {right}", self.wrong),
        }
    }

    /// Returns whether all checks that notice the bug failed.
    pub fn is_sure(&self) -> bool {
        self.explains.len() == self.checks
    }
}
