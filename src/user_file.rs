//! The files that users write beside their projects, `conformance.toml` and `divergences.toml`: where one is found, and how it
//! is read. What stands in it is for [`config`](crate::config) and [`divergence`](crate::divergence) to say.

use std::io;
use std::path::{Path, PathBuf};

use crate::input::{self, Limit};
use crate::scenario::{Diagnostic, Source};

/// Why a file says nothing.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
    /// Something in it is wrong.
    #[error("what stands in the file is not valid")]
    Wrong(Vec<Diagnostic>),
}

/// The file of this name that is meant in a folder: the one in it, or else the one in the nearest folder above.
pub fn find(name: &str, folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The text of a file.
pub fn read(path: &Path) -> Result<Source, OpenError> {
    let failed = |reason| OpenError::File { path: path.to_owned(), reason };
    let bytes = input::bytes(path, Limit::WRITTEN).map_err(failed)?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes)
        .map_err(|_| OpenError::Wrong(vec![Diagnostic::of_suite(format!("{name} is no text in UTF-8"))]))?;
    Ok(Source::new(name, text))
}
