//! The option for divergences.toml.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use syncano_conformance::config;
use syncano_conformance::divergence::{self, Entry, FILE, OpenError};
use syncano_conformance::embedded;
use syncano_conformance::harness::check_ids;
use syncano_suite::{Source, Suite};

use super::Exit;
use super::print_error::print_error;
use super::suite::show;

/// The option that names the file.
#[derive(clap::Args, Debug)]
pub struct DivergenceArgs {
    /// Known differences [default: divergences.toml here or in a folder above]
    #[arg(long, value_name = "FILE")]
    divergences: Option<PathBuf>,

    /// How to judge the known bugs of the reference deployment [default: failures]
    ///
    /// `known` accepts exactly these bugs, as if divergences.toml stated them. `reference_bugs` in
    /// the profile does the same.
    #[arg(long, value_name = "WHAT", value_enum)]
    reference_bugs: Option<ReferenceBugs>,
}

/// The treatment of the known bugs of the reference deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ReferenceBugs {
    /// Checks that find them fail
    Failures,
    /// Checks that find them are known
    Known,
}

/// A divergences file that was read, or that will be created.
pub struct DivergencesFile {
    /// The path and the text.
    pub source: Arc<Source>,
    /// The entries.
    pub entries: Vec<Entry>,
}

impl DivergenceArgs {
    /// Returns the entries; `profile` says whether a profile accepts the known bugs of the
    /// reference deployment. Prints errors to stderr.
    pub fn entries(&self, suite: &Suite, profile: bool) -> Result<Vec<Entry>, Exit> {
        let mut entries = self.open(suite)?.map(|opened| opened.entries).unwrap_or_default();
        if self.reference_bugs.map_or(profile, |bugs| bugs == ReferenceBugs::Known) {
            let embedded = embedded::suite_files().read().map_err(|wrong| show(&wrong))?;
            entries.extend(divergence::reference_bugs(&check_ids(&embedded)).map_err(|wrong| show(&wrong))?);
        }
        Ok(entries)
    }

    /// Reads the file, if there is one. Prints errors to stderr.
    pub fn open(&self, suite: &Suite) -> Result<Option<DivergencesFile>, Exit> {
        let Some(path) = self.divergences.clone().or_else(find) else { return Ok(None) };
        let opened = divergence::open(&path, &check_ids(suite)).map_err(|error| match error {
            OpenError::Wrong(wrong) => show(&wrong),
            error @ OpenError::File { .. } => {
                print_error(format_args!("{error}\n  hint: name a readable file with --divergences"));
                Exit::Usage
            }
        });
        opened.map(|(source, entries)| Some(DivergencesFile { source, entries }))
    }

    /// Reads the file, or returns an empty one: beside conformance.toml, or else in the current
    /// folder. It is not created yet.
    pub fn open_or_begin(&self, suite: &Suite) -> Result<DivergencesFile, Exit> {
        let is_there = self.divergences.as_ref().is_none_or(|path| path.exists());
        let opened = if is_there { self.open(suite)? } else { None };
        let place = || self.divergences.clone().or_else(beside_config).unwrap_or_else(|| PathBuf::from(FILE));
        let begin = || Source::new(place().display().to_string(), "");
        Ok(opened.unwrap_or_else(|| DivergencesFile { source: Arc::new(begin()), entries: Vec::new() }))
    }
}

/// Returns the path of the default file, relative to the current folder if possible.
fn find() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    Some(shortened(&divergence::find(&here)?, &here))
}

fn beside_config() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    Some(shortened(&config::find(&here)?.with_file_name(FILE), &here))
}

fn shortened(path: &Path, here: &Path) -> PathBuf {
    path.strip_prefix(here).unwrap_or(path).to_owned()
}
