//! `report`: converts and merges reports.

use std::io::Write;
use std::path::PathBuf;

use syncano_conformance::report::{Format, Report};

use super::Exit;
use super::output::{Output, print};
use super::print_error::print_error;
use super::report_file::{self, ReportFile, read};
use super::screen::{DetailArgs, Screen};

/// Show what a run has reported, put it into another form, or join the reports of shards
///
/// The exit code is 0 where that could be done, 2 where the report cannot be read or the output not be written: what the run
/// came to is said by `run`.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ReportArgs {
    /// What `run --report json=FILE` has written
    #[arg(value_name = "FILE", required = true)]
    file: Option<PathBuf>,

    /// Print it as json, junit, tap, markdown, github or html [default: as `run` prints it]
    #[arg(long, value_name = "FORM")]
    format: Option<Format>,

    #[command(flatten)]
    detail: DetailArgs,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Merge(MergeArgs),
}

/// Join the reports of all shards of a run, as if it had not been split
///
/// All that `run --shard` has written is needed, of the same suite, target and program. The exit code is that of the whole run.
#[derive(clap::Args, Debug)]
struct MergeArgs {
    /// What `run --shard K/N --report json=FILE` has written, in any order
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Write a report: json, junit, tap, markdown, github or html, and where to; `-` is stdout, and a missing folder is made; can be
    /// given more than once [default: none]
    #[arg(long, value_name = "FORM=PATH")]
    report: Vec<ReportFile>,

    #[command(flatten)]
    detail: DetailArgs,
}

/// Runs the command to its end.
pub fn run(args: &ReportArgs) -> Exit {
    let done = match (&args.command, &args.file) {
        (Some(Command::Merge(args)), _) => merge(args),
        (None, Some(file)) => read(file).and_then(|report| show(&report, args)),
        // The command line is refused without one.
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

/// Prints a report. Only the workflow commands of GitHub are meant as such.
fn shown(form: Format, text: &str) -> Exit {
    if matches!(form, Format::Github) {
        return print(text);
    }
    let mut out = Output::new();
    // What cannot be written is reported by `finish`.
    let _ = out.write_all(text.as_bytes());
    out.finish(Exit::Ok)
}

fn merge(args: &MergeArgs) -> Result<Exit, Exit> {
    let named = |file: &PathBuf| read(file).map(|report| (file.display().to_string(), report));
    let parts = args.files.iter().map(named).collect::<Result<Vec<_>, _>>()?;
    let files = ReportFile::open_all(&args.report, &[]).map_err(|error| usage(&error.to_string()))?;
    let report = Report::merge(parts).map_err(|error| {
        usage(&format!("{error}\n  hint: name the JSON reports of all shards of one run, each once"))
    })?;
    let screen = screen(&report, args.detail, &args.report);
    let outcome = report_file::write_all(files, &report, report.outcome().into());
    Ok(screen.finish(outcome))
}

/// Prints a report as `run` does.
fn screen(report: &Report, detail: DetailArgs, files: &[ReportFile]) -> Screen {
    let mut screen = Screen::new(detail, report.strict, false, files);
    report.events().for_each(|event| screen.show(&event));
    screen
}

fn usage(message: &str) -> Exit {
    print_error(message);
    Exit::Usage
}
