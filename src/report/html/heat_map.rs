//! The access table: a row for each method of each endpoint, a column for each principal, in each cell the actual status.

use indexmap::{IndexMap, IndexSet};
use maud::{Markup, html};
use serde::Serialize;

use super::super::Report;
use super::super::access_cases::{Asked, asked};
use super::super::wording::thousands;
use super::check::CheckKind;
use super::diagnosis::Causes;
use super::legend;
use super::troubles::is_trouble;
use crate::harness::CheckResult;
use crate::judge::Verdict;

/// The access cases of a run.
pub struct HeatMap<'r> {
    report: &'r Report,
    principals: IndexSet<&'r str>,
    /// By endpoint and method; by the number of the principal.
    endpoints: IndexMap<&'r str, IndexMap<&'r str, Vec<Option<&'r CheckResult>>>>,
}

/// What the script shows of an access case besides the table. There is none for a case among the failures.
#[derive(Serialize)]
struct CaseExchange<'r> {
    request: &'r Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'r str>,
}

impl<'r> HeatMap<'r> {
    /// Collects the access cases of a run.
    pub fn new(report: &'r Report) -> HeatMap<'r> {
        let mut map = HeatMap { report, principals: IndexSet::new(), endpoints: IndexMap::new() };
        for (scenario, check) in report.checks() {
            let Some(Asked { endpoint, method, principal }) = asked(scenario, check) else { continue };
            let (column, _) = map.principals.insert_full(principal);
            let row = map.endpoints.entry(endpoint).or_default().entry(method).or_default();
            row.resize(row.len().max(column + 1), None);
            row.iter_mut().skip(column).take(1).for_each(|cell| *cell = Some(check));
        }
        // Every row is as wide as the table.
        let columns = map.principals.len();
        map.endpoints.values_mut().flat_map(IndexMap::values_mut).for_each(|row| row.resize(columns, None));
        map
    }

    /// Renders the section, if there are access cases.
    pub fn section(&self, causes: &Causes<'_>) -> Option<Markup> {
        let cells = self.rows().flatten().flatten().count();
        let failed = self.rows().flatten().flatten().map(|check| check.id.as_str());
        let because = causes.links(failed);
        (cells > 0).then(|| {
            html! {
                h2 { "Access table " span.number { (thousands(cells)) } }
                p {
                    "The access cases, each with its actual status. A number without a mark is as expected: "
                    span.key.pass.let-in { "200" } " allowed, " span.key.pass { "403" } " rejected. Any other has a mark."
                    span.with-script { " Click a case, or select it with the arrow keys and press Enter, to see its exchange." }
                }
                (legend::principals())
                @if let Some(because) = because { (because) }
                p #readout aria-hidden="true" { "\u{a0}" }
                div.scroller role="region" aria-label="Access table" tabindex="0" { (self.table()) }
            }
        })
    }

    fn table(&self) -> Markup {
        html! {
            table #map {
                thead {
                    tr {
                        td {}
                        @for principal in &self.principals { th scope="col" { span { (principal) } } }
                    }
                }
                @for (endpoint, methods) in &self.endpoints {
                    tbody {
                        tr.endpoint { th scope="rowgroup" colspan=(self.principals.len() + 1) { span { (endpoint) } } }
                        @for (method, row) in methods {
                            tr {
                                th scope="row" { (method.to_uppercase()) }
                                @for cell in row { (self.cell(*cell)) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn cell(&self, check: Option<&CheckResult>) -> Markup {
        let Some(check) = check else { return html! { td {} } };
        let kind = CheckKind::new(self.report, check);
        let status = check.status.map(|status| status.to_string()).unwrap_or_default();
        let is_let_in = check.status.is_some_and(|status| (200..300).contains(&status));
        html! {
            @if kind == CheckKind::Judged(Verdict::Pass) {
                td.pass.let-in[is_let_in] { (status) }
            } @else if is_trouble(self.report, check) {
                td class=(kind.word()) aria-label={ (kind.word()) " " (status) } {
                    a href={ "#" (check.id) } { (kind.mark()) (status) }
                }
            } @else {
                td class=(kind.word()) aria-label={ (kind.word()) " " (status) } { (kind.mark()) (status) }
            }
        }
    }

    /// Returns the exchanges by row and column, for a script element.
    pub fn json(&self) -> String {
        let exchange = |check: &'r CheckResult| {
            let shown = !is_trouble(self.report, check);
            shown.then_some(CaseExchange { request: &check.request, because: check.because() })
        };
        let rows = self.rows().map(|row| row.iter().map(|cell| cell.and_then(exchange)).collect::<Vec<_>>());
        // Serializing texts cannot fail. In JSON a `<` is always part of a text; escaped, it can neither end the element nor open
        // another.
        serde_json::to_string(&rows.collect::<Vec<_>>()).unwrap_or_default().replace('<', "\\u003c")
    }

    fn rows(&self) -> impl Iterator<Item = &Vec<Option<&'r CheckResult>>> {
        self.endpoints.values().flat_map(IndexMap::values)
    }
}
