//! Where a report goes: known to be writable before anything is sent, written whole or not at all. And how it is read again.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use syncano_conformance::report::{FORMAT, Form, Report};

use super::Exit;
use super::complain::complain;
use super::place::{Place, Readers};

/// A form and a path, as `--report` takes them.
#[derive(Clone, Debug)]
pub struct ReportFile {
    form: Form,
    path: PathBuf,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<ReportFile, String> {
        let (form, path) = text.split_once('=').ok_or("write a form and a path: json=report.json")?;
        let form = form.parse::<Form>().map_err(|error| error.to_string())?;
        if path.is_empty() {
            return Err("the path is missing".to_owned());
        }
        Ok(ReportFile { form, path: PathBuf::from(path) })
    }
}

/// A report cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the report {} cannot be written: {reason}\n  hint: {hint}", path.display())]
pub struct CannotWrite {
    path: PathBuf,
    reason: String,
    hint: &'static str,
}

/// A report that will be written.
pub struct Pending {
    file: ReportFile,
    place: Place,
}

impl ReportFile {
    /// Opens what will be written.
    pub fn open(&self) -> Result<Pending, CannotWrite> {
        let hint = "name a file in a folder that exists";
        let place = Place::open(&self.path, Readers::Usual).map_err(|error| self.failed(&error, hint))?;
        Ok(Pending { file: self.clone(), place })
    }

    fn failed(&self, error: &dyn std::fmt::Display, hint: &'static str) -> CannotWrite {
        CannotWrite { path: self.path.clone(), reason: error.to_string(), hint }
    }
}

impl Pending {
    /// Writes the report in its form.
    pub fn write(self, report: &Report) -> Result<(), CannotWrite> {
        let Pending { file, place } = self;
        let hint = "make room there, or name a file elsewhere";
        let text = file.form.render(report).map_err(|error| file.failed(&error, hint))?;
        place.write(text.as_bytes()).map_err(|error| file.failed(&error, hint))
    }
}

/// Reads a JSON report; what is wrong with it goes to stderr.
pub fn read(path: &Path) -> Result<Report, Exit> {
    parse(path).map_err(|message| {
        complain(&message);
        Exit::Usage
    })
}

fn parse(path: &Path) -> Result<Report, String> {
    let hint = "write it with `run --report json=PATH`";
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| format!("the report {name} cannot be read: {error}\n  hint: {hint}"))?;
    let report: Report =
        Report::read(&text).map_err(|error| format!("{name} is no report: {error}\n  hint: {hint}"))?;
    if report.format == FORMAT {
        Ok(report)
    } else {
        Err(format!("{name} is a report of the form {:?}, not {FORMAT}\n  hint: {hint}", report.format))
    }
}
