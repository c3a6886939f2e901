//! Mistakes in files: what is wrong, where, and how to fix it.

use std::cell::Cell;
use std::fmt;
use std::iter;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A file that was read: its name as the user knows it, and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The path below the suite, or the path that the user gave.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// The offset of each line, because places are looked up for every check.
    lines: Vec<usize>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePosition {
    /// The file.
    pub source: Arc<Source>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The byte range in the text; may be empty.
    pub span: Range<usize>,
}

impl Source {
    /// Creates a source from a path and a text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Source {
        let (path, text) = (path.into(), text.into());
        let lines = iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect();
        Source { path, text, lines }
    }

    /// Returns the offset of a line, counted from 1; the end of the text for a later line.
    fn line_start(&self, line: usize) -> usize {
        self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }
}

impl SourcePosition {
    /// Returns the place of a byte range in a file.
    pub fn from_span(source: &Arc<Source>, span: Range<usize>) -> SourcePosition {
        let text = &source.text;
        let mut start = span.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = span.end.clamp(start, text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let line = source.lines.partition_point(|begin| *begin <= start);
        let before = text.get(source.line_start(line)..start).unwrap_or_default();
        SourcePosition { source: Arc::clone(source), line, column: before.chars().count() + 1, span: start..end }
    }

    /// Returns the place of a line and a column, both from 1.
    pub fn from_line(source: &Arc<Source>, line: usize, column: usize) -> SourcePosition {
        let line_start = source.line_start(line);
        let rest = source.text.get(line_start..).unwrap_or_default();
        let offset: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        let start = line_start + offset;
        SourcePosition { line, column, ..SourcePosition::from_span(source, start..start) }
    }
}

impl SourcePosition {
    /// Returns the lines of the place, the number of the first, and the byte range within them. The
    /// renderer gets only these lines, so that many mistakes in a long file render fast.
    fn lines(&self) -> (&str, usize, Range<usize>) {
        let text = &self.source.text;
        let begin = self.source.line_start(self.source.lines.partition_point(|begin| *begin <= self.span.start));
        let rest = text.get(self.span.end..).unwrap_or_default();
        let end = self.span.end + rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        match text.get(begin..end) {
            Some(lines) if !lines.is_empty() => (lines, self.line, self.span.start - begin..self.span.end - begin),
            // The end of the file has no line.
            _ => (text, 1, self.span.clone()),
        }
    }
}

impl fmt::Display for SourcePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.path, self.line, self.column)
    }
}

/// A mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it is only a warning: probably a mistake.
    pub is_warning: bool,
    /// The mistake, in one line.
    pub message: String,
    /// The place; `None` if the mistake concerns the whole suite.
    pub place: Option<SourcePosition>,
    /// How to fix it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Creates a diagnostic for a place.
    pub fn at(place: SourcePosition, message: impl Into<String>) -> Diagnostic {
        Diagnostic { is_warning: false, message: message.into(), place: Some(place), help: None }
    }

    /// Creates a diagnostic for the whole suite.
    pub fn suite_wide(message: impl Into<String>) -> Diagnostic {
        Diagnostic { is_warning: false, message: message.into(), place: None, help: None }
    }

    /// Makes it a warning.
    pub fn warning(self) -> Diagnostic {
        Diagnostic { is_warning: true, ..self }
    }

    /// Adds advice.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Formats the diagnostic for people: the message, the place, the line with the place marked,
    /// the advice.
    pub fn render(&self, colour: bool) -> String {
        let level = if self.is_warning { Level::WARNING } else { Level::ERROR };
        let title = level.primary_title(self.message.as_str());
        let mut group = match &self.place {
            Some(place) => {
                let (lines, first, span) = place.lines();
                title.element(
                    Snippet::source(lines)
                        .line_start(first)
                        .path(place.source.path.as_str())
                        .annotation(AnnotationKind::Primary.span(span)),
                )
            }
            None => annotate_snippets::Group::with_title(title),
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group]).to_string()
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

/// The maximum length of a word that is compared with others, in bytes.
const LONGEST_WORD: usize = 200;

/// Returns the known word that `word` was probably meant to be.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > LONGEST_WORD {
        return None;
    }
    known
        .into_iter()
        .map(|candidate| (likeness(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Suggests words for misspelt ones. The total number of comparisons is limited, so that a text
/// with many misspelt words takes no longer to read than a correct one.
#[derive(Debug)]
pub struct Suggestions {
    left: Cell<usize>,
}

impl Suggestions {
    const MOST: usize = 100_000;

    /// Returns the known word that `word` was probably meant to be, while comparisons are left.
    pub fn nearest<'k>(&self, word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
        let left = self.left.get();
        let known = known.into_iter().take(left).inspect(|_| self.left.set(self.left.get().saturating_sub(1)));
        nearest(word, known)
    }

    /// Returns a suggestion if a known word is near, otherwise the other advice.
    pub fn help<'k>(
        &self,
        word: &str,
        known: impl IntoIterator<Item = &'k str>,
        otherwise: impl Into<String>,
    ) -> String {
        match self.nearest(word, known) {
            Some(word) => format!("did you mean `{word}`?"),
            None => otherwise.into(),
        }
    }
}

impl Default for Suggestions {
    fn default() -> Suggestions {
        Suggestions { left: Cell::new(Suggestions::MOST) }
    }
}

/// Returns the likeness of two words, from 0 to 1. A single typing error in a short word weighs
/// less than its distance: `ulr` for `url`.
fn likeness(word: &str, candidate: &str) -> f64 {
    let likeness = strsim::jaro_winkler(word, candidate);
    // A typing error changes the length by one character at most; the comparison is slow.
    let may_be_slip = likeness < 0.9 && candidate.len() > 2 && word.len().abs_diff(candidate.len()) <= 4;
    if may_be_slip && strsim::osa_distance(word, candidate) == 1 { 0.9 } else { likeness }
}
