//! `completions`: what a shell needs to complete commands and options.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Exit, stream};

/// Print the completions of a shell
///
/// For bash: `syncano-conformance completions bash > ~/.local/share/bash-completion/completions/syncano-conformance`
#[derive(clap::Args, Debug)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command to its end.
pub fn run(args: &CompletionsArgs) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), env!("CARGO_BIN_NAME"), &mut text);
    // A reader that has seen enough is not an error.
    let _ = io::Write::write_all(&mut stream::raw_stdout(), &text);
    Exit::Ok
}
