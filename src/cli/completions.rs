//! `completions`: what a shell needs to complete commands and options.

use clap::CommandFactory;
use clap_complete::Shell;

use super::output::print;
use super::{Cli, Exit};

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
    print(&String::from_utf8_lossy(&text))
}
