//! Where a file goes: known to be writable before it is needed, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Who may read a new file.
#[derive(Clone, Copy, Debug)]
pub enum Readers {
    /// Whoever the user lets read his files.
    Usual,
    /// The user alone, for there are secrets in it.
    User,
}

/// A file is written beside its place and then moved there; a device or a pipe is written as it is.
pub enum Place {
    File(NamedTempFile, PathBuf),
    Stream(File),
}

impl Place {
    /// Opens what will be written.
    pub fn open(path: &Path, readers: Readers) -> io::Result<Place> {
        let exists = fs::metadata(path).ok();
        if let Some(found) = exists.as_ref().filter(|found| !found.is_file()) {
            if found.is_dir() {
                return Err(io::Error::other("it is a folder"));
            }
            return fs::OpenOptions::new().write(true).open(path).map(Place::Stream);
        }
        // A link keeps leading to the file that it leads to.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(match (exists, readers) {
            (Some(found), _) => found.permissions(),
            (None, Readers::Usual) => std::os::unix::fs::PermissionsExt::from_mode(0o666),
            (None, Readers::User) => std::os::unix::fs::PermissionsExt::from_mode(0o600),
        });
        Ok(Place::File(builder.tempfile_in(folder)?, path))
    }

    /// Writes all of it.
    pub fn write(self, text: &[u8]) -> io::Result<()> {
        match self {
            Place::Stream(mut stream) => stream.write_all(text),
            Place::File(mut beside, path) => {
                beside.write_all(text)?;
                beside.persist(path).map(drop).map_err(|error| error.error)
            }
        }
    }
}
