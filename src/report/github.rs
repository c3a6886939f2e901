//! Annotations for GitHub Actions: workflow commands that a job prints, each at a file and a line.

use std::fmt::{self, Write};

use super::Report;
use super::count::Count;
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;

/// Renders a run as annotations. Failures are errors, flaky checks are warnings, known and disputed failures are notices. Errors
/// come first, since GitHub shows only the first ten of each kind. The counts are the last line.
pub fn github(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(report, &mut out);
    out
}

fn write(report: &Report, out: &mut String) -> fmt::Result {
    for (scenario, check) in report.troubles() {
        at("error", report, scenario, check, out)?;
    }
    let (stale, left_behind, notes) = report.finished.as_ref().map_or_else(Default::default, |finished| {
        (finished.stale.as_slice(), finished.left_behind.as_slice(), finished.notes.as_slice())
    });
    for line in stale {
        command("error", &[("title", "stale")], line, out)?;
    }
    for (scenario, check) in report.checks().filter(|(_, check)| check.verdict() == Verdict::Flaky) {
        at("warning", report, scenario, check, out)?;
    }
    for line in left_behind {
        command("warning", &[("title", "left behind")], line, out)?;
    }
    for (scenario, check) in report.checks().filter(|(_, check)| report.counts_as(check) == Count::Excused) {
        at("notice", report, scenario, check, out)?;
    }
    for line in notes {
        command("notice", &[], line, out)?;
    }
    let title = format!("conformance of {}", report.target());
    command("notice", &[("title", title.trim_end())], &report.summary.to_string(), out)
}

fn at(kind: &str, report: &Report, scenario: &ScenarioResult, check: &CheckResult, out: &mut String) -> fmt::Result {
    let (line, column) = (check.line.to_string(), check.column.to_string());
    let title = format!("{} {}", check.verdict(), check.id);
    let properties = [("file", scenario.file.as_str()), ("line", &line), ("col", &column), ("title", &title)];
    let mut text = report.reason(check);
    if let Some(rule) = &check.rule {
        text.push_str(&format!("\n{} ({}, {}): {}", rule.name, rule.code, rule.level, rule.statement));
    }
    if let Some(request) = &check.request {
        text.push_str(&format!("\n{request}"));
    }
    command(kind, &properties, &text, out)
}

/// `::error file=a.yaml,line=1::text`
fn command(kind: &str, properties: &[(&str, &str)], text: &str, out: &mut String) -> fmt::Result {
    let properties = properties.iter().map(|(name, value)| format!("{name}={}", property(value)));
    let properties = properties.collect::<Vec<_>>().join(",");
    let between = if properties.is_empty() { "" } else { " " };
    writeln!(out, "::{kind}{between}{properties}::{}", data(text))
}

fn data(text: &str) -> String {
    // The log repeats the text of an annotation, and the runner would execute a command in the old form there.
    let text = text.replace("##[", "## [");
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_target_neither_ends_nor_begins_a_command() {
        let mut out = String::new();
        command("error", &[("title", "a: 100%, b")], "50%\n::warning::x ##[error]y", &mut out).unwrap();
        assert_eq!(out, "::error title=a%3A 100%25%2C b::50%25%0A::warning::x ## [error]y\n");
    }
}
