//! Reads the text of a scenario file: strict YAML, with the exact place of a mistake.

use std::sync::Arc;

use serde_saphyr::granit_parser::{Event, Parser};
use serde_saphyr::{Error, options};

use crate::diagnostic::{Diagnostic, Source, SourcePosition, nearest};
use crate::file::ScenarioFile;

/// Returns the members of a file, or the first mistake that makes it unreadable.
pub fn parse(source: &Arc<Source>) -> Result<ScenarioFile, Diagnostic> {
    plain_yaml_only(source)?;
    serde_saphyr::from_str_with_options(&source.text, strict()).map_err(|error| explain(source, &error))
}

/// Options without guesses: no duplicate keys, no merge keys, no `yes` and `no`, no unusual
/// numbers.
fn strict() -> serde_saphyr::Options {
    serde_saphyr::options! {
        duplicate_keys: options::DuplicateKeyPolicy::Error,
        merge_keys: options::MergeKeyPolicy::Error,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    }
}

/// Rejects anchors, aliases and tags: with them, one file would mean different things to different
/// readers.
fn plain_yaml_only(source: &Arc<Source>) -> Result<(), Diagnostic> {
    // Most files have none of their signs, and are parsed only once.
    if !has_their_signs(&source.text) {
        return Ok(());
    }
    let mut parser = Parser::new_from_str(&source.text);
    while let Some(event) = parser.next_event() {
        let Ok((event, span)) = event else {
            // The second pass reports a syntax error with a better message.
            return Ok(());
        };
        let what = if event.is_alias() {
            "an alias"
        } else if event.anchor_id().is_some_and(|id| id != 0) {
            "an anchor"
        } else if event.tag().is_some() {
            "a tag"
        } else if matches!(event, Event::StreamEnd) {
            return Ok(());
        } else {
            continue;
        };
        let place = SourcePosition::from_line(source, span.start.line(), span.start.col() + 1);
        return Err(Diagnostic::at(place, format!("{what} is not allowed here")).help("write the value itself"));
    }
    Ok(())
}

/// Returns whether a text could have an anchor, an alias or a tag: a sign at the beginning of a word.
/// `$.objects[*]` has none, because `]` cannot be in the name of an alias.
fn has_their_signs(text: &str) -> bool {
    let text = text.as_bytes();
    let begins =
        |at: usize| at.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|c| !c.is_ascii_alphanumeric());
    let names = |at: usize| text.get(at + 1).is_some_and(|c| !c.is_ascii_whitespace() && !b",[]{}".contains(c));
    text.iter().enumerate().any(|(at, sign)| match sign {
        b'*' | b'&' => begins(at) && names(at),
        b'!' => begins(at),
        _ => false,
    })
}

/// Returns the error of the YAML library with its place and, for a misspelt word, a suggestion.
fn explain(source: &Arc<Source>, error: &Error) -> Diagnostic {
    let location = error.location();
    let (line, column) = location.map_or((1, 1), |at| (at.line() as usize, at.column() as usize));
    let place = SourcePosition::from_line(source, line.max(1), column.max(1));
    let say = |message: String| Diagnostic::at(place, message);
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => {
            let diagnostic = say(format!("unknown member {field:?}"));
            match nearest(field, expected.iter().copied()) {
                Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
                None => diagnostic.help(format!("valid members: {}", expected.join(", "))),
            }
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            say(format!("{variant:?} is not a valid word here")).help(format!("write one of {}", expected.join(", ")))
        }
        Error::SerdeMissingField { field, .. } => say(format!("the member `{field}` is missing")),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.clone().unwrap_or_default();
            say(format!("the member {key:?} occurs twice")).help("keep one of the two")
        }
        Error::MergeKeyNotAllowed { .. } => {
            say("a merge key is not allowed here".to_owned()).help("write the members themselves")
        }
        Error::InvalidBooleanStrict { .. } => {
            say("this is neither `true` nor `false`".to_owned()).help("write `true` or `false`")
        }
        Error::MultipleDocuments { .. } => {
            say("a second document begins here".to_owned()).help("write one scenario per file")
        }
        Error::Unexpected { expected: "string scalar", .. } => {
            say("expected a text".to_owned()).help("write JSON bodies and values as text: after `|`, or in quotes")
        }
        Error::Unexpected { expected, .. } => say(format!("expected {expected}")),
        other => {
            let text = other.to_string();
            let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
            say(message)
        }
    }
}
