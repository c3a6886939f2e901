//! Options for the results of a run or of a trace.

use super::report_file::ReportFile;
use super::screen::DetailArgs;

/// How results count, and where they are written.
#[derive(clap::Args, Debug)]
pub struct ResultArgs {
    /// Write a report, such as html=report.html; can be repeated
    ///
    /// The formats are json, junit, tap, markdown, github and html. The path `-` is stdout. A
    /// missing folder is created.
    #[arg(long, value_name = "FORMAT=PATH")]
    pub report: Vec<ReportFile>,

    #[command(flatten)]
    pub detail: DetailArgs,

    /// Do not search for the known bugs that explain failures
    ///
    /// The search takes at most about ten seconds, and sends nothing to the target.
    #[arg(long)]
    pub no_diagnosis: bool,

    /// Count disputed rules, and fail if a check was skipped or flaky
    #[arg(long)]
    pub strict: bool,
}
