//! `conformance.toml`: profiles of deployments.
//!
//! A file becomes [`Profile`]s, or [`Diagnostic`]s with exact places. A profile needs no further
//! checks. The file contains no secrets: it names the source of each, and [`SecretSource::read`]
//! reads it from there. Nothing here knows the command line, whose options override a profile, or
//! sends anything.

mod mask;
mod network;
mod profile;
mod read;
mod source;

use std::path::{Path, PathBuf};

pub use crate::user_file::OpenError;
pub use network::NetworkError;
pub use profile::{
    ANSWER_BYTES, AccountSource, BUILT_IN, INSTANCES, JOBS, Profile, ProfileKeys, Profiles, RETRIES, RUN_SECONDS,
    SECONDS, instance_name,
};
pub use source::{ReadSecretError, SecretSource, SecretSourceError, TextSource, UserSource};

use crate::user_file;
use syncano_suite::{Diagnostic, Source};

/// The name of the file.
pub const FILE: &str = "conformance.toml";

/// A commented file with one target, for `init`.
pub const TEMPLATE: &str = include_str!("template.toml");

/// Finds the file in a folder, or else in the nearest folder above.
pub fn find(folder: &Path) -> Option<PathBuf> {
    user_file::find(FILE, folder)
}

/// Reads a file. Relative paths in it start at its own folder.
pub fn open(path: &Path) -> Result<Profiles, OpenError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    parse(&user_file::read(path)?, folder).map_err(OpenError::Wrong)
}

/// Parses the text of a file. Reports all mistakes at once, except one that makes the file
/// unreadable. The diagnostics show no possible secrets. Relative paths start at `folder`.
pub fn parse(source: &Source, folder: &Path) -> Result<Profiles, Vec<Diagnostic>> {
    read::profiles(source, folder)
}
