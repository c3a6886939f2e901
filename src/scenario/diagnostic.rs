//! What is wrong in a file, where, and how to mend it.

use std::fmt;
use std::iter;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A file that was read: its name as the user knows it, and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The path below the suite, or as the user gave it.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// Where each line begins: places are looked up for every check.
    lines: Vec<usize>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The bytes of the text that are meant; may be empty.
    pub span: Range<usize>,
}

impl Source {
    /// A text under the name of its file.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Source {
        let (path, text) = (path.into(), text.into());
        let lines = iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect();
        Source { path, text, lines }
    }

    /// Where a line begins, counted from 1; beyond the last one, the end.
    fn begin_of(&self, line: usize) -> usize {
        self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }
}

impl Place {
    /// The place of a byte range in a file.
    pub fn of_span(source: &Arc<Source>, span: Range<usize>) -> Place {
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
        let before = text.get(source.begin_of(line)..start).unwrap_or_default();
        Place { source: Arc::clone(source), line, column: before.chars().count() + 1, span: start..end }
    }

    /// The place of a line and a column, both from 1.
    pub fn of_line(source: &Arc<Source>, line: usize, column: usize) -> Place {
        let line_start = source.begin_of(line);
        let rest = source.text.get(line_start..).unwrap_or_default();
        let offset: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        let start = line_start + offset;
        Place { line, column, ..Place::of_span(source, start..start) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.path, self.line, self.column)
    }
}

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, in one line.
    pub message: String,
    /// Where; nothing where the whole suite is meant.
    pub place: Option<Place>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Something wrong at a place.
    pub fn at(place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic { message: message.into(), place: Some(place), help: None }
    }

    /// Something wrong with the suite as a whole.
    pub fn of_suite(message: impl Into<String>) -> Diagnostic {
        Diagnostic { message: message.into(), place: None, help: None }
    }

    /// The same, with advice.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// As a user sees it: the message, the place, the line with the place marked, the advice.
    pub fn render(&self, colour: bool) -> String {
        let title = Level::ERROR.primary_title(self.message.as_str());
        let mut group = match &self.place {
            Some(place) => title.element(
                Snippet::source(place.source.text.as_str())
                    .path(place.source.path.as_str())
                    .annotation(AnnotationKind::Primary.span(place.span.clone())),
            ),
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

/// The one of `known` that `word` was probably meant to be.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known
        .into_iter()
        .map(|candidate| (likeness(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// From 0 to 1. One slip of the finger in a short word weighs less than it would by itself: `ulr` for `url`.
fn likeness(word: &str, candidate: &str) -> f64 {
    let slipped = candidate.len() > 2 && strsim::osa_distance(word, candidate) == 1;
    strsim::jaro_winkler(word, candidate).max(if slipped { 0.9 } else { 0.0 })
}
