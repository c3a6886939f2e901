//! What is broken: the known bugs that explain the failures.

use maud::{Markup, html};

use super::super::Report;
use super::super::brief::{explains, unexplained};

/// Renders the section, if the run was diagnosed.
pub fn section(report: &Report) -> Option<Markup> {
    let diagnosis = report.diagnosis.as_ref()?;
    Some(html! {
        h2 { "What is broken " span.number { (diagnosis.causes.len()) } }
        @for cause in &diagnosis.causes {
            p { strong { (cause.wrong) } @if !cause.right.is_empty() { br; "Right: " (cause.right) } br; (explains(cause, diagnosis)) }
        }
        @if let Some(left) = unexplained(diagnosis) { p { (left) } }
    })
}
