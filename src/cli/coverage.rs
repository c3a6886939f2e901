//! `coverage`: shows the checks, defects and last verdicts of every rule.

use std::io::{self, Write};
use std::path::PathBuf;

use syncano_conformance::report::Coverage;

use super::Exit;
use super::output::Output;
use super::report_file::read;
use super::suite::{SuiteArgs, show};

/// Show the checks, the defects and the last verdicts of every rule
///
/// Verdicts come from JSON reports. It is an error if a rule has neither a check nor a reason for
/// having none, or if a check names an unknown rule.
#[derive(clap::Args, Debug)]
pub struct CoverageArgs {
    /// JSON report of a run; can be repeated, the last one for a target counts
    #[arg(long, value_name = "PATH")]
    report: Vec<PathBuf>,

    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: CoverageFormat,

    #[command(flatten)]
    suite: SuiteArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum CoverageFormat {
    /// A line for each rule, and one for each of its checks
    Table,
    /// A Markdown table
    Markdown,
    /// Everything, as JSON
    Json,
}

/// Runs the command.
pub fn run(args: &CoverageArgs) -> Result<Exit, Exit> {
    let suite = args.suite.read()?;
    let mut wrong = suite.conflicts();
    wrong.extend(suite.gaps());
    if !wrong.is_empty() {
        return Err(show(&wrong));
    }
    let reports = args.report.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let coverage = Coverage::new(&suite, &reports);
    let mut out = Output::new();
    // `finish` reports write errors.
    let _ = match args.format {
        CoverageFormat::Table => coverage.table(&mut out),
        CoverageFormat::Markdown => out.write_all(coverage.markdown().as_bytes()),
        CoverageFormat::Json => serde_json::to_writer_pretty(&mut out, &coverage).map_err(io::Error::from),
    };
    Ok(out.finish(Exit::Ok))
}
