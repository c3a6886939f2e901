//! Options for the results of a run or of a trace.

use super::report_file::ReportFile;
use super::screen::DetailArgs;

/// How results count, and where they are written.
#[derive(clap::Args, Debug)]
pub struct ResultArgs {
    /// Let checks of disputed rules count, and what was skipped too [default: no]
    #[arg(long)]
    pub strict: bool,

    /// Write a report: json, junit, tap, markdown, github or html, and where to; `-` is stdout, and a missing folder is made; can be
    /// given more than once [default: none]
    #[arg(long, value_name = "FORM=PATH")]
    pub report: Vec<ReportFile>,

    #[command(flatten)]
    pub detail: DetailArgs,
}
