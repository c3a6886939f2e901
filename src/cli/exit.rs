//! Exit codes: part of what callers rely on.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Ok = 0,
    /// The command line asks for something that cannot be.
    Usage = 2,
    /// What the command needs could not be reached or set up.
    Unreachable = 6,
    /// A defect of this program.
    Bug = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
