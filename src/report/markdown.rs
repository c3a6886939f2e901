//! Markdown for a comment on a pull request: short, failures first.
//!
//! Text from a target is rendered as code, so that it can neither mention anybody nor look like a part of the report.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::Report;
use super::area::area;
use super::difference::difference;
use super::wording::{SIMULATOR, count, target_in_words, thousands};
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;

// GitHub limits a comment to 65,536 characters.

/// The number of failures shown in full.
const IN_FULL: usize = 10;

/// The number of further failures that are named.
const NAMED: usize = 50;

/// The number of lines shown of any other list.
const LISTED: usize = 10;

/// The maximum length of a difference or a request, in characters.
const LONGEST: usize = 1500;

/// The maximum length of a text within a line, in characters.
const LONGEST_IN_LINE: usize = 300;

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
    writeln!(out, "{}", report.summary)?;
    if let Some(not_run) = report.not_run() {
        writeln!(out, "\nNot run: {}", code(&not_run))?;
    }
    known_bugs(report, out)?;
    let mut troubles = report.troubles().collect::<Vec<_>>();
    troubles.sort_by_key(|(_, check)| Reverse(check.verdict()));
    for (scenario, check) in troubles.iter().take(IN_FULL) {
        trouble(scenario, check, out)?;
    }
    if let Some(more) = troubles.get(IN_FULL..).filter(|more| !more.is_empty()) {
        writeln!(out, "\n<details><summary>{} more</summary>\n", more.len())?;
        for (_, check) in more.iter().take(NAMED) {
            writeln!(out, "* {} {}", check.verdict(), code(&check.id))?;
        }
        if more.len() > NAMED {
            writeln!(out, "* and {} others", more.len() - NAMED)?;
        }
        writeln!(out, "\n</details>")?;
    }
    areas(report, out)?;
    let of = |verdict| report.checks().filter(move |(_, check)| check.verdict() == verdict);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (_, check) in of(Verdict::Skip) {
        *reasons.entry(check.because().unwrap_or_default().to_owned()).or_default() += 1;
    }
    let skipped =
        reasons.into_iter().map(|(because, count)| format!("{} skipped: {}", thousands(count), code(&because)));
    list("Reasons to skip", skipped, out)?;
    let said = |(_, check): (&ScenarioResult, &CheckResult)| {
        format!("{}: {}", code(&check.id), code(check.because().unwrap_or_default()))
    };
    list("Flaky", of(Verdict::Flaky).map(said), out)?;
    let is_own = |(_, check): &(&ScenarioResult, &CheckResult)| {
        !check.divergence().is_some_and(|divergence| divergence.is_of_reference())
    };
    list("Known", of(Verdict::Known).filter(is_own).map(said), out)?;
    let apart = report.checks().filter(|(_, check)| report.is_apart(check) && check.verdict() != Verdict::Pass);
    list("Disputed, and different from the reference deployment", apart.map(said), out)?;
    let end = report.finished.iter();
    list("Stale", end.clone().flat_map(|end| &end.stale).map(|line| code(line)), out)?;
    list("Left behind", end.clone().flat_map(|end| &end.left_behind).map(|line| code(line)), out)?;
    list("Notes", end.flat_map(|end| &end.notes).map(|line| code(line)), out)
}

/// Writes the known bugs of the reference deployment that the target has, each with what to do.
fn known_bugs(report: &Report, out: &mut String) -> fmt::Result {
    let bugs = report.known_bugs().into_iter();
    let lines = bugs.map(|(bug, number)| format!("{} ({})", code(bug), count(number, "check", "checks")));
    list("Known bugs of the reference deployment", lines, out)
}

fn trouble(scenario: &ScenarioResult, check: &CheckResult, out: &mut String) -> fmt::Result {
    let because = check.because().unwrap_or_default();
    writeln!(
        out,
        "\n<details><summary>{} <code>{}</code>: <code>{}</code></summary>\n",
        check.verdict(),
        html(&check.id),
        html(&short(because, LONGEST_IN_LINE))
    )?;
    if let Some(rule) = &check.rule {
        writeln!(out, "{} ({}, {}): {}\n", code(&rule.name), rule.code, rule.level, code(&rule.statement))?;
    }
    let place = format!("{}:{}:{}", scenario.file, check.line, check.column);
    writeln!(out, "{}, {}", code(&place), code(&check.step))?;
    // A command that is cut off is of no use.
    if let Some(request) = check.request.as_ref().filter(|request| request.len() <= LONGEST) {
        fence("sh", request, out)?;
    }
    if let Some(evidence) = check.evidence() {
        let mut lines = Vec::new();
        // Writing to memory cannot fail.
        let _ = difference(&mut anstream::StripStream::new(&mut lines), &evidence.expected, &evidence.actual);
        let lines = String::from_utf8_lossy(&lines);
        let lines = lines.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect::<Vec<_>>();
        fence("diff", &short(&lines.join("\n"), LONGEST), out)?;
    }
    writeln!(out, "\n</details>")
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
    writeln!(out, "\n| area | checks | passed | others |\n|---|---:|---:|---|")?;
    for (area, verdicts) in &areas {
        let others = verdicts.iter().filter(|(verdict, _)| **verdict != Verdict::Pass).rev();
        let others =
            others.map(|(verdict, count)| format!("{} {verdict}", thousands(*count))).collect::<Vec<_>>().join(", ");
        let passed = verdicts.get(&Verdict::Pass).copied().unwrap_or_default();
        let all = thousands(verdicts.values().sum());
        writeln!(out, "| {area} | {all} | {} | {others} |", thousands(passed))?;
    }
    match all - areas.len() {
        0 => Ok(()),
        others => writeln!(out, "\nIn {} everything passed.", count(others, "other area", "other areas")),
    }
}

/// Writes a folded list, unless it is empty.
fn list(title: &str, lines: impl Iterator<Item = String>, out: &mut String) -> fmt::Result {
    let lines = lines.collect::<Vec<_>>();
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n<details><summary>{title}: {}</summary>\n", lines.len())?;
    for line in lines.iter().take(LISTED) {
        writeln!(out, "* {line}")?;
    }
    if lines.len() > LISTED {
        writeln!(out, "* and {} others", lines.len() - LISTED)?;
    }
    writeln!(out, "\n</details>")
}

/// Returns a text as code within a line.
fn code(text: &str) -> String {
    let text = short(&text.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST_IN_LINE);
    let ticks = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// Writes a text as a code block.
fn fence(language: &str, text: &str, out: &mut String) -> fmt::Result {
    let ticks = "`".repeat(longest_run(text).max(2) + 1);
    writeln!(out, "\n{ticks}{language}\n{text}\n{ticks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', " ")
}

fn short(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}
