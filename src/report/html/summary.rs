//! What was run, when, and with what outcome.

use maud::{Markup, html};

use super::super::{Outcome, Report};

/// The head of the page.
pub fn head(report: &Report) -> Markup {
    let outcome = report.outcome();
    let class = match outcome {
        Outcome::Passed => "pass",
        Outcome::Failed | Outcome::NotSetUp => "fail",
        _ => "untestable",
    };
    html! {
        p.tool { "syncano-conformance " (report.tool_version) }
        h1 {
            @if report.target().is_empty() { "A target that was not reached" } @else { (report.target()) }
            " " span class={ "outcome " (class) } { (outcome.word()) }
        }
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
                div { dt { "Took" } dd { (format!("{:.2} s", finished.elapsed.as_secs_f64())) } }
            }
            @if report.finished.as_ref().is_none_or(|finished| finished.interrupted) {
                div { dt { "Broken off" } dd { "the rest was not run" } }
            }
            @if report.strict { div { dt { "Strict" } dd { "yes" } } }
        }
    }
}

/// From the checks that there are to those that could be judged, and what they came to.
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
            @for (name, count) in steps { li { strong { (count) } " " (name) } }
        }
    }
}
