//! Builds suites of a few files.

use std::sync::Arc;

use syncano_suite::{Suite, SuiteFiles};

/// Returns a suite of these scenarios, given as path and text.
pub fn suite(scenarios: &[(&str, &str)]) -> Arc<Suite> {
    let scenarios = scenarios.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Arc::new(SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap())
}
