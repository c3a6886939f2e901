//! A failed run on one screen: what is broken, and the first failure of each rule.

use std::io::{self, Write};

use anstyle::Style;

use super::Report;
use super::diagnosis::{Cause, Diagnosis};
use super::failures::FailureGroup;
use super::prose::{labelled, lines};
use super::style::{BAD, QUIET, STRONG, style};
use super::wording::{count, thousands};

/// The number of failures that are shown.
const SHOWN: usize = 6;

/// Writes what is broken, if the run was diagnosed.
pub fn diagnosis(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let Some(diagnosis) = &report.diagnosis else { return Ok(()) };
    writeln!(out, "{STRONG}What is broken{STRONG:#}")?;
    for cause in &diagnosis.causes {
        write!(out, "  {BAD}*{BAD:#} ")?;
        lines(out, &cause.wrong, "    ", STRONG)?;
        let mut say = |text: &str| {
            write!(out, "    ")?;
            lines(out, text, "    ", Style::new())
        };
        if !cause.right.is_empty() {
            say(&format!("Right: {}", cause.right))?;
        }
        say(&explains(cause, diagnosis))?;
    }
    if let Some(left) = unexplained(diagnosis) {
        write!(out, "  ")?;
        lines(out, &left, "  ", Style::new())?;
    }
    writeln!(out)
}

/// `It explains 93 of 131 failures: all checks that notice this bug failed (users-list-unscoped).`
pub fn explains(cause: &Cause, diagnosis: &Diagnosis) -> String {
    let explained = thousands(cause.explains.len());
    let sure = match cause.is_sure() {
        true => "all checks that notice this bug failed".to_owned(),
        false => format!("{explained} of {} that notice this bug failed", count(cause.checks, "check", "checks")),
    };
    let of = count(diagnosis.failures, "failure", "failures");
    format!("It explains {explained} of {of}: {sure} ({}).", cause.names.join(" or "))
}

/// Returns a sentence on the failures that nothing explains.
pub fn unexplained(diagnosis: &Diagnosis) -> Option<String> {
    let names = diagnosis.unexplained.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match diagnosis.unexplained.len() {
        0 => return None,
        all => all.saturating_sub(SHOWN),
    };
    let more = if more > 0 { format!(" and {} more", thousands(more)) } else { String::new() };
    let failures = count(diagnosis.unexplained.len(), "failure", "failures");
    Some(format!("No known bug explains {failures}: {names}{more}."))
}

/// Writes the first failures, each with the number of those that follow from it.
pub fn failures(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let groups = report.failure_groups();
    for group in groups.iter().take(SHOWN) {
        failure(group, out)?;
    }
    if let Some(rest) = groups.get(SHOWN..).filter(|rest| !rest.is_empty()) {
        let checks = rest.iter().map(|group| group.more + 1).sum::<usize>();
        let rules = count(rest.iter().map(|group| group.rules).sum(), "other rule", "other rules");
        writeln!(out, "{BAD}{}{BAD:#} of {rules} failed\n", count(checks, "more check", "more checks"))?;
    }
    Ok(())
}

fn failure(group: &FailureGroup<'_>, out: &mut impl Write) -> io::Result<()> {
    let FailureGroup { scenario, check, more, rules } = group;
    let style = style(check.verdict());
    writeln!(out, "{style}{:<10}{style:#} {STRONG}{}{STRONG:#}", check.verdict(), check.id)?;
    if let Some(rule) = &check.rule {
        labelled(out, "rule", 4, &format!("{} ({}): {}", rule.code, rule.level, rule.statement))?;
    }
    labelled(out, "step", 4, &check.step)?;
    check.because().iter().try_for_each(|because| labelled(out, "why", 4, because))?;
    writeln!(out, "  {QUIET}at{QUIET:#}   {}:{}:{}", scenario.file, check.line, check.column)?;
    if *more > 0 {
        let fail = if *more == 1 { "fails" } else { "fail" };
        let checks = count(*more, "more check", "more checks");
        writeln!(out, "  {QUIET}and{QUIET:#}  {checks} of {} {fail} with it", count(*rules, "rule", "rules"))?;
    }
    writeln!(out)
}

/// Writes how to see more of a failed run.
pub fn see_more(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let groups = report.failure_groups();
    let Some(group) = groups.first() else { return Ok(()) };
    let id = crate::shell::word(&group.check.id);
    let program = env!("CARGO_PKG_NAME");
    writeln!(out, "{QUIET}Every failure: run again with -v, or with --report html=report.html{QUIET:#}")?;
    writeln!(out, "{QUIET}What a check is about, and a script with its requests:{QUIET:#}")?;
    writeln!(out, "  {program} explain {id}\n  {program} repro {id}\n")
}
