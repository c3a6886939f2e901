//! What a run has made on a deployment, in a file that outlives the run: each creation stands in it before it is sent, so
//! that `sweep` finds what a run that was killed has left.
//!
//! One JSON object a line. No key and no password stands in it. While a run goes on, or a sweep, it holds a lock on its
//! journal; the lock ends with the process, however that ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Plan;
use super::means::Credentials;
use super::password;
use super::run_id::RunId;
use super::target::Target;
use crate::input::{self, Limit};
use crate::shell;
use syncano_simulator::api::Version;

/// Name and version of the format.
const FORMAT: &str = "syncano-conformance-journal/1";

/// The name of the folder below that for the state of programs.
const FOLDER: &str = "syncano-conformance";

/// Whose journal it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    format: String,
    tool_version: String,
    /// What stands before every path.
    pub target: String,
    /// The name of the profile, where the target has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    /// The version of the API.
    pub api_version: String,
    /// The id of the run.
    pub run: String,
    /// When the run began.
    pub begun: String,
}

impl Header {
    /// That of a run that begins now.
    fn of(target: &Target, plan: &Plan) -> Header {
        Header {
            format: FORMAT.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            target: target.base().to_owned(),
            profile: (target.name() != target.base()).then(|| target.name().to_owned()),
            api_version: plan.version.to_string(),
            run: plan.id.to_string(),
            begun: Timestamp::now().strftime("%FT%TZ").to_string(),
        }
    }
}

/// A line after the first: something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Line {
    /// An account, before anything is made on it.
    Account {
        /// Its e-mail address.
        email: String,
        /// Whether the run registers it.
        registered: bool,
    },
    /// What became of the registration of an account. Without this line it may have been registered.
    Registration {
        /// Its e-mail address.
        email: String,
        /// Whether it was registered.
        done: bool,
    },
    /// Something is about to be made.
    Creating {
        /// Tells it from the others of the journal.
        number: usize,
        /// The number of the scenario.
        scenario: usize,
        /// Below which path it will stand.
        collection: String,
        /// Its own path, where that is known before.
        path: Option<String>,
        /// The e-mail address of the account that can remove it.
        by: String,
    },
    /// It was made.
    Created {
        /// Which.
        number: usize,
        /// Its own path.
        path: String,
    },
    /// It was not made after all.
    Refused {
        /// Which.
        number: usize,
    },
    /// It is gone, with everything below it.
    Removed {
        /// Which.
        number: usize,
    },
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The user has no folder for such files.
    #[error(
        "there is no folder for the journal: {0}\n  \
         hint: name a file with --journal, or set XDG_STATE_HOME"
    )]
    NoFolder(String),
    /// Nothing is sent that could not be written down.
    #[error("the journal {} cannot be written: {source}\n  hint: name another file with --journal", path.display())]
    CannotWrite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It may say what another run has left.
    #[error(
        "there is a journal already: {}\n  \
         hint: `sweep --journal FILE` removes what it names, and then the journal itself; or name another file",
        .0.display()
    )]
    IsThere(PathBuf),
    /// A run or a sweep holds it.
    #[error("the run of the journal {} is still going on, or being swept", .0.display())]
    InUse(PathBuf),
    /// It cannot be read.
    #[error("the journal {} cannot be read: {source}", path.display())]
    CannotRead {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is none, or it was changed.
    #[error(
        "{}:{line}: {why}\n  \
         hint: nothing was removed, and the file is as it was; all that a run has made has its id in the name",
        path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// The journal of one run, locked as long as it lives.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    header: Header,
    /// Whether it stands where journals stand when the user names no file.
    in_folder: bool,
    /// Where the whole lines end, if the last one was torn.
    torn: Option<u64>,
}

impl Journal {
    /// The folder in which journals stand when the user names no file: that for the state of programs.
    pub fn folder() -> Result<PathBuf, JournalError> {
        let folders = etcetera::choose_base_strategy().map_err(|error| JournalError::NoFolder(error.to_string()))?;
        Ok(folders.state_dir().unwrap_or_else(|| folders.cache_dir()).join(FOLDER))
    }

    /// Begins the journal of a run, in this file or in the [folder](Journal::folder). It appears whole and locked. Where
    /// the run registers its own administrator, the seed of the accounts' passwords stands in a file beside it.
    pub fn begin(file: Option<&Path>, target: &Target, plan: &Plan) -> Result<Journal, JournalError> {
        let header = Header::of(target, plan);
        let path = match file {
            Some(path) => path.to_owned(),
            None => Journal::folder()?.join(format!("{}.jsonl", plan.id)),
        };
        let failed = |source| JournalError::CannotWrite { path: path.clone(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if file.is_none() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        // Only the user may read and write what this makes.
        let place = |text: &str, path: &Path| {
            let mut beside = tempfile::Builder::new().prefix(".journal-").tempfile_in(folder).map_err(failed)?;
            beside.as_file().try_lock().map_err(|error| failed(error.into()))?;
            beside.write_all(text.as_bytes()).map_err(failed)?;
            beside.persist_noclobber(path).map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => JournalError::IsThere(path.to_owned()),
                _ => failed(error.error),
            })
        };
        let first = serde_json::to_string(&header).map_err(|error| failed(error.into()))?;
        let locked = place(&format!("{first}\n"), &path)?;
        if matches!(plan.credentials, Credentials::Register) {
            let seed = password::seed(&plan.id);
            if let Err(error) = place(&format!("{}\n", seed.expose_secret()), &seed_of(&path)) {
                let _ = fs::remove_file(&path);
                return Err(error);
            }
        }
        Ok(Journal { file: locked, path, header, in_folder: file.is_none(), torn: None })
    }

    /// Every journal in the [folder](Journal::folder).
    pub fn all() -> Result<Vec<PathBuf>, JournalError> {
        let folder = Journal::folder()?;
        let failed = |source| JournalError::CannotRead { path: folder.clone(), source };
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

    /// Locks and reads the journal of a run that has ended. A last line without its end was being written when the run was
    /// killed: what it speaks of was not sent yet, or is in the line before it.
    pub(super) fn read(path: &Path) -> Result<(Journal, Vec<Line>), JournalError> {
        let failed = |source| JournalError::CannotRead { path: path.to_owned(), source };
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
        let header = header(first).map_err(|why| corrupt(0, why))?;
        let lines = lines.map(|(number, line)| {
            // Numbers of a tagged line are read out of a value alone.
            let read = serde_json::from_slice::<Value>(line).and_then(serde_json::from_value);
            let read = read.map_err(|error| error.to_string());
            read.and_then(Line::checked).map_err(|why| corrupt(number, format!("this is no line of a journal: {why}")))
        });
        let lines = lines.collect::<Result<Vec<_>, _>>()?;
        let in_folder = Journal::folder().is_ok_and(|folder| path.parent() == Some(&folder));
        Ok((Journal { file, path: path.to_owned(), header, in_folder, torn }, lines))
    }

    /// Whose it is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The seed of the accounts' passwords, where the run has registered its own administrator.
    pub(super) fn seed(&self) -> Option<SecretString> {
        let text = input::text(&seed_of(&self.path), Limit::SECRET).ok()?;
        Some(SecretString::from(text.trim()))
    }

    /// The command that removes what it names, for a shell.
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

    /// Adds a line, in one piece. When this returns, the line outlives the process. One that could not be written whole, as
    /// on a full disk, is taken away again before the next one.
    pub(super) fn write(&mut self, line: &Line) -> Result<(), JournalError> {
        let written = serde_json::to_string(line).map_err(io::Error::from).and_then(|text| {
            if let Some(end) = self.torn {
                self.file.set_len(end)?;
                self.torn = None;
            }
            let end = self.file.metadata()?.len();
            self.file.write_all(format!("{text}\n").as_bytes()).inspect_err(|_| {
                // Where even that fails, the next line tries it again.
                self.torn = self.file.set_len(end).err().map(|_| end);
            })
        });
        written.map_err(|source| JournalError::CannotWrite { path: self.path.clone(), source })
    }

    /// Removes the journal: nothing is left of what it names. The seed goes first, since without a journal nobody would look
    /// for it.
    pub(super) fn remove(self) -> Result<(), JournalError> {
        for path in [&seed_of(&self.path), &self.path] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(JournalError::CannotWrite { path: path.clone(), source: error });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Line {
    /// The line, if its paths are such as the harness writes. What else could be in them is never sent.
    fn checked(self) -> Result<Line, String> {
        let paths = match &self {
            Line::Creating { collection, path, .. } => vec![Some(collection), path.as_ref()],
            Line::Created { path, .. } => vec![Some(path)],
            _ => Vec::new(),
        };
        match paths.into_iter().flatten().find(|path| !is_plain_path(path)) {
            Some(path) => Err(format!("{path:?} is no path of an instance")),
            None => Ok(self),
        }
    }
}

/// The longest segment of a path of a resource: names of instances have at most 64 characters.
const LONGEST_SEGMENT: usize = 255;

/// `/v1.1/instances/` or something below it, of letters, digits, hyphens and underscores.
pub(super) fn is_plain_path(path: &str) -> bool {
    let segments = path.strip_prefix('/').and_then(|path| path.strip_suffix('/')).map(|path| path.split('/'));
    let segments = segments.into_iter().flatten().collect::<Vec<_>>();
    let is_plain = |segment: &&str| {
        (1..=LONGEST_SEGMENT).contains(&segment.len())
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    match segments.as_slice() {
        [version, "instances", below @ ..] => version.parse::<Version>().is_ok() && below.iter().all(is_plain),
        _ => false,
    }
}

fn header(line: &[u8]) -> Result<Header, String> {
    let header = serde_json::from_slice::<Header>(line).map_err(|error| format!("this begins no journal: {error}"))?;
    if header.format != FORMAT {
        return Err(format!("a journal of the form {:?}, and this program reads {FORMAT:?}", header.format));
    }
    let is_id = header.run.len() == RunId::LENGTH && header.run.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_id {
        return Err(format!("{:?} is no id of a run", header.run));
    }
    if header.api_version.parse::<Version>().is_err() {
        return Err(format!("{:?} is no version of the API", header.api_version));
    }
    Ok(header)
}

fn seed_of(journal: &Path) -> PathBuf {
    journal.with_extension("seed")
}
