//! What is broken: the known bugs that explain the failures.

use std::collections::HashMap;

use maud::{Markup, html};

use super::super::brief::explains;
use super::super::wording::{count, thousands};
use super::super::{Cause, Report};
use super::spans::spans;

/// The causes of failures, for links to them.
pub struct Causes<'r> {
    by_check: HashMap<&'r str, (usize, &'r Cause)>,
}

impl<'r> Causes<'r> {
    /// Collects the causes of a run.
    pub fn new(report: &'r Report) -> Causes<'r> {
        let causes = report.diagnosis.iter().flat_map(|diagnosis| diagnosis.causes.iter().enumerate());
        let mut by_check = HashMap::new();
        for (number, cause) in causes {
            cause.explains.iter().for_each(|id| {
                by_check.entry(id.as_str()).or_insert((number, cause));
            });
        }
        Causes { by_check }
    }

    /// Renders a link to the cause of a failed check, if it is known.
    pub fn link(&self, check: &str) -> Option<Markup> {
        let (number, cause) = self.by_check.get(check)?;
        Some(html! { a href={ "#" (anchor(*number)) } { (spans(&cause.wrong)) } })
    }

    /// Renders a link to each cause of some failed checks, with the number of these checks.
    pub fn links<'c>(&self, checks: impl Iterator<Item = &'c str>) -> Option<Markup> {
        let mut numbers: HashMap<usize, (&str, usize)> = HashMap::new();
        for check in checks {
            if let Some((number, _)) = self.by_check.get(check) {
                numbers.entry(*number).or_insert((check, 0)).1 += 1;
            }
        }
        let mut numbers = numbers.into_iter().collect::<Vec<_>>();
        numbers.sort_unstable();
        (!numbers.is_empty()).then(|| {
            html! {
                ul.because {
                    @for (_, (check, number)) in &numbers {
                        li { (count(*number, "failure", "failures")) ": " @if let Some(link) = self.link(check) { (link) } }
                    }
                }
            }
        })
    }
}

fn anchor(number: usize) -> String {
    format!("cause-{}", number + 1)
}

/// Renders the section, if the run was diagnosed.
pub fn section(report: &Report) -> Option<Markup> {
    let diagnosis = report.diagnosis.as_ref()?;
    Some(html! {
        h2 { "What is broken " span.number { (diagnosis.causes.len()) } }
        @for (number, cause) in diagnosis.causes.iter().enumerate() {
            article.cause id=(anchor(number)) {
                h3 { (spans(&cause.wrong)) }
                @if !cause.right.is_empty() { p { "Right: " (spans(&cause.right)) } }
                p { (explains(cause, diagnosis)) }
                (failures("Its failures", &cause.explains))
            }
        }
        @if !diagnosis.unexplained.is_empty() {
            article.cause {
                h3 { "No known bug explains " (count(diagnosis.unexplained.len(), "failure", "failures")) "." }
                (failures("These failures", &diagnosis.unexplained))
            }
        }
    })
}

/// Renders links to failures.
fn failures(title: &str, ids: &[String]) -> Markup {
    html! {
        details {
            summary { (title) " (" (thousands(ids.len())) ")" }
            ul { @for id in ids { li { a href={ "#" (id) } { (id) } } } }
        }
    }
}
