//! Finds mistakes in the suite as a whole, without sending anything.

use std::collections::{HashMap, HashSet};

use super::access::AccessTable;
use super::diagnostic::{Diagnostic, Suggestions};
use super::model::{Assertion, Check, Scenario};
use super::suite::Suite;

impl Suite {
    /// Returns mistakes that make verdicts of this suite worthless: duplicate ids, rules and
    /// snapshots that do not exist, negative checks without a witness.
    pub fn conflicts(&self) -> Vec<Diagnostic> {
        let mut wrong = self.conflicts_before_recording();
        snapshots_that_exist(self, &mut wrong);
        wrong
    }

    /// Returns the same mistakes except missing snapshots.
    pub fn conflicts_before_recording(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        unique_ids(self, &mut wrong);
        free_area(self, &mut wrong);
        known_rules(self, &mut wrong);
        unique_codes(self, &mut wrong);
        witnesses(self, &mut wrong);
        snapshots_of_their_own(self, &mut wrong);
        pinned_checks(self, &mut wrong);
        wrong
    }

    /// Returns the gaps: rules without a check, and snapshots that no check uses.
    pub fn gaps(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        checked_rules(self, &mut wrong);
        used_snapshots(self, &mut wrong);
        wrong
    }

    /// Returns the snapshots that no check compares with.
    pub fn unused_snapshots(&self) -> Vec<String> {
        let used = snapshot_checks(self).map(|(path, _)| path).collect::<HashSet<_>>();
        self.snapshots.keys().filter(|path| !used.contains(*path)).cloned().collect()
    }
}

fn checks(suite: &Suite) -> impl Iterator<Item = (&Scenario, &Check)> {
    suite.scenarios.iter().flat_map(|scenario| scenario.checks().map(move |(_, check)| (scenario, check)))
}

fn unique_ids(suite: &Suite, wrong: &mut Vec<Diagnostic>) {
    let mut seen = HashMap::new();
    for (_, check) in checks(suite) {
        if let Some(first) = seen.insert(&check.id, &check.place) {
            let message = format!("the id `{}` is already used at {first}", check.id);
            wrong.push(Diagnostic::at(check.place.clone(), message).help("ids must be unique in the suite"));
        }
    }
}

/// Reports scenarios and checks with names that belong to access cases.
fn free_area(suite: &Suite, wrong: &mut Vec<Diagnostic>) {
    let area = format!("{}/", AccessTable::AREA);
    for (scenario, check) in checks(suite) {
        if scenario.name.starts_with(&area) || check.id.as_str().starts_with(&area) {
            let message = format!("`{area}` is reserved for the access table");
            wrong.push(Diagnostic::at(check.place.clone(), message).help("choose another area, and another id"));
        }
    }
}

fn known_rules(suite: &Suite, wrong: &mut Vec<Diagnostic>) {
    let suggestions = Suggestions::default();
    for (_, check) in checks(suite) {
        let Some(name) = &check.rule else { continue };
        match suite.rules.get(name) {
            None => {
                let diagnostic = Diagnostic::at(check.place.clone(), format!("there is no rule `{name}`"));
                let known = suite.rules.keys().chain(suite.lent_rules.keys()).map(String::as_str);
                wrong.push(diagnostic.help(suggestions.help(name, known, "add it to rules.toml")));
            }
            Some(rule) if rule.excluded.is_some() => {
                let message = format!("the rule `{name}` is excluded, but has a check");
                wrong.push(Diagnostic::at(check.place.clone(), message).help("remove `excluded` in rules.toml"));
            }
            Some(_) => {}
        }
    }
}

/// Reports a rule with the code of a lent rule. The codes of one `rules.toml` are unique.
fn unique_codes(suite: &Suite, wrong: &mut Vec<Diagnostic>) {
    let mut seen = HashMap::new();
    for (name, rule) in &suite.rules {
        if let Some(own) = seen.insert(rule.code.as_str(), name) {
            let message =
                format!("the rule `{own}` has the code {} of the rule `{name}`, which a check names", rule.code);
            wrong.push(Diagnostic::suite_wide(message).help("give it another code in rules.toml"));
        }
    }
}

fn pinned_checks(suite: &Suite, wrong: &mut Vec<Diagnostic>) {
    let suggestions = Suggestions::default();
    let ids = suite.ids();
    for (id, place) in suite.pins.values().flat_map(|pin| &pin.checks) {
        if !ids.contains(id) {
            let diagnostic = Diagnostic::at(place.clone(), format!("there is no check `{id}`"));
            let known = ids.iter().map(String::as_str);
            wrong.push(diagnostic.help(suggestions.help(id, known, "name a check in the suite")));
        }
    }
}

fn checked_rules(suite: &Suite, wrong: &mut Vec<Diagnostic>) {
    let built_in = suite.scenarios.iter().flat_map(|scenario| &scenario.built_in).filter_map(|check| check.rule());
    let checked = checks(suite).filter_map(|(_, check)| check.rule.as_deref()).chain(built_in).collect::<HashSet<_>>();
    for (name, rule) in &suite.rules {
        if rule.excluded.is_none() && !checked.contains(name.as_str()) {
            wrong.push(
                Diagnostic::suite_wide(format!("no check names the rule `{name}`"))
                    .help("add a check, or give the reason in rules.toml under `excluded`"),
            );
        }
    }
}

fn witnesses(suite: &Suite, wrong: &mut Vec<Diagnostic>) {
    for scenario in &suite.scenarios {
        if scenario.checks().any(|(_, check)| check.witness) {
            continue;
        }
        for (_, check) in scenario.checks().filter(|(_, check)| check.assertion.is_negative()) {
            let message = format!("`{}` is a negative check in a scenario without a witness", check.id);
            wrong.push(
                Diagnostic::at(check.place.clone(), message)
                    .help("mark a check that sees the thing with `witness: true`"),
            );
        }
    }
}

fn snapshots_that_exist(suite: &Suite, wrong: &mut Vec<Diagnostic>) {
    for (path, check) in snapshot_checks(suite) {
        if !suite.snapshots.contains_key(&path) {
            let message = format!("there is no snapshot {path}.snap");
            wrong.push(Diagnostic::at(check.place.clone(), message).help("run `record` to create it"));
        }
    }
}

fn snapshots_of_their_own(suite: &Suite, wrong: &mut Vec<Diagnostic>) {
    let mut used = HashSet::new();
    for (path, check) in snapshot_checks(suite) {
        if !used.insert(path) {
            let message = "another check of this scenario compares with the same snapshot";
            wrong.push(Diagnostic::at(check.place.clone(), message).help("give one of the two another name"));
        }
    }
}

fn used_snapshots(suite: &Suite, wrong: &mut Vec<Diagnostic>) {
    for path in suite.unused_snapshots() {
        wrong.push(Diagnostic::suite_wide(format!("no check uses the snapshot {path}.snap")).help("delete it"));
    }
}

fn snapshot_checks(suite: &Suite) -> impl Iterator<Item = (String, &Check)> {
    checks(suite).filter_map(|(scenario, check)| match &check.assertion {
        Assertion::Snapshot(name) => Some((scenario.snapshot_path(name), check)),
        _ => None,
    })
}
