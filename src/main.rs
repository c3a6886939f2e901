//! Parses the command line, runs a command, and returns its exit code.

mod cli;

use std::panic::catch_unwind;
use std::process::ExitCode;

use clap::Parser;

/// A run allocates many small texts on several threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::report_panics();
    match cli::Cli::try_parse() {
        // The panic hook has reported the panic.
        Ok(cli) => catch_unwind(|| cli.run()).unwrap_or(cli::Exit::Bug).into(),
        Err(error) => cli::reject(&error),
    }
}
