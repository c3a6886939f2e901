//! `list`: lists scenarios, rules, defects and quirks.

use std::io::{self, Write};

use syncano_conformance::defects;
use syncano_conformance::harness::Selection;
use syncano_conformance::report::count;
use syncano_simulator::Quirk;
use syncano_suite::Suite;

use super::Exit;
use super::output::Output;
use super::print_error::print_error;
use super::suite::SuiteArgs;

/// List scenarios with their checks and rules
#[derive(clap::Args, Debug)]
pub struct ListArgs {
    /// Areas, scenarios, checks or rules to list [default: all]
    ///
    /// A word is the beginning of a path, of a check id or of a rule name, or the code of a rule.
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    /// List the rules instead of the scenarios
    #[arg(long, conflicts_with = "words")]
    rules: bool,

    /// List the defects: deliberate bugs for `run --defects`
    #[arg(long, conflicts_with_all = ["words", "rules"])]
    defects: bool,

    /// List the quirks: known bugs of the reference deployment
    #[arg(long, conflicts_with_all = ["words", "rules", "defects"])]
    quirks: bool,

    #[command(flatten)]
    suite: SuiteArgs,
}

/// Runs the command.
pub fn run(args: &ListArgs) -> Result<Exit, Exit> {
    let mut out = Output::new();
    // `finish` reports write errors.
    if args.defects || args.quirks {
        let _ = wrong(args.defects, &mut out);
        return Ok(out.finish(Exit::Ok));
    }
    let suite = args.suite.read()?;
    if args.rules {
        let _ = rules(&suite, &mut out);
        return Ok(out.finish(Exit::Ok));
    }
    let selection = Selection::new(args.words.clone());
    let (selected, of_table) = (selection.scenarios(&suite), selection.endpoints(&suite));
    if selected.is_empty() && of_table.is_empty() {
        print_error("nothing is selected\n  hint: `list` without words lists everything");
        return Err(Exit::Nothing);
    }
    let _ = scenarios(&suite, &selected, &mut out).and_then(|()| endpoints(&suite, &of_table, &mut out));
    Ok(out.finish(Exit::Ok))
}

fn endpoints(suite: &Suite, selected: &[usize], out: &mut impl Write) -> io::Result<()> {
    let Some(table) = suite.access.as_ref().filter(|_| !selected.is_empty()) else { return Ok(()) };
    let principals = count(table.callers.len(), "principal", "principals");
    writeln!(out, "{}: access cases for {principals}", table.source.path)?;
    for endpoint in selected.iter().filter_map(|number| table.endpoints.get(*number)) {
        let cases = count(endpoint.cases.len(), "access case", "access cases");
        writeln!(out, "  {} ({cases}): {}", endpoint.full_name(), endpoint.path)?;
    }
    Ok(())
}

fn scenarios(suite: &Suite, selected: &[usize], out: &mut impl Write) -> io::Result<()> {
    for scenario in selected.iter().filter_map(|number| suite.scenarios.get(*number)) {
        writeln!(out, "{}: {}", scenario.source.path, scenario.title)?;
        for (_, check) in scenario.checks() {
            let rule = check.rule.as_ref().and_then(|name| suite.rules.get(name));
            match rule {
                Some(rule) => writeln!(out, "  {} ({}, {})", check.id, rule.code, rule.level)?,
                None => writeln!(out, "  {}", check.id)?,
            }
        }
    }
    Ok(())
}

fn rules(suite: &Suite, out: &mut impl Write) -> io::Result<()> {
    for (name, rule) in &suite.rules {
        writeln!(out, "{:<5} {:<8} {name}: {}", rule.code, rule.level, rule.statement)?;
        if let Some(dispute) = &rule.disputed {
            writeln!(out, "               disputed: {} {}", dispute.page, dispute.deployment)?;
        }
        if let Some(reason) = &rule.excluded {
            writeln!(out, "               excluded: {reason}")?;
        }
    }
    Ok(())
}

/// Lists the defects or the quirks.
fn wrong(lists_defects: bool, out: &mut impl Write) -> io::Result<()> {
    if lists_defects {
        return defects::all().iter().try_for_each(|defect| writeln!(out, "{}: {}", defect.name(), defect.about()));
    }
    Quirk::ALL.iter().try_for_each(|quirk| writeln!(out, "{quirk}: {}", quirk.about()))
}
