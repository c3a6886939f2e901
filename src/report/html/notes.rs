//! Notes on the run: stale entries, resources left behind, worlds that could not be seen.

use maud::{Markup, html};

use super::super::Report;

/// Renders the section, if there are notes.
pub fn section(report: &Report) -> Option<Markup> {
    let mut notes: Vec<(&str, String)> = Vec::new();
    let mut add = |word, lines: &[String]| notes.extend(lines.iter().map(|line| (word, line.clone())));
    if let Some(finished) = &report.finished {
        add("stale", &finished.stale);
        add("left behind", &finished.left_behind);
        add("note", &finished.notes);
    }
    for scenario in &report.scenarios {
        add("unseen", &scenario.unseen.iter().map(|why| format!("{}: {why}", scenario.name)).collect::<Vec<_>>());
    }
    (!notes.is_empty()).then(|| {
        html! {
            h2 { "Notes " span.number { (notes.len()) } }
            ul { @for (word, note) in &notes { li { strong { (word) } " " (note) } } }
        }
    })
}
