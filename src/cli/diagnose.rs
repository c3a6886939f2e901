//! `diagnose`: which known bugs explain the failures of a run.

use std::path::PathBuf;
use std::sync::Arc;

use syncano_conformance::diagnosis::diagnose;
use syncano_conformance::report::{Diagnosis, Report, write_diagnosis};
use syncano_suite::Suite;

use super::Exit;
use super::output::Output;
use super::print_error::print_error;
use super::report_file::{self, ReportFile, read};
use super::suite::SuiteArgs;

/// Show which known bugs explain the failures of a run
///
/// Tries the defects and quirks of `list --defects` and `list --quirks` in the built-in simulator,
/// and compares the checks that fail. Nothing is sent to the target of the run. The suite has to be
/// that of the run. The exit code is 0, or 4 if nothing failed.
#[derive(clap::Args, Debug)]
pub struct DiagnoseArgs {
    /// JSON report of a run
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Write the report with the diagnosis, such as html=report.html; can be repeated
    #[arg(long, value_name = "FORMAT=PATH")]
    report: Vec<ReportFile>,

    #[command(flatten, next_help_heading = "Files")]
    suite: SuiteArgs,
}

/// Runs the command.
pub fn run(args: &DiagnoseArgs) -> Result<Exit, Exit> {
    let unusable = |error: &dyn std::fmt::Display| {
        print_error(error);
        Exit::Usage
    };
    let mut report = read(&args.file)?;
    let suite = Arc::new(args.suite.read_sound()?);
    let files = ReportFile::open_all(&args.report, &[]).map_err(|error| unusable(&error))?;
    report.diagnosis = diagnosed(&suite, &report)?;
    let mut out = Output::new();
    if report.diagnosis.is_none() {
        print_error(format_args!("{} has no failed check\n  hint: there is nothing to diagnose", args.file.display()));
        return Err(Exit::Nothing);
    }
    // `finish` reports write errors.
    let _ = write_diagnosis(&report, &mut out);
    Ok(out.finish(report_file::write_all(files, &report, Exit::Ok)))
}

/// Returns the diagnosis of a report. Prints errors to stderr.
pub fn diagnosed(suite: &Arc<Suite>, report: &Report) -> Result<Option<Diagnosis>, Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        print_error(format_args!("the program cannot start: {error}"));
        Exit::Unreachable
    })?;
    Ok(runtime.block_on(diagnose(suite, report)))
}
