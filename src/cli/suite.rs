//! Which suite a command works on, and how what is wrong with it is shown.

use std::io::Write;
use std::path::{Path, PathBuf};

use syncano_conformance::harness::Selection;
use syncano_conformance::scenario::{Diagnostic, ReadError, Suite, SuiteFiles};

use super::Exit;
use super::print_error::print_error;
use super::stream;

/// The options that choose a suite.
#[derive(clap::Args, Debug)]
pub struct SuiteArgs {
    /// Take scenarios and rules.toml from this folder [default: those that the program carries]
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,

    /// Take snapshots from this folder [default: those that the program carries; with --scenarios none]
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
}

impl SuiteArgs {
    /// Reads the suite; what is wrong goes to stderr.
    pub fn read(&self) -> Result<Suite, Exit> {
        self.read_with(self.snapshots.as_deref())
    }

    /// Reads the suite, in which nothing may contradict anything else; what is wrong goes to stderr.
    pub fn read_sound(&self) -> Result<Suite, Exit> {
        let suite = self.read()?;
        match suite.conflicts() {
            conflicts if conflicts.is_empty() => Ok(suite),
            conflicts => Err(show(&conflicts)),
        }
    }

    /// Reads the suite with the snapshots of the folder that `record` writes to.
    pub fn read_to_record(&self) -> Result<Suite, Exit> {
        self.read_with(Some(self.snapshots_to_record()))
    }

    /// The folder that `record` writes to.
    pub fn snapshots_to_record(&self) -> &Path {
        self.snapshots.as_deref().unwrap_or(Path::new("snapshots"))
    }

    fn read_with(&self, snapshots: Option<&Path>) -> Result<Suite, Exit> {
        let mut files = SuiteFiles::embedded();
        if let Some(folder) = &self.scenarios {
            files = files.scenarios_from(folder).map_err(|error| say(&error))?;
        }
        if let Some(folder) = snapshots {
            files = files.snapshots_from(folder).map_err(|error| say(&error))?;
        } else if self.scenarios.is_some() {
            files.snapshots.clear();
        }
        files.read().map_err(|wrong| show(&wrong))
    }
}

/// A selection, where it selects something and none of its words nothing; `cells` says whether the access table is run at
/// all.
pub fn select(selection: Selection, suite: &Suite, cells: bool) -> Result<Selection, Exit> {
    let in_vain = selection.unmatched(suite);
    let cells = cells && !selection.endpoints(suite).is_empty();
    if in_vain.is_empty() && (cells || !selection.scenarios(suite).is_empty()) {
        return Ok(selection);
    }
    match (in_vain.as_slice(), selection.selected_shard()) {
        ([], Some(shard)) => print_error(format_args!(
            "nothing is left for shard {shard}\n  hint: a part is a scenario or an endpoint of the access table; take fewer shards"
        )),
        ([], None) => print_error("nothing is selected\n  hint: `list` shows what there is"),
        (words, _) => print_error(format_args!(
            "nothing is selected by `{}`\n  hint: `list` shows what there is",
            words.join("`, `")
        )),
    }
    Err(Exit::Nothing)
}

fn say(error: &ReadError) -> Exit {
    let (hint, exit) = if error.is_not_text() {
        ("scenarios, rules and snapshots are texts in UTF-8", Exit::Invalid)
    } else if error.is_dangling() {
        ("remove the link, or let it lead to a file or folder that exists", Exit::Usage)
    } else {
        ("name a folder that can be read", Exit::Usage)
    };
    print_error(format_args!("{error}\n  hint: {hint}"));
    exit
}

/// Shows what is wrong, each with its place.
pub fn show(wrong: &[Diagnostic]) -> Exit {
    let mut stderr = stream::stderr();
    for diagnostic in wrong {
        let _ = writeln!(stderr, "{}\n", diagnostic.render(true));
    }
    let _ = writeln!(stderr, "{} wrong; nothing was sent", count(wrong.len(), "thing is", "things are"));
    Exit::Invalid
}

/// `1 thing`, `2 things`.
pub fn count(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}
