//! TAP version 14: a test point for each check, in one flat list.

use std::fmt::{self, Write};

use super::Report;
use super::count::Count;
use super::printable::printable;
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;

/// Renders a run as TAP. A failed check that does not count, since it is known to differ or its rule is disputed, is `TODO`. A
/// run without an end bails out.
pub fn tap(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(report, &mut out);
    out
}

fn write(report: &Report, out: &mut String) -> fmt::Result {
    writeln!(out, "TAP version 14\n1..{}", report.checks().count())?;
    for cause in report.diagnosis.iter().flat_map(|diagnosis| &diagnosis.causes) {
        writeln!(out, "# What is broken: {}", line(&cause.about()))?;
    }
    let mut number = 0;
    for scenario in &report.scenarios {
        writeln!(out, "# {}: {}", scenario.name, line(&scenario.title))?;
        for check in &scenario.checks {
            number += 1;
            point(report, number, scenario, check, out)?;
        }
    }
    writeln!(out, "# {}", report.summary)?;
    match &report.finished {
        None => writeln!(out, "Bail out! The run did not end."),
        Some(finished) if finished.interrupted => writeln!(out, "Bail out! The run was interrupted."),
        Some(_) => Ok(()),
    }
}

fn point(
    report: &Report,
    number: usize,
    scenario: &ScenarioResult,
    check: &CheckResult,
    out: &mut String,
) -> fmt::Result {
    let (ok, directive) = match report.counts_as(check) {
        Count::Passed => ("ok", None),
        Count::Skipped => ("ok", Some("SKIP")),
        Count::Excused => ("not ok", Some("TODO")),
        Count::Failed | Count::Broken => ("not ok", None),
    };
    write!(out, "{ok} {number} - {}", escaped(&check.id))?;
    let reason = report.reason(check);
    match directive {
        Some(directive) => writeln!(out, " # {directive} {}", escaped(&line(&reason)))?,
        None => writeln!(out)?,
    }
    if matches!(check.verdict(), Verdict::Pass | Verdict::Skip) {
        return Ok(());
    }
    writeln!(out, "  ---")?;
    entry("message", &reason, out)?;
    entry("severity", check.verdict().word(), out)?;
    entry("at", &format!("{}:{}:{}", scenario.file, check.line, check.column), out)?;
    entry("step", &check.step, out)?;
    if let Some(rule) = &check.rule {
        entry("rule", &format!("{} ({}, {}): {}", rule.name, rule.code, rule.level, rule.statement), out)?;
    }
    if let Some(request) = &check.request {
        entry("request", request, out)?;
    }
    if let Some(evidence) = check.evidence() {
        entry("expected", &evidence.expected, out)?;
        entry("actual", &evidence.actual, out)?;
    }
    if let Some(stated) = check.stated_otherwise() {
        entry("stated", &stated.instead, out)?;
    }
    writeln!(out, "  ...")
}

/// Writes a member of the YAML diagnostics: a text of several lines as a block, any other as JSON, which is YAML too.
fn entry(name: &str, text: &str, out: &mut String) -> fmt::Result {
    // YAML has no such escape, so this comes before any quoting.
    let text = printable(text);
    let is_block = text.contains('\n') && !text.starts_with('\n') && !text.ends_with('\n');
    if !is_block {
        return writeln!(out, "  {name}: {}", serde_json::Value::from(text.as_ref()));
    }
    writeln!(out, "  {name}: |2-")?;
    text.split('\n').try_for_each(|line| writeln!(out, "    {line}"))
}

/// Escapes the character that begins a directive.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    proptest! {
        #[test]
        fn the_diagnostics_are_yaml_whatever_the_text(text in "[ab\n\t\u{1b}\u{85}\u{feff}\u{fffe}\u{ffff}]{0,12}") {
            let mut yaml = String::new();
            entry("m", &text, &mut yaml).unwrap();
            prop_assert!(serde_saphyr::from_str::<Value>(&yaml).unwrap()["m"].is_string(), "{:?}", yaml);
            prop_assert!(!yaml.contains(['\u{1b}', '\u{fffe}', '\u{ffff}']), "{:?}", yaml);
        }

        #[test]
        fn the_diagnostics_say_what_is_true_in_yaml_too(texts in prop::collection::vec("[ -~\n\t€<>]{0,30}", 1..4)) {
            let mut yaml = String::new();
            for (number, text) in texts.iter().enumerate() {
                entry(&format!("m{number}"), text, &mut yaml).unwrap();
            }
            let read: Value = serde_saphyr::from_str(&yaml).unwrap();
            for (number, text) in texts.iter().enumerate() {
                prop_assert_eq!(read[format!("m{number}")].as_str(), Some(text.as_str()), "{}", yaml);
            }
        }
    }
}
