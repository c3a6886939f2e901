//! Annotations for GitHub Actions: workflow commands that a job prints, each at a file and a line.

use std::fmt::{self, Write};

use super::Report;
use super::brief::explains;
use super::failures::FailureGroup;
use super::wording::count;
use crate::harness::CheckResult;
use crate::judge::Verdict;

/// The maximum number of annotations: GitHub shows ten of each kind, and a reader looks at few.
const MAX: usize = 10;

/// Renders a run as annotations: what is broken, the first failure of each bug and rule, then what is stale, flaky or left
/// behind. The counts are the last one.
pub fn github(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(report, &mut out);
    out
}

fn write(report: &Report, out: &mut String) -> fmt::Result {
    let mut lines = Vec::new();
    if let Some(diagnosis) = &report.diagnosis {
        let causes = diagnosis.causes.iter().map(|cause| format!("{} {}", cause.about(), explains(cause, diagnosis)));
        lines.extend(causes.map(|text| command("error", &[("title", "what is broken")], &text)));
    }
    lines.extend(report.failure_groups().iter().map(|group| failure(report, group)));
    let mut say = |kind: &str, title: &str, text: &str| lines.push(command(kind, &[("title", title)], text));
    let ends = || report.finished.iter();
    ends().flat_map(|end| &end.stale).for_each(|line| say("error", "stale", line));
    for (_, check) in report.checks().filter(|(_, check)| check.verdict() == Verdict::Flaky) {
        say("warning", &format!("flaky {}", check.id), &report.reason(check));
    }
    ends().flat_map(|end| &end.left_behind).for_each(|line| say("warning", "left behind", line));
    ends().flat_map(|end| &end.notes).for_each(|line| say("notice", "note", line));
    let apart = apart(report);
    let most = MAX - 1 - apart.iter().len();
    let hidden = lines.len().saturating_sub(most);
    lines.truncate(most);
    lines.iter().chain(&apart).try_for_each(|line| writeln!(out, "{line}"))?;
    let more = if hidden > 0 { format!(" ({hidden} annotations are not shown)") } else { String::new() };
    let title = format!("conformance of {}", report.target());
    writeln!(out, "{}", command("notice", &[("title", title.trim_end())], &format!("{}{more}", report.summary)))
}

/// Returns an annotation with the number of checks that do not count, if there are any.
fn apart(report: &Report) -> Option<String> {
    let is_other = |check: &CheckResult| {
        report.is_apart(check) && !matches!(check.verdict(), Verdict::Pass | Verdict::Flaky | Verdict::Skip)
    };
    let disputed = report.checks().filter(|(_, check)| is_other(check)).count();
    let known = report.summary.of(Verdict::Known);
    let known = (known > 0).then(|| format!("{} known to differ", count(known, "check is", "checks are")));
    let disputed =
        (disputed > 0).then(|| format!("{} of disputed rules did not pass", count(disputed, "check", "checks")));
    let parts = known.into_iter().chain(disputed).collect::<Vec<_>>();
    (!parts.is_empty()).then(|| command("notice", &[("title", "does not count")], &parts.join(", ")))
}

fn failure(report: &Report, group: &FailureGroup<'_>) -> String {
    let (scenario, check) = (group.scenario, group.check);
    let (line, column) = (check.line.to_string(), check.column.to_string());
    let title = format!("{} {}", check.verdict(), check.id);
    let properties = [("file", scenario.file.as_str()), ("line", &line), ("col", &column), ("title", &title)];
    let mut text = report.reason(check);
    if let Some(rule) = &check.rule {
        text.push_str(&format!("\n{} ({}, {}): {}", rule.name, rule.code, rule.level, rule.statement));
    }
    if group.more > 0 {
        text.push_str(&format!("\n{} with it", count(group.more, "more check fails", "more checks fail")));
    }
    if let Some(request) = &check.request {
        text.push_str(&format!("\nsent: {request}"));
    }
    command("error", &properties, &text)
}

/// `::error file=a.yaml,line=1::text`
fn command(kind: &str, properties: &[(&str, &str)], text: &str) -> String {
    let properties = properties.iter().map(|(name, value)| format!("{name}={}", property(value)));
    let properties = properties.collect::<Vec<_>>().join(",");
    format!("::{kind} {properties}::{}", data(text))
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
        let annotation = command("error", &[("title", "a: 100%, b")], "50%\n::warning::x ##[error]y");
        assert_eq!(annotation, "::error title=a%3A 100%25%2C b::50%25%0A::warning::x ## [error]y");
    }
}
