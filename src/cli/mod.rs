//! The command line: one file a command.

mod exit;
mod serve;

pub use exit::Exit;

/// A simulator of the Syncano API and a conformance suite for it.
#[derive(clap::Parser, Debug)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Serve(serve::ServeArgs),
}

impl Cli {
    /// Runs the command to its end.
    pub fn run(&self) -> Exit {
        match &self.command {
            Command::Serve(args) => serve::run(args),
        }
    }
}
