//! Skipped checks by reason. Those of disputed rules are shown with the rules.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use maud::{Markup, html};

use super::super::Report;
use super::check::CheckKind;
use crate::judge::Verdict;

/// Renders the section, if a check was skipped.
pub fn section(report: &Report) -> Option<Markup> {
    let mut reasons: IndexMap<&str, BTreeMap<&str, usize>> = IndexMap::new();
    let skip = CheckKind::Judged(Verdict::Skip);
    for (scenario, check) in report.checks().filter(|(_, check)| CheckKind::new(report, check) == skip) {
        let areas = reasons.entry(check.because().unwrap_or_default()).or_default();
        *areas.entry(scenario.area()).or_default() += 1;
    }
    let all = reasons.values().flat_map(BTreeMap::values).sum::<usize>();
    (all > 0).then(|| {
        html! {
            h2 { "Skipped " span.number { (all) } }
            @for (reason, areas) in &reasons {
                article.item data-kind=(skip.word()) {
                    h3 { (areas.values().sum::<usize>()) ": " (reason) }
                    p {
                        @for (number, (area, count)) in areas.iter().enumerate() {
                            @if number > 0 { ", " }
                            (area) " " (count)
                        }
                    }
                }
            }
        }
    })
}
