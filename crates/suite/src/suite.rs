//! The whole suite: scenarios, rules and snapshots.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::access::{self, AccessTable};
use super::check_id::CheckId;
use super::diagnostic::{Diagnostic, Source, SourcePosition};
use super::folder::{self, ReadError};
use super::model::Scenario;
use super::pins::{self, Pins};
use super::read;
use super::rules::{self, Rules};
use super::snapshot::snapshot_content;

/// The files of a suite as text, by their path below their folder, with `/` as separator.
#[derive(Debug, Default)]
pub struct SuiteFiles {
    /// The folder of the scenarios, as the user knows it; messages show it before the path of a
    /// file.
    pub folder: String,
    /// The scenarios folder: `area/name.yaml`, `access.toml`, `rules.toml` and `defects.toml`.
    pub scenarios: BTreeMap<String, String>,
    /// The snapshots folder: `area/scenario/name.snap`.
    pub snapshots: BTreeMap<String, String>,
}

/// A suite that was read and has no mistakes that reading can find.
#[derive(Debug)]
pub struct Suite {
    /// The scenarios, in the order of their paths.
    pub scenarios: Vec<Scenario>,
    /// The access table, if the suite has one.
    pub access: Option<AccessTable>,
    /// The registry of rules.
    pub rules: Rules,
    /// The checks that must notice each defect.
    pub pins: Pins,
    /// The content of each snapshot, by its path without extension.
    pub snapshots: BTreeMap<String, String>,
}

impl SuiteFiles {
    /// Replaces the scenarios by those of a folder.
    pub fn scenarios_from(mut self, folder: &Path) -> Result<SuiteFiles, ReadError> {
        self.scenarios = folder::files(folder)?;
        self.folder = folder.display().to_string();
        Ok(self)
    }

    /// Replaces the snapshots by those of a folder.
    pub fn snapshots_from(mut self, folder: &Path) -> Result<SuiteFiles, ReadError> {
        self.snapshots = folder::files(folder)?;
        Ok(self)
    }

    /// Reads all files. Reports all mistakes at once.
    pub fn read(self) -> Result<Suite, Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        let mut scenarios = Vec::new();
        for (path, text) in &self.scenarios {
            let source = Arc::new(Source::new(format!("{}/{path}", self.folder), text.clone()));
            let Some(name) = path.strip_suffix(".yaml") else {
                if path.ends_with(".yml") {
                    let place = SourcePosition::from_line(&source, 1, 1);
                    wrong.push(
                        Diagnostic::at(place, "files with the extension .yml are not read").help("rename it to .yaml"),
                    );
                }
                continue;
            };
            match read::read(name, &source) {
                Ok(scenario) => scenarios.push(scenario),
                Err(mut diagnostics) => wrong.append(&mut diagnostics),
            }
        }
        let rules = self.file("rules.toml", rules::read, &mut wrong);
        let pins = self.file("defects.toml", pins::read, &mut wrong);
        let access = self.file(AccessTable::FILE, |source| access::read(source).map(Some), &mut wrong);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let snapshots = self
            .snapshots
            .into_iter()
            .filter_map(|(path, text)| {
                Some((path.strip_suffix(".snap")?.to_owned(), snapshot_content(&text).to_owned()))
            })
            .collect();
        Ok(Suite { scenarios, access, rules, pins, snapshots })
    }
}

impl SuiteFiles {
    /// Reads a file beside the scenarios; returns the default if it is missing.
    fn file<T: Default>(
        &self,
        name: &str,
        read: impl Fn(&Arc<Source>) -> Result<T, Vec<Diagnostic>>,
        wrong: &mut Vec<Diagnostic>,
    ) -> T {
        let Some(text) = self.scenarios.get(name) else { return T::default() };
        let source = Arc::new(Source::new(format!("{}/{name}", self.folder), text.clone()));
        read(&source).unwrap_or_else(|mut diagnostics| {
            wrong.append(&mut diagnostics);
            T::default()
        })
    }
}

impl Suite {
    /// Returns the ids of the checks of scenarios: those in the files, and the leak check of each
    /// scenario.
    pub fn ids(&self) -> HashSet<String> {
        let of_files = self.scenarios.iter().flat_map(|scenario| scenario.checks());
        let of_files = of_files.map(|(_, check)| check.id.to_string());
        let leak_checks = self.scenarios.iter().map(|scenario| CheckId::leak_check(&scenario.name).to_string());
        of_files.chain(leak_checks).collect()
    }
}
