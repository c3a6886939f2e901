//! Stores the seed for the keys of the demo world, generated once for each user of the machine.
//!
//! The keys stay the same across starts, because builds of apps contain some of them. The seed is
//! secret, so that web pages cannot know the keys.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ring::rand::{self, SystemRandom};
use syncano_conformance::state_folder;
use syncano_suite::input::{self, Limit};

/// The name of the seed file in the state directory.
const FILE: &str = "demo.seed";

/// An error while reading or creating the seed of the user.
#[derive(Debug, thiserror::Error)]
pub enum UserSeedError {
    /// The user has no state directory.
    #[error("there is no folder for the seed: {0}")]
    NoFolder(String),
    /// The seed file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    CannotWrite { path: PathBuf, source: io::Error },
    /// The seed file cannot be read.
    #[error("the seed of the demo world in {} cannot be read: {source}\n  {HINT}", path.display())]
    CannotRead { path: PathBuf, source: io::Error },
    /// The seed file does not contain a seed.
    #[error("{} holds no seed of a demo world: sixteen hexadecimal digits are expected\n  {HINT}", .0.display())]
    Damaged(PathBuf),
    /// Other users of the machine can read the seed file.
    #[error("other users of this machine can read the seed of the demo world in {path}\n  {HINT}; or keep them: chmod 600 {path}", path = .0.display())]
    Exposed(PathBuf),
}

/// The hint for an unusable seed file.
const HINT: &str = "hint: remove the file, and the next start creates new keys; --random starts without the file";

impl UserSeedError {
    /// Returns whether a seed cannot be stored, so that each start needs new keys.
    pub fn is_homeless(&self) -> bool {
        matches!(self, UserSeedError::NoFolder(_) | UserSeedError::CannotWrite { .. })
    }
}

/// Returns the seed of the user, and generates it if there is none.
pub fn load() -> Result<u64, UserSeedError> {
    let folder = state_folder::path().map_err(|error| UserSeedError::NoFolder(error.to_string()))?;
    load_from(&folder)
}

fn load_from(folder: &Path) -> Result<u64, UserSeedError> {
    let path = folder.join(FILE);
    match File::open(&path) {
        Ok(file) => read(&path, file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(folder, &path),
        // A parent of the state directory is a file.
        Err(source) if source.kind() == io::ErrorKind::NotADirectory => {
            Err(UserSeedError::CannotWrite { path, source })
        }
        Err(source) => Err(UserSeedError::CannotRead { path, source }),
    }
}

/// Generates a seed and writes it to the seed file atomically.
///
/// If another process has already written one, it returns that seed.
fn make(folder: &Path, path: &Path) -> Result<u64, UserSeedError> {
    let write = || {
        fs::create_dir_all(folder)?;
        // `tempfile` creates files that only their owner can read and write.
        let mut beside = tempfile::Builder::new().prefix(".seed-").tempfile_in(folder)?;
        let seed = rand::generate::<[u8; 8]>(&SystemRandom::new())
            .map_err(|_| io::Error::other("the system has no random numbers"))?;
        writeln!(beside, "{:016x}", u64::from_be_bytes(seed.expose()))?;
        match beside.persist_noclobber(path) {
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
            _ => Ok(()),
        }
    };
    write().map_err(|source| UserSeedError::CannotWrite { path: path.to_owned(), source })?;
    let file = File::open(path).map_err(|source| UserSeedError::CannotRead { path: path.to_owned(), source })?;
    read(path, file)
}

fn read(path: &Path, file: File) -> Result<u64, UserSeedError> {
    let failed = |source| UserSeedError::CannotRead { path: path.to_owned(), source };
    if others_may_read(&file).map_err(failed)? {
        return Err(UserSeedError::Exposed(path.to_owned()));
    }
    let bytes = input::read(file, Limit::SECRET).map_err(failed)?;
    let text = str::from_utf8(&bytes).unwrap_or_default().trim_end();
    let is_whole = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let seed = u64::from_str_radix(text, 16).ok().filter(|_| is_whole);
    seed.ok_or_else(|| UserSeedError::Damaged(path.to_owned()))
}

/// Returns whether users other than the owner have access to a file.
///
/// The owner is the user or root, because the program could open the file.
#[cfg(unix)]
fn others_may_read(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Returns `false`: on other systems, only the user has access to their state directory.
#[cfg(not(unix))]
fn others_may_read(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_seed_stays_the_same_and_differs_between_users() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = load_from(&one.path().join("state/program")).unwrap();
        assert_eq!(load_from(&one.path().join("state/program")).unwrap(), first);
        assert_ne!(load_from(other.path()).unwrap(), first);
    }

    #[test]
    fn programs_that_start_together_use_one_seed_and_leave_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let seeds = std::thread::scope(|scope| {
            let threads = (0..16).map(|_| scope.spawn(|| load_from(folder.path()).unwrap())).collect::<Vec<_>>();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(seeds.iter().all(|seed| *seed == seeds[0]), "{seeds:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[rstest]
    #[case::nothing("")]
    #[case::a_part("0123456789abcde\n")]
    #[case::more("0123456789abcdef0\n")]
    #[case::something_else("+123456789abcdef\n")]
    fn the_error_for_a_damaged_seed_names_the_file_and_the_fix(#[case] text: &str) {
        let folder = tempfile::tempdir().unwrap();
        load_from(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, text).unwrap();
        let error = load_from(folder.path()).unwrap_err();
        assert!(matches!(error, UserSeedError::Damaged(_)), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()) && error.to_string().contains("remove"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_can_read_a_seed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        load_from(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = load_from(folder.path()).unwrap_err();
        assert!(matches!(error, UserSeedError::Exposed(_)) && error.to_string().contains("chmod 600"), "{error}");
    }

    #[test]
    fn an_unwritable_folder_is_reported() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = load_from(&file.path().join("program")).unwrap_err();
        assert!(error.is_homeless(), "{error}");
    }
}
