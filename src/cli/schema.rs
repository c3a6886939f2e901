//! `schema`: the JSON Schema of scenario files.

use std::io::{self, Write};

use syncano_conformance::scenario::json_schema;

use super::Exit;

/// Print the JSON Schema of scenario files, for editors
#[derive(clap::Args, Debug)]
pub struct SchemaArgs {}

/// Runs the command to its end.
pub fn run(_args: &SchemaArgs) -> Exit {
    // A reader that has seen enough is not an error.
    let _ = io::stdout().write_all(json_schema().as_bytes());
    Exit::Ok
}
