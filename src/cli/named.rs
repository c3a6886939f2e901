//! Finds what a word names: an area, a scenario, a check, a rule or its code, a defect, a quirk or
//! a verdict.

use std::collections::{BTreeSet, HashSet};

use syncano_conformance::harness::check_ids;
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::area_of;
use syncano_conformance::selftest::Wrong;
use syncano_suite::diagnostic::nearest;
use syncano_suite::{AccessEndpoint, AccessTable, Suite};

/// The maximum number of names in the hint for an ambiguous word.
const SHOWN: usize = 5;

/// A word that names nothing, or more than one thing.
#[derive(Debug, thiserror::Error)]
pub enum NamedError {
    /// The word is the last part of several names.
    #[error("{word:?} is the last part of {} names\n  hint: write one of them: {}", names.len(), shown(names))]
    Ambiguous { word: String, names: BTreeSet<String> },
    /// Nothing has the name.
    #[error("no area, scenario, check, rule, defect or quirk is named {word:?}\n  hint: {hint}")]
    Unknown { word: String, hint: String },
}

fn shown(names: &BTreeSet<String>) -> String {
    let rest = if names.len() > SHOWN { ", ..." } else { "" };
    let first = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>();
    format!("{}{rest}", first.join(", "))
}

/// Returns the name that a word stands for. The word may be the path of a scenario file, may be in
/// any case, and may be the last part of a single name.
pub fn find(suite: &Suite, word: &str) -> Result<String, NamedError> {
    let names = SuiteNames::new(suite);
    let meant = word.strip_prefix("./").unwrap_or(word).trim_end_matches('/').to_lowercase();
    let path = meant.strip_prefix("scenarios/").unwrap_or(&meant);
    let path = path.strip_suffix(".yaml").unwrap_or(path);
    let mut all = names.written.iter().chain(&names.derived);
    if let Some(name) = all.find(|name| name.eq_ignore_ascii_case(path)) {
        return Ok(name.clone());
    }
    let end = format!("/{path}");
    let names_with_end = names.written.iter().filter(|name| name.ends_with(&end)).cloned().collect::<BTreeSet<_>>();
    match names_with_end.len() {
        0 => {
            let hint = match names.near(path) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`list` lists the areas, `list --all` the checks, `list --rules` the rules".to_owned(),
            };
            Err(NamedError::Unknown { word: word.to_owned(), hint })
        }
        1 => Ok(names_with_end.into_iter().next().unwrap_or_default()),
        _ => Err(NamedError::Ambiguous { word: word.to_owned(), names: names_with_end }),
    }
}

/// Returns the name that a word was probably meant to be.
pub fn near(suite: &Suite, word: &str) -> Option<String> {
    SuiteNames::new(suite).near(&word.to_lowercase()).map(str::to_owned)
}

/// Returns the ids of the checks that a name stands for, in the order of the suite.
pub fn checks(suite: &Suite, name: &str) -> Vec<String> {
    if check_ids(suite).contains(name) {
        return vec![name.to_owned()];
    }
    if let Some(pin) = suite.pins.get(name) {
        return pin.ids().map(str::to_owned).collect();
    }
    let is_named = |rule: &str| rule == name || suite.rules.get(rule).is_some_and(|rule| rule.code == name);
    let of_scenarios = suite.scenarios.iter().flat_map(|scenario| {
        let is_all = scenario.name == name || area_of(&scenario.name) == name;
        scenario.checks().filter(move |(_, check)| is_all || check.rule.as_deref().is_some_and(is_named))
    });
    let of_scenarios = of_scenarios.map(|(_, check)| check.id.to_string());
    let endpoints = suite.access.iter().flat_map(|table| &table.endpoints);
    let endpoints = endpoints.filter(|endpoint| endpoint.full_name() == name || AccessTable::AREA == name);
    of_scenarios.chain(endpoints.flat_map(|endpoint| &endpoint.cases).map(|case| case.id.to_string())).collect()
}

/// All names of a suite.
struct SuiteNames {
    /// Names that stand in files, and the words of verdicts.
    written: BTreeSet<String>,
    /// Names of access cases, built-in checks and replays, which follow from the others.
    derived: HashSet<String>,
}

impl SuiteNames {
    fn new(suite: &Suite) -> SuiteNames {
        let scenarios = suite.scenarios.iter().map(|scenario| scenario.name.clone());
        let endpoints = suite.access.iter().flat_map(|table| &table.endpoints).map(AccessEndpoint::full_name);
        let checks = suite.scenarios.iter().flat_map(|scenario| scenario.checks());
        let checks = checks.map(|(_, check)| check.id.to_string());
        let codes = suite.rules.values().map(|rule| rule.code.clone());
        let whole =
            scenarios.chain(endpoints).chain(checks).chain(suite.rules.keys().cloned()).collect::<BTreeSet<_>>();
        let areas = whole.iter().map(|name| area_of(name).to_owned()).collect::<BTreeSet<_>>();
        let wrong = Wrong::all().map(|wrong| wrong.name().to_owned());
        let verdicts = Verdict::ALL.iter().map(ToString::to_string);
        let written = whole.into_iter().chain(areas).chain(codes).chain(wrong).chain(verdicts).collect();
        SuiteNames { derived: check_ids(suite), written }
    }

    /// Returns the name, or the last part of a name, that a word in lower case was probably meant
    /// to be.
    fn near(&self, word: &str) -> Option<&str> {
        let ends = self.written.iter().filter_map(|name| Some(name.rsplit_once('/')?.1));
        let whole = self.written.iter().chain(&self.derived).map(String::as_str);
        nearest(word, whole).or_else(|| nearest(word, ends))
    }
}
