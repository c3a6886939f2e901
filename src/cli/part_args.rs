//! Options that select the part of the suite to run.

use std::path::PathBuf;

use syncano_conformance::harness::{Access, Plan, Selection, Shard};
use syncano_suite::Suite;

use super::Exit;
use super::failed_run::FailedRun;
use super::level_args::LevelArgs;
use super::suite::select;

/// Options that select the part of the suite to run.
#[derive(clap::Args, Debug)]
pub struct PartArgs {
    /// Areas, scenarios, checks or rules to run [default: all]
    ///
    /// A word is the beginning of a path, of a check id or of a rule name, or the code of a rule:
    /// reset-key, user/reads.yaml, R95. `list` shows them.
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    #[command(flatten)]
    level: LevelArgs,

    /// Run only what failed in an earlier run, on the same target
    ///
    /// FILE is the JSON report of that run. All scenarios and endpoints with a check that failed,
    /// or that could not be judged or tested, run again. Without --target and --url the run is on
    /// the target of the report.
    #[arg(long, value_name = "FILE")]
    failed: Option<PathBuf>,

    /// Run one shard, such as 1/4, of the selection [default: all]
    ///
    /// Each job of a CI system runs one shard; `report merge` joins the reports.
    #[arg(long, value_name = "K/N", help_heading = SELECTION)]
    shard: Option<Shard>,

    /// Access cases to run [default: full on the simulator, otherwise read-only]
    #[arg(long, value_name = "CASES", value_enum, help_heading = SELECTION)]
    access_table: Option<AccessTableArg>,

    /// Send every read again in ways whose responses follow from the first
    ///
    /// The ways are: twice, with the keys in the query, whole lists with parameters, as another
    /// user, with an old key, from another instance, and as the administrator.
    #[arg(long, help_heading = SELECTION)]
    replays: bool,
}

const SELECTION: &str = "More about the selection";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum AccessTableArg {
    /// None
    Off,
    /// Access cases that only read: GET and OPTIONS
    ReadOnly,
    /// All access cases; each one that may change data has its own world
    Full,
}

impl PartArgs {
    /// Reads the report that --failed names, if any. Prints errors to stderr.
    pub fn failed_run(&self) -> Result<Option<FailedRun>, Exit> {
        self.failed.as_deref().map(FailedRun::read).transpose()
    }

    /// Returns the part of a suite that the levels of the options promise.
    pub fn part_of(&self, suite: Suite) -> Suite {
        self.level.part_of(suite)
    }

    /// Returns the selection. Prints an error to stderr if it is empty, or a word selects nothing.
    pub fn select(&self, suite: &Suite, is_live: bool, earlier: Option<&FailedRun>) -> Result<Selection, Exit> {
        let mut selection = Selection::new(self.words.clone()).shard(self.shard);
        if let Some(earlier) = earlier {
            selection = selection.only(earlier.still_in(suite)?);
        }
        select(selection, suite, self.access(is_live) != Access::Off)
    }

    /// Returns the plan with the selected access cases and replays.
    pub fn put_into(&self, plan: Plan, is_live: bool) -> Plan {
        Plan { access: self.access(is_live), replays: self.replays, ..plan }
    }

    /// Returns whether the user asked for certain access cases.
    pub fn names_access_cases(&self) -> bool {
        self.access_table.is_some()
    }

    fn access(&self, is_live: bool) -> Access {
        match self.access_table {
            Some(AccessTableArg::Off) => Access::Off,
            Some(AccessTableArg::ReadOnly) => Access::ReadOnly,
            Some(AccessTableArg::Full) => Access::Full,
            None if is_live => Access::ReadOnly,
            None => Access::Full,
        }
    }
}
