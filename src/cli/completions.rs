//! `completions`: prints a completion script for a shell.

use clap::Command;
use clap_complete::Shell;

use super::exit::Exit;
use super::output::print;

/// Print the completion script for a shell
///
/// For bash:
/// `syncano-conformance completions bash > ~/.local/share/bash-completion/completions/syncano-conformance`
#[derive(clap::Args, Debug)]
pub struct CompletionsArgs {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command for the command line `program`.
pub fn run(args: &CompletionsArgs, mut program: Command) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut program, env!("CARGO_BIN_NAME"), &mut text);
    print(&String::from_utf8_lossy(&text))
}
