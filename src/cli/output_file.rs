//! Files that are known to be writable before they are needed, and that are written as a whole or
//! not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The beginning and the end of the name of a partial file.
const PREFIX: &str = ".syncano-conformance-";
const SUFFIX: &str = ".partial";

/// The users who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Those of the existing file, or for a new file those of any file of the user.
    Usual,
    /// The user alone, since the file holds secrets.
    User,
}

/// The place of an output. A file is written under another name and then renamed; a device or a
/// pipe is written directly.
pub enum OutputFile {
    File(NamedTempFile, PathBuf),
    Stream(File),
}

impl OutputFile {
    /// Opens a place. Deletes partial files of killed processes in its folder.
    pub fn open(path: &Path, readers: Readers) -> io::Result<OutputFile> {
        let exists = fs::metadata(path).ok();
        if let Some(found) = exists.as_ref().filter(|found| !found.is_file()) {
            if found.is_dir() {
                return Err(io::Error::other("it is a folder"));
            }
            return fs::OpenOptions::new().write(true).open(path).map(OutputFile::Stream);
        }
        // A link keeps its target.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        remove_leftovers(folder);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        builder.permissions(match (exists, readers) {
            (_, Readers::User) => std::os::unix::fs::PermissionsExt::from_mode(0o600),
            (Some(found), Readers::Usual) => found.permissions(),
            (None, Readers::Usual) => std::os::unix::fs::PermissionsExt::from_mode(0o666),
        });
        let beside = builder.tempfile_in(folder)?;
        // The lock ends with the process. A file system without locks has none for
        // `remove_leftovers` either.
        let _ = beside.as_file().try_lock();
        Ok(OutputFile::File(beside, path))
    }

    /// Writes the whole text, and moves it to its place.
    pub fn write(mut self, text: &[u8]) -> io::Result<()> {
        self.fill(text)?;
        self.commit()
    }

    /// Writes the whole text under the other name.
    pub fn fill(&mut self, text: &[u8]) -> io::Result<()> {
        match self {
            OutputFile::Stream(stream) => stream.write_all(text),
            OutputFile::File(beside, _) => beside.write_all(text),
        }
    }

    /// Moves the written text to its place.
    pub fn commit(self) -> io::Result<()> {
        match self {
            OutputFile::Stream(_) => Ok(()),
            OutputFile::File(beside, path) => beside.persist(path).map(drop).map_err(|error| error.error),
        }
    }
}

/// Deletes the partial files of killed processes: those without a lock.
fn remove_leftovers(folder: &Path) {
    // Leftovers do no harm, so one that cannot be read or deleted stays.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_ours = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        if is_ours && entry.file_type().is_ok_and(|found| found.is_file()) {
            let is_free = File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
            let _ = if is_free { fs::remove_file(entry.path()) } else { Ok(()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names = names.collect::<Vec<_>>();
        names.sort();
        names
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_can_read_a_file_with_secrets() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.json");
        fs::write(&path, "before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        OutputFile::open(&path, Readers::Usual).unwrap().write(b"usual").unwrap();
        assert_eq!(mode(), 0o644);
        OutputFile::open(&path, Readers::User).unwrap().write(b"secret").unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn only_partial_files_of_killed_processes_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.json");
        fs::write(folder.path().join(".syncano-conformance-killed.partial"), "secret").unwrap();
        fs::write(folder.path().join(".syncano-conformance-notes"), "of somebody").unwrap();
        let first = OutputFile::open(&path, Readers::User).unwrap();
        let second = OutputFile::open(&path, Readers::User).unwrap();
        assert_eq!(names(folder.path()).len(), 3, "{:?}", names(folder.path()));
        first.write(b"1").unwrap();
        second.write(b"2").unwrap();
        assert_eq!(names(folder.path()), [".syncano-conformance-notes", "world.json"]);
        assert_eq!(fs::read(&path).unwrap(), b"2");
    }
}
