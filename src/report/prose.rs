//! Wraps sentences at 80 columns. Commands are never wrapped.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::Style;
use textwrap::{Options, WordSplitter, wrap};

use super::style::QUIET;

/// The beginning of a command.
const COMMAND: &str = concat!(env!("CARGO_PKG_NAME"), " ");

/// The width of the narrowest terminal.
pub(super) const COLUMNS: usize = 80;

/// Writes a text after a label of this width. Further lines begin in the column of the first.
pub fn labelled(out: &mut impl Write, label: &str, width: usize, text: &str) -> io::Result<()> {
    let indent = " ".repeat(width + 3);
    let padded = format!("  {QUIET}{label:<width$}{QUIET:#} ");
    write!(out, "{padded}")?;
    lines(out, text, &indent, Style::new())
}

/// Writes a text whose first line continues the current line, which is as wide as the indentation.
pub(super) fn lines(out: &mut impl Write, text: &str, indent: &str, style: Style) -> io::Result<()> {
    let options = Options::new(COLUMNS).break_words(false).word_splitter(WordSplitter::NoHyphenation);
    let options = options.initial_indent(indent).subsequent_indent(indent);
    let mut lines = text.lines().flat_map(|line| match line.starts_with(COMMAND) {
        true => vec![Cow::from(format!("{indent}{line}"))],
        false => wrap(line, &options),
    });
    let first = lines.next().unwrap_or_default();
    writeln!(out, "{style}{}{style:#}", first.strip_prefix(indent).unwrap_or(&first))?;
    lines.try_for_each(|line| writeln!(out, "{style}{line}{style:#}"))
}
