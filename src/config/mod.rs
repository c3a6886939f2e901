//! `conformance.toml`: which deployments there are, and how each is to be treated.
//!
//! A file becomes [`Profile`]s, or [`Diagnostic`]s with exact places; whoever has a profile need not check it again. No
//! secret stands in the file: it says where each comes from, and [`SecretSource::read`] fetches it from there. Nothing here
//! knows of the command line, whose options go before what a profile says, or sends anything.

mod mask;
mod network;
mod profile;
mod read;
mod source;

use std::path::{Path, PathBuf};

pub use crate::user_file::OpenError;
pub use network::NetworkError;
pub use profile::{
    ANSWER_BYTES, Account, BUILT_IN, JOBS, Keys, Profile, Profiles, RETRIES, RUN_SECONDS, SECONDS, instance_name,
};
pub use source::{ReadSecretError, SecretSource, SecretSourceError, TextSource, UserSource};

use crate::scenario::{Diagnostic, Source};
use crate::user_file;

/// How the file is called.
pub const FILE: &str = "conformance.toml";

/// A file with comments and one target, to begin with.
pub const TEMPLATE: &str = include_str!("template.toml");

/// The file that is meant in a folder: the one in it, or else the one in the nearest folder above.
pub fn find(folder: &Path) -> Option<PathBuf> {
    user_file::find(FILE, folder)
}

/// Reads a file. `folder` is where relative paths in it begin.
pub fn open(path: &Path) -> Result<Profiles, OpenError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    parse(&user_file::read(path)?, folder).map_err(OpenError::Wrong)
}

/// What a text says. All that is wrong is reported at once, but for what keeps it from being read at all. What is reported
/// shows nothing that could be a secret. Relative paths of files begin in `folder`.
pub fn parse(source: &Source, folder: &Path) -> Result<Profiles, Vec<Diagnostic>> {
    read::profiles(source, folder)
}
