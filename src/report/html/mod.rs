//! The HTML report: a single self-contained file that can be read without its script.
//!
//! It contains responses of a target, which may be hostile. All text is escaped, hidden characters are shown ([`visible`]), and
//! the content security policy of the page allows only its own script and style.

mod check;
mod diagnosis;
mod difference;
mod disputed;
mod divergences;
mod heat_map;
mod known_bugs;
mod legend;
mod notes;
mod rules;
mod skipped;
mod spans;
mod summary;
mod troubles;
mod visible;

use base64::prelude::{BASE64_STANDARD, Engine};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ring::digest::{SHA256, digest};

use self::check::CheckKind;
use self::diagnosis::Causes;
use self::heat_map::HeatMap;
use super::Report;
use super::wording::{target_in_words, thousands};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Renders a run as a page.
pub fn page(report: &Report) -> String {
    let heat_map = HeatMap::new(report);
    let causes = Causes::new(report);
    let sections = [
        ("broken", "What is broken", diagnosis::section(report)),
        ("known-bugs", "Known bugs", known_bugs::section(report)),
        ("failures", "Failures", troubles::section(report, &causes)),
        ("access", "Access table", heat_map.section(&causes)),
        ("rules", "Rules", rules::section(report, &causes)),
        ("disputed", "Disputed", disputed::section(report)),
        ("divergences", "Divergences", divergences::section(report)),
        ("skipped", "Skipped", skipped::section(report)),
        ("notes", "Notes", notes::section(report)),
    ];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (report.outcome().word()) ": " (target_in_words(report.target())) ", syncano-conformance" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip-link href="#content" { "Skip to the results" }
                header { (summary::head(report)) }
                (tools(report))
                nav aria-label="Sections" {
                    @for (id, name, section) in &sections {
                        @if section.is_some() { a href={ "#" (id) } { (name) } }
                    }
                }
                main #content tabindex="-1" {
                    @for (id, _, section) in &sections {
                        @if let Some(section) = section { section id=(id) { (section) } }
                    }
                }
                dialog #exchange aria-labelledby="exchange-name" {
                    form method="dialog" { h2 #exchange-name {} button { "Close" } }
                    div #exchange-body {}
                }
                script #cells type="application/json" { (PreEscaped(heat_map.json())) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    visible::visible(&page.into_string())
}

/// Returns the policy that allows only this style and this script.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes()));
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )
}

/// Renders the search and the filters. They need the script, which shows them.
fn tools(report: &Report) -> Markup {
    html! {
        div #tools role="search" hidden {
            input #search type="search" placeholder="Search  /" autocomplete="off" spellcheck="false"
                aria-label="Search checks, rules, titles and endpoints" aria-keyshortcuts="/";
            button #theme type="button" aria-label="Light or dark colours" title="Light or dark" { "◐" }
            div.chips role="group" aria-label="Show only" {
                @for (kind, count) in CheckKind::counts(report) {
                    button.chip type="button" aria-pressed="false" data-kind=(kind.word()) {
                        span class=(kind.word()) { (kind.mark()) } " " (thousands(count)) " " (kind.after_a_number())
                    }
                }
            }
            p #count role="status" {}
        }
    }
}
