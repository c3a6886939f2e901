//! Changes the text of a file, and leaves all else in it as it stands: comments, order, blank lines.

use toml_edit::{ArrayOfTables, DocumentMut, Table, Value};

use super::entry::Divergence;

/// A text cannot be changed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotEdit {
    /// It is no TOML.
    #[error("{0}")]
    NoToml(String),
    /// Its entries stand in brackets, as a value.
    #[error("entries that do not stand as [[divergence]] cannot be changed")]
    Inline,
}

/// The text with these entries at its end.
pub fn with(text: &str, divergences: &[Divergence]) -> Result<String, CannotEdit> {
    tables(&mut document(text)?)?;
    let mut text = text.trim_end().to_owned();
    for divergence in divergences {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&entry(divergence));
    }
    Ok(as_before(&text, format!("{}\n", text.trim_end())))
}

/// The text without the entries of which `is_gone` is true, and without the comments that stand right above them.
pub fn without(text: &str, is_gone: impl Fn(&str, &str) -> bool) -> Result<String, CannotEdit> {
    let mut document = document(text)?;
    // What stands above an entry that goes, a blank line between, is said of the file and not of the entry.
    let mut kept = String::new();
    if let Some(tables) = tables(&mut document)? {
        let word = |table: &Table, key: &str| table.get(key).and_then(|item| item.as_str()).map(str::to_owned);
        let goes = |table: &Table| match (word(table, "target"), word(table, "check")) {
            (Some(target), Some(check)) => is_gone(&target, &check),
            _ => false,
        };
        for table in tables.iter_mut() {
            let above = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
            if goes(table) {
                kept.push_str(above.rfind("\n\n").and_then(|end| above.get(..=end)).unwrap_or_default());
            } else if !kept.is_empty() {
                let above = format!("{}{above}", std::mem::take(&mut kept));
                table.decor_mut().set_prefix(above);
            }
        }
        tables.retain(|table| !goes(table));
    }
    if !kept.is_empty() {
        let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing(format!("{kept}{trailing}"));
    }
    Ok(as_before(text, document.to_string().trim_start_matches('\n').to_owned()))
}

fn document(text: &str) -> Result<DocumentMut, CannotEdit> {
    text.replace("\r\n", "\n")
        .parse()
        .map_err(|error: toml_edit::TomlError| CannotEdit::NoToml(error.message().to_owned()))
}

/// Nothing where there is no entry.
fn tables(document: &mut DocumentMut) -> Result<Option<&mut ArrayOfTables>, CannotEdit> {
    match document.get_mut("divergence") {
        Some(item) => item.as_array_of_tables_mut().map(Some).ok_or(CannotEdit::Inline),
        None => Ok(None),
    }
}

/// Lines end as they did before.
fn as_before(before: &str, text: String) -> String {
    let text = text.replace("\r\n", "\n");
    if before.contains("\r\n") { text.replace('\n', "\r\n") } else { text }
}

/// An entry as it stands in a file.
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

/// A text of several lines ends with a line of its own.
fn quoted(text: &str) -> String {
    let text = text.trim_end();
    let text = if text.contains('\n') { format!("{text}\n") } else { text.to_owned() };
    Value::from(text).to_string()
}
