//! The head of the page: the target, the outcome and the counts.

use maud::{Markup, html};

use super::super::wording::{SIMULATOR, duration, thousands};
use super::super::{Report, RunOutcome};

/// Renders the head of the page.
pub fn head(report: &Report) -> Markup {
    let outcome = report.outcome();
    let class = match outcome {
        RunOutcome::Passed => "pass",
        RunOutcome::Failed | RunOutcome::NotSetUp => "fail",
        _ => "untestable",
    };
    html! {
        p.tool { "syncano-conformance " (report.tool_version) }
        h1 {
            (heading(report.target()))
            " " span class={ "outcome " (class) } { (outcome.word()) }
        }
        @if let Some(answer) = report.answer() { p.answer { strong { (answer) "." } } }
        (funnel(report))
        dl.run {
            @if let Some(started) = &report.started {
                div { dt { "API" } dd { (started.api_version) } }
                @if !started.words.is_empty() { div { dt { "Selected" } dd { (started.words.join(" ")) } } }
                div { dt { "Access table" } dd { (started.access) } }
                @if let Some(shard) = started.shard { div { dt { "Shard" } dd { (shard) } } }
                div { dt { "Run" } dd { code { (started.run) } } }
                div { dt { "Began" } dd { time datetime=(started.began) { (started.began.strftime("%Y-%m-%d %H:%M:%S UTC")) } } }
            }
            @if let Some(finished) = &report.finished {
                div { dt { "Took" } dd { (duration(finished.elapsed)) } }
            }
            @if report.finished.as_ref().is_none_or(|finished| finished.interrupted) {
                div { dt { "Interrupted" } dd { "the rest was not run" } }
            }
            @if report.strict { div { dt { "Strict" } dd { "yes" } } }
        }
    }
}

/// Returns the target as a heading names it.
fn heading(target: &str) -> &str {
    match target {
        SIMULATOR => "The built-in simulator",
        "" => "A target that was not reached",
        name => name,
    }
}

/// Renders the numbers of declared, selected, executed and judged checks, and what was not run.
fn funnel(report: &Report) -> Markup {
    let summary = &report.summary;
    let steps = [
        ("declared", summary.declared),
        ("selected", summary.selected),
        ("executed", summary.executed),
        ("judged", summary.judged),
    ];
    html! {
        p.visually-hidden { (summary) }
        ol.funnel aria-hidden="true" {
            @for (name, count) in steps { li { strong { (thousands(count)) } " " (name) } }
        }
        @if let Some(not_run) = report.not_run() { p { "Not run: " (not_run) } }
    }
}
