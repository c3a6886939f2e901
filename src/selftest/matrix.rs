//! Defects against checks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;

use crate::defects::{self, Defect};
use crate::scenario::{Level, Suite};

/// How the deployment is reached.
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

/// What became of one defect.
#[derive(Clone, Debug, Serialize)]
pub struct DefectRow {
    /// Its name.
    pub defect: &'static str,
    /// What it does, and what is right instead.
    pub about: &'static str,
    /// How the deployment was reached.
    pub transport: Transport,
    /// The checks that must notice it.
    pub pinned: Vec<String>,
    /// The checks that did: they failed by assertion, and their witnesses held.
    pub noticed_by: BTreeSet<String>,
    /// Why nothing could be run, where that was so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// How long it took.
    pub milliseconds: u64,
}

impl DefectRow {
    pub(super) fn new(
        defect: &Defect,
        transport: Transport,
        pinned: Vec<String>,
        noticed_by: BTreeSet<String>,
        broken: Option<String>,
        elapsed: Duration,
    ) -> DefectRow {
        let milliseconds = elapsed.as_millis() as u64;
        let (defect, about) = (defect.name(), defect.about());
        DefectRow { defect, about, transport, pinned, noticed_by, broken, milliseconds }
    }

    /// Whether a check that is pinned to it noticed.
    pub fn is_noticed(&self) -> bool {
        self.pinned.iter().any(|id| self.noticed_by.contains(id))
    }

    /// The pinned checks that did not notice.
    pub fn missed_by(&self) -> impl Iterator<Item = &str> {
        self.pinned.iter().filter(|id| !self.noticed_by.contains(*id)).map(String::as_str)
    }

    /// Checks that noticed and are not pinned.
    pub fn unpinned(&self) -> impl Iterator<Item = &str> {
        self.noticed_by.iter().filter(|id| !self.pinned.contains(id)).map(String::as_str)
    }
}

/// What a check of the suite has noticed.
#[derive(Clone, Debug, Serialize)]
pub struct CheckRow {
    /// Its id.
    pub id: String,
    /// Its rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Who promises the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The defects that it noticed.
    pub notices: BTreeSet<&'static str>,
}

impl CheckRow {
    /// Whether it has to notice something: it names a rule that a page promises.
    pub fn must_notice(&self) -> bool {
        matches!(self.level, Some(Level::Seed | Level::Public))
    }
}

/// One area of the suite in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Area {
    /// Rules that have checks.
    pub rules: usize,
    /// Rules that have a reason in place of checks.
    pub excluded: usize,
    /// Checks in files.
    pub checks: usize,
    /// Defects whose first pinned check belongs here.
    pub defects: usize,
    /// Those of them that were noticed.
    pub noticed: usize,
}

/// Every defect against every check.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// The defects, once for each transport.
    pub defects: Vec<DefectRow>,
    /// The checks of the suite's files, in order.
    pub checks: Vec<CheckRow>,
    /// The areas, in the order of the rules.
    pub areas: IndexMap<String, Area>,
}

impl Matrix {
    /// Puts rows together with the suite that they are about.
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
        Matrix { defects, checks, areas }
    }

    /// Defects that no pinned check noticed.
    pub fn survivors(&self) -> impl Iterator<Item = &DefectRow> {
        self.defects.iter().filter(|row| !row.is_noticed())
    }

    /// Whether every defect was tried. Only then does it say something of a check that it noticed none.
    pub fn tries_all(&self) -> bool {
        defects::all().iter().all(|defect| self.defects.iter().any(|row| row.defect == defect.name()))
    }

    /// Checks that noticed nothing, where every defect was tried.
    pub fn blind(&self) -> impl Iterator<Item = &CheckRow> {
        let is_whole = self.tries_all();
        self.checks.iter().filter(move |check| is_whole && check.notices.is_empty())
    }

    /// Whether every defect was noticed, and, where all were tried, every check noticed something that has to.
    pub fn is_good(&self) -> bool {
        self.survivors().next().is_none() && !self.blind().any(CheckRow::must_notice)
    }
}

/// The area of a check or a rule is its first word.
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
    let first = defects.first().map(|row| row.transport);
    for row in defects.iter().filter(|row| Some(row.transport) == first) {
        let rule = row.pinned.first().map(|id| {
            let check = suite.scenarios.iter().flat_map(|scenario| scenario.checks());
            let check = check.map(|(_, check)| check).find(|check| check.id.as_str() == id);
            check.and_then(|check| check.rule.clone()).unwrap_or_else(|| id.clone())
        });
        let area = areas.entry(area(rule.as_deref().unwrap_or("unpinned")).to_owned()).or_default();
        area.defects += 1;
        let everywhere = defects.iter().filter(|other| other.defect == row.defect).all(DefectRow::is_noticed);
        area.noticed += usize::from(everywhere);
    }
    areas
}
