//! The expected beside the actual text: of JSON the members that differ, of other texts every line.

use maud::{Markup, html};
use similar::{ChangeTag, TextDiff};

use super::super::changes::{MemberChange, changes};
use super::super::difference::{AROUND, MOST_COMPARED};
use crate::divergence::is_same;
use crate::harness::DivergenceResult;
use crate::judge::Evidence;

/// Renders the expected and the actual response.
pub fn evidence(evidence: &Evidence) -> Markup {
    difference(("Expected", &evidence.expected), ("Actual", &evidence.actual))
}

/// Renders an entry of divergences.toml beside the expected and the actual response.
pub fn stated(divergence: &DivergenceResult, evidence: &Evidence) -> Markup {
    let DivergenceResult { expected, instead, .. } = divergence;
    html! {
        @if !is_same(expected, &evidence.expected) {
            (difference(("Expected by the entry", expected), ("Expected", &evidence.expected)))
        }
        (difference(("Stated by the entry", instead), ("Actual", &evidence.actual)))
    }
}

/// Renders two texts side by side with their differences marked. Of JSON only the members that differ are shown. If other texts
/// have lines in common, the parts that differ come first.
fn difference((left, old): (&str, &str), (right, new): (&str, &str)) -> Markup {
    if let Some(changes) = changes(old, new) {
        return members((left, right), &changes);
    }
    // Comparing texts of many lines costs too much, so they are shown unmarked.
    if old.lines().chain(new.lines()).nth(2 * MOST_COMPARED).is_some() {
        let side = |name: &str, text: &str| html! { figure { figcaption { (name) } pre tabindex="0" { (text) } } };
        return html! { div.sides { (side(left, old)) (side(right, new)) } };
    }
    let diff = TextDiff::from_lines(old, new);
    let changes = diff.iter_all_changes().collect::<Vec<_>>();
    let side = |not: ChangeTag| changes.iter().filter(move |change| change.tag() != not);
    let in_common = changes.iter().any(|change| change.tag() == ChangeTag::Equal);
    let groups = if in_common { diff.grouped_ops(AROUND) } else { Vec::new() };
    html! {
        @if !groups.is_empty() {
            figure.difference {
                figcaption { "Difference" }
                @for group in &groups {
                    pre {
                        @for op in group { @for change in diff.iter_changes(op) { (line(change.tag(), change.value())) } }
                    }
                }
            }
        }
        div.sides {
            figure {
                figcaption { (left) }
                pre tabindex="0" { @for change in side(ChangeTag::Insert) { (line(change.tag(), change.value())) } }
            }
            figure {
                figcaption { (right) }
                pre tabindex="0" { @for change in side(ChangeTag::Delete) { (line(change.tag(), change.value())) } }
            }
        }
    }
}

/// Renders the members that differ, each with its path.
fn members((left, right): (&str, &str), changes: &[MemberChange]) -> Markup {
    let side = |name: &str, tag: ChangeTag, lines: fn(&MemberChange) -> &[String]| {
        html! {
            figure {
                figcaption { (name) }
                pre tabindex="0" {
                    @for change in changes {
                        @if !change.at.is_empty() { (line(ChangeTag::Equal, &change.at)) }
                        @if lines(change).is_empty() { (line(ChangeTag::Equal, "(absent)")) }
                        @for text in lines(change) { (line(tag, text)) }
                    }
                }
            }
        }
    };
    html! {
        div.sides {
            (side(left, ChangeTag::Delete, |change| &change.expected))
            (side(right, ChangeTag::Insert, |change| &change.actual))
        }
    }
}

fn line(tag: ChangeTag, line: &str) -> Markup {
    let line = line.trim_end_matches('\n');
    html! {
        @match tag {
            ChangeTag::Delete => { del { (line) "\n" } }
            ChangeTag::Insert => { ins { (line) "\n" } }
            ChangeTag::Equal => { (line) "\n" }
        }
    }
}
