//! Report files: opened before anything is sent, written as a whole or not at all, and read again.

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use syncano_conformance::report::{FORMAT, Report, ReportFormat};
use syncano_suite::input::{self, Limit};

use super::Exit;
use super::output_file::{OutputFile, Readers};
use super::print_error::print_error;
use super::stream;

/// The path that means standard output.
const STDOUT: &str = "-";

/// The format and the path of a report, as in `--report`.
#[derive(Clone, Debug)]
pub struct ReportFile {
    form: ReportFormat,
    path: PathBuf,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<ReportFile, String> {
        let (form, path) = text.split_once('=').ok_or("expected a format and a path, such as json=report.json")?;
        let form = form.parse::<ReportFormat>().map_err(|error| error.to_string())?;
        if path.is_empty() {
            return Err("the path is missing".to_owned());
        }
        Ok(ReportFile { form, path: PathBuf::from(path) })
    }
}

/// A report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportFileError {
    #[error("the report {} cannot be written: {reason}\n  hint: {hint}", path.display())]
    File { path: PathBuf, reason: String, hint: &'static str },
    #[error("{first} and {second} name the same file\n  hint: name another file for one of them")]
    Same { first: String, second: String },
}

/// A report that will be written.
pub struct Pending {
    file: ReportFile,
    /// `None` for standard output.
    place: Option<OutputFile>,
}

impl ReportFile {
    /// Opens the files. Two reports must not share a file, and a report must not share one with
    /// another option.
    pub fn open_all(files: &[ReportFile], others: &[(&str, Option<&Path>)]) -> Result<Vec<Pending>, ReportFileError> {
        let others = others.iter().filter_map(|(option, path)| Some(((*option).to_owned(), (*path)?)));
        let named = others.map(|(option, path)| (format!("{option} {}", path.display()), path));
        let named = named.chain(files.iter().map(|file| (file.to_string(), file.path.as_path())));
        let mut taken: HashMap<PathBuf, String> = HashMap::new();
        for (second, path) in named {
            let path = if path == Path::new(STDOUT) { path.to_owned() } else { resolved(path) };
            if let Some(first) = taken.get(&path) {
                return Err(ReportFileError::Same { first: first.clone(), second });
            }
            taken.insert(path, second);
        }
        files.iter().map(ReportFile::open).collect()
    }

    /// Returns whether the report goes to standard output, which then contains only the report.
    pub fn is_stdout(&self) -> bool {
        self.path == Path::new(STDOUT)
    }

    fn open(&self) -> Result<Pending, ReportFileError> {
        if self.is_stdout() {
            return Ok(Pending { file: self.clone(), place: None });
        }
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let place =
            folder.map_or(Ok(()), fs::create_dir_all).and_then(|()| OutputFile::open(&self.path, Readers::Usual));
        let hint = "name a file in a folder that exists or can be created";
        let place = place.map_err(|error| self.failed(&error, hint))?;
        Ok(Pending { file: self.clone(), place: Some(place) })
    }

    fn failed(&self, error: &dyn std::fmt::Display, hint: &'static str) -> ReportFileError {
        ReportFileError::File { path: self.path.clone(), reason: error.to_string(), hint }
    }
}

/// The option as on the command line.
impl std::fmt::Display for ReportFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--report {}={}", self.form, self.path.display())
    }
}

/// Resolves links and dots of a path, as far as the path exists.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(path) = fs::canonicalize(path) {
        return path;
    }
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().map(resolved).unwrap_or_default();
    match path.components().next_back() {
        Some(Component::ParentDir) => folder.parent().unwrap_or(&folder).to_owned(),
        Some(Component::Normal(name)) => folder.join(name),
        _ => path,
    }
}

impl Pending {
    /// Writes the report in its format.
    fn write(self, report: &Report) -> Result<(), ReportFileError> {
        let Pending { file, place } = self;
        let hint = "free some space, or name a file on another disk";
        let text = file.form.render(report).map_err(|error| file.failed(&error, hint))?;
        let written = match place {
            Some(place) => place.write(text.as_bytes()),
            None => print(&text),
        };
        written.map_err(|error| file.failed(&error, hint))
    }
}

/// Writes the reports of a run, and returns its exit code. A report that cannot be written does not
/// stop the others.
pub fn write_all(files: Vec<Pending>, report: &Report, outcome: Exit) -> Exit {
    let unwritten = files.into_iter().filter_map(|file| file.write(report).err()).collect::<Vec<_>>();
    unwritten.iter().for_each(print_error);
    if unwritten.is_empty() { outcome } else { outcome.unwritten() }
}

/// Writes to standard output. A closed pipe is no error.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = stream::raw_stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Reads a JSON report. Prints errors to stderr.
pub fn read(path: &Path) -> Result<Report, Exit> {
    parse(path).map_err(|message| {
        print_error(&message);
        Exit::Usage
    })
}

fn parse(path: &Path) -> Result<Report, String> {
    let hint = "write it with `run --report json=PATH`";
    let name = path.display();
    let text = input::text(path, Limit::REPORT)
        .map_err(|error| format!("the report {name} cannot be read: {error}\n  hint: {hint}"))?;
    let report: Report =
        Report::read(&text).map_err(|error| format!("{name} is not a report: {error}\n  hint: {hint}"))?;
    if report.format == FORMAT {
        Ok(report)
    } else {
        Err(format!("{name} is a report in the format {:?}, not {FORMAT}\n  hint: {hint}", report.format))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_recognised_under_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = |below: &str| folder.path().join(below);
        fs::create_dir(path("there")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(path("there"), path("link")).unwrap();
        let one = resolved(&path("there/x"));
        for other in ["there/./x", "there/../there/x", "new/../there/x", "link/x"] {
            assert_eq!(resolved(&path(other)), one, "{other}");
        }
        for other in ["there/y", "x", "new/x"] {
            assert_ne!(resolved(&path(other)), one, "{other}");
        }
    }
}
