//! Finds and reads the files that users write in their projects, `conformance.toml` and
//! `divergences.toml`. [`config`](crate::config) and [`divergence`](crate::divergence) read their
//! contents.

use std::io;
use std::path::{Path, PathBuf};

use syncano_suite::input::{self, Limit};
use syncano_suite::{Diagnostic, Source};

/// The error for a file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: io::Error,
    },
    /// The content has mistakes.
    #[error("the content of the file is invalid")]
    Wrong(Vec<Diagnostic>),
}

/// Finds the file of this name in a folder, or else in the nearest folder above.
pub fn find(name: &str, folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Returns the text of a file.
pub fn read(path: &Path) -> Result<Source, OpenError> {
    let failed = |reason| OpenError::File { path: path.to_owned(), reason };
    let bytes = input::bytes(path, Limit::WRITTEN).map_err(failed)?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes)
        .map_err(|_| OpenError::Wrong(vec![Diagnostic::suite_wide(format!("{name} is not valid UTF-8"))]))?;
    Ok(Source::new(name, text))
}
