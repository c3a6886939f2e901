//! `report`: converts and merges reports.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use syncano_conformance::report::{Report, ReportFormat};

use super::Exit;
use super::diagnose::diagnosed;
use super::output::{Output, print};
use super::print_error::print_error;
use super::report_file::{self, ReportFile, read};
use super::screen::{DetailArgs, Screen};
use super::suite::SuiteArgs;

/// Show or convert the report of a run, or merge the reports of shards
///
/// The exit code is 0, or 2 if the report cannot be read or the output cannot be written. It does
/// not depend on the outcome of the run.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ReportArgs {
    /// JSON report of a run
    #[arg(value_name = "FILE", required = true)]
    file: Option<PathBuf>,

    /// Format: json, junit, tap, markdown, github or html [default: as `run`]
    #[arg(long, value_name = "FORMAT")]
    format: Option<ReportFormat>,

    #[command(flatten)]
    detail: DetailArgs,

    #[command(subcommand)]
    command: Option<ReportCommand>,
}

#[derive(clap::Subcommand, Debug)]
enum ReportCommand {
    Merge(MergeArgs),
}

/// Merge the reports of all shards of a run into one
///
/// The reports of all shards are needed, from the same suite, target and version of the program.
/// The exit code is that of the whole run.
#[derive(clap::Args, Debug)]
struct MergeArgs {
    /// JSON reports of all shards, in any order
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Write a report, such as html=report.html; can be repeated
    ///
    /// The formats are json, junit, tap, markdown, github and html. The path `-` is stdout. A
    /// missing folder is created.
    #[arg(long, value_name = "FORMAT=PATH")]
    report: Vec<ReportFile>,

    #[command(flatten)]
    detail: DetailArgs,

    #[command(flatten, next_help_heading = "Files")]
    suite: SuiteArgs,
}

/// Runs the command.
pub fn run(args: &ReportArgs) -> Exit {
    let done = match (&args.command, &args.file) {
        (Some(ReportCommand::Merge(args)), _) => merge(args),
        (None, Some(file)) => read(file).and_then(|report| show(&report, args)),
        // Clap rejects a command line without a file.
        (None, None) => Err(Exit::Usage),
    };
    done.unwrap_or_else(|exit| exit)
}

fn show(report: &Report, args: &ReportArgs) -> Result<Exit, Exit> {
    match args.format {
        None => Ok(screen(report, args.detail, &[]).finish(Exit::Ok)),
        Some(form) => form.render(report).map(|text| shown(form, &text)).map_err(|error| usage(&error.to_string())),
    }
}

/// Prints a report. Only the GitHub format may contain workflow commands.
fn shown(form: ReportFormat, text: &str) -> Exit {
    if matches!(form, ReportFormat::Github) {
        return print(text);
    }
    let mut out = Output::new();
    // `finish` reports write errors.
    let _ = out.write_all(text.as_bytes());
    out.finish(Exit::Ok)
}

fn merge(args: &MergeArgs) -> Result<Exit, Exit> {
    let named = |file: &PathBuf| read(file).map(|report| (file.display().to_string(), report));
    let parts = args.files.iter().map(named).collect::<Result<Vec<_>, _>>()?;
    let files = ReportFile::open_all(&args.report, &[]).map_err(|error| usage(&error.to_string()))?;
    let mut report = Report::merge(parts)
        .map_err(|error| usage(&format!("{error}\n  hint: name the JSON report of every shard of one run once")))?;
    report.diagnosis = diagnosed(&Arc::new(args.suite.read_sound()?), &report)?;
    let screen = screen(&report, args.detail, &args.report);
    let outcome = report_file::write_all(files, &report, report.outcome().into());
    Ok(screen.finish(outcome))
}

/// Prints a report as `run` prints it.
fn screen(report: &Report, detail: DetailArgs, files: &[ReportFile]) -> Screen {
    let mut screen = Screen::new(detail, report.strict, false, files);
    report.events().for_each(|event| screen.show(&event));
    screen.end(report);
    screen
}

fn usage(message: &str) -> Exit {
    print_error(message);
    Exit::Usage
}
