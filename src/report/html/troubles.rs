//! Checks that did not pass, failures first, each with all its details.

use std::collections::HashSet;

use maud::{Markup, html};

use super::super::Report;
use super::super::count::Count;
use super::check::{CheckKind, badge, in_full};
use super::diagnosis::Causes;
use super::legend;
use super::spans::spans;
use crate::harness::CheckResult;
use crate::judge::Verdict;

/// Returns whether a check is shown here: it counts against the target, or passed only when asked again.
pub fn is_trouble(report: &Report, check: &CheckResult) -> bool {
    matches!(report.counts_as(check), Count::Failed | Count::Broken)
        || check.verdict() == Verdict::Flaky && !report.is_apart(check)
}

/// Renders the section, if a check did not pass.
pub fn section(report: &Report, causes: &Causes<'_>) -> Option<Markup> {
    let failures = report.failures();
    let is_flaky = |check: &CheckResult| is_trouble(report, check) && check.verdict() == Verdict::Flaky;
    let flaky = report.checks().filter(|(_, check)| is_flaky(check));
    let troubles = failures.into_iter().chain(flaky).collect::<Vec<_>>();
    // The first failure of each bug and of each other rule is open.
    let first = report.failure_groups().iter().map(|group| group.check.id.as_str()).collect::<HashSet<_>>();
    (!troubles.is_empty()).then(|| {
        html! {
            h2 { "Failures and flaky checks " span.number { (troubles.len()) } }
            (legend::rules())
            @for (scenario, check) in troubles {
                details.trouble.item data-kind=(CheckKind::new(report, check).word()) open[first.contains(check.id.as_str())] {
                    summary {
                        (badge(check.verdict()))
                        h3 { (check.id) }
                        @if let Some(because) = check.because() { p { (spans(because)) } }
                    }
                    // A link to the check opens the folded part.
                    div id=(check.id) { (in_full(scenario, check, causes.link(&check.id))) }
                }
            }
        }
    })
}
