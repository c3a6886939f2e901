//! Exit codes: part of what callers rely on.

use std::process::ExitCode;

use syncano_conformance::report::Outcome;

/// How a command ended. Where several are true, the order of precedence is 130, 70, 2, 5, 6, 4, 1, 7, 3, 8, 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well: every selected check passed, or is known to differ.
    Ok = 0,
    /// A check failed, or an error kept one from being judged.
    Failed = 1,
    /// The command line asks for something that cannot be, a secret is not where it was said to be, or what the command
    /// writes cannot be written.
    Usage = 2,
    /// Only divergences or snapshots that nobody needs any more, or divergences that are overdue, are wrong.
    Stale = 3,
    /// Nothing was selected, or nothing ran.
    Nothing = 4,
    /// A scenario, the registry of rules, the configuration, the divergences or the file of a world are not valid; nothing was
    /// sent.
    Invalid = 5,
    /// The target could not be reached or set up, or an address not be listened on; nothing was judged.
    Unreachable = 6,
    /// Something was untestable; when strict, also skipped or flaky.
    Incomplete = 7,
    /// All is judged, and something could not be removed.
    LeftBehind = 8,
    /// A defect of this program.
    Bug = 70,
    /// Interrupted; what had been made was removed as far as possible.
    Interrupted = 130,
}

impl Exit {
    /// The exit code of a run of which something could not be written. A full disk does not hide what the run came to.
    pub fn unwritten(self) -> Exit {
        match self {
            Exit::Ok | Exit::Stale | Exit::LeftBehind => Exit::Usage,
            outcome => outcome,
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Exit {
        match outcome {
            Outcome::Interrupted => Exit::Interrupted,
            Outcome::NotSetUp => Exit::Unreachable,
            Outcome::NothingRan => Exit::Nothing,
            Outcome::Failed => Exit::Failed,
            Outcome::Incomplete => Exit::Incomplete,
            Outcome::Stale => Exit::Stale,
            Outcome::LeftBehind => Exit::LeftBehind,
            Outcome::Passed => Exit::Ok,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
