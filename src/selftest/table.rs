//! The results of a selftest for people.

use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::matrix::{Area, Matrix};
use crate::report::thousands;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const STRONG: Style = Style::new().bold();

/// The maximum number of names in a list.
const SHOWN: usize = 5;

/// Writes a line for each defect, then what was not noticed, then the totals.
pub fn terminal(matrix: &Matrix, out: &mut impl Write) -> io::Result<()> {
    let width = matrix.defects.iter().map(|row| row.defect.len()).max().unwrap_or_default();
    writeln!(out, "{STRONG}The checks that noticed a defect: those pinned to it, and others{STRONG:#}\n")?;
    writeln!(out, "{:width$} {:>7} {:>6}", "defect", "pinned", "others")?;
    let mut transport = None;
    for row in &matrix.defects {
        if transport != Some(row.transport) {
            transport = Some(row.transport);
            writeln!(out, "{STRONG}{}{STRONG:#}", row.transport)?;
        }
        let style = if row.is_noticed() { GOOD } else { BAD };
        let pinned = row.pinned.len();
        let noticed = format!("{}/{pinned}", pinned - row.missed_by().count());
        writeln!(out, "{style}{:width$}{style:#} {noticed:>7} {:>6}", row.defect, row.unpinned().count())?;
    }
    writeln!(out)?;
    survivors(matrix, out)?;
    idle_pins(matrix, out)?;
    blind(matrix, out)?;
    unpinned(matrix, out)?;
    score(matrix, out)
}

fn survivors(matrix: &Matrix, out: &mut impl Write) -> io::Result<()> {
    for row in matrix.survivors() {
        writeln!(out, "{BAD}survivor{BAD:#} {} ({}): {}", row.defect, row.transport, row.about)?;
        match (&row.broken, row.unpinned().next()) {
            (Some(broken), _) => writeln!(out, "  nothing ran: {broken}")?,
            (None, None) => writeln!(out, "  no check noticed it")?,
            (None, Some(_)) => {
                writeln!(out, "  noticed by checks that are not pinned to it: {}", some(row.unpinned()))?
            }
        }
    }
    Ok(())
}

fn idle_pins(matrix: &Matrix, out: &mut impl Write) -> io::Result<()> {
    for row in matrix.defects.iter().filter(|row| row.is_noticed() && row.missed_by().next().is_some()) {
        writeln!(out, "pinned to {} ({}) but did not notice it: {}", row.defect, row.transport, some(row.missed_by()))?;
    }
    Ok(())
}

fn blind(matrix: &Matrix, out: &mut impl Write) -> io::Result<()> {
    for check in matrix.blind() {
        let rule = check.rule.as_deref().unwrap_or_default();
        writeln!(out, "{BAD}notices no defect{BAD:#} {} (rule {rule})", check.id)?;
    }
    Ok(())
}

fn unpinned(matrix: &Matrix, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{STRONG}Noticed by checks that are not pinned{STRONG:#}")?;
    let first = matrix.defects.first().map(|row| row.transport);
    for row in matrix.defects.iter().filter(|row| Some(row.transport) == first && row.unpinned().next().is_some()) {
        writeln!(out, "  {}: {}", row.defect, some(row.unpinned()))?;
    }
    Ok(())
}

fn score(matrix: &Matrix, out: &mut impl Write) -> io::Result<()> {
    let total = total(matrix);
    let style = if matrix.is_good() { GOOD } else { BAD };
    write!(out, "\n{style}{} of {} defects and quirks noticed{style:#}", total.noticed, total.defects)?;
    if matrix.tries_all() {
        let promised = matrix.promised();
        let seeing = thousands(promised - matrix.blind().count());
        write!(out, "; {seeing} of {} checks of public rules notice one", thousands(promised))?;
    }
    writeln!(out)
}

/// Returns a Markdown table of the areas.
pub fn markdown(matrix: &Matrix) -> String {
    let mut out =
        String::from("| area | rules with checks | checks | defects | noticed |\n|---|---:|---:|---:|---:|\n");
    // Writing to a string cannot fail.
    for (name, area) in &matrix.areas {
        let Area { rules, checks, defects, noticed, .. } = area;
        let _ = writeln!(out, "| {name} | {rules} | {} | {defects} | {noticed} |", thousands(*checks));
    }
    let Area { rules, checks, defects, noticed, .. } = total(matrix);
    let checks = thousands(checks);
    let _ = writeln!(out, "| **all** | **{rules}** | **{checks}** | **{defects}** | **{noticed}** |");
    out
}

fn total(matrix: &Matrix) -> Area {
    matrix.areas.values().fold(Area::default(), |all, area| Area {
        rules: all.rules + area.rules,
        excluded: all.excluded + area.excluded,
        checks: all.checks + area.checks,
        defects: all.defects + area.defects,
        noticed: all.noticed + area.noticed,
    })
}

/// Returns the first few names, and the number of the others.
fn some<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names = names.collect::<Vec<_>>();
    let first = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
