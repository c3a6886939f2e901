//! The entries on known differences of this target, with their age and whether they hold.

use maud::{Markup, html};

use super::super::Report;
use super::check::{CheckKind, badge, entry, in_full};

/// Renders the section, if an entry was checked.
pub fn section(report: &Report) -> Option<Markup> {
    let tried = report.checks().filter_map(|(scenario, check)| Some((scenario, check, check.divergence()?)));
    let mut tried = tried.collect::<Vec<_>>();
    tried.sort_by_key(|(.., divergence)| divergence.since);
    (!tried.is_empty()).then(|| {
        html! {
            h2 { "Divergences " span.number { (tried.len()) } }
            p { "Known differences of this target; the oldest first." }
            @for (scenario, check, divergence) in tried {
                article.item data-kind=(CheckKind::new(report, check).word()) {
                    h3 { (badge(check.verdict())) code { (check.id) } }
                    (entry(divergence))
                    details { summary { "The exchange" } (in_full(scenario, check, None)) }
                }
            }
        }
    })
}
