//! `schema`: prints the JSON Schema of scenario files or of reports.

use syncano_conformance::{report, scenario};

use super::Exit;
use super::output::print;

/// Print the JSON Schema of scenario files, for editors, or that of reports, for other programs
#[derive(clap::Args, Debug)]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value = "scenario")]
    of: Of,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Of {
    /// Scenario files
    Scenario,
    /// What `run --report json=PATH` writes
    Report,
}

/// Runs the command to its end.
pub fn run(args: &SchemaArgs) -> Exit {
    print(&match args.of {
        Of::Scenario => scenario::json_schema(),
        Of::Report => report::json_schema(),
    })
}
