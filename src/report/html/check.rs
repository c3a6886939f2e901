//! One check on the page.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::Report;
use super::difference;
use crate::harness::{CheckResult, DivergenceResult, RuleResult, ScenarioResult, Standing};
use crate::judge::Verdict;

/// What a check is coloured and filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its verdict.
    Of(Verdict),
    /// Its rule is disputed, and it is shown apart.
    Disputed,
}

impl Kind {
    /// What is first looked for comes first.
    const ALL: [Kind; 9] = [
        Kind::Of(Verdict::Fail),
        Kind::Of(Verdict::Error),
        Kind::Of(Verdict::Untestable),
        Kind::Of(Verdict::Stale),
        Kind::Of(Verdict::Flaky),
        Kind::Of(Verdict::Known),
        Kind::Of(Verdict::Skip),
        Kind::Disputed,
        Kind::Of(Verdict::Pass),
    ];

    /// Where it comes among the others.
    pub fn place(self) -> Option<usize> {
        Kind::ALL.iter().position(|kind| *kind == self)
    }

    /// Of a check.
    pub fn of(report: &Report, check: &CheckResult) -> Kind {
        if report.is_apart(check) { Kind::Disputed } else { Kind::Of(check.verdict()) }
    }

    /// How many checks of each kind there are; not those of which there are none.
    pub fn counts(report: &Report) -> Vec<(Kind, usize)> {
        let of = |kind| match kind {
            Kind::Of(verdict) => report.summary.of(verdict),
            Kind::Disputed => report.summary.disputed.values().sum(),
        };
        Kind::ALL.into_iter().map(|kind| (kind, of(kind))).filter(|(_, count)| *count > 0).collect()
    }

    /// As the style and the script know it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Of(verdict) => verdict.word(),
            Kind::Disputed => "disputed",
        }
    }

    /// After a number.
    pub fn said(self) -> &'static str {
        match self {
            Kind::Of(Verdict::Pass) => "passed",
            Kind::Of(Verdict::Fail) => "failed",
            Kind::Of(Verdict::Skip) => "skipped",
            kind => kind.word(),
        }
    }

    /// In one character, for those who do not see colours.
    pub fn mark(self) -> &'static str {
        match self {
            Kind::Of(verdict) => mark(verdict),
            Kind::Disputed => "≠",
        }
    }
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Skip => "–",
        Verdict::Known => "k",
        Verdict::Flaky => "~",
        Verdict::Stale => "s",
        Verdict::Untestable => "?",
        Verdict::Fail => "✗",
        Verdict::Error => "!",
    }
}

/// The mark of a verdict with its word.
pub fn badge(verdict: Verdict) -> Markup {
    html! { span class={ "badge " (verdict) } { (mark(verdict)) " " (verdict) } }
}

/// The mark alone; a screen reader says its word.
pub fn dot(verdict: Verdict) -> Markup {
    html! { span class={ "dot " (verdict) } role="img" aria-label=(verdict) { (mark(verdict)) } }
}

/// `160 of 163 passed, 2 fail, 1 skip`
pub fn tally(verdicts: &BTreeMap<Verdict, usize>) -> Markup {
    let passed = verdicts.get(&Verdict::Pass).copied().unwrap_or_default();
    html! {
        span.tally {
            (passed) " of " (verdicts.values().sum::<usize>()) " passed"
            @for (verdict, count) in verdicts.iter().rev().filter(|(verdict, _)| **verdict != Verdict::Pass) {
                ", " span class=(verdict) { (count) " " (verdict) }
            }
        }
    }
}

/// `(R95, public): After a reset the old user key authenticates nobody.`
pub fn promise(rule: &RuleResult) -> Markup {
    html! { code { (rule.name) } " (" (rule.code) ", " (rule.level) "): " (rule.statement) }
}

/// Everything about a check: what it stands for, what was sent, what was expected and what came.
pub fn in_full(scenario: &ScenarioResult, check: &CheckResult) -> Markup {
    html! {
        div.full {
            dl {
                @if let Some(because) = check.because() { dt { "Why" } dd { (because) } }
                @if let Some(rule) = &check.rule {
                    dt { "Rule" } dd { (promise(rule)) }
                    dt { "Source" } dd { (rule.source) }
                }
                dt { "Scenario" } dd { (scenario.title) }
                dt { "Step" } dd { (check.step) }
                dt { "At" } dd { code { (scenario.file) ":" (check.line) ":" (check.column) } }
                @if let Some(request) = &check.request { dt { "Request" } dd { pre { (request) } } }
                @if let Some(status) = check.status { dt { "Status" } dd { (status) } }
            }
            @if let Some(evidence) = check.evidence() { (difference::evidence(evidence)) }
            @if let Some(divergence) = check.divergence() { (entry(divergence)) }
            @if let (Some(otherwise), Some(evidence)) = (check.stated_otherwise(), check.evidence()) {
                (difference::stated(otherwise, evidence))
            }
        }
    }
}

/// What divergences.toml says of a check.
pub fn entry(divergence: &DivergenceResult) -> Markup {
    let DivergenceResult { class, reason, link, since, review_by, age_days, overdue, at, .. } = divergence;
    let standing = match divergence.standing {
        Standing::AsStated => "fails as stated",
        Standing::Otherwise => "fails in another way than stated",
        Standing::NotNeeded => "passes, so that nothing needs the entry",
    };
    html! {
        dl.divergence {
            dt { "Divergence" } dd { (class) ", " (standing) ", " code { (at) } }
            dt { "Reason" }
            dd {
                (reason)
                @if let Some(link) = link { " " (self::link(link)) }
            }
            dt { "Known since" } dd { (since) ", " strong { (age_days) " days" } }
            dt { "Review by" } dd { (review_by) @if *overdue { ", " strong.stale { "overdue" } } }
        }
    }
}

/// A link, where it is one to a page: a report may come from anywhere.
fn link(url: &str) -> Markup {
    let is_page = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
    html! {
        @if is_page { a href=(url) rel="noopener noreferrer" { (url) } } @else { (url) }
    }
}
