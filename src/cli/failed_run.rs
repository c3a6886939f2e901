//! The earlier run that `--failed REPORT` names: what failed in it, and on which target.

use std::collections::HashSet;
use std::path::Path;

use syncano_suite::{AccessEndpoint, Suite};
use tracing::warn;

use super::Exit;
use super::print_error::print_error;
use super::report_file::read;

/// An earlier run with failures.
pub struct FailedRun {
    /// The path of its report.
    pub report: String,
    /// The name of its target.
    pub target: String,
    /// The names of the scenarios and endpoints with a check that failed, or that could not be
    /// judged or tested.
    failed: HashSet<String>,
}

impl FailedRun {
    /// Reads the report of a run. Prints errors to stderr; a run without a failure is one.
    pub fn read(path: &Path) -> Result<FailedRun, Exit> {
        let report = read(path)?;
        let failed = report.troubles().map(|(scenario, _)| scenario.name.clone()).collect::<HashSet<_>>();
        let name = path.display().to_string();
        if failed.is_empty() {
            print_error(format_args!("{name} has no failed check\n  hint: leave --failed out to run everything"));
            return Err(Exit::Nothing);
        }
        Ok(FailedRun { report: name, target: report.target().to_owned(), failed })
    }

    /// Returns the failed scenarios and endpoints that the suite still has. Prints a warning for
    /// each of the others, and an error if none is left.
    pub fn still_in(&self, suite: &Suite) -> Result<HashSet<String>, Exit> {
        let scenarios = suite.scenarios.iter().map(|scenario| scenario.name.clone());
        let endpoints = suite.access.iter().flat_map(|table| &table.endpoints).map(AccessEndpoint::full_name);
        let known = scenarios.chain(endpoints).collect::<HashSet<_>>();
        let left = self.failed.intersection(&known).cloned().collect::<HashSet<_>>();
        let mut gone = self.failed.difference(&known).cloned().collect::<Vec<_>>();
        gone.sort();
        let report = &self.report;
        if left.is_empty() {
            print_error(format_args!("no check that failed in {report} is in the suite any more: {}", gone.join(", ")));
            return Err(Exit::Nothing);
        }
        for gone in gone {
            warn!("{gone} failed in {report}, but is not in the suite any more");
        }
        Ok(left)
    }
}
