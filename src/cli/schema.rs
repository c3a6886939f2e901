//! `schema`: prints the JSON Schema of scenario files or of reports.

use syncano_conformance::report;

use super::Exit;
use super::output::print;

/// Print the JSON Schema of scenario files or of reports
#[derive(clap::Args, Debug)]
pub struct SchemaArgs {
    /// Kind of file
    #[arg(value_enum, default_value = "scenario")]
    of: Of,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Of {
    /// Scenario files, for editors
    Scenario,
    /// JSON reports, for other programs
    Report,
}

/// Runs the command.
pub fn run(args: &SchemaArgs) -> Exit {
    print(&match args.of {
        Of::Scenario => syncano_suite::json_schema(),
        Of::Report => report::json_schema(),
    })
}
