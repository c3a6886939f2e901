//! The whole suite: scenarios, rules and snapshots.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::access::{self, AccessEndpoint, AccessTable};
use super::built_in::BuiltInCheck;
use super::diagnostic::{Diagnostic, Source, SourcePosition};
use super::folder::{self, ReadError};
use super::level::Level;
use super::model::Scenario;
use super::pins::{self, Pins};
use super::read;
use super::rules::{self, Rules};
use super::snapshot::snapshot_content;

/// The name of the registry of rules.
const RULES: &str = "rules.toml";

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
    /// The `rules.toml` of other suites, whose rules checks may name too. The first one with a name
    /// counts.
    pub lent_rules: Vec<String>,
}

/// A suite that was read and has no mistakes that reading can find.
#[derive(Debug)]
pub struct Suite {
    /// The scenarios, in the order of their paths.
    pub scenarios: Vec<Scenario>,
    /// The access table, if the suite has one.
    pub access: Option<AccessTable>,
    /// The registry of rules: the rules of the suite, and the lent rules that its checks name.
    pub rules: Rules,
    /// The lent rules that no check names.
    pub lent_rules: Rules,
    /// The checks that must notice each defect.
    pub pins: Pins,
    /// The content of each snapshot, by its path without extension.
    pub snapshots: BTreeMap<String, String>,
    /// The levels that the suite is limited to; none mean that it is whole.
    pub levels: BTreeSet<Level>,
}

impl SuiteFiles {
    /// Replaces the scenarios by those of a folder, whose checks may name the rules of the replaced
    /// suite too.
    pub fn scenarios_from(self, folder: &Path) -> Result<SuiteFiles, ReadError> {
        let scenarios = folder::files(folder)?;
        Ok(self.with_scenarios(folder, scenarios))
    }

    /// Replaces the scenarios by a single file, `AREA/NAME.yaml` in a folder of scenarios. Its
    /// checks may name the rules of that folder and those of the replaced suite.
    pub fn scenario_from(self, file: &Path) -> Result<SuiteFiles, ReadError> {
        let place = folder::file_place(file);
        let scenarios = BTreeMap::from([(place.name, folder::file(file)?)]);
        let mut files = self.with_scenarios(&place.folder, scenarios);
        let rules = place.folder.join(RULES);
        if rules.is_file() {
            files.lent_rules.insert(0, folder::file(&rules)?);
        }
        Ok(files)
    }

    /// Returns the folder of scenarios that a scenario file belongs to.
    pub fn folder_of(file: &Path) -> PathBuf {
        folder::file_place(file).folder
    }

    fn with_scenarios(mut self, folder: &Path, scenarios: BTreeMap<String, String>) -> SuiteFiles {
        let mut replaced = mem::replace(&mut self.scenarios, scenarios);
        self.lent_rules.extend(replaced.remove(RULES));
        self.folder = folder.display().to_string();
        self
    }

    /// Replaces the snapshots by those of a folder.
    pub fn snapshots_from(mut self, folder: &Path) -> Result<SuiteFiles, ReadError> {
        self.snapshots = folder::files(folder)?;
        Ok(self)
    }

    /// Removes the snapshots of areas that have no scenario.
    pub fn keep_snapshots_of_areas(self) -> SuiteFiles {
        self.keep_snapshots(|scenario| scenario.split_once('/').map(|(area, _)| area))
    }

    /// Removes the snapshots of other scenarios.
    pub fn keep_snapshots_of_scenarios(self) -> SuiteFiles {
        self.keep_snapshots(|scenario| Some(scenario))
    }

    /// Keeps the snapshots below the parts of the names of scenarios.
    fn keep_snapshots(mut self, part: fn(&str) -> Option<&str>) -> SuiteFiles {
        let scenarios = self.scenarios.keys().filter_map(|path| path.strip_suffix(".yaml"));
        let parts = scenarios.filter_map(part).collect::<HashSet<_>>();
        self.snapshots.retain(|path, _| {
            path.match_indices('/').any(|(end, _)| path.get(..end).is_some_and(|above| parts.contains(above)))
        });
        self
    }

    /// Returns the paths of the scenarios, and of the files beside them, that another suite has not
    /// or has with another text.
    pub fn not_in(&self, other: &SuiteFiles) -> Vec<&str> {
        let differs = |(path, text): &(&String, &String)| other.scenarios.get(*path) != Some(*text);
        self.scenarios.iter().filter(differs).map(|(path, _)| path.as_str()).collect()
    }

    /// Reads all files. Reports all mistakes at once.
    pub fn read(mut self) -> Result<Suite, Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        let mut scenarios = Vec::new();
        let (beside, texts) = mem::take(&mut self.scenarios).into_iter().partition(|(path, _)| path.ends_with(".toml"));
        self.scenarios = beside;
        for (path, text) in texts {
            let source = Arc::new(Source::new(format!("{}/{path}", self.folder), text));
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
        let own_rules = self.file(RULES, rules::read, &mut wrong);
        let mut lent = Rules::new();
        for text in mem::take(&mut self.lent_rules).into_iter().rev() {
            let source = Arc::new(Source::new(format!("{RULES} of the lending suite"), text));
            match rules::read(&source) {
                Ok(rules) => lent.extend(rules),
                Err(mut diagnostics) => wrong.append(&mut diagnostics),
            }
        }
        let pins = self.file("defects.toml", pins::read, &mut wrong);
        let access = self.file(AccessTable::FILE, |source| access::read(source).map(Some), &mut wrong);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let (rules, lent_rules) = rules::borrow(own_rules, lent, &scenarios);
        let snapshots = self
            .snapshots
            .into_iter()
            .filter_map(|(path, text)| {
                Some((path.strip_suffix(".snap")?.to_owned(), snapshot_content(&text).to_owned()))
            })
            .collect();
        Ok(Suite { scenarios, access, rules, lent_rules, pins, snapshots, levels: BTreeSet::new() })
    }
}

impl SuiteFiles {
    /// Reads a file beside the scenarios; returns the default if it is missing.
    fn file<T: Default>(
        &mut self,
        name: &str,
        read: impl Fn(&Arc<Source>) -> Result<T, Vec<Diagnostic>>,
        wrong: &mut Vec<Diagnostic>,
    ) -> T {
        let Some(text) = self.scenarios.remove(name) else { return T::default() };
        let source = Arc::new(Source::new(format!("{}/{name}", self.folder), text));
        read(&source).unwrap_or_else(|mut diagnostics| {
            wrong.append(&mut diagnostics);
            T::default()
        })
    }
}

impl Suite {
    /// Returns the ids of the checks of a rule: those in the files, and those that every scenario
    /// and every endpoint of the access table has.
    pub fn checks_of_rule(&self, rule: &str) -> Vec<String> {
        let of_files = self.scenarios.iter().flat_map(|scenario| scenario.checks()).map(|(_, check)| check);
        let of_files = of_files.filter(|check| check.rule.as_deref() == Some(rule)).map(|check| check.id.to_string());
        let is_of_rule = |check: &BuiltInCheck| check.rule() == Some(rule);
        let in_scenarios = self.scenarios.iter().flat_map(|scenario| {
            let built_in = scenario.built_in.iter().copied().filter(is_of_rule);
            built_in.map(|check| check.id(&scenario.name).to_string())
        });
        let endpoints = self.access.iter().flat_map(|table| &table.endpoints).map(AccessEndpoint::full_name);
        let built_in = BuiltInCheck::ALL.into_iter().find(is_of_rule);
        let of_endpoints = endpoints.filter_map(|name| Some(built_in?.id(&name).to_string()));
        of_files.chain(in_scenarios).chain(of_endpoints).collect()
    }

    /// Returns the ids of the checks of scenarios: those in the files, and those that every
    /// scenario has.
    pub fn ids(&self) -> HashSet<String> {
        let of_files = self.scenarios.iter().flat_map(|scenario| scenario.checks());
        let of_files = of_files.map(|(_, check)| check.id.to_string());
        let built_in = self.scenarios.iter().flat_map(|scenario| scenario.built_in_ids()).map(|id| id.to_string());
        of_files.chain(built_in).collect()
    }
}
