//! Which checks notice which defects.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;

use super::proof::must_notice;
use crate::defects;
use syncano_suite::{AccessTable, BuiltInCheck, Level, Suite};

/// The way of requests to the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// In this process.
    InProcess,
    /// Over HTTP: a simulator on a loopback address, or a live deployment.
    Http,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transport::InProcess => "in process",
            Transport::Http => "over HTTP",
        })
    }
}

/// The result of one defect or quirk.
#[derive(Clone, Debug, Serialize)]
pub struct DefectRow {
    /// The name.
    pub defect: &'static str,
    /// The bug, and the correct behaviour.
    pub about: &'static str,
    /// The way of requests to the deployment.
    pub transport: Transport,
    /// The checks that must notice it.
    pub pinned: Vec<String>,
    /// The checks that noticed it: they failed by their assertion while their witnesses held.
    pub noticed_by: BTreeSet<String>,
    /// Why nothing ran, if nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// The duration of the run.
    pub milliseconds: u64,
}

impl DefectRow {
    /// Returns whether a pinned check noticed the defect.
    pub fn is_noticed(&self) -> bool {
        self.pinned.iter().any(|id| self.noticed_by.contains(id))
    }

    /// Returns the pinned checks that did not notice the defect.
    pub fn missed_by(&self) -> impl Iterator<Item = &str> {
        self.pinned.iter().filter(|id| !self.noticed_by.contains(*id)).map(String::as_str)
    }

    /// Returns the checks that noticed the defect but are not pinned to it.
    pub fn unpinned(&self) -> impl Iterator<Item = &str> {
        self.noticed_by.iter().filter(|id| !self.pinned.contains(id)).map(String::as_str)
    }
}

/// The defects that a check noticed.
#[derive(Clone, Debug, Serialize)]
pub struct CheckRow {
    /// The id of the check.
    pub id: String,
    /// The rule of the check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Who promises the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The noticed defects.
    pub notices: BTreeSet<&'static str>,
}

/// The numbers of an area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Area {
    /// Rules with checks.
    pub rules: usize,
    /// Rules with a reason for having no checks.
    pub excluded: usize,
    /// Checks, with access cases and built-in checks.
    pub checks: usize,
    /// Defects whose first pinned check is of this area.
    pub defects: usize,
    /// The noticed defects.
    pub noticed: usize,
}

/// The results of all defects and checks.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// The defects, once for each transport.
    pub defects: Vec<DefectRow>,
    /// The checks in scenario files, in order.
    pub checks: Vec<CheckRow>,
    /// The areas, in the order of the rules.
    pub areas: IndexMap<String, Area>,
    /// The checks that have to notice one of the defects.
    #[serde(skip)]
    must_notice: BTreeSet<String>,
}

impl Matrix {
    /// Combines the results of defects with their suite.
    pub fn new(suite: &Suite, defects: Vec<DefectRow>) -> Matrix {
        let mut notices: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
        for row in &defects {
            for id in &row.noticed_by {
                notices.entry(id).or_default().insert(row.defect);
            }
        }
        let checks = suite.scenarios.iter().flat_map(|scenario| scenario.checks()).map(|(_, check)| {
            let rule = check.rule.as_ref();
            CheckRow {
                id: check.id.to_string(),
                rule: rule.cloned(),
                level: rule.and_then(|name| suite.rules.get(name)).map(|rule| rule.level),
                notices: notices.get(check.id.as_str()).cloned().unwrap_or_default(),
            }
        });
        let checks = checks.collect();
        let areas = areas(suite, &defects);
        let tried = defects.iter().map(|row| row.defect).collect();
        let must_notice = must_notice(suite, &tried).into_iter().map(str::to_owned).collect();
        Matrix { defects, checks, areas, must_notice }
    }

    /// Returns the defects that no pinned check noticed.
    pub fn survivors(&self) -> impl Iterator<Item = &DefectRow> {
        self.defects.iter().filter(|row| !row.is_noticed())
    }

    /// Returns whether every defect was tried. Only then it is an error that a check noticed none.
    pub fn tries_all(&self) -> bool {
        defects::all().iter().all(|defect| self.defects.iter().any(|row| row.defect == defect.name()))
    }

    /// Returns the number of checks that have to notice a defect.
    pub fn promised(&self) -> usize {
        self.must_notice.len()
    }

    /// Returns the checks that have to notice a defect and noticed none, if every defect was tried.
    pub fn blind(&self) -> impl Iterator<Item = &CheckRow> {
        let is_whole = self.tries_all();
        let is_blind = |check: &&CheckRow| check.notices.is_empty() && self.must_notice.contains(&check.id);
        self.checks.iter().filter(move |check| is_whole && is_blind(check))
    }

    /// Returns whether every defect was noticed and, if all were tried, every check that has to
    /// noticed one.
    pub fn is_good(&self) -> bool {
        self.survivors().next().is_none() && self.blind().next().is_none()
    }
}

/// Returns the area of a check or a rule: the first word of its name.
fn area(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}

fn areas(suite: &Suite, defects: &[DefectRow]) -> IndexMap<String, Area> {
    let mut areas: IndexMap<String, Area> = IndexMap::new();
    for (name, rule) in &suite.rules {
        let area = areas.entry(area(name).to_owned()).or_default();
        match rule.excluded {
            None => area.rules += 1,
            Some(_) => area.excluded += 1,
        }
    }
    for (_, check) in suite.scenarios.iter().flat_map(|scenario| scenario.checks()) {
        let name = check.rule.as_deref().unwrap_or(check.id.as_str());
        areas.entry(area(name).to_owned()).or_default().checks += 1;
    }
    for scenario in &suite.scenarios {
        for check in &scenario.built_in {
            areas.entry(area(check.rule().unwrap_or(&scenario.name)).to_owned()).or_default().checks += 1;
        }
    }
    for endpoint in suite.access.iter().flat_map(|table| &table.endpoints) {
        areas.entry(AccessTable::AREA.to_owned()).or_default().checks += endpoint.cases.len();
        for check in BuiltInCheck::ALL {
            areas.entry(area(check.rule().unwrap_or(AccessTable::AREA)).to_owned()).or_default().checks += 1;
        }
    }
    let first = defects.first().map(|row| row.transport);
    for row in defects.iter().filter(|row| Some(row.transport) == first) {
        let rule = row.pinned.first().map(|id| {
            let check = suite.scenarios.iter().flat_map(|scenario| scenario.checks());
            let check = check.map(|(_, check)| check).find(|check| check.id.as_str() == id);
            let rule = || BuiltInCheck::named(id)?.rule().map(str::to_owned);
            check.and_then(|check| check.rule.clone()).or_else(rule).unwrap_or_else(|| id.clone())
        });
        let area = areas.entry(area(rule.as_deref().unwrap_or("unpinned")).to_owned()).or_default();
        area.defects += 1;
        let everywhere = defects.iter().filter(|other| other.defect == row.defect).all(DefectRow::is_noticed);
        area.noticed += usize::from(everywhere);
    }
    areas
}
