//! Markdown for a comment on a pull request: short, failures first.
//!
//! Text from a target is rendered as code, so that it can neither mention anybody nor look like a part of the report.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use indexmap::IndexMap;

use super::Report;
use super::area::area;
use super::brief::{explains, unexplained};
use super::wording::{SIMULATOR, count, target_in_words, thousands};
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;

// GitHub limits a comment to 65,536 characters, and a reader does not look at more than 40 lines.

/// The number of failures and of bugs that are shown.
const SHOWN: usize = 5;

/// The number of areas that are shown.
const AREAS: usize = 8;

/// The number of texts shown of any other list.
const LISTED: usize = 2;

/// The number of known bugs of the reference deployment that are shown.
const BUGS: usize = 40;

/// The maximum length of a text, in characters.
const LONGEST: usize = 300;

/// Renders a run as a comment.
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(report, &mut out);
    out
}

fn write(report: &Report, out: &mut String) -> fmt::Result {
    let target = match report.target() {
        "" | SIMULATOR => target_in_words(report.target()).to_owned(),
        name => code(name),
    };
    writeln!(out, "### Conformance of {target}: {}\n", report.outcome().word())?;
    if let Some(answer) = report.answer() {
        writeln!(out, "{answer}.\n")?;
    }
    diagnosis(report, out)?;
    failures(report, out)?;
    let bugs = report.known_bugs();
    list("Known bugs of the reference deployment", BUGS, bugs.keys().map(|bug| (*bug).to_owned()), out)?;
    areas(report, out)?;
    writeln!(out, "{}\n", report.summary)?;
    let of = |verdict| report.checks().filter(move |(_, check)| check.verdict() == verdict);
    let because = |(_, check): (&ScenarioResult, &CheckResult)| check.because().unwrap_or_default().to_owned();
    let id = |(_, check): (&ScenarioResult, &CheckResult)| check.id.clone();
    let is_own = |(_, check): &(&ScenarioResult, &CheckResult)| {
        !check.divergence().is_some_and(|divergence| divergence.is_of_reference())
    };
    let apart = report.checks().filter(|(_, check)| report.is_apart(check) && check.verdict() != Verdict::Pass);
    list("Not run", LISTED, report.not_run().into_iter(), out)?;
    list("Skipped", LISTED, of(Verdict::Skip).map(because), out)?;
    list("Flaky", LISTED, of(Verdict::Flaky).map(id), out)?;
    list("Known", LISTED, of(Verdict::Known).filter(is_own).map(id), out)?;
    list("Disputed, and different from the reference deployment", LISTED, apart.map(id), out)?;
    let end = report.finished.iter();
    list("Stale", LISTED, end.clone().flat_map(|end| end.stale.clone()), out)?;
    list("Left behind", LISTED, end.clone().flat_map(|end| end.left_behind.clone()), out)?;
    list("Notes", LISTED, end.flat_map(|end| end.notes.clone()), out)
}

/// Writes what is broken, if the run was diagnosed.
fn diagnosis(report: &Report, out: &mut String) -> fmt::Result {
    let Some(diagnosis) = &report.diagnosis else { return Ok(()) };
    for cause in diagnosis.causes.iter().take(SHOWN) {
        let (about, explains) = (code(&cause.about()), code(&explains(cause, diagnosis)));
        writeln!(out, "* {about} {explains}")?;
    }
    unexplained(diagnosis).map_or(Ok(()), |left| writeln!(out, "* {}", code(&left)))?;
    writeln!(out)
}

/// Writes the first failure of each bug and of each other rule.
fn failures(report: &Report, out: &mut String) -> fmt::Result {
    let groups = report.failure_groups();
    for group in groups.iter().take(SHOWN) {
        let (check, scenario) = (group.check, group.scenario);
        let place = format!("{}:{}:{}", scenario.file, check.line, check.column);
        let why = check.because().unwrap_or_default();
        let rule = check.rule.as_ref().map(|rule| format!(" {} ({})", code(&rule.statement), rule.level));
        let more = if group.more > 0 { format!(", and {} more with it", thousands(group.more)) } else { String::new() };
        let (id, why, place) = (code(&check.id), code(why), code(&place));
        writeln!(out, "* {} {id}: {why}, {place}{more}.{}", check.verdict(), rule.unwrap_or_default())?;
    }
    if groups.is_empty() {
        return Ok(());
    }
    let more = groups.iter().skip(SHOWN).map(|group| group.more + 1).sum::<usize>();
    if more > 0 {
        writeln!(out, "* and {}", count(more, "other failure", "other failures"))?;
    }
    writeln!(out)
}

/// Writes a table of the areas in which a check did not pass.
fn areas(report: &Report, out: &mut String) -> fmt::Result {
    let mut areas: BTreeMap<&str, BTreeMap<Verdict, usize>> = BTreeMap::new();
    for (scenario, check) in report.checks().filter(|(_, check)| !report.is_apart(check)) {
        *areas.entry(area(scenario, check)).or_default().entry(check.verdict()).or_default() += 1;
    }
    let all = areas.len();
    areas.retain(|_, verdicts| verdicts.keys().any(|verdict| *verdict != Verdict::Pass));
    if areas.is_empty() {
        return Ok(());
    }
    writeln!(out, "| area | checks | passed | others |\n|---|---:|---:|---|")?;
    for (area, verdicts) in areas.iter().take(AREAS) {
        let others = verdicts.iter().filter(|(verdict, _)| **verdict != Verdict::Pass).rev();
        let others =
            others.map(|(verdict, count)| format!("{} {verdict}", thousands(*count))).collect::<Vec<_>>().join(", ");
        let passed = verdicts.get(&Verdict::Pass).copied().unwrap_or_default();
        let all = thousands(verdicts.values().sum());
        writeln!(out, "| {area} | {all} | {} | {others} |", thousands(passed))?;
    }
    let passed = count(all - areas.len(), "other area", "other areas");
    let more = areas.len().saturating_sub(AREAS);
    match more {
        0 => writeln!(out, "\nIn {passed} everything passed.\n"),
        more => writeln!(out, "\n{} not shown; in {passed} everything passed.\n", count(more, "area is", "areas are")),
    }
}

/// Writes a list in one line, unless it is empty. Equal texts are shown once.
fn list(title: &str, most: usize, texts: impl Iterator<Item = String>, out: &mut String) -> fmt::Result {
    let mut texts_and_counts: IndexMap<String, usize> = IndexMap::new();
    texts.for_each(|text| *texts_and_counts.entry(text).or_default() += 1);
    if texts_and_counts.is_empty() {
        return Ok(());
    }
    let number = texts_and_counts.values().sum();
    let shown = texts_and_counts.keys().take(most).map(|text| code(text)).collect::<Vec<_>>().join(", ");
    let more = if texts_and_counts.len() > most { " and others" } else { "" };
    writeln!(out, "{title}: {} ({shown}{more})\n", thousands(number))
}

/// Returns a text as code within a line.
fn code(text: &str) -> String {
    let text = short(&text.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST);
    let ticks = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

fn short(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}
