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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(folder: &Path, names: &[&str]) {
        for name in names {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, *name).unwrap();
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        files(folder).unwrap().into_keys().collect()
    }

    #[test]
    fn a_link_to_a_folder_is_followed_but_not_in_a_circle() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &["suite/my/one.yaml", "elsewhere/two.yaml"]);
        let suite = folder.path().join("suite");
        symlink("../elsewhere", suite.join("other")).unwrap();
        symlink("..", suite.join("my/back")).unwrap();
        symlink(".", suite.join("my/itself")).unwrap();
        assert_eq!(names(&suite), ["my/one.yaml", "other/two.yaml"]);
    }

    #[test]
    fn folders_that_link_to_each_other_are_rejected() {
        let folder = tempfile::tempdir().unwrap();
        for one in 0..12 {
            fs::create_dir(folder.path().join(one.to_string())).unwrap();
            for other in 0..12 {
                symlink(format!("../{other}"), folder.path().join(format!("{one}/{other}"))).unwrap();
            }
        }
        assert!(files(folder.path()).unwrap_err().to_string().ends_with("more than 10000 files and folders"));
    }

    #[test]
    fn a_dangling_link_is_an_error_with_any_name() {
        for name in ["other", "one.yaml", "itself"] {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("my")).unwrap();
            symlink("gone", folder.path().join("my").join(name)).unwrap();
            let error = files(folder.path()).unwrap_err();
            assert!(error.is_dangling() && !error.is_not_text(), "{error}");
            assert!(error.to_string().ends_with(&format!("my/{name}: dangling link: gone does not exist")), "{error}");
        }
    }

    #[test]
    fn a_link_to_itself_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        symlink("one.yaml", folder.path().join("one.yaml")).unwrap();
        assert!(files(folder.path()).is_err());
    }

    #[test]
    fn names_that_begin_with_a_dot_are_ignored_and_a_kubernetes_volume_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &["my/..2026_01/one.yaml", ".git/config.toml", "my/.one.yaml.swp.yaml"]);
        symlink("..2026_01", folder.path().join("my/..data")).unwrap();
        symlink("..data/one.yaml", folder.path().join("my/one.yaml")).unwrap();
        symlink("user@host", folder.path().join("my/.#one.yaml")).unwrap();
        assert_eq!(names(folder.path()), ["my/one.yaml"]);
    }

    #[test]
    fn a_device_named_like_a_scenario_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        symlink("/dev/null", folder.path().join("one.yaml")).unwrap();
        assert!(files(folder.path()).unwrap_err().to_string().ends_with("one.yaml: not a file"));
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_a_scenario() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one.yaml"), "\u{feff}title: One").unwrap();
        assert_eq!(files(folder.path()).unwrap()["one.yaml"], "title: One");
    }
}
