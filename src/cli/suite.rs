//! The options for the suite, and how its errors are printed.

use std::io::Write;
use std::path::{Path, PathBuf};

use syncano_conformance::harness::Selection;
use syncano_conformance::report::count;
use syncano_suite::{Diagnostic, ReadError, Suite};

use super::Exit;
use super::print_error::print_error;
use super::stream;

/// Options for the suite.
#[derive(clap::Args, Debug)]
pub struct SuiteArgs {
    /// Folder with scenarios and rules.toml [default: those in the program]
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,

    /// Folder with snapshots [default: those in the program]
    ///
    /// With --scenarios the default is none.
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
}

impl SuiteArgs {
    /// Reads the suite. Prints errors to stderr.
    pub fn read(&self) -> Result<Suite, Exit> {
        self.read_with(self.snapshots.as_deref())
    }

    /// Reads the suite and checks it for contradictions. Prints errors to stderr.
    pub fn read_sound(&self) -> Result<Suite, Exit> {
        let suite = self.read()?;
        match suite.conflicts() {
            conflicts if conflicts.is_empty() => Ok(suite),
            conflicts => Err(show(&conflicts)),
        }
    }

    /// Reads the suite with the snapshots in the folder that `record` writes to.
    pub fn read_to_record(&self) -> Result<Suite, Exit> {
        self.read_with(Some(self.snapshots_to_record()))
    }

    /// Returns the folder that `record` writes to.
    pub fn snapshots_to_record(&self) -> &Path {
        self.snapshots.as_deref().unwrap_or(Path::new("snapshots"))
    }

    fn read_with(&self, snapshots: Option<&Path>) -> Result<Suite, Exit> {
        let mut files = syncano_conformance::embedded::suite_files();
        if let Some(folder) = &self.scenarios {
            files = files.scenarios_from(folder).map_err(|error| reported(&error))?;
        }
        if let Some(folder) = snapshots {
            files = files.snapshots_from(folder).map_err(|error| reported(&error))?;
        } else if self.scenarios.is_some() {
            files.snapshots.clear();
        }
        files.read().map_err(|wrong| show(&wrong))
    }
}

/// Returns the selection if every word of it selects something. `runs_access` says whether access cases are run.
pub fn select(selection: Selection, suite: &Suite, runs_access: bool) -> Result<Selection, Exit> {
    let in_vain = selection.unmatched(suite);
    let has_access = runs_access && !selection.endpoints(suite).is_empty();
    if in_vain.is_empty() && (has_access || !selection.scenarios(suite).is_empty()) {
        return Ok(selection);
    }
    match (in_vain.as_slice(), selection.selected_shard()) {
        ([], Some(shard)) => print_error(format_args!(
            "nothing is left for shard {shard}\n  hint: use fewer shards; they share out scenarios and endpoints of the access table"
        )),
        ([], None) => print_error("nothing is selected\n  hint: `list` shows all areas, scenarios and checks"),
        (words, _) => print_error(format_args!(
            "nothing is selected by `{}`\n  hint: `list` shows all areas, scenarios and checks",
            words.join("`, `")
        )),
    }
    Err(Exit::Nothing)
}

fn reported(error: &ReadError) -> Exit {
    let (hint, exit) = if error.is_not_text() {
        ("scenarios, rules and snapshots have to be text in UTF-8", Exit::Invalid)
    } else if error.is_dangling() {
        ("remove the link, or point it to an existing file or folder", Exit::Usage)
    } else {
        ("name a readable folder", Exit::Usage)
    };
    print_error(format_args!("{error}\n  hint: {hint}"));
    exit
}

/// Prints the errors of a file, each with its place.
pub fn show(wrong: &[Diagnostic]) -> Exit {
    let mut stderr = stream::stderr();
    for diagnostic in wrong {
        let _ = writeln!(stderr, "{}\n", diagnostic.render(true));
    }
    let _ = writeln!(stderr, "{}; nothing was sent", count(wrong.len(), "error", "errors"));
    Exit::Invalid
}
