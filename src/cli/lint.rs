//! `lint`: checks the files of the suite.

use std::path::PathBuf;

use syncano_conformance::report::{SuiteCounts, count, thousands};
use syncano_conformance::selftest;

use super::Exit;
use super::output::print;
use super::print_error::print_error;
use super::suite::{SuiteArgs, show, show_diagnostics};

/// Check scenarios, rules and snapshots; nothing is sent
///
/// The default is the suite in the program. Errors make the exit code 5; warnings do not change it.
#[derive(clap::Args, Debug)]
pub struct LintArgs {
    /// Folder of scenarios, or a scenario file AREA/NAME.yaml
    #[arg(value_name = "PATH", conflicts_with = "scenarios")]
    path: Option<PathBuf>,

    #[command(flatten)]
    suite: SuiteArgs,
}

/// Runs the command.
pub fn run(args: &LintArgs) -> Result<Exit, Exit> {
    let chosen = args.suite.with_scenarios(args.path.as_deref());
    let suite = chosen.read()?;
    chosen.note_other_files();
    let mut wrong = suite.conflicts();
    wrong.extend(suite.gaps());
    // A suite without pins is complete.
    if !suite.pins.is_empty() {
        wrong.extend(selftest::conflicts(&suite));
    }
    if !wrong.is_empty() {
        return Err(show(&wrong));
    }
    if suite.scenarios.is_empty() && suite.access.is_none() {
        print_error("there is no scenario\n  hint: a scenario is a file AREA/NAME.yaml in the folder");
        return Err(Exit::Nothing);
    }
    let warnings = suite.warnings();
    show_diagnostics(&warnings);
    let warned = match warnings.len() {
        0 => String::new(),
        warnings => format!(", {}", count(warnings, "warning", "warnings")),
    };
    let counts = SuiteCounts::new(&suite);
    let (rules, excluded) = (suite.rules.len(), suite.rules.values().filter(|rule| rule.excluded.is_some()).count());
    Ok(print(&format!(
        "{}\n{}, {} ({} with checks, {} excluded), {}\n{}: {} in scenarios, {}, {}\nno errors{warned}\n",
        chosen.in_words(),
        count(suite.scenarios.len(), "scenario", "scenarios"),
        count(rules, "rule", "rules"),
        thousands(rules - excluded),
        thousands(excluded),
        count(suite.snapshots.len(), "snapshot", "snapshots"),
        count(counts.all(), "check", "checks"),
        thousands(counts.in_scenarios),
        count(counts.access_cases, "access case", "access cases"),
        count(counts.built_in, "built-in check", "built-in checks"),
    )))
}
