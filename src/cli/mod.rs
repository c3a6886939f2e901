//! The command line: one file for each command.

mod chosen;
mod compare;
mod completions;
mod coverage;
mod divergence_args;
mod divergences;
mod exit;
mod explain;
mod failed_run;
mod init;
mod judge;
mod key_args;
mod limits;
mod lint;
mod list;
mod log;
mod man;
mod network_args;
mod output;
mod part_args;
mod place;
mod plan;
mod print_error;
mod record;
mod reject;
mod report;
mod report_file;
mod repro;
mod result_args;
mod run;
mod schema;
mod screen;
mod selftest;
mod serve;
mod signal;
mod stream;
mod suite;
mod sweep;
mod target_args;
mod wrong_args;

use clap::CommandFactory;

pub use exit::Exit;
use log::LogLevel;
pub use print_error::report_panics;
pub use reject::reject;

/// Tests that a Syncano deployment shows users only their own data
///
/// Runs a suite of scenarios against the built-in simulator or a deployment, and reports which rules of the API hold.
#[derive(clap::Parser, Debug)]
#[command(version)]
pub struct Cli {
    /// Print without colours
    #[arg(long, global = true, help_heading = GLOBAL)]
    no_color: bool,

    /// Level of the log on stderr; keys and passwords are redacted
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "LEVEL", value_enum, default_value = "warn")]
    log: LogLevel,

    #[command(subcommand)]
    command: Command,
}

const GLOBAL: &str = "Global options";

#[derive(clap::Subcommand, Debug)]
enum Command {
    Run(Box<run::RunArgs>),
    Plan(Box<plan::PlanArgs>),
    Init(init::InitArgs),
    Judge(judge::JudgeArgs),
    Record(Box<record::RecordArgs>),
    Report(report::ReportArgs),
    Compare(compare::CompareArgs),
    Repro(repro::ReproArgs),
    List(list::ListArgs),
    Lint(lint::LintArgs),
    Explain(explain::ExplainArgs),
    Coverage(coverage::CoverageArgs),
    Divergences(divergences::DivergencesArgs),
    Schema(schema::SchemaArgs),
    Selftest(Box<selftest::SelftestArgs>),
    Serve(serve::ServeArgs),
    Sweep(sweep::SweepArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Cli {
    /// Runs the command to its end.
    pub fn run(&self) -> Exit {
        log::install(self.log);
        if self.no_color {
            anstream::ColorChoice::Never.write_global();
        }
        match &self.command {
            Command::Run(args) => either(run::run(args)),
            Command::Plan(args) => either(plan::run(args)),
            Command::Init(args) => init::run(args),
            Command::Judge(args) => judge::run(args),
            Command::Record(args) => either(record::run(args)),
            Command::Report(args) => report::run(args),
            Command::Compare(args) => compare::run(args),
            Command::Repro(args) => repro::run(args),
            Command::List(args) => either(list::run(args)),
            Command::Lint(args) => either(lint::run(args)),
            Command::Explain(args) => either(explain::run(args)),
            Command::Coverage(args) => either(coverage::run(args)),
            Command::Divergences(args) => divergences::run(args),
            Command::Schema(args) => schema::run(args),
            Command::Selftest(args) => selftest::run(args),
            Command::Serve(args) => serve::run(args),
            Command::Sweep(args) => either(sweep::run(args)),
            Command::Completions(args) => completions::run(args, Cli::command()),
            Command::Man(args) => man::run(args, Cli::command()),
        }
    }
}

/// Returns the exit code of a command that ended early or at its end.
fn either(exit: Result<Exit, Exit>) -> Exit {
    match exit {
        Ok(exit) | Err(exit) => exit,
    }
}
