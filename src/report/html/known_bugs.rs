//! The known bugs of the reference deployment that the target has, each with what to do.

use maud::{Markup, html};

use super::super::Report;
use super::super::wording::count;
use super::spans::spans;

/// Renders the section, if the target has such a bug.
pub fn section(report: &Report) -> Option<Markup> {
    let bugs = report.known_bugs();
    (!bugs.is_empty()).then(|| {
        html! {
            h2 { "Known bugs " span.number { (bugs.len()) } }
            p { "Bugs of the reference deployment that this target has. Each check fails exactly as stated." }
            ul { @for (bug, checks) in &bugs { li { (spans(bug)) " (" (count(*checks, "check", "checks")) ")" } } }
        }
    })
}
