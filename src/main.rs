//! Parses the command line, runs one command, turns its outcome into an exit code.

#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)
)]

mod cli;

use std::panic::catch_unwind;
use std::process::ExitCode;

use clap::Parser;

/// A run makes and drops many small texts, on several threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::tell_of_panics();
    match cli::Cli::try_parse() {
        // The panic itself has been told by then.
        Ok(cli) => catch_unwind(|| cli.run()).unwrap_or(cli::Exit::Bug).into(),
        Err(error) => cli::refuse(&error),
    }
}
