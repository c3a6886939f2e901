//! The access table in a terminal: a row for each method of each endpoint, a column for each principal.

use std::io::{self, Write};

use super::style::{QUIET, STRONG, style};
use super::wording::{count, thousands};
use crate::harness::{CheckResult, ScenarioResult};
use crate::judge::Verdict;
use syncano_suite::AccessTable;

/// The number of columns in a group.
const GROUP: usize = 5;

/// The request of an access case.
pub(super) struct Asked<'r> {
    pub endpoint: &'r str,
    /// In lower case.
    pub method: &'r str,
    pub principal: &'r str,
}

/// Returns the request of a check if it is an access case. Its id holds the endpoint, the method and the principal.
pub(super) fn asked<'r>(scenario: &'r ScenarioResult, check: &'r CheckResult) -> Option<Asked<'r>> {
    let endpoint = scenario.name.strip_prefix(AccessTable::AREA)?.strip_prefix('/')?;
    let (method, principal) = check.id.strip_prefix(&scenario.name)?.strip_prefix('/')?.split_once('/')?;
    Some(Asked { endpoint, method, principal })
}

/// The access cases of a run.
#[derive(Default)]
pub struct AccessCases {
    /// The principals, as the ids of access cases name them.
    principals: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    endpoint: String,
    method: String,
    /// The verdicts, by the number of the principal.
    cases: Vec<Option<Verdict>>,
}

impl AccessCases {
    /// Adds the access cases of an endpoint.
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
                self.rows.push(Row { endpoint: endpoint.to_owned(), method, cases: Vec::new() });
            }
            if let Some(row) = self.rows.last_mut() {
                row.cases.resize(row.cases.len().max(column + 1), None);
                row.cases.iter_mut().skip(column).take(1).for_each(|case| *case = Some(check.verdict()));
            }
        }
    }

    /// Returns whether no access case was run.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns whether every access case is as expected.
    pub fn is_good(&self) -> bool {
        !self.rows.iter().any(Row::is_bad)
    }

    /// Writes one line for all access cases.
    pub fn line(&self, out: &mut impl Write) -> io::Result<()> {
        let reads = self.rows.iter().all(|row| matches!(row.method.as_str(), "GET" | "OPTIONS"));
        let cases = || self.rows.iter().flat_map(|row| &row.cases).flatten();
        let asked = count(cases().filter(|verdict| **verdict != Verdict::Skip).count(), "access case", "access cases");
        let which = if reads { " of GET and OPTIONS" } else { "" };
        let but = match cases().filter(|verdict| has_entry(**verdict)).count() {
            0 => String::new(),
            entries => format!(", except {} in divergences.toml", thousands(entries)),
        };
        writeln!(out, "access table: {asked}{which}, all as expected{but}\n")
    }

    /// Writes the table with a legend: all rows, or only those with a case that is not as expected.
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
            for (number, case) in row.cases.iter().enumerate() {
                let between = if number % GROUP == 0 { " " } else { "" };
                let (mark, style) = case.map_or((' ', QUIET), |verdict| (mark(verdict), style(verdict)));
                write!(out, "{between}{style}{mark}{style:#}")?;
            }
            writeln!(out)?;
        }
        if shown.len() < self.rows.len() {
            writeln!(out, "{QUIET}other rows, all as expected: {}{QUIET:#}", thousands(self.rows.len() - shown.len()))?;
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
        self.cases.iter().flatten().any(|verdict| *verdict >= Verdict::Untestable)
    }

    fn has_entries(&self) -> bool {
        self.cases.iter().flatten().any(|verdict| has_entry(*verdict))
    }
}

/// Returns whether divergences.toml has an entry for an access case.
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
