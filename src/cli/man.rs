//! `man`: prints the manual page.

use clap::Command;
use clap_mangen::Man;

use super::exit::Exit;
use super::output::print;
use super::print_error::print_error;

/// Print the manual page of the program or of a command
///
/// `syncano-conformance man | man -l -` displays it.
#[derive(clap::Args, Debug)]
pub struct ManArgs {
    /// Command [default: the program itself]
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// Runs the command for the command line `program`.
pub fn run(args: &ManArgs, mut program: Command) -> Exit {
    program.build();
    let command = match &args.command {
        None => Some(program),
        Some(name) => program.find_subcommand(name).cloned(),
    };
    let Some(command) = command else {
        print_error("unknown command\n  hint: `--help` lists the commands");
        return Exit::Usage;
    };
    let mut page = Vec::new();
    if let Err(error) = Man::new(command).render(&mut page) {
        print_error(format_args!("the page cannot be rendered: {error}"));
        return Exit::Bug;
    }
    print(&String::from_utf8_lossy(&page))
}
