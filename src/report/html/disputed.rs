//! Rules on which sources disagree: what each source says, and what this target does.

use indexmap::IndexMap;
use maud::{Markup, html};

use super::super::Report;
use super::super::terminal::on_dispute;
use super::check::{badge, in_full, promise};
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;

/// Renders the section, if there is a disputed rule.
pub fn section(report: &Report) -> Option<Markup> {
    let mut rules: IndexMap<&str, Vec<(&ScenarioResult, &CheckResult)>> = IndexMap::new();
    for (scenario, check) in report.checks().filter(|(_, check)| report.is_apart(check)) {
        if let Some(rule) = &check.rule {
            rules.entry(&rule.name).or_default().push((scenario, check));
        }
    }
    (!rules.is_empty()).then(|| {
        html! {
            h2 { "Disputed rules " span.number { (rules.len()) } }
            p { "Sources disagree on these rules, so their checks do not count." }
            @for checks in rules.values() { (article(checks)) }
        }
    })
}

fn article(checks: &[(&ScenarioResult, &CheckResult)]) -> Markup {
    let rule = checks.iter().find_map(|(_, check)| check.rule.as_ref());
    let worst = checks.iter().map(|(_, check)| check.verdict()).max().unwrap_or(Verdict::Pass);
    html! {
        article.dispute.item data-kind="disputed" {
            @if let Some(rule) = rule {
                h3 { (promise(rule)) }
                dl {
                    @if let Some(dispute) = &rule.disputed {
                        dt { "The page" } dd { (dispute.page) }
                        dt { "The deployment" } dd { (dispute.deployment) }
                    }
                    dt { "This target" } dd class=(worst) { (on_dispute(worst)) }
                }
            }
            @for (scenario, check) in checks {
                details {
                    summary { (badge(check.verdict())) code { (check.id) } }
                    (in_full(scenario, check, None))
                }
            }
        }
    }
}
