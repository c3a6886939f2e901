//! `compare`: compares two reports.

use std::io;
use std::path::{Path, PathBuf};

use syncano_conformance::report::{Comparison, Report};

use super::Exit;
use super::output::Output;
use super::print_error::print_error;
use super::report_file::read;

/// Show what has changed between two reports: what newly fails, what is fixed, what is skipped now
///
/// Only what counts against the target and did not before is a regression, be it that it failed, could not be judged, or is
/// new. Reports of different targets or parts can be compared; a note says that they differ.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct CompareArgs {
    /// What `run --report json=FILE` wrote before
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// What it wrote now
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// What is printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

const EXIT_CODES: &str = "Exit codes:
  0    nothing fails that did not
  1    something does
  2    a report cannot be read, or the output not be written
  4    a report says nothing: no check was judged
  70   a defect of this program";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// What has changed, the worst first
    Table,
    /// Everything, for other programs
    Json,
}

/// Runs the command to its end.
pub fn run(args: &CompareArgs) -> Exit {
    compare(args).unwrap_or_else(|exit| exit)
}

fn compare(args: &CompareArgs) -> Result<Exit, Exit> {
    let [old, new] = [&args.old, &args.new].map(|path| judged(path));
    let comparison = Comparison::of(&old?, &new?);
    let mut out = Output::new();
    // What cannot be written is reported by `finish`.
    let _ = match args.format {
        Format::Table => comparison.table(&mut out),
        Format::Json => serde_json::to_writer_pretty(&mut out, &comparison).map_err(io::Error::from),
    };
    Ok(out.finish(if comparison.is_regression() { Exit::Failed } else { Exit::Ok }))
}

/// A report that says something.
fn judged(path: &Path) -> Result<Report, Exit> {
    let report = read(path)?;
    if !report.summary.has_judged() {
        let hint = "compare reports of runs that reached their target";
        print_error(format_args!("{}: no check was judged, so that it says nothing\n  hint: {hint}", path.display()));
        return Err(Exit::Nothing);
    }
    Ok(report)
}
