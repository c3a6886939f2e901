//! Adds and removes entries in the text of a file. Comments, order and blank lines stay.

use std::ops::Range;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

use super::entry::Divergence;

/// The error for a text that cannot be edited.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is not TOML.
    #[error("{0}")]
    NoToml(String),
    /// The entries are an inline array.
    #[error("only entries that are written as [[divergence]] can be changed")]
    Inline,
}

/// Appends entries to a text.
pub fn with(text: &str, divergences: &[Divergence]) -> Result<String, EditError> {
    entries(&unix(text))?;
    let mut text = text.trim_end().to_owned();
    for divergence in divergences {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&entry(divergence));
    }
    Ok(with_line_endings_of(&text, format!("{}\n", text.trim_end())))
}

/// Removes the entries for which `is_gone` returns true, with the comments directly above them. A
/// comment with a blank line below it belongs to the file, and stays.
pub fn without(text: &str, is_gone: impl Fn(&str, &str) -> bool) -> Result<String, EditError> {
    let unix = unix(text);
    let mut kept = String::new();
    let mut end = 0;
    for entry in entries(&unix)? {
        if is_gone(&entry.target, &entry.check) {
            let before = unix.get(end..entry.lines.start).unwrap_or_default();
            kept.push_str(without_block(before));
            end = entry.lines.end;
        }
    }
    kept.push_str(unix.get(end..).unwrap_or_default());
    Ok(with_line_endings_of(text, kept.trim_start_matches('\n').to_owned()))
}

/// Removes the comments at the end of a text, and the blank lines before them.
fn without_block(text: &str) -> &str {
    let lines = text.split_inclusive('\n').rev();
    let comments = lines.take_while(|line| line.trim_start().starts_with('#')).map(str::len).sum::<usize>();
    let rest = text.get(..text.len() - comments).unwrap_or_default();
    let blank = rest.split_inclusive('\n').rev().take_while(|line| line.trim().is_empty()).map(str::len).sum::<usize>();
    rest.get(..rest.len() - blank).unwrap_or_default()
}

/// An entry of a text.
struct EntryLines {
    target: String,
    check: String,
    /// The lines, from `[[divergence]]` to the last value.
    lines: Range<usize>,
}

/// Finds the entries of a text.
fn entries(text: &str) -> Result<Vec<EntryLines>, EditError> {
    let document = DeTable::parse(text).map_err(|error| EditError::NoToml(error.message().to_owned()))?;
    let entries = match document.get_ref().get("divergence").map(Spanned::get_ref) {
        None => return Ok(Vec::new()),
        Some(DeValue::Array(entries)) => entries,
        Some(_) => return Err(EditError::Inline),
    };
    entries.iter().map(|entry| found(text, entry)).collect()
}

fn found(text: &str, entry: &Spanned<DeValue<'_>>) -> Result<EntryLines, EditError> {
    let header = entry.span();
    let DeValue::Table(table) = entry.get_ref() else { return Err(EditError::Inline) };
    if !text.get(header.start..).unwrap_or_default().starts_with("[[") {
        return Err(EditError::Inline);
    }
    let word = |key: &str| table.get(key).and_then(|value| value.get_ref().as_str()).unwrap_or_default().to_owned();
    let start = text.get(..header.start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let end = table.values().map(|value| value.span().end).fold(header.end, usize::max);
    let end = text.get(end..).and_then(|after| after.find('\n')).map_or(text.len(), |newline| end + newline + 1);
    Ok(EntryLines { target: word("target"), check: word("check"), lines: start..end })
}

fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Restores the line endings of the original text.
fn with_line_endings_of(before: &str, text: String) -> String {
    let text = text.replace("\r\n", "\n");
    if before.contains("\r\n") { text.replace('\n', "\r\n") } else { text }
}

/// Formats an entry.
fn entry(divergence: &Divergence) -> String {
    let Divergence { target, check, expected, instead, class, reason, link, since, review_by } = divergence;
    let mut lines = vec![
        "[[divergence]]".to_owned(),
        format!("target = {}", quoted(target)),
        format!("check = {}", quoted(check)),
        format!("expected = {}", quoted(expected)),
        format!("instead = {}", quoted(instead)),
        format!("class = {}", quoted(class.name())),
        format!("reason = {}", quoted(reason)),
    ];
    lines.extend(link.as_ref().map(|link| format!("link = {}", quoted(link))));
    lines.push(format!("since = {since}"));
    lines.push(format!("review-by = {review_by}"));
    lines.join("\n")
}

/// Quotes a text. One of several lines ends with a line break.
fn quoted(text: &str) -> String {
    let text = text.trim_end();
    let text = if text.contains('\n') { format!("{text}\n") } else { text.to_owned() };
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# the file

# about one
[[divergence]]
target = \"a\"
check = \"one\"
reason = '''
[[divergence]] in a text
''' # and a comment

# between

# about two
[[divergence]]
check = \"two\"
target = \"a\"

# the end
";

    fn without_check(check: &str) -> String {
        without(TEXT, |target, found| (target, found) == ("a", check)).unwrap()
    }

    #[test]
    fn an_entry_is_removed_with_the_comments_directly_above_it() {
        let (one, two) = (without_check("one"), without_check("two"));
        assert_eq!(
            one,
            "# the file\n\n# between\n\n# about two\n[[divergence]]\ncheck = \"two\"\ntarget = \"a\"\n\n# the end\n"
        );
        let before = TEXT.split("\n\n# about two").next().unwrap();
        assert_eq!(two, format!("{before}\n\n# the end\n"));
        assert_eq!(without_check("three"), TEXT);
        assert_eq!(without(TEXT, |_, _| true).unwrap(), "# the file\n\n# between\n\n# the end\n");
    }

    #[test]
    fn a_value_that_is_not_a_list_of_tables_is_not_changed() {
        let inline = "divergence = [{target = \"a\", check = \"one\"}]\n";
        assert_eq!(without(inline, |_, _| true), Err(EditError::Inline));
        assert_eq!(with(inline, &[]), Err(EditError::Inline));
        assert_eq!(with("divergence = 1", &[]), Err(EditError::Inline));
        assert!(matches!(with("[", &[]), Err(EditError::NoToml(_))));
    }

    #[test]
    fn a_quoted_text_reads_back_unchanged() {
        for text in ["one", "a \"quoted\" one", "two\nlines", "'''\n\"\"\"", "\\ and \u{7f}"] {
            let read = toml::from_str::<toml::Table>(&format!("text = {}", quoted(text))).unwrap();
            assert_eq!(read["text"].as_str().unwrap().trim_end(), text);
        }
        assert_eq!(quoted("two\nlines"), "'''\ntwo\nlines\n'''".replace("'''", "\"\"\""));
    }
}
