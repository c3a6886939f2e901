//! The command line: one file for each command.

mod chosen;
mod compare;
mod completions;
mod coverage;
mod diagnose;
mod divergence_args;
mod divergences;
mod exit;
mod explain;
mod exposed;
mod failed_run;
mod init;
mod judge;
mod key_args;
mod level_args;
mod limits;
mod lint;
mod list;
mod log;
mod man;
mod named;
mod network_args;
mod output;
mod output_file;
mod part_args;
mod plan;
mod print_error;
mod read_secrets;
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
/// Runs a suite of scenarios against the built-in simulator or a deployment, and reports which
/// rules of the API hold.
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
    Diagnose(diagnose::DiagnoseArgs),
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
    /// Runs the command.
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
            Command::Diagnose(args) => either(diagnose::run(args)),
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

#[cfg(test)]
mod tests {
    use clap::builder::StyledStr;

    use super::*;

    /// The maximum width of the first line of a help text.
    const COLUMNS: usize = 80;

    /// Adds an error for each first line of help below a command that is too long, missing, or a
    /// sentence.
    fn check(command: &clap::Command, path: &str, errors: &mut Vec<String>) {
        let mut text = |name: String, help: Option<&StyledStr>| match help.map(StyledStr::to_string) {
            None => errors.push(format!("{name} has no help")),
            Some(help) if help.lines().any(|line| line.chars().count() > COLUMNS) => {
                errors.push(format!("{name}: over {COLUMNS} columns: {help}"));
            }
            Some(help) if help.ends_with('.') => errors.push(format!("{name}: ends with a full stop: {help}")),
            Some(_) => {}
        };
        text(path.to_owned(), command.get_about());
        for argument in command.get_arguments() {
            text(format!("{path} {}", argument.get_id()), argument.get_help());
            for value in
                argument.get_possible_values().iter().filter(|value| !["true", "false"].contains(&value.get_name()))
            {
                if argument.get_id() != "shell" {
                    text(format!("{path} {} {}", argument.get_id(), value.get_name()), value.get_help());
                }
            }
        }
        command.get_subcommands().for_each(|below| check(below, &format!("{path} {}", below.get_name()), errors));
    }

    #[test]
    fn first_lines_of_help_are_short_phrases() {
        let mut errors = Vec::new();
        check(&Cli::command(), "syncano-conformance", &mut errors);
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }

    #[test]
    fn the_help_of_run_begins_with_examples_and_fits_two_screens() {
        let mut program = Cli::command();
        program.build();
        let help = program.find_subcommand_mut("run").unwrap().render_help().to_string();
        let place = |text: &str| help.find(text).unwrap_or_else(|| panic!("{text} is not in\n{help}"));
        assert!(place("Examples:") < place("Usage:"), "{help}");
        assert_eq!(help.matches("\n  syncano-conformance run").count(), 3, "{help}");
        let order =
            ["--target <NAME>", "--url <URL>", "--report <", "--account-key-file", "--rate", "--proxy <", "--seed"];
        assert!(order.map(place).is_sorted(), "what is used most comes first\n{help}");
        assert!(help.lines().count() <= 100, "{} lines\n{help}", help.lines().count());
    }
}
