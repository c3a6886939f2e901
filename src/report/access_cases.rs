//! The access table as a person reads it: a row for each method of each endpoint, a column for each principal.

use std::io::{self, Write};

use super::style::{QUIET, STRONG, style};
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;
use crate::scenario::AccessTable;

/// The number of columns in a group.
const GROUP: usize = 5;

/// What an access case asks.
pub(super) struct Asked<'r> {
    pub endpoint: &'r str,
    /// In small letters.
    pub method: &'r str,
    pub principal: &'r str,
}

/// Returns what a check asks if it is an access case, whose id says that: the endpoint, the method, the principal.
pub(super) fn asked<'r>(scenario: &'r ScenarioResult, check: &'r CheckResult) -> Option<Asked<'r>> {
    let endpoint = scenario.name.strip_prefix(AccessTable::AREA)?.strip_prefix('/')?;
    let (method, principal) = check.id.strip_prefix(&scenario.name)?.strip_prefix('/')?.split_once('/')?;
    Some(Asked { endpoint, method, principal })
}

/// The access cases of a run.
#[derive(Default)]
pub struct AccessCases {
    /// Everybody who asks, as in the ids of cells.
    principals: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    endpoint: String,
    method: String,
    /// By the number of the principal.
    cells: Vec<Option<Verdict>>,
}

impl AccessCases {
    /// Takes the cells of an endpoint.
    pub fn add(&mut self, result: &ScenarioResult) {
        for check in &result.checks {
            let Some(Asked { endpoint, method, principal }) = asked(result, check) else { continue };
            let known = self.principals.iter().position(|known| known == principal);
            let column = known.unwrap_or_else(|| {
                self.principals.push(principal.to_owned());
                self.principals.len() - 1
            });
            let method = method.to_uppercase();
            if !self.rows.last().is_some_and(|row| row.endpoint == endpoint && row.method == method) {
                self.rows.push(Row { endpoint: endpoint.to_owned(), method, cells: Vec::new() });
            }
            if let Some(row) = self.rows.last_mut() {
                row.cells.resize(row.cells.len().max(column + 1), None);
                row.cells.iter_mut().skip(column).take(1).for_each(|cell| *cell = Some(check.verdict()));
            }
        }
    }

    /// Whether no cell was run.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether no cell is other than it should be.
    pub fn is_good(&self) -> bool {
        !self.rows.iter().any(Row::is_bad)
    }

    /// One line for all cells.
    pub fn line(&self, out: &mut impl Write) -> io::Result<()> {
        let reads = self.rows.iter().all(|row| matches!(row.method.as_str(), "GET" | "OPTIONS"));
        let cells = || self.rows.iter().flat_map(|row| &row.cells).flatten();
        let asked = cells().filter(|verdict| **verdict != Verdict::Skip).count();
        let which = if reads { " of GET and OPTIONS" } else { "" };
        let but = match cells().filter(|verdict| has_entry(**verdict)).count() {
            0 => String::new(),
            entries => format!(", but for {entries} of which divergences.toml speaks"),
        };
        writeln!(out, "access table: {asked} cells{which}, all as expected{but}\n")
    }

    /// Rows and columns with a legend: all rows, or those in which something is wrong.
    pub fn table(&self, all: bool, out: &mut impl Write) -> io::Result<()> {
        let wide = self.rows.iter().map(|row| row.endpoint.len()).max().unwrap_or_default();
        let numbers = (0..self.principals.len()).step_by(GROUP).map(|number| format!("{:<6}", number + 1));
        writeln!(
            out,
            "{STRONG}{:<wide$} {:<7}{STRONG:#} {}",
            "access table",
            "",
            numbers.collect::<String>().trim_end()
        )?;
        let shown = self.rows.iter().filter(|row| all || row.is_bad() || row.has_entries()).collect::<Vec<_>>();
        let mut above = "";
        for row in &shown {
            let endpoint = if above == row.endpoint { "" } else { row.endpoint.as_str() };
            above = &row.endpoint;
            write!(out, "{endpoint:<wide$} {:<7}", row.method)?;
            for (number, cell) in row.cells.iter().enumerate() {
                let between = if number % GROUP == 0 { " " } else { "" };
                let (mark, style) = cell.map_or((' ', QUIET), |verdict| (mark(verdict), style(verdict)));
                write!(out, "{between}{style}{mark}{style:#}")?;
            }
            writeln!(out)?;
        }
        if shown.len() < self.rows.len() {
            writeln!(out, "{QUIET}other rows, all as expected: {}{QUIET:#}", self.rows.len() - shown.len())?;
        }
        writeln!(out, "\n. as expected   F fails   E cannot be judged   u untestable   - skipped")?;
        writeln!(out, "k known   s stale")?;
        for (number, pair) in self.principals.chunks(2).enumerate() {
            let names = pair.iter().enumerate().map(|(of, name)| format!("{:>2} {name:<34}", number * 2 + of + 1));
            writeln!(out, "{}", names.collect::<String>().trim_end())?;
        }
        writeln!(out)
    }
}

impl Row {
    fn is_bad(&self) -> bool {
        self.cells.iter().flatten().any(|verdict| *verdict >= Verdict::Untestable)
    }

    fn has_entries(&self) -> bool {
        self.cells.iter().flatten().any(|verdict| has_entry(*verdict))
    }
}

/// Whether divergences.toml speaks of a cell.
fn has_entry(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Known | Verdict::Stale)
}

fn mark(verdict: Verdict) -> char {
    match verdict {
        Verdict::Pass | Verdict::Flaky => '.',
        Verdict::Known => 'k',
        Verdict::Stale => 's',
        Verdict::Fail => 'F',
        Verdict::Error => 'E',
        Verdict::Untestable => 'u',
        Verdict::Skip => '-',
    }
}
