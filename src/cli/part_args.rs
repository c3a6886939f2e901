//! Which parts of the suite a command is about, and how much of each.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use syncano_conformance::harness::{Access, Plan, Selection, Shard};
use syncano_conformance::scenario::{Endpoint, Suite};
use tracing::warn;

use super::Exit;
use super::print_error::print_error;
use super::report_file::read;
use super::suite::select;

/// The options that say what is run.
#[derive(clap::Args, Debug)]
pub struct PartArgs {
    /// Run only what these words select: beginnings of paths, check ids or rule names, or codes of rules [default: all]
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    /// Of that, run only the scenarios and endpoints of which a check failed, or could not be judged or tested, in a run
    /// before: that of this JSON report [default: all]
    #[arg(long, value_name = "FILE")]
    failed: Option<PathBuf>,

    /// Of that, run only the K-th of N parts, for N jobs of a CI system; `report merge` joins their reports [default: all]
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,

    /// Which cells of the access table are run [default: full on the built-in simulator, read-only elsewhere]
    #[arg(long, value_name = "CELLS", value_enum)]
    access_table: Option<Cells>,

    /// Ask again for all that scenarios read, in ways whose answer follows from the first: twice, with the keys in the
    /// query, as another user, with an old key, from another instance, as the administrator [default: no]
    #[arg(long)]
    replays: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Cells {
    /// None
    Off,
    /// Those of GET and OPTIONS
    ReadOnly,
    /// All of them; every one that may change something has a world of its own
    Full,
}

impl PartArgs {
    /// What is selected; where that is nothing, or a word selects nothing, that goes to stderr.
    pub fn select(&self, suite: &Suite, is_live: bool) -> Result<Selection, Exit> {
        let mut selection = Selection::new(self.words.clone()).shard(self.shard);
        if let Some(path) = &self.failed {
            selection = selection.only(failed(path, suite)?);
        }
        select(selection, suite, self.access(is_live) != Access::Off)
    }

    /// The plan with what is to be run.
    pub fn put_into(&self, plan: Plan, is_live: bool) -> Plan {
        Plan { access: self.access(is_live), replays: self.replays, ..plan }
    }

    /// Whether the user has said which cells are run.
    pub fn names_cells(&self) -> bool {
        self.access_table.is_some()
    }

    fn access(&self, is_live: bool) -> Access {
        match self.access_table {
            Some(Cells::Off) => Access::Off,
            Some(Cells::ReadOnly) => Access::ReadOnly,
            Some(Cells::Full) => Access::Full,
            None if is_live => Access::ReadOnly,
            None => Access::Full,
        }
    }
}

/// The names of what failed by a report.
fn failed(path: &Path, suite: &Suite) -> Result<HashSet<String>, Exit> {
    let report = read(path)?;
    let mut names = report.troubles().map(|(scenario, _)| scenario.name.clone()).collect::<HashSet<_>>();
    let name = path.display();
    if names.is_empty() {
        print_error(format_args!("nothing has failed by {name}\n  hint: leave --failed out to run everything"));
        return Err(Exit::Nothing);
    }
    let here = suite.scenarios.iter().map(|scenario| scenario.name.clone());
    let endpoints = suite.access.iter().flat_map(|table| &table.endpoints).map(Endpoint::full_name);
    let here = here.chain(endpoints).collect::<HashSet<_>>();
    let mut gone = names.iter().filter(|name| !here.contains(*name)).cloned().collect::<Vec<_>>();
    gone.sort();
    if gone.len() == names.len() {
        print_error(format_args!("nothing is left of what has failed by {name}: {}", gone.join(", ")));
        return Err(Exit::Nothing);
    }
    for gone in gone {
        warn!("{gone} has failed by {name}, and there is no such thing any more");
        names.remove(&gone);
    }
    Ok(names)
}
