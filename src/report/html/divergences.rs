//! What divergences.toml says of this target, how old it is, and whether it is true.

use maud::{Markup, html};

use super::super::Report;
use super::check::{Kind, badge, entry, in_full};

/// The section, where any entry was tried.
pub fn section(report: &Report) -> Option<Markup> {
    let tried = report.checks().filter_map(|(scenario, check)| Some((scenario, check, check.divergence()?)));
    let mut tried = tried.collect::<Vec<_>>();
    tried.sort_by_key(|(.., divergence)| divergence.since);
    (!tried.is_empty()).then(|| {
        html! {
            h2 { "Divergences " span.number { (tried.len()) } }
            p { "Where divergences.toml says that this target does something else; the oldest first." }
            @for (scenario, check, divergence) in tried {
                article.item data-kind=(Kind::of(report, check).word()) {
                    h3 { (badge(check.verdict())) code { (check.id) } }
                    (entry(divergence))
                    details { summary { "The exchange" } (in_full(scenario, check)) }
                }
            }
        }
    })
}
