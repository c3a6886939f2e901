//! `divergences`: lists, adds and removes known differences of targets.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use syncano_conformance::divergence::{self, Divergence, DivergenceClass, Entry, FILE};
use syncano_conformance::harness::{CheckResult, Standing, check_ids};
use syncano_conformance::judge::{Evidence, Verdict};
use syncano_conformance::report::{Report, count};
use syncano_suite::diagnostic::nearest;
use syncano_suite::{Source, Suite};

use super::Exit;
use super::divergence_args::{DivergenceArgs, DivergencesFile};
use super::output::Output;
use super::output_file::{OutputFile, Readers};
use super::print_error::print_error;
use super::report_file;
use super::suite::{SuiteArgs, show};

/// The default number of days before an entry has to be reviewed.
const REVIEW_DAYS: i64 = 90;

/// List, add or remove known differences of a target in divergences.toml
///
/// An entry states exactly how a target differs from the expectation of a check. If the check fails
/// exactly like this, its verdict is known; any other failure fails.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct DivergencesArgs {
    #[command(subcommand)]
    command: DivergencesCommand,
}

const EXIT_CODES: &str = "Exit codes:
  0    done
  2    the command line is wrong, a file cannot be read or written, or the
       output cannot be written
  3    list: an entry is overdue
  5    divergences.toml, a scenario or rules.toml is not valid; nothing was
       changed";

#[derive(clap::Subcommand, Debug)]
enum DivergencesCommand {
    /// List the entries with their ages, and which are overdue
    List(DivergencesListArgs),
    /// Remove the entries that a run did not need
    Prune(PruneArgs),
    /// Add entries for checks that failed in a run, as its report shows them
    Add(AddArgs),
}

#[derive(clap::Args, Debug)]
struct DivergencesListArgs {
    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: DivergencesFormat,

    #[command(flatten)]
    files: Files,
}

#[derive(clap::Args, Debug)]
struct PruneArgs {
    /// JSON report of the run
    #[arg(long, value_name = "PATH")]
    report: PathBuf,

    /// Print the entries that would be removed, and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    files: Files,
}

#[derive(clap::Args, Debug)]
struct AddArgs {
    /// Ids of checks that failed
    #[arg(value_name = "CHECK", required = true)]
    checks: Vec<String>,

    /// JSON report of the run
    #[arg(long, value_name = "PATH")]
    report: PathBuf,

    /// Cause: target-bug, page-wrong, drift or unspecified
    #[arg(long, value_name = "CLASS")]
    class: DivergenceClass,

    /// Reason for accepting the difference
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,

    /// Link to more information, such as a bug report
    #[arg(long, value_name = "URL", value_parser = divergence::link)]
    link: Option<String>,

    /// Date of the next review [default: in 90 days]
    #[arg(long, value_name = "DATE")]
    review_by: Option<Date>,

    #[command(flatten)]
    files: Files,
}

#[derive(clap::Args, Debug)]
struct Files {
    #[command(flatten)]
    divergences: DivergenceArgs,

    #[command(flatten)]
    suite: SuiteArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum DivergencesFormat {
    /// A line for each entry
    Table,
    /// Everything, as JSON
    Json,
}

/// Runs the command.
pub fn run(args: &DivergencesArgs) -> Exit {
    let ended = match &args.command {
        DivergencesCommand::List(args) => list(args),
        DivergencesCommand::Prune(args) => prune(args),
        DivergencesCommand::Add(args) => add(args),
    };
    ended.unwrap_or_else(|exit| exit)
}

fn list(args: &DivergencesListArgs) -> Result<Exit, Exit> {
    let suite = args.files.suite.read()?;
    let today = divergence::today();
    let entries = args.files.divergences.entries(&suite, false)?;
    let rows = entries.iter().map(|entry| ListedDivergence::new(entry, today)).collect::<Vec<_>>();
    let mut out = Output::new();
    // `finish` reports write errors.
    let _ = match args.format {
        DivergencesFormat::Table => table(&rows, &mut out),
        DivergencesFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &rows).map_err(io::Error::from).and_then(|()| writeln!(out))
        }
    };
    Ok(out.finish(if rows.iter().any(|row| row.overdue) { Exit::Stale } else { Exit::Ok }))
}

/// An entry in the list.
#[derive(Serialize)]
struct ListedDivergence<'e> {
    target: &'e str,
    check: &'e str,
    class: DivergenceClass,
    since: Date,
    age_days: i64,
    review_by: Date,
    overdue: bool,
    reason: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'e str>,
    expected: &'e str,
    instead: &'e str,
    /// The place in the file.
    at: String,
}

impl ListedDivergence<'_> {
    fn new(Entry { divergence, place, .. }: &Entry, today: Date) -> ListedDivergence<'_> {
        ListedDivergence {
            target: &divergence.target,
            check: &divergence.check,
            class: divergence.class,
            since: divergence.since,
            age_days: divergence.age(today),
            review_by: divergence.review_by,
            overdue: divergence.is_overdue(today),
            reason: &divergence.reason,
            link: divergence.link.as_deref(),
            expected: &divergence.expected,
            instead: &divergence.instead,
            at: place.to_string(),
        }
    }
}

fn table(rows: &[ListedDivergence<'_>], out: &mut impl Write) -> io::Result<()> {
    let words = |row: &ListedDivergence<'_>| {
        let overdue = if row.overdue { "overdue" } else { "" };
        let days = [row.since.to_string(), row.age_days.to_string(), row.review_by.to_string(), overdue.to_owned()];
        let [since, age, review_by, overdue] = days;
        [row.target.to_owned(), row.check.to_owned(), row.class.to_string(), since, age, review_by, overdue]
    };
    let head = ["target", "check", "class", "since", "days", "review by", ""].map(str::to_owned);
    let lines = std::iter::once((head, "reason")).chain(rows.iter().map(|row| (words(row), row.reason)));
    let lines = lines.collect::<Vec<_>>();
    let mut widths = [0; 7];
    for (words, _) in &lines {
        widths.iter_mut().zip(words).for_each(|(width, word)| *width = word.chars().count().max(*width));
    }
    for (words, reason) in &lines {
        let padded = words.iter().zip(widths).filter(|(_, width)| *width > 0);
        let padded = padded.map(|(word, width)| format!("{word:width$}  ")).collect::<String>();
        writeln!(out, "{padded}{}", reason.split_whitespace().collect::<Vec<_>>().join(" "))?;
    }
    let overdue = rows.iter().filter(|row| row.overdue).count();
    writeln!(out, "\n{}, {overdue} overdue", count(rows.len(), "divergence", "divergences"))
}

fn prune(args: &PruneArgs) -> Result<Exit, Exit> {
    let suite = args.files.suite.read()?;
    let (report, target) = report(&args.report)?;
    let Some(DivergencesFile { source, entries }) = args.files.divergences.open(&suite)? else {
        return Err(usage(&format!(
            "there is no {FILE} in this folder or above\n  hint: name the file with --divergences"
        )));
    };
    let not_needed =
        |check: &&CheckResult| check.divergence().is_some_and(|divergence| divergence.standing == Standing::NotNeeded);
    let not_needed = checks(&report).filter(not_needed).map(|check| check.id.as_str()).collect::<Vec<_>>();
    let goes = |of: &str, check: &str| of == target && not_needed.contains(&check);
    let gone = entries.iter().filter(|Entry { divergence, .. }| goes(&divergence.target, &divergence.check));
    let gone = gone.collect::<Vec<_>>();
    if !gone.is_empty() && !args.dry_run {
        let text =
            divergence::without(&source.text, goes).map_err(|error| usage(&format!("{}: {error}", source.path)))?;
        replace(Path::new(&source.path), text, &suite)?;
    }
    let mut out = Output::new();
    let word = if args.dry_run { "would be removed" } else { "removed" };
    // `finish` reports write errors.
    for Entry { divergence, place, .. } in &gone {
        let _ = writeln!(out, "{word}: {} on {target} ({place}): {}", divergence.check, divergence.reason);
    }
    let _ = writeln!(out, "{} of {} {word}", count(gone.len(), "entry", "entries"), source.path);
    Ok(out.finish(Exit::Ok))
}

fn add(args: &AddArgs) -> Result<Exit, Exit> {
    let suite = args.files.suite.read()?;
    let (report, target) = report(&args.report)?;
    let opened = args.files.divergences.open_or_begin(&suite)?;
    let today = divergence::today();
    let review_by = args.review_by.unwrap_or_else(|| today.saturating_add(REVIEW_DAYS.days()));
    if review_by < today {
        return Err(usage("the day of --review-by has passed\n  hint: name a later day"));
    }
    let results = checks(&report).map(|check| (check.id.as_str(), check)).collect::<BTreeMap<_, _>>();
    let mut added: Vec<Divergence> = Vec::new();
    for id in &args.checks {
        let is_it = |divergence: &Divergence| divergence.target == target && divergence.check == *id;
        if let Some(entry) = opened.entries.iter().find(|entry| is_it(&entry.divergence)) {
            let message = format!("`{id}` on {target} already has an entry at {}", entry.place);
            return Err(usage(&format!("{message}\n  hint: remove or change that entry")));
        }
        if added.iter().any(is_it) {
            continue;
        }
        let Evidence { expected, actual } = failure(&results, id).map_err(|message| usage(&message))?.clone();
        added.push(Divergence {
            target: target.clone(),
            check: id.clone(),
            expected,
            instead: actual,
            class: args.class,
            reason: args.reason.clone(),
            link: args.link.clone(),
            since: today,
            review_by,
        });
    }
    let path = Path::new(&opened.source.path);
    let text = divergence::with(&opened.source.text, &added);
    replace(path, text.map_err(|error| usage(&format!("{}: {error}", path.display())))?, &suite)?;
    let mut out = Output::new();
    // `finish` reports write errors.
    for Divergence { check, .. } in &added {
        let _ = writeln!(out, "added: {check} on {target}, to be reviewed by {review_by}");
    }
    let _ = writeln!(out, "{} added to {}", count(added.len(), "entry", "entries"), path.display());
    Ok(out.finish(Exit::Ok))
}

/// Returns the evidence of a failed check.
fn failure<'r>(results: &BTreeMap<&str, &'r CheckResult>, id: &str) -> Result<&'r Evidence, String> {
    let Some(check) = results.get(id) else {
        let hint = match nearest(id, results.keys().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => "name a check that failed in the report".to_owned(),
        };
        return Err(format!("the report has no check `{id}`\n  hint: {hint}"));
    };
    match (check.verdict(), check.evidence()) {
        (Verdict::Fail, Some(evidence)) => Ok(evidence),
        (verdict, _) => {
            Err(format!("`{id}` has the verdict `{verdict}` in this report\n  hint: name a check that failed"))
        }
    }
}

/// Reads a report, and returns it with the name of its target.
fn report(path: &Path) -> Result<(Report, String), Exit> {
    let report = report_file::read(path)?;
    let target = report.started.as_ref().map(|started| started.target.clone());
    let target = target.ok_or_else(|| {
        usage(&format!(
            "{}: this run did not reach its target\n  hint: name the report of a run that did",
            path.display()
        ))
    })?;
    Ok((report, target))
}

fn checks(report: &Report) -> impl Iterator<Item = &CheckResult> {
    report.scenarios.iter().flat_map(|scenario| &scenario.checks)
}

/// Replaces the file, after checking that the new text is valid.
fn replace(path: &Path, text: String, suite: &Suite) -> Result<(), Exit> {
    let source = Arc::new(Source::new(path.display().to_string(), text));
    divergence::parse(&source, &check_ids(suite)).map_err(|wrong| show(&wrong))?;
    OutputFile::open(path, Readers::Usual)
        .and_then(|place| place.write(source.text.as_bytes()))
        .map_err(|error| usage(&format!("{} cannot be written: {error}", path.display())))
}

fn usage(message: &str) -> Exit {
    print_error(message);
    Exit::Usage
}
