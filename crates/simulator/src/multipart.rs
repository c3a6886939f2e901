//! Multipart forms: their texts and files.

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use regex::bytes::Regex;
use serde_json::{Map, Value};

use super::upload::{Upload, Uploads};

/// Maximum length of a boundary, in bytes.
const LONGEST_BOUNDARY: usize = 201;

/// The parts of a form.
#[derive(Default)]
pub struct Parts {
    /// The texts by name. A file has an empty object here, which no text is.
    pub members: Map<String, Value>,
    pub uploads: Uploads,
}

/// The form has too many parts.
pub struct TooManyParts;

/// Reads a form. Without a boundary, or with one that is not in the body, it is empty.
pub fn parts(body: &Bytes, boundary: &str, most: usize) -> Result<Parts, TooManyParts> {
    let mut parts = Parts::default();
    if boundary.is_empty() || boundary.len() > LONGEST_BOUNDARY {
        return Ok(parts);
    }
    // The first delimiter may be at the beginning of the body, without a line break before it.
    let Ok(delimiter) = Regex::new(&format!(r"(?-u)(?:\A|\r\n)--{}", regex::escape(boundary))) else {
        return Ok(parts);
    };
    for (position, part) in delimiter.split(body).skip(1).enumerate() {
        if position > most {
            return Err(TooManyParts);
        }
        parts.add(body, part);
    }
    let Parts { members, uploads } = &mut parts;
    // A file wins over a text with its name.
    members.extend(uploads.keys().map(|name| (name.clone(), Value::Object(Map::new()))));
    Ok(parts)
}

impl Parts {
    fn add(&mut self, body: &Bytes, part: &[u8]) -> Option<()> {
        // What follows a delimiter in its line belongs to another, longer one.
        let part = part.strip_prefix(b"\r\n")?;
        let end = part.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        let (head, content) = (part.get(..end)?, part.get(end + 4..)?);
        let head = String::from_utf8_lossy(head);
        let field = |wanted: &str| {
            let mut fields = head.split("\r\n").filter_map(|line| line.split_once(':'));
            fields.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
        };
        let disposition = field("content-disposition")?;
        let name = parameter(disposition, "name")?;
        let file_name = parameter(disposition, "filename*").and_then(|encoded| decoded(&encoded));
        let file_name = file_name.or_else(|| parameter(disposition, "filename")).unwrap_or_default();
        if file_name.is_empty() {
            self.members.insert(name, String::from_utf8_lossy(content).into());
        } else {
            let content_type = field("content-type").unwrap_or_default();
            let content_type = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
            self.uploads.insert(name, Upload::new(&file_name, content_type, body.slice_ref(content))?);
        }
        Some(())
    }
}

/// Returns a parameter of a header field: a word, or a text in quotes with `\"` for a quote.
fn parameter(field: &str, name: &str) -> Option<String> {
    let (mut in_quotes, mut escaped) = (false, false);
    let parameters = field.split(move |c| {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = in_quotes,
            '"' => in_quotes = !in_quotes,
            _ => {}
        }
        c == ';' && !in_quotes
    });
    let value = parameters.skip(1).find_map(|parameter| {
        let (known, value) = parameter.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })?;
    let Some(quoted) = value.strip_prefix('"') else { return Some(value.to_owned()) };
    let quoted = quoted.strip_suffix('"').unwrap_or(quoted);
    // Other backslashes stand for themselves, because browsers send them in paths.
    Some(quoted.replace("\\\"", "\""))
}

/// Returns the text of an extended parameter: `UTF-8''na%C3%AFve.txt`.
fn decoded(encoded: &str) -> Option<String> {
    let text = encoded.splitn(3, '\'').nth(2)?;
    Some(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Parts {
        parts(&Bytes::from(text.to_owned()), "x", 10).unwrap_or_default()
    }

    fn part(disposition: &str) -> String {
        format!("--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\ncontent\r\n")
    }

    #[rstest]
    #[case("name=\"f\"; filename=\"a.txt\"", true)]
    #[case("NAME=f; FILENAME=a.txt", true)]
    #[case("filename=\"a;name=\\\"g\\\".txt\"; name=\"f\"", true)]
    #[case("name=\"f\"; filename*=UTF-8''a%20b.txt", true)]
    #[case("name=\"f\"", false)]
    #[case("name=\"f\"; filename=\"\"", false)]
    fn a_part_with_a_file_name_is_a_file(#[case] disposition: &str, #[case] is_file: bool) {
        let form = read(&(part(disposition) + "--x--\r\n"));
        let bytes = form.uploads.get("f").map(|upload| &*upload.bytes);
        assert_eq!(bytes, is_file.then_some(&b"content"[..]));
        let member = if is_file { json!({}) } else { json!("content") };
        assert_eq!(form.members.get("f"), Some(&member));
    }

    #[test]
    fn the_last_file_of_a_name_counts_and_wins_over_a_text() {
        let one = part("name=\"f\"; filename=\"a.txt\"");
        let form = read(&(one.replace("content", "first") + &one + &part("name=\"f\"") + "--x--"));
        assert_eq!(form.uploads.get("f").map(|upload| &*upload.bytes), Some(&b"content"[..]));
        assert_eq!(form.members.get("f"), Some(&json!({})));
    }

    #[rstest]
    #[case::another(part("name=\"f\"").replace("--x", "--y"))]
    #[case::a_longer_one(part("name=\"f\"").replace("--x", "--xy"))]
    #[case::folders_only(part("name=\"f\"; filename=\"a/\"") + "--x--")]
    #[case::no_name(part("filename=\"a\"") + "--x--")]
    fn other_parts_are_ignored(#[case] body: String) {
        let form = read(&body);
        assert!(form.members.is_empty() && form.uploads.is_empty());
    }

    #[test]
    fn the_bytes_of_a_file_are_kept_as_they_are() {
        let mut body = b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n".to_vec();
        let bytes = b"\xff\x00\r\n--y\r\n\r\n\xfe";
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let form = parts(&Bytes::from(body), "x", 10).unwrap_or_default();
        assert_eq!(form.uploads.get("f").map(|upload| &*upload.bytes), Some(&bytes[..]));
    }
}
