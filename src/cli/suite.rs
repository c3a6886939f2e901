//! The options for the suite, and how its errors are printed.

use std::collections::BTreeMap;
use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};

use syncano_conformance::config::{self, BUILT_IN, FILE};
use syncano_conformance::defects;
use syncano_conformance::harness::Selection;
use syncano_conformance::report::count;
use syncano_suite::{Diagnostic, ReadError, Suite, SuiteFiles};

use super::Exit;
use super::named;
use super::print_error::{print_error, print_note};
use super::stream;

/// The name of the folder of snapshots.
const SNAPSHOTS: &str = "snapshots";

/// Options for the suite.
#[derive(clap::Args, Clone, Debug)]
pub struct SuiteArgs {
    /// Folder with scenarios, or a scenario file [default: those in the program]
    ///
    /// Its checks may name the rules of the suite in the program, and those of its own rules.toml.
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,

    /// Folder with snapshots [default: those in the program]
    ///
    /// With --scenarios the default is the folder `snapshots` beside that folder, if there is one.
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
}

impl SuiteArgs {
    /// Returns the options with another folder of scenarios, or another scenario file.
    pub fn with_scenarios(&self, scenarios: Option<&Path>) -> SuiteArgs {
        SuiteArgs { scenarios: scenarios.map(Path::to_owned).or(self.scenarios.clone()), ..self.clone() }
    }

    /// Reads the suite. Prints errors to stderr.
    pub fn read(&self) -> Result<Suite, Exit> {
        self.read_with(self.snapshots_to_read().as_deref())
    }

    /// Reads the suite and checks it for contradictions. Prints errors to stderr.
    pub fn read_sound(&self) -> Result<Suite, Exit> {
        let suite = self.read()?;
        match suite.conflicts() {
            conflicts if conflicts.is_empty() => Ok(suite),
            conflicts => Err(show(&conflicts)),
        }
    }

    /// Reads the suite with the snapshots in the folder that `record` writes to. It creates the
    /// folder beside the scenarios.
    pub fn read_to_record(&self) -> Result<Suite, Exit> {
        let is_new = self.snapshots_beside().is_some() && self.snapshots_to_read().is_none();
        let folder = (!is_new).then(|| self.snapshots_to_record());
        self.read_with(folder.as_deref())
    }

    /// Returns the folder that `record` writes to.
    pub fn snapshots_to_record(&self) -> PathBuf {
        self.snapshots.clone().or(self.snapshots_beside()).unwrap_or(PathBuf::from(SNAPSHOTS))
    }

    /// Returns which suite the options choose, in words.
    pub fn in_words(&self) -> String {
        let suite = match &self.scenarios {
            None => "the suite in the program".to_owned(),
            Some(file) if file.is_file() => format!("the file {}", file.display()),
            Some(folder) => format!("the folder {}", folder.display()),
        };
        match self.snapshots_to_read() {
            Some(folder) => format!("{suite}, with the snapshots in {}", folder.display()),
            None => suite,
        }
    }

    /// Prints a note if the suite is the one in the program, although a folder `scenarios` here has
    /// other files.
    pub fn note_other_files(&self) {
        let folder = Path::new("scenarios");
        if self.scenarios.is_some() || !folder.is_dir() {
            return;
        }
        let embedded = syncano_conformance::embedded::suite_files();
        // A folder that cannot be read may belong to something else.
        let Ok(files) = SuiteFiles::default().scenarios_from(folder) else { return };
        let others = files.not_in(&embedded);
        let Some(first) = others.first() else { return };
        let which = match others.len() {
            1 => format!("scenarios/{first} is"),
            others => format!("scenarios/{first} and {} are", count(others - 1, "other file", "other files")),
        };
        print_note(format_args!(
            "{which} new or changed compared with the suite in the program, which this command uses\n  \
             hint: `--scenarios scenarios` uses the folder"
        ));
    }

    fn read_with(&self, snapshots: Option<&Path>) -> Result<Suite, Exit> {
        let files = self.files(snapshots).map_err(|error| reported(&error))?;
        files.read().map_err(|wrong| show(&wrong))
    }

    fn files(&self, snapshots: Option<&Path>) -> Result<SuiteFiles, ReadError> {
        let Some(scenarios) = &self.scenarios else {
            let embedded = syncano_conformance::embedded::suite_files();
            return match snapshots {
                Some(folder) => embedded.snapshots_from(folder),
                None => Ok(embedded),
            };
        };
        let is_file = scenarios.is_file();
        let embedded = SuiteFiles { snapshots: BTreeMap::new(), ..syncano_conformance::embedded::suite_files() };
        let files = if is_file { embedded.scenario_from(scenarios) } else { embedded.scenarios_from(scenarios) }?;
        let files = match snapshots {
            Some(folder) => files.snapshots_from(folder)?,
            None => files,
        };
        Ok(match self.snapshots {
            _ if is_file => files.keep_snapshots_of_scenarios(),
            None => files.keep_snapshots_of_areas(),
            Some(_) => files,
        })
    }

    /// Returns the folder of the snapshots, unless they are those in the program or there are none.
    fn snapshots_to_read(&self) -> Option<PathBuf> {
        self.snapshots.clone().or(self.snapshots_beside().filter(|folder| folder.is_dir()))
    }

    /// Returns the folder of snapshots beside the folder of scenarios.
    fn snapshots_beside(&self) -> Option<PathBuf> {
        let scenarios = self.scenarios.as_deref()?;
        let folder = if scenarios.is_file() { SuiteFiles::folder_of(scenarios) } else { scenarios.to_owned() };
        Some(match folder.file_name() {
            Some(_) => folder.with_file_name(SNAPSHOTS),
            None => folder.join("..").join(SNAPSHOTS),
        })
    }
}

/// Returns the selection if every word of it selects something. `runs_access` says whether access
/// cases are run.
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
        ([word, ..], _) => {
            let words = in_vain.join("`, `");
            // A URL may hold a password.
            let words = if words.contains('@') { "a URL" } else { &format!("`{words}`") };
            print_error(format_args!("{words} selects nothing\n  hint: {}", meant_instead(suite, word)));
        }
    }
    Err(Exit::Nothing)
}

/// Returns what a word that selects nothing was probably meant to be: the value of an option, or
/// another word.
fn meant_instead(suite: &Suite, word: &str) -> String {
    let profile = || {
        let path = config::find(&env::current_dir().ok()?)?;
        config::open(&path).ok()?.contains_key(word).then_some(())
    };
    if is_url(word) {
        let scheme = if word.contains("://") { "" } else { "http://" };
        let url = if word.contains('@') { "URL".to_owned() } else { format!("{scheme}{word}") };
        format!("`--url {url}` names a deployment")
    } else if BUILT_IN.contains(&word) || profile().is_some() {
        format!("`--target {word}` names this target")
    } else if defects::named(word).is_some() {
        format!("`--defects {word}` puts this defect in front of the simulator")
    } else if let Some(near) = named::near(suite, word) {
        format!("did you mean `{near}`?")
    } else {
        format!("`list` shows all areas, scenarios and checks; `--target {word}` names a target of {FILE}")
    }
}

/// Returns whether a word looks like the URL of a deployment, or like a host with a port.
fn is_url(word: &str) -> bool {
    let port = word.rsplit_once(':').map(|(_, port)| port.trim_end_matches('/'));
    word.contains("://") || port.is_some_and(|port| port.parse::<u16>().is_ok())
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
    show_diagnostics(wrong);
    let _ = writeln!(stream::stderr(), "{}; nothing was sent", count(wrong.len(), "error", "errors"));
    Exit::Invalid
}

/// Prints diagnostics, each with its place.
pub fn show_diagnostics(diagnostics: &[Diagnostic]) {
    let mut stderr = stream::stderr();
    for diagnostic in diagnostics {
        let _ = writeln!(stderr, "{}\n", diagnostic.render(true));
    }
}
