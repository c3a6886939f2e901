//! `lint`: checks the suite without sending anything.

use syncano_conformance::scenario::AccessTable;
use syncano_conformance::selftest;

use super::Exit;
use super::output::print;
use super::print_error::print_error;
use super::suite::{SuiteArgs, count, show};

/// Check scenarios, rules and snapshots without sending anything
#[derive(clap::Args, Debug)]
pub struct LintArgs {
    #[command(flatten)]
    suite: SuiteArgs,
}

/// Runs the command to its end.
pub fn run(args: &LintArgs) -> Result<Exit, Exit> {
    let suite = args.suite.read()?;
    let mut wrong = suite.conflicts();
    wrong.extend(suite.gaps());
    // A suite of one's own need not pin anything.
    if !suite.pins.is_empty() {
        wrong.extend(selftest::conflicts(&suite));
    }
    if !wrong.is_empty() {
        return Err(show(&wrong));
    }
    if suite.scenarios.is_empty() && suite.access.is_none() {
        print_error("there is no scenario\n  hint: scenarios stand in files AREA/NAME.yaml");
        return Err(Exit::Nothing);
    }
    let checks: usize = suite.scenarios.iter().map(|scenario| scenario.checks().count()).sum();
    Ok(print(&format!(
        "{}, {}, {}, {}, {}: nothing is wrong\n",
        count(suite.scenarios.len(), "scenario", "scenarios"),
        count(checks, "check", "checks"),
        count(suite.access.as_ref().map_or(0, AccessTable::access_cases), "cell of access", "cells of access"),
        count(suite.rules.len(), "rule", "rules"),
        count(suite.snapshots.len(), "snapshot", "snapshots"),
    )))
}
