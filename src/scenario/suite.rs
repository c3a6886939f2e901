//! The whole suite: scenarios, rules and snapshots, from a folder or from this program.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use super::access::{self, AccessTable};
use super::diagnostic::{Diagnostic, Source, SourcePosition};
use super::file::CheckId;
use super::folder::{self, ReadError};
use super::model::Scenario;
use super::pins::{self, Pins};
use super::read;
use super::rules::{self, Rules};
use super::snapshot::snapshot_content;

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");
static SNAPSHOTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/snapshots");

/// The files of a suite as text, by their path below their folder, with `/` between.
#[derive(Debug, Default)]
pub struct SuiteFiles {
    /// Where the scenarios stand, as the user knows it; it stands before their paths in whatever is said of them.
    pub folder: String,
    /// `area/name.yaml`, `access.toml`, `rules.toml` and `defects.toml`.
    pub scenarios: BTreeMap<String, String>,
    /// `area/scenario/name.snap`.
    pub snapshots: BTreeMap<String, String>,
}

/// A suite that was read and is right as far as can be said without running it.
#[derive(Debug)]
pub struct Suite {
    /// In the order of their paths.
    pub scenarios: Vec<Scenario>,
    /// Who may do what, where the suite says.
    pub access: Option<AccessTable>,
    /// The registry.
    pub rules: Rules,
    /// Which checks must notice which defect of the simulator.
    pub pins: Pins,
    /// What each snapshot holds, by its path without ending.
    pub snapshots: BTreeMap<String, String>,
}

impl SuiteFiles {
    /// The suite that this program carries.
    pub fn embedded() -> SuiteFiles {
        SuiteFiles { folder: "scenarios".to_owned(), scenarios: embedded(&SCENARIOS), snapshots: embedded(&SNAPSHOTS) }
    }

    /// Takes the scenarios of a folder in place of those at hand.
    pub fn scenarios_from(mut self, folder: &Path) -> Result<SuiteFiles, ReadError> {
        self.scenarios = folder::files(folder)?;
        self.folder = folder.display().to_string();
        Ok(self)
    }

    /// Takes the snapshots of a folder in place of those at hand.
    pub fn snapshots_from(mut self, folder: &Path) -> Result<SuiteFiles, ReadError> {
        self.snapshots = folder::files(folder)?;
        Ok(self)
    }

    /// Reads everything. All that is wrong is reported at once.
    pub fn read(self) -> Result<Suite, Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        let mut scenarios = Vec::new();
        for (path, text) in &self.scenarios {
            let source = Arc::new(Source::new(format!("{}/{path}", self.folder), text.clone()));
            let Some(name) = path.strip_suffix(".yaml") else {
                if path.ends_with(".yml") {
                    let place = SourcePosition::of_line(&source, 1, 1);
                    wrong.push(Diagnostic::at(place, "this file is not read").help("let its name end with .yaml"));
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
    /// One of the files beside the scenarios; empty where it is not there.
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
    /// The ids of the checks of scenarios: those of the files, and the one that each scenario has by itself.
    pub fn ids(&self) -> HashSet<String> {
        let of_files = self.scenarios.iter().flat_map(|scenario| scenario.checks());
        let of_files = of_files.map(|(_, check)| check.id.to_string());
        let leak_checks = self.scenarios.iter().map(|scenario| CheckId::leak_check(&scenario.name).to_string());
        of_files.chain(leak_checks).collect()
    }
}

fn embedded(dir: &Dir<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
                found.insert(path.replace('\\', "/"), text.to_owned());
            }
        }
    }
    found
}
