//! Exit codes.

use std::process::ExitCode;

use syncano_conformance::report::RunOutcome;

/// How a command ended. If several are true, the order of precedence is 130, 70, 2, 5, 6, 4, 1, 7,
/// 3, 8, 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Success: every selected check passed, or is known to differ.
    Ok = 0,
    /// A check failed, or could not be judged because of an error.
    Failed = 1,
    /// The command line is wrong, a secret is missing, or the output cannot be written.
    Usage = 2,
    /// Everything passed, but a divergence or snapshot is not needed, or a divergence is overdue.
    Stale = 3,
    /// Nothing was selected, or nothing ran.
    Nothing = 4,
    /// A scenario, the rules, the configuration, the divergences or a world file is not valid;
    /// nothing was sent.
    Invalid = 5,
    /// The target could not be reached or set up, or an address could not be bound; nothing was
    /// judged.
    Unreachable = 6,
    /// A check was untestable; if strict, also skipped or flaky.
    Incomplete = 7,
    /// Every check was judged, but a created resource could not be deleted.
    LeftBehind = 8,
    /// A bug of this program.
    Bug = 70,
    /// Interrupted; the created resources were deleted as far as possible.
    Interrupted = 130,
}

impl Exit {
    /// Returns the exit code of a run whose output could not be written. A full disk does not hide
    /// a failure.
    pub fn unwritten(self) -> Exit {
        match self {
            Exit::Ok | Exit::Stale | Exit::LeftBehind => Exit::Usage,
            outcome => outcome,
        }
    }
}

impl From<RunOutcome> for Exit {
    fn from(outcome: RunOutcome) -> Exit {
        match outcome {
            RunOutcome::Interrupted => Exit::Interrupted,
            RunOutcome::NotSetUp => Exit::Unreachable,
            RunOutcome::NothingRan => Exit::Nothing,
            RunOutcome::Failed => Exit::Failed,
            RunOutcome::Incomplete => Exit::Incomplete,
            RunOutcome::Stale => Exit::Stale,
            RunOutcome::LeftBehind => Exit::LeftBehind,
            RunOutcome::Passed => Exit::Ok,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
