//! The rules by area, each with its source and its checks, and the checks without a rule.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use maud::{Markup, html};

use super::super::Report;
use super::super::access_cases::asked;
use super::super::area::area;
use super::super::wording::thousands;
use super::check::{CheckKind, dot, tally};
use super::diagnosis::Causes;
use super::legend;
use super::spans::spans;
use super::troubles::is_trouble;
use crate::harness::{CheckResult, RuleResult, ScenarioResult};
use crate::judge::Verdict;

type Checks<'r> = Vec<(&'r ScenarioResult, &'r CheckResult)>;

/// Renders the section, if there are checks other than access cases.
pub fn section(report: &Report, causes: &Causes<'_>) -> Option<Markup> {
    let mut areas: BTreeMap<&str, IndexMap<Option<&str>, Checks<'_>>> = BTreeMap::new();
    for (scenario, check) in report.checks().filter(|(scenario, check)| asked(scenario, check).is_none()) {
        let rule = check.rule.as_ref().map(|rule| rule.name.as_str());
        areas.entry(area(scenario, check)).or_default().entry(rule).or_default().push((scenario, check));
    }
    // The checks without a rule come last.
    areas.values_mut().for_each(|rules| rules.sort_by_key(|rule, _| rule.is_none()));
    let count = areas.values().flat_map(IndexMap::keys).flatten().count();
    (!areas.is_empty()).then(|| {
        html! {
            h2 { "Rules by area " span.number { (thousands(count)) } }
            (legend::rules())
            @for (area, rules) in &areas {
                details.area {
                    summary {
                        @let verdicts = count_all(rules.values().flatten());
                        (worst(&verdicts))
                        h3 { (area) }
                        (tally(&verdicts))
                    }
                    @for checks in rules.values() { (rule(report, checks, causes)) }
                }
            }
        }
    })
}

fn rule(report: &Report, checks: &Checks<'_>, causes: &Causes<'_>) -> Markup {
    let rule = checks.first().and_then(|(_, check)| check.rule.as_ref());
    let verdicts = count_all(checks);
    html! {
        details.rule {
            summary {
                (worst(&verdicts))
                @match rule {
                    Some(RuleResult { name, code, level, statement, disputed, .. }) => {
                        h4 { (name) }
                        (tally(&verdicts))
                        p { (code) ", " (level) @if disputed.is_some() { ", disputed" } ": " (statement) }
                    }
                    None => {
                        h4 { "without a rule" }
                        (tally(&verdicts))
                        p { "Supporting checks, and the leak checks of every response." }
                    }
                }
            }
            @if let Some(rule) = rule { p.source { "Source: " (rule.source) } }
            @if let Some(because) = causes.links(checks.iter().map(|(_, check)| check.id.as_str())) { (because) }
            ul { @for (scenario, check) in checks { (line(report, scenario, check)) } }
        }
    }
}

fn line(report: &Report, scenario: &ScenarioResult, check: &CheckResult) -> Markup {
    let above = is_trouble(report, check);
    html! {
        li.check id=[(!above).then_some(&check.id)] data-kind=(CheckKind::new(report, check).word()) {
            (dot(check.verdict()))
            @if above { a href={ "#" (check.id) } { (check.id) } } @else { code { (check.id) } }
            p { (scenario.title) ": " (check.step) @if let Some(status) = check.status { " → " (status) } }
            @if let Some(because) = check.because() { p { (spans(because)) } }
            @if let Some(request) = &check.request { pre { (request) } }
        }
    }
}

fn count_all<'c>(
    checks: impl IntoIterator<Item = &'c (&'c ScenarioResult, &'c CheckResult)>,
) -> BTreeMap<Verdict, usize> {
    let mut verdicts = BTreeMap::new();
    checks.into_iter().for_each(|(_, check)| *verdicts.entry(check.verdict()).or_default() += 1);
    verdicts
}

fn worst(verdicts: &BTreeMap<Verdict, usize>) -> Markup {
    dot(verdicts.keys().max().copied().unwrap_or(Verdict::Pass))
}
