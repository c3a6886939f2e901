//! Writes the file of a trace while the run goes on.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::pseudonym::Pseudonyms;

/// A trace that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the trace {} cannot be written: {reason}", path.display())]
pub struct TraceWriteError {
    path: PathBuf,
    reason: String,
}

/// Writes a trace, line by line, so that the lines survive whatever becomes of the run. A file is called `FILE.partial` until
/// the run has ended; then it gets its name.
pub struct TraceWriter {
    pseudonyms: Arc<Pseudonyms>,
    path: PathBuf,
    /// The file until then; `None` for a pipe.
    partial: Option<PathBuf>,
    out: Mutex<Out>,
}

struct Out {
    file: File,
    /// The first error. Nothing is written after it.
    error: Option<io::Error>,
}

impl TraceWriter {
    /// Creates the file.
    pub fn create(path: &Path) -> Result<TraceWriter, TraceWriteError> {
        let failed = |reason: String| TraceWriteError { path: path.to_owned(), reason };
        let hint = |error: io::Error| failed(format!("{error}\n  hint: name a file in a folder that exists"));
        let pseudonyms = Pseudonyms::new().map_err(|_| failed("the system has no random numbers".to_owned()))?;
        let found = fs::metadata(path).ok().filter(|found| !found.is_file());
        if found.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(hint(io::Error::other("it is a folder")));
        }
        // A link keeps leading to the file that it leads to.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (file, partial) = match found {
            Some(_) => (OpenOptions::new().write(true).open(&path).map_err(hint)?, None),
            None => {
                let mut partial = path.clone().into_os_string();
                partial.push(".partial");
                let partial = PathBuf::from(partial);
                let file = OpenOptions::new().write(true).create_new(true).open(&partial);
                let file = file.map_err(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists => failed(format!(
                        "{} is there already\n  \
                         hint: a run that was killed has left it, or one is writing it; judge it, move it or delete it",
                        partial.display()
                    )),
                    _ => hint(error),
                })?;
                (file, Some(partial))
            }
        };
        let out = Mutex::new(Out { file, error: None });
        Ok(TraceWriter { pseudonyms: Arc::new(pseudonyms), path, partial, out })
    }

    /// Returns the pseudonyms of the trace.
    pub fn pseudonyms(&self) -> &Arc<Pseudonyms> {
        &self.pseudonyms
    }

    /// Gives the file its name. Fails if any line could not be written.
    pub fn finish(&self) -> Result<(), TraceWriteError> {
        let error = self.out.lock().unwrap_or_else(PoisonError::into_inner).error.take();
        let finished = match (error, &self.partial) {
            (Some(error), _) => Err(error),
            (None, Some(partial)) => fs::rename(partial, &self.path),
            (None, None) => Ok(()),
        };
        finished.map_err(|error| TraceWriteError { path: self.path.clone(), reason: error.to_string() })
    }

    /// Writes a line. After an error nothing is written.
    pub fn write(&self, line: &impl Serialize) {
        let text = serde_json::to_string(line).map_err(io::Error::from);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if out.error.is_none() {
            let written = text.and_then(|text| out.file.write_all(format!("{text}\n").as_bytes()));
            out.error = written.err();
        }
    }
}

impl std::fmt::Debug for TraceWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TraceWriter").field(&self.path).finish()
    }
}
