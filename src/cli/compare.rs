//! `compare`: compares two reports.

use std::io;
use std::path::{Path, PathBuf};

use syncano_conformance::report::{Report, ReportComparison};

use super::Exit;
use super::output::Output;
use super::print_error::print_error;
use super::report_file::read;

/// Show what changed between two reports: new failures, fixes, new skips
///
/// A regression is a check that fails or cannot be judged now, and is new or did not fail before.
/// Reports of different targets or selections can be compared; a note says that they differ.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct CompareArgs {
    /// JSON report of the earlier run
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// JSON report of the later run
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: CompareFormat,
}

const EXIT_CODES: &str = "Exit codes:
  0    no check newly fails
  1    a check newly fails
  2    a report cannot be read, or the output cannot be written
  4    a report has no judged check
  70   a bug of this program";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum CompareFormat {
    /// The changes, the worst first
    Table,
    /// Everything, as JSON
    Json,
}

/// Runs the command.
pub fn run(args: &CompareArgs) -> Exit {
    compare(args).unwrap_or_else(|exit| exit)
}

fn compare(args: &CompareArgs) -> Result<Exit, Exit> {
    let [old, new] = [&args.old, &args.new].map(|path| judged(path));
    let comparison = ReportComparison::new(&old?, &new?);
    let mut out = Output::new();
    // `finish` reports write errors.
    let _ = match args.format {
        CompareFormat::Table => comparison.table(&mut out),
        CompareFormat::Json => serde_json::to_writer_pretty(&mut out, &comparison).map_err(io::Error::from),
    };
    Ok(out.finish(if comparison.is_regression() { Exit::Failed } else { Exit::Ok }))
}

/// Reads a report that has at least one judged check.
fn judged(path: &Path) -> Result<Report, Exit> {
    let report = read(path)?;
    if !report.summary.has_judged() {
        let hint = "compare reports of runs that reached their targets";
        print_error(format_args!("{}: no check was judged in this run\n  hint: {hint}", path.display()));
        return Err(Exit::Nothing);
    }
    Ok(report)
}
