//! Parses the command line, runs one command, turns its outcome into an exit code.

#![warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

mod cli;

use std::panic::catch_unwind;
use std::process::ExitCode;

use clap::Parser;

/// A run makes and drops many small texts, on several threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    // The panic itself has been reported on stderr by then.
    catch_unwind(|| cli.run()).unwrap_or(cli::Exit::Bug).into()
}
