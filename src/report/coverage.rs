//! The checks of each rule, the defects that they are pinned to, and their last verdicts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use indexmap::IndexMap;
use serde::Serialize;

use super::json::Report;
use super::wording::count;
use crate::judge::Verdict;
use syncano_suite::{Dispute, Level, Suite};

const BAD: Style = AnsiColor::Red.on_default().bold();
const QUIET: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();

/// The checks, defects and verdicts of every rule.
#[derive(Debug, Serialize)]
pub struct Coverage {
    /// The targets of the reports, in order.
    pub targets: Vec<String>,
    /// The rules, in the order of the registry.
    pub rules: Vec<Covered>,
}

/// The checks, defects and verdicts of one rule.
#[derive(Debug, Serialize)]
pub struct Covered {
    /// Its name.
    pub name: String,
    /// Its short code.
    pub code: String,
    /// The promise.
    pub statement: String,
    /// Who makes the promise.
    pub level: Level,
    /// Where it stands.
    pub source: String,
    /// What each source says, if they disagree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disputed: Option<Dispute>,
    /// Why it has no checks, if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<String>,
    /// The checks, each with the defects that it is pinned to.
    pub checks: IndexMap<String, Vec<String>>,
    /// By target, the worst verdict of the checks in the last report that has any.
    pub verdicts: BTreeMap<String, Verdict>,
}

impl Coverage {
    /// Combines a suite with reports. If a target has several reports, the last one with a check counts.
    pub fn new(suite: &Suite, reports: &[Report]) -> Coverage {
        let mut defects: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (defect, pin) in &suite.pins {
            for id in pin.ids() {
                defects.entry(id).or_default().push(defect.clone());
            }
        }
        let mut targets = Vec::new();
        let mut verdicts: BTreeMap<&str, BTreeMap<&str, Verdict>> = BTreeMap::new();
        for report in reports {
            let target = report.started.as_ref().map_or("(no target)", |started| started.target.as_str());
            if !targets.iter().any(|known| known == target) {
                targets.push(target.to_owned());
            }
            for check in report.scenarios.iter().flat_map(|scenario| &scenario.checks) {
                verdicts.entry(check.id.as_str()).or_default().insert(target, check.verdict());
            }
        }
        let rules = suite.rules.iter().map(|(name, rule)| {
            let own = suite.checks_of_rule(name);
            let mut worst: BTreeMap<String, Verdict> = BTreeMap::new();
            for (target, verdict) in own.iter().filter_map(|id| verdicts.get(id.as_str())).flatten() {
                let kept = worst.entry((*target).to_owned()).or_insert(*verdict);
                *kept = (*kept).max(*verdict);
            }
            let with_defects = |id: String| {
                let defects = defects.get(id.as_str()).cloned().unwrap_or_default();
                (id, defects)
            };
            Covered {
                name: name.clone(),
                code: rule.code.clone(),
                statement: rule.statement.clone(),
                level: rule.level,
                source: rule.source.clone(),
                disputed: rule.disputed.clone(),
                excluded: rule.excluded.clone(),
                checks: own.into_iter().map(with_defects).collect(),
                verdicts: worst,
            }
        });
        Coverage { targets, rules: rules.collect() }
    }

    /// Writes a line for each rule and each of its checks.
    pub fn table(&self, out: &mut impl Write) -> io::Result<()> {
        for rule in &self.rules {
            let Covered { code, level, name, .. } = rule;
            write!(out, "{code:<5} {level:<8} {STRONG}{name}{STRONG:#}")?;
            for (target, verdict) in &rule.verdicts {
                let style = if *verdict >= Verdict::Untestable { BAD } else { Style::new() };
                write!(out, "  {style}{verdict}{style:#} {QUIET}on {target}{QUIET:#}")?;
            }
            writeln!(out, "{}", if rule.disputed.is_some() { "  (disputed)" } else { "" })?;
            if let Some(reason) = &rule.excluded {
                writeln!(out, "      {QUIET}no checks: {reason}{QUIET:#}")?;
            }
            for (id, defects) in &rule.checks {
                let noticed = if defects.is_empty() { String::new() } else { format!(" <- {}", defects.join(", ")) };
                writeln!(out, "      {id}{QUIET}{noticed}{QUIET:#}")?;
            }
        }
        let with = |pinned: &dyn Fn(&Covered) -> bool| self.rules.iter().filter(|rule| pinned(rule)).count();
        let checked = with(&|rule| !rule.checks.is_empty());
        let pinned = with(&|rule| rule.checks.values().any(|defects| !defects.is_empty()));
        let excluded = with(&|rule| rule.excluded.is_some());
        let checks = count(self.rules.iter().map(|rule| rule.checks.len()).sum(), "check", "checks");
        let rules = count(self.rules.len(), "rule", "rules");
        writeln!(out, "\n{rules}: {checked} with checks, {pinned} of them with a pinned defect, {excluded} excluded")?;
        writeln!(out, "{checks} with a rule; access cases, leak checks and supporting checks have none")
    }

    /// Returns a Markdown table with a row for each rule.
    pub fn markdown(&self) -> String {
        let mut out = String::from("| rule | | level | checks | defects |");
        self.targets.iter().for_each(|target| out.push_str(&format!(" {target} |")));
        out.push_str("\n|---|---|---|---|---|");
        self.targets.iter().for_each(|_| out.push_str("---|"));
        out.push('\n');
        for rule in &self.rules {
            let Covered { code, statement, level, name, .. } = rule;
            let list = |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join("<br>");
            let checks = match &rule.excluded {
                Some(reason) => format!("none: {reason}"),
                None => list(rule.checks.keys().map(String::as_str).collect()),
            };
            let mut defects = rule.checks.values().flatten().map(String::as_str).collect::<Vec<_>>();
            defects.sort_unstable();
            defects.dedup();
            let disputed = if rule.disputed.is_some() { ", disputed" } else { "" };
            let statement = statement.replace('|', "\\|");
            // Writing to a string cannot fail.
            let _ =
                write!(out, "| {code} | `{name}`<br>{statement} | {level}{disputed} | {checks} | {} |", list(defects));
            for target in &self.targets {
                let verdict = rule.verdicts.get(target).map_or("-", |verdict| verdict.word());
                let _ = write!(out, " {verdict} |");
            }
            out.push('\n');
        }
        out
    }
}
