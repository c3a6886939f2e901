//! Where the divergences of targets stand.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use syncano_conformance::config;
use syncano_conformance::divergence::{self, Entry, FILE, OpenError};
use syncano_conformance::harness::check_ids;
use syncano_conformance::scenario::{Source, Suite};

use super::Exit;
use super::print_error::print_error;
use super::suite::show;

/// The option that names the file.
#[derive(clap::Args, Debug)]
pub struct DivergenceArgs {
    /// Where targets are known to do something else than the suite expects [default: divergences.toml in this folder, or in
    /// the nearest one above that has one]
    #[arg(long, value_name = "FILE")]
    divergences: Option<PathBuf>,
}

/// A file that was read, or that is to be made.
pub struct Opened {
    /// Its name and its text.
    pub source: Arc<Source>,
    /// What stands in it.
    pub entries: Vec<Entry>,
}

impl DivergenceArgs {
    /// The entries; what is wrong goes to stderr.
    pub fn entries(&self, suite: &Suite) -> Result<Vec<Entry>, Exit> {
        Ok(self.open(suite)?.map(|opened| opened.entries).unwrap_or_default())
    }

    /// The file, where there is one; what is wrong goes to stderr.
    pub fn open(&self, suite: &Suite) -> Result<Option<Opened>, Exit> {
        let Some(path) = self.divergences.clone().or_else(find) else { return Ok(None) };
        let opened = divergence::open(&path, &check_ids(suite)).map_err(|error| match error {
            OpenError::Wrong(wrong) => show(&wrong),
            error @ OpenError::File { .. } => {
                print_error(format_args!("{error}\n  hint: name a file that can be read with --divergences"));
                Exit::Usage
            }
        });
        opened.map(|(source, entries)| Some(Opened { source, entries }))
    }

    /// The file, or an empty one beside conformance.toml or else here, which is not made yet.
    pub fn open_or_begin(&self, suite: &Suite) -> Result<Opened, Exit> {
        let is_there = self.divergences.as_ref().is_none_or(|path| path.exists());
        let opened = if is_there { self.open(suite)? } else { None };
        let place = || self.divergences.clone().or_else(beside_config).unwrap_or_else(|| PathBuf::from(FILE));
        let begin = || Source::new(place().display().to_string(), "");
        Ok(opened.unwrap_or_else(|| Opened { source: Arc::new(begin()), entries: Vec::new() }))
    }
}

/// The file that is meant where none is named, as short as it can be said from here.
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
