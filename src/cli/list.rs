//! `list`: lists areas, scenarios, rules, defects and quirks.

use std::io::{self, Write};

use syncano_conformance::defects;
use syncano_conformance::harness::Selection;
use syncano_conformance::report::{AreaCounts, count, thousands};
use syncano_simulator::Quirk;
use syncano_suite::{AccessTable, Rule, Suite};

use super::Exit;
use super::level_args::LevelArgs;
use super::named;
use super::output::Output;
use super::print_error::print_error;
use super::suite::SuiteArgs;

/// List areas, scenarios with their checks, rules, defects or quirks
///
/// Without words and options it lists the areas with the numbers of their scenarios, checks and
/// rules.
#[derive(clap::Args, Debug)]
pub struct ListArgs {
    /// Areas, scenarios, checks or rules whose scenarios are listed
    ///
    /// A word is the beginning of a path, of a check id or of a rule name, or the code of a rule.
    /// With --rules it selects rules, by their area, name or code.
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    #[command(flatten)]
    level: LevelArgs,

    /// List all scenarios with their checks
    #[arg(long, conflicts_with_all = ["words", "rules", "defects", "quirks"])]
    all: bool,

    /// List the rules of these words instead of the scenarios [default: all rules]
    #[arg(long)]
    rules: bool,

    /// List the defects: deliberate bugs for `run --defects`
    #[arg(long, conflicts_with_all = ["words", "rules", "level"])]
    defects: bool,

    /// List the quirks: known bugs of the reference deployment
    #[arg(long, conflicts_with_all = ["words", "rules", "defects", "level"])]
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
        let mut selected = selected_rules(&suite, &args.words)?;
        let levels = args.level.levels();
        selected.retain(|(_, rule)| levels.is_empty() || levels.contains(&rule.level));
        let _ = rules(&selected, &mut out);
        return Ok(out.finish(Exit::Ok));
    }
    let suite = args.level.part_of(suite);
    if args.words.is_empty() && !args.all {
        let _ = areas(&suite, &mut out);
    } else {
        let selection = Selection::new(args.words.clone());
        if let Some(word) = selection.unmatched(&suite).first() {
            return Err(nothing(&suite, word));
        }
        let (selected, of_table) = (selection.scenarios(&suite), selection.endpoints(&suite));
        let _ = scenarios(&suite, &selected, &mut out).and_then(|()| endpoints(&suite, &of_table, &mut out));
    }
    Ok(out.finish(Exit::Ok))
}

/// Reports a word that selects nothing.
fn nothing(suite: &Suite, word: &str) -> Exit {
    let hint = match named::near(suite, word) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`list` lists the areas, `list --all` all scenarios and checks, `list --rules` all rules".to_owned(),
    };
    print_error(format_args!("`{word}` selects nothing\n  hint: {hint}"));
    Exit::Nothing
}

fn areas(suite: &Suite, out: &mut impl Write) -> io::Result<()> {
    let areas = AreaCounts::by_area(suite);
    let width = areas.keys().map(|area| area.len()).max().unwrap_or_default().max("area".len());
    writeln!(out, "{:<width$}  scenarios  checks  rules", "area")?;
    for (area, AreaCounts { scenarios, checks, rules }) in &areas {
        let [scenarios, checks, rules] = [scenarios, checks, rules].map(|count| thousands(*count));
        writeln!(out, "{area:<width$}  {scenarios:>9}  {checks:>6}  {rules:>5}")?;
    }
    writeln!(out)?;
    if areas.contains_key(AccessTable::AREA) {
        writeln!(out, "the scenarios of {} are the endpoints of the access table", AccessTable::AREA)?;
    }
    writeln!(out, "`list AREA` lists its scenarios with their checks, `list --rules AREA` its rules")
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

/// Returns the rules that the words select, in the order of the file: by area, by the beginning of
/// a name, or by code.
fn selected_rules<'s>(suite: &'s Suite, words: &[String]) -> Result<Vec<(&'s String, &'s Rule)>, Exit> {
    let selects = |word: &str, (name, rule): &(&String, &Rule)| {
        let word = word.trim_end_matches('/');
        let rest = name.strip_prefix(word);
        rule.code.eq_ignore_ascii_case(word) || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if let Some(word) = words.iter().find(|word| !suite.rules.iter().any(|rule| selects(word, &rule))) {
        return Err(nothing(suite, word));
    }
    let is_selected = |rule: &(&String, &Rule)| words.is_empty() || words.iter().any(|word| selects(word, rule));
    Ok(suite.rules.iter().filter(is_selected).collect())
}

fn rules(rules: &[(&String, &Rule)], out: &mut impl Write) -> io::Result<()> {
    for (name, rule) in rules {
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
