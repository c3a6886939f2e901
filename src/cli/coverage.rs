//! `coverage`: shows the checks, defects and last verdicts of every rule.

use std::io::{self, Write};
use std::path::PathBuf;

use syncano_conformance::report::Coverage;

use super::Exit;
use super::output::Output;
use super::report_file::read;
use super::suite::{SuiteArgs, show};

/// Show for every rule its checks, the defects that these are pinned to, and the last verdict by target
///
/// Verdicts come from JSON reports of runs. A rule with neither a check nor a reason is an error, and so is a check of a
/// rule that there is not.
#[derive(clap::Args, Debug)]
pub struct CoverageArgs {
    /// A report that `run --report json=PATH` wrote; of several on one target the last counts
    #[arg(long, value_name = "PATH")]
    report: Vec<PathBuf>,

    /// What is printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,

    #[command(flatten)]
    suite: SuiteArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// A line for each rule, and one for each of its checks
    Table,
    /// A table in Markdown
    Markdown,
    /// Everything, for other programs
    Json,
}

/// Runs the command to its end.
pub fn run(args: &CoverageArgs) -> Result<Exit, Exit> {
    let suite = args.suite.read()?;
    let mut wrong = suite.conflicts();
    wrong.extend(suite.gaps());
    if !wrong.is_empty() {
        return Err(show(&wrong));
    }
    let reports = args.report.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let coverage = Coverage::of(&suite, &reports);
    let mut out = Output::new();
    // What cannot be written is reported by `finish`.
    let _ = match args.format {
        Format::Table => coverage.table(&mut out),
        Format::Markdown => out.write_all(coverage.markdown().as_bytes()),
        Format::Json => serde_json::to_writer_pretty(&mut out, &coverage).map_err(io::Error::from),
    };
    Ok(out.finish(Exit::Ok))
}
