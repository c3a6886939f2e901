//! One check on the page.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::Report;
use super::super::wording::thousands;
use super::difference;
use super::spans::spans;
use crate::harness::{CheckOutcome, CheckResult, DivergenceResult, RuleResult, ScenarioResult, Standing};
use crate::judge::Verdict;

/// The kind of a check, by which it is coloured and filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// Of this verdict.
    Judged(Verdict),
    /// Of a disputed rule, so that it does not count.
    Disputed,
}

impl CheckKind {
    /// All kinds; those that readers look for first come first.
    const ALL: [CheckKind; 9] = [
        CheckKind::Judged(Verdict::Fail),
        CheckKind::Judged(Verdict::Error),
        CheckKind::Judged(Verdict::Untestable),
        CheckKind::Judged(Verdict::Stale),
        CheckKind::Judged(Verdict::Flaky),
        CheckKind::Judged(Verdict::Known),
        CheckKind::Judged(Verdict::Skip),
        CheckKind::Disputed,
        CheckKind::Judged(Verdict::Pass),
    ];

    /// Returns the kind of a check.
    pub fn new(report: &Report, check: &CheckResult) -> CheckKind {
        if report.is_apart(check) { CheckKind::Disputed } else { CheckKind::Judged(check.verdict()) }
    }

    /// Returns the number of checks of each kind that occurs.
    pub fn counts(report: &Report) -> Vec<(CheckKind, usize)> {
        let of = |kind| match kind {
            CheckKind::Judged(verdict) => report.summary.of(verdict),
            CheckKind::Disputed => report.summary.disputed.values().sum(),
        };
        CheckKind::ALL.into_iter().map(|kind| (kind, of(kind))).filter(|(_, count)| *count > 0).collect()
    }

    /// Returns the name in the style sheet and the script.
    pub fn word(self) -> &'static str {
        match self {
            CheckKind::Judged(verdict) => verdict.word(),
            CheckKind::Disputed => "disputed",
        }
    }

    /// Returns the word after a number.
    pub fn after_a_number(self) -> &'static str {
        match self {
            CheckKind::Judged(Verdict::Pass) => "passed",
            CheckKind::Judged(Verdict::Fail) => "failed",
            CheckKind::Judged(Verdict::Skip) => "skipped",
            kind => kind.word(),
        }
    }

    /// Returns a character that says the same as the colour.
    pub fn mark(self) -> &'static str {
        match self {
            CheckKind::Judged(verdict) => mark(verdict),
            CheckKind::Disputed => "≠",
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

/// Renders the mark and the word of a verdict.
pub fn badge(verdict: Verdict) -> Markup {
    html! { span class={ "badge " (verdict) } { (mark(verdict)) " " (verdict) } }
}

/// Renders the mark of a verdict; a screen reader says the word.
pub fn dot(verdict: Verdict) -> Markup {
    html! { span class={ "dot " (verdict) } role="img" aria-label=(verdict) { (mark(verdict)) } }
}

/// `160 of 163 passed, 2 fail, 1 skip`
pub fn tally(verdicts: &BTreeMap<Verdict, usize>) -> Markup {
    let passed = verdicts.get(&Verdict::Pass).copied().unwrap_or_default();
    html! {
        span.tally {
            (thousands(passed)) " of " (thousands(verdicts.values().sum::<usize>())) " passed"
            @for (verdict, count) in verdicts.iter().rev().filter(|(verdict, _)| **verdict != Verdict::Pass) {
                ", " span class=(verdict) { (thousands(*count)) " " (verdict) }
            }
        }
    }
}

/// `(R95, public): After a reset the old user key authenticates nobody.`
pub fn promise(rule: &RuleResult) -> Markup {
    html! { code { (rule.name) } " (" (rule.code) ", " (rule.level) "): " (rule.statement) }
}

/// Renders everything about a check: its cause, its rule, the request, the expected and the actual response.
pub fn in_full(scenario: &ScenarioResult, check: &CheckResult, cause: Option<Markup>) -> Markup {
    html! {
        div.full {
            dl {
                @if let Some(because) = check.because() { dt { "Why" } dd { (spans(because)) } }
                @if let Some(cause) = cause { dt { "Bug" } dd { (cause) } }
                @if let Some(rule) = &check.rule {
                    dt { "Rule" } dd { (promise(rule)) }
                    dt { "Source" } dd { (rule.source) }
                }
                dt { "Scenario" } dd { (scenario.title) }
                dt { "Step" } dd { (check.step) }
                dt { "At" } dd { code { (scenario.file) ":" (check.line) ":" (check.column) } }
                @if let Some(request) = &check.request { dt { "Request as sent" } dd { pre { (request) } } }
                @if check.outcome != CheckOutcome::Pass {
                    dt { "Repeat" }
                    dd {
                        code { (repro(check)) }
                        " " button.copy type="button" data-copy=(repro(check)) hidden { "Copy" }
                        p.hint { "The request as sent cannot be pasted: its users and keys are deleted. This command prints a script with new ones." }
                    }
                }
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

/// Returns the command that prints a script with the requests of a check.
fn repro(check: &CheckResult) -> String {
    format!("{} repro {}", env!("CARGO_PKG_NAME"), crate::shell::word(&check.id))
}

/// Renders the entry of divergences.toml for a check.
pub fn entry(divergence: &DivergenceResult) -> Markup {
    let DivergenceResult { class, reason, link, since, review_by, age_days, overdue, at, .. } = divergence;
    let standing = match divergence.standing {
        Standing::AsStated => "fails as stated",
        Standing::Otherwise => "fails differently than stated",
        Standing::NotNeeded => "passes, so that the entry is not needed",
    };
    html! {
        dl.divergence {
            dt { "Divergence" } dd { (class) ", " (standing) ", " code { (at) } }
            dt { "Reason" }
            dd {
                (reason)
                @if let Some(link) = link { " " (self::link(link)) }
            }
            dt { "Known since" } dd { (since) ", " strong { (age_days) (if *age_days == 1 { " day" } else { " days" }) } }
            dt { "Review by" } dd { (review_by) @if *overdue { ", " strong.stale { "overdue" } } }
        }
    }
}

/// Renders a link if the URL is one of a page: a report may come from anywhere.
fn link(url: &str) -> Markup {
    let is_page = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
    html! {
        @if is_page { a href=(url) rel="noopener noreferrer" { (url) } } @else { (url) }
    }
}
