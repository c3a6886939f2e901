//! The recovery journal of a run on a deployment: a file that outlives the run. Each creation is
//! written to it before it is sent, so that `sweep` finds the resources left behind by interrupted
//! runs.
//!
//! Each line is a JSON object, without keys and passwords. A run or a sweep holds a lock on its
//! journal; the lock ends with the process, however the process ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::entry::{JournalEntry, JournalHeader};
use crate::{shell, state_folder};
use syncano_suite::input::{self, Limit};

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The user has no state directory.
    #[error(
        "no folder for the journal: {0}\n  \
         hint: name a file with --journal, or set XDG_STATE_HOME"
    )]
    NoFolder(String),
    /// The file cannot be written. Then the run creates nothing.
    #[error("the journal {} cannot be written: {source}\n  hint: name another file with --journal", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file exists. It may name leftovers of another run.
    #[error(
        "the journal {} exists already\n  \
         hint: `sweep --journal FILE` removes the resources that it names, then the journal; \
         or name another file",
        .0.display()
    )]
    Exists(PathBuf),
    /// A run or a sweep uses the file.
    #[error("the journal {} is in use by a run or a sweep", .0.display())]
    InUse(PathBuf),
    /// The file cannot be read.
    #[error("the journal {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file is not a journal, or it was changed.
    #[error(
        "{}:{line}: {why}\n  \
         hint: nothing was removed, and the file is unchanged; \
         the names of a run's resources hold the id of the run",
        path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The error in the line.
        why: String,
    },
}

/// The journal of one run. It holds the lock on its file.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    header: JournalHeader,
    /// Whether the file is in the default folder.
    in_folder: bool,
    /// The end of the last complete line, if an incomplete one follows it.
    torn: Option<u64>,
}

impl Journal {
    /// Returns the default folder of journals, below the user's state directory.
    pub fn folder() -> Result<PathBuf, JournalError> {
        state_folder::path().map_err(|error| JournalError::NoFolder(error.to_string()))
    }

    /// Creates the journal of a run, in this file or in the default [folder](Journal::folder). The
    /// file appears complete and locked. The `seed`, a secret with which a sweep can sign in, is
    /// written to a file beside it.
    pub fn create(
        file: Option<&Path>,
        header: JournalHeader,
        seed: Option<&SecretString>,
    ) -> Result<Journal, JournalError> {
        let path = match file {
            Some(path) => path.to_owned(),
            None => Journal::folder()?.join(format!("{}.jsonl", header.run)),
        };
        let failed = |source| JournalError::Write { path: path.clone(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if file.is_none() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        // `tempfile` creates files that only the user can read and write.
        let place = |text: &str, path: &Path| {
            let mut beside = tempfile::Builder::new().prefix(".journal-").tempfile_in(folder).map_err(failed)?;
            beside.as_file().try_lock().map_err(|error| failed(error.into()))?;
            beside.write_all(text.as_bytes()).map_err(failed)?;
            beside.persist_noclobber(path).map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => JournalError::Exists(path.to_owned()),
                _ => failed(error.error),
            })
        };
        let first = serde_json::to_string(&header).map_err(|error| failed(error.into()))?;
        let locked = place(&format!("{first}\n"), &path)?;
        if let Some(seed) = seed
            && let Err(error) = place(&format!("{}\n", seed.expose_secret()), &seed_of(&path))
        {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(Journal { file: locked, path, header, in_folder: file.is_none(), torn: None })
    }

    /// Returns the path of every journal in the default [folder](Journal::folder).
    pub fn all() -> Result<Vec<PathBuf>, JournalError> {
        let folder = Journal::folder()?;
        let failed = |source| JournalError::Read { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>().map_err(failed)?;
        let journals = paths.into_iter().filter(|path| path.extension().is_some_and(|form| form == "jsonl"));
        let mut journals = journals.collect::<Vec<_>>();
        journals.sort();
        Ok(journals)
    }

    /// Locks and reads the journal of a run that has ended. An incomplete last line is ignored: the
    /// run was killed while it wrote the line. A creation that it announces was not sent yet, and
    /// for any other event an earlier line names the resource.
    pub fn read(path: &Path) -> Result<(Journal, Vec<JournalEntry>), JournalError> {
        let failed = |source| JournalError::Read { path: path.to_owned(), source };
        let file = OpenOptions::new().read(true).append(true).open(path).map_err(failed)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::InUse(path.to_owned()),
            TryLockError::Error(error) => failed(error),
        })?;
        let mut bytes = input::read(&file, Limit::JOURNAL).map_err(failed)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let torn = (whole < bytes.len()).then_some(whole as u64);
        bytes.truncate(whole);
        let corrupt = |line: usize, why: String| JournalError::Corrupt { path: path.to_owned(), line: line + 1, why };
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
        let first = lines.next().map_or(&b""[..], |(_, line)| line);
        let header = JournalHeader::parse(first).map_err(|why| corrupt(0, why))?;
        let lines = lines.map(|(number, line)| {
            JournalEntry::parse(line).map_err(|why| corrupt(number, format!("this is not a line of a journal: {why}")))
        });
        let lines = lines.collect::<Result<Vec<_>, _>>()?;
        let in_folder = Journal::folder().is_ok_and(|folder| path.parent() == Some(&folder));
        Ok((Journal { file, path: path.to_owned(), header, in_folder, torn }, lines))
    }

    /// Returns the header.
    pub fn header(&self) -> &JournalHeader {
        &self.header
    }

    /// Returns the seed that is stored beside the journal, if there is one.
    pub fn seed(&self) -> Option<SecretString> {
        let text = input::text(&seed_of(&self.path), Limit::SECRET).ok()?;
        Some(SecretString::from(text.trim()))
    }

    /// Returns the shell command that removes the resources that the journal names.
    pub fn sweep_command(&self) -> String {
        let target = match &self.header.profile {
            Some(name) => format!("--target {}", shell::word(name)),
            None => format!("--url {}", shell::word(&self.header.target)),
        };
        let command = format!("syncano-conformance sweep {target}");
        if self.in_folder {
            return command;
        }
        format!("{command} --journal {}", shell::word(&self.path.to_string_lossy()))
    }

    /// Appends a line. When this returns, the line outlives the process. A line that could not be
    /// written completely, as on a full disk, is removed before the next one is written.
    pub fn write(&mut self, line: &JournalEntry) -> Result<(), JournalError> {
        let written = serde_json::to_string(line).map_err(io::Error::from).and_then(|text| {
            if let Some(end) = self.torn {
                self.file.set_len(end)?;
                self.torn = None;
            }
            let end = self.file.metadata()?.len();
            self.file.write_all(format!("{text}\n").as_bytes()).inspect_err(|_| {
                // If this fails too, the next write tries it again.
                self.torn = self.file.set_len(end).err().map(|_| end);
            })
        });
        written.map_err(|source| JournalError::Write { path: self.path.clone(), source })
    }

    /// Removes the journal and its seed. The seed goes first, because no sweep finds a seed without
    /// a journal.
    pub fn remove(self) -> Result<(), JournalError> {
        for path in [&seed_of(&self.path), &self.path] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(JournalError::Write { path: path.clone(), source: error });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn seed_of(journal: &Path) -> PathBuf {
    journal.with_extension("seed")
}
