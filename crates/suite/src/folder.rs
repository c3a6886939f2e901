//! Reads the files of a suite from a folder.
//!
//! Links are followed unless they lead back to a folder that contains them. Names that begin with a
//! dot are ignored: `.git`, files of editors, and the folders behind a volume of Kubernetes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::input::{self, Limit};

/// The extensions of the files of a suite.
const ENDINGS: [&str; 4] = ["yaml", "yml", "toml", "snap"];

/// The maximum number of files and folders, because links can lead to the same folders in many
/// ways.
const MOST: usize = 10_000;

/// An error while reading a folder.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", path.display())]
pub struct ReadError {
    path: PathBuf,
    source: io::Error,
}

impl ReadError {
    /// Returns whether a file is not text.
    pub fn is_not_text(&self) -> bool {
        self.source.kind() == ErrorKind::InvalidData
    }

    /// Returns whether a link in the folder is dangling.
    pub fn is_dangling(&self) -> bool {
        self.source.get_ref().is_some_and(|source| source.is::<Dangling>())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("dangling link: {} does not exist", .0.display())]
struct Dangling(PathBuf);

/// Returns the text of a suite's files by their path below the folder, with `/` as separator.
pub(super) fn files(folder: &Path) -> Result<BTreeMap<String, String>, ReadError> {
    let mut walk = Walk { found: BTreeMap::new(), seen: 0 };
    walk.folder(folder, "", &mut Vec::new())?;
    Ok(walk.found)
}

/// Returns the text of a file.
pub(super) fn file(path: &Path) -> Result<String, ReadError> {
    input::text(path, Limit::WRITTEN).map_err(|source| ReadError { path: path.to_owned(), source })
}

/// The location of a scenario file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SuiteFilePlace {
    /// The folder of scenarios that contains its area.
    pub folder: PathBuf,
    /// The path below that folder, `area/name.yaml`.
    pub name: String,
}

/// Returns the place of a scenario file. The folder of the file is the area, and the folder above
/// is that of the scenarios.
pub(super) fn file_place(path: &Path) -> SuiteFilePlace {
    let area = path.parent().filter(|area| !area.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = match (area.file_name(), area.parent()) {
        (Some(_), Some(folder)) if folder.as_os_str().is_empty() => PathBuf::from("."),
        (Some(_), Some(folder)) => folder.to_owned(),
        _ => area.join(".."),
    };
    let area = fs::canonicalize(area).unwrap_or_default();
    let text = |name: Option<&OsStr>| name.unwrap_or_default().to_string_lossy().into_owned();
    SuiteFilePlace { folder, name: format!("{}/{}", text(area.file_name()), text(path.file_name())) }
}

struct Walk {
    found: BTreeMap<String, String>,
    /// The number of files and folders so far.
    seen: usize,
}

impl Walk {
    /// Reads a folder; `name` is its path below the first one, and `above` holds the folders around
    /// it.
    fn folder(&mut self, folder: &Path, name: &str, above: &mut Vec<PathBuf>) -> Result<(), ReadError> {
        let failed = |source| ReadError { path: folder.to_owned(), source };
        let itself = fs::canonicalize(folder).map_err(failed)?;
        if above.contains(&itself) {
            return Ok(());
        }
        above.push(itself);
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let own = entry.file_name().to_string_lossy().into_owned();
            if own.starts_with('.') {
                continue;
            }
            self.seen += 1;
            if self.seen > MOST {
                return Err(failed(io::Error::other(format!("more than {MOST} files and folders"))));
            }
            let name = if name.is_empty() { own } else { format!("{name}/{own}") };
            self.entry(&entry.path(), name, above)?;
        }
        above.pop();
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: String, above: &mut Vec<PathBuf>) -> Result<(), ReadError> {
        let failed = |source| ReadError { path: path.to_owned(), source };
        let found = fs::metadata(path).map_err(|error| match (error.kind(), fs::read_link(path)) {
            (ErrorKind::NotFound, Ok(to)) => failed(io::Error::other(Dangling(to))),
            _ => failed(error),
        })?;
        if found.is_dir() {
            return self.folder(path, &name, above);
        }
        if path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)) {
            if !found.is_file() {
                return Err(failed(io::Error::other("not a file")));
            }
            self.found.insert(name, file(path)?);
        }
        Ok(())
    }
}
