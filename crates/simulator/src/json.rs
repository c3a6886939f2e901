//! Parses JSON input, with errors that name the place.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, SeqAccess, Visitor};
use serde_json::Value;

/// A text that does not match its format. The message contains no value of the text, because a
/// misplaced value may be a secret.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {what}")]
pub struct JsonError {
    /// The path of the wrong member with its line and column; only line and column for invalid
    /// JSON.
    pub place: String,
    /// The error, or the expected value.
    pub what: String,
}

/// The byte order mark that some editors and shells write first, in UTF-8.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Beginnings of [`Error::custom`](serde::de::Error::custom) messages that repeat nothing of the
/// input.
const HARMLESS: [&str; 5] = ["missing field `", "duplicate field `", "expected a key ", "expected a time ", "at most "];

/// Parses one value of the whole text.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    let mut json = serde_json::Deserializer::from_slice(without_mark(text));
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| misread(Some(error.path().to_string()), error.inner()))?;
    json.end().map_err(|error| misread(None, &error))?;
    Ok(value)
}

/// Reads a value. The place of an error is the path of the wrong member, or `.` for the whole.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, JsonError> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| JsonError { place: error.path().to_string(), what: without_value(error.inner()) })
}

/// Reads a list of up to `MOST` items, for `#[serde(deserialize_with)]`. It fails at the first item
/// beyond, so that memory stays bounded.
pub fn at_most<'de, const MOST: usize, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Bounded<const MOST: usize, T>(PhantomData<T>);

    impl<'de, const MOST: usize, T: Deserialize<'de>> Visitor<'de> for Bounded<MOST, T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                if list.len() == MOST {
                    return Err(A::Error::custom(format_args!("at most {MOST} items are allowed")));
                }
                list.push(item);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_seq(Bounded::<MOST, T>(PhantomData))
}

fn misread(path: Option<String>, error: &serde_json::Error) -> JsonError {
    let position = format!("line {}, column {}", error.line(), error.column());
    let place = match path.filter(|path| path != "." && error.is_data()) {
        Some(path) => format!("{path} ({position})"),
        None => position,
    };
    JsonError { place, what: without_value(error) }
}

/// Returns the text of an error without the value that it quotes.
fn without_value(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    if !error.is_data() || HARMLESS.iter().any(|known| text.starts_with(known)) {
        return text.to_owned();
    }
    let begins = if text.starts_with("unknown field") { "unknown member; " } else { "" };
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("{begins}expected {expected}"),
        None => "invalid value".to_owned(),
    }
}

/// Returns the length of a value as JSON text, in bytes.
pub fn json_length(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(0, |text| text.len())
}

/// Returns the bytes without a leading byte order mark.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Record {
        #[expect(dead_code, reason = "only parsed")]
        number: u8,
    }

    #[test]
    fn an_error_names_its_place_and_quotes_no_value() {
        for (text, expected) in [
            (r#"[{"number": "hunter2"}]"#, "[0].number (line 1, column 21): expected u8"),
            (r#"[{"number": "hunter2, expected u8"}]"#, "[0].number (line 1, column 34): expected u8"),
            (r#"[{"number": 700}]"#, "[0].number (line 1, column 15): expected u8"),
            (r#"[{"hunter2": 1}]"#, "unknown member; expected `number`"),
            (r#"[{}]"#, "missing field `number`"),
            ("[\n", "line 2, column 0: EOF while parsing a list"),
            ("[] hunter2", "line 1, column 4: trailing characters"),
        ] {
            let misread = read::<Vec<Record>>(text.as_bytes()).unwrap_err().to_string();
            assert!(misread.ends_with(expected), "{misread}");
            assert!(!misread.contains("hunter2") || text.contains("\"hunter2\": 1"), "{misread}");
        }
    }
}
