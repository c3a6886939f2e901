//! Checks that did not pass, failures first, each with all its details.

use maud::{Markup, html};

use super::super::Report;
use super::super::count::Count;
use super::check::{CheckKind, badge, in_full};
use crate::harness::CheckResult;
use crate::judge::Verdict;

/// The number of checks that are open at first.
const OPEN: usize = 5;

/// Returns whether a check is shown here: it counts against the target, or passed only when asked again.
pub fn is_trouble(report: &Report, check: &CheckResult) -> bool {
    matches!(report.counts_as(check), Count::Failed | Count::Broken)
        || check.verdict() == Verdict::Flaky && !report.is_apart(check)
}

/// Renders the section, if a check did not pass.
pub fn section(report: &Report) -> Option<Markup> {
    let mut troubles = report.checks().filter(|(_, check)| is_trouble(report, check)).collect::<Vec<_>>();
    troubles.sort_by_key(|(_, check)| CheckKind::new(report, check).place());
    (!troubles.is_empty()).then(|| {
        html! {
            h2 { "Failures and flaky checks " span.number { (troubles.len()) } }
            @for (number, (scenario, check)) in troubles.into_iter().enumerate() {
                details.trouble.item data-kind=(CheckKind::new(report, check).word()) open[number < OPEN] {
                    summary {
                        (badge(check.verdict()))
                        h3 { (check.id) }
                        @if let Some(because) = check.because() { p { (because) } }
                    }
                    // A link to the check opens the folded part.
                    div id=(check.id) { (in_full(scenario, check)) }
                }
            }
        }
    })
}
