//! Request bodies: JSON (as `application/json` or `text/plain`), forms and multipart forms.

use std::cell::OnceCell;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value};

use super::answer::Failure;
use super::media_type::MediaType;
use super::multipart::{self, TooManyParts};
use super::python;
use super::upload::Uploads;

/// Maximum nesting depth of JSON. Many JSON parsers stop at 128, and an answer nests stored values
/// a few levels deeper.
const DEEPEST: usize = 100;

/// Maximum number of JSON values and of form fields. A small value takes one or two bytes in a
/// request and about fifty times as much in memory; no endpoint needs nearly that number.
const MOST_VALUES: usize = 100_000;

const TOO_BIG: &str = "Number too big to be stored in double.";

/// A request body, parsed once, on first use.
pub struct Body {
    bytes: Bytes,
    content_type: String,
    read: OnceCell<Result<Data, Failure>>,
}

/// The content of a body.
#[derive(Clone, Debug)]
pub struct Data {
    /// The value. The members of a form are texts.
    pub value: Value,
    /// Whether the body is a form or empty. An empty text in a form counts as no value, and a form
    /// cannot express null.
    pub is_form: bool,
    /// The files of a multipart form. As a member of the value, each is an empty object.
    pub uploads: Uploads,
}

#[derive(Clone, Copy)]
enum BodyFormat {
    Json,
    Form,
    Multipart,
}

impl Body {
    pub fn new(bytes: Bytes, content_type: &str) -> Body {
        Body { bytes, content_type: content_type.to_owned(), read: OnceCell::new() }
    }

    /// Returns a body that was parsed as a part of another one; `None` is `null`.
    pub fn known(members: Option<Map<String, Value>>) -> Body {
        let value = members.map_or(Value::Null, Value::Object);
        let read = OnceCell::from(Ok(Data::json(value)));
        Body { bytes: Bytes::new(), content_type: String::new(), read }
    }

    /// Returns whether the content type is `text/plain`. Such a body is parsed as JSON, and its
    /// member `_method` may name another method.
    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_plain_text(&self) -> bool {
        MediaType::parse(&self.content_type).covers("text", "plain")
    }

    /// Returns the content. An empty body is an empty form.
    ///
    /// # Errors
    ///
    /// 415 for an unsupported content type, 400 for content that does not match its type.
    pub fn data(&self) -> Result<&Data, Failure> {
        self.read.get_or_init(|| self.parse()).as_ref().map_err(Failure::clone)
    }

    fn parse(&self) -> Result<Data, Failure> {
        if self.bytes.is_empty() {
            return Ok(Data::form(Map::new(), Uploads::new()));
        }
        match self.format() {
            Some(BodyFormat::Json) => Ok(Data::json(json(&self.bytes)?)),
            Some(BodyFormat::Form) if self.bytes.iter().filter(|byte| **byte == b'&').count() > MOST_VALUES => {
                Err(too_many_fields())
            }
            Some(BodyFormat::Form) => {
                let members = form_urlencoded::parse(&self.bytes);
                let members = members.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
                Ok(Data::form(members, Uploads::new()))
            }
            Some(BodyFormat::Multipart) => {
                let media = MediaType::parse(&self.content_type);
                let parts = multipart::parts(&self.bytes, media.param("boundary").unwrap_or_default(), MOST_VALUES);
                let parts = parts.map_err(|TooManyParts| too_many_fields())?;
                Ok(Data::form(parts.members, parts.uploads))
            }
            None => Err(self.unsupported()),
        }
    }

    /// Returns 415 with the content type of the body.
    pub fn unsupported(&self) -> Failure {
        let reason = format!("Unsupported media type \"{}\" in request.", self.content_type);
        Failure::detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason)
    }

    fn format(&self) -> Option<BodyFormat> {
        let media = MediaType::parse(&self.content_type);
        let formats = [
            ("application", "json", BodyFormat::Json),
            ("text", "plain", BodyFormat::Json),
            ("application", "x-www-form-urlencoded", BodyFormat::Form),
            ("multipart", "form-data", BodyFormat::Multipart),
        ];
        formats.into_iter().find(|(main, sub, _)| media.covers(main, sub)).map(|(_, _, format)| format)
    }
}

impl Data {
    fn json(value: Value) -> Data {
        Data { value, is_form: false, uploads: Uploads::new() }
    }

    fn form(members: Map<String, Value>, uploads: Uploads) -> Data {
        Data { value: Value::Object(members), is_form: true, uploads }
    }

    /// Returns the members of the body.
    ///
    /// # Errors
    ///
    /// 400 for a body that is not an object.
    pub fn members(&self) -> Result<&Map<String, Value>, Failure> {
        match &self.value {
            Value::Object(members) => Ok(members),
            Value::Null => Err(Failure::invalid_member("non_field_errors", "No data provided")),
            other => Err(Failure::invalid_member("non_field_errors", &not_a_dictionary(other))),
        }
    }

    /// Returns a member, if the body is an object that has it.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.value.as_object()?.get(name)
    }
}

/// Returns the API's error text for a value that must be an object.
pub fn not_a_dictionary(value: &Value) -> String {
    format!("Invalid data. Expected a dictionary, but got {}.", python::type_name(value))
}

/// Parses a JSON text. Returns `None` for invalid JSON and for JSON beyond the limits.
pub fn from_json_text(text: &str) -> Option<Value> {
    if is_too_much(text) { None } else { python::loaded(serde_json::from_str(text).ok()?).ok() }
}

/// Returns whether a JSON text is nested deeper than [`DEEPEST`] or holds more than [`MOST_VALUES`]
/// values.
fn is_too_much(text: &str) -> bool {
    let (mut depth, mut values, mut in_text, mut escaped) = (0_usize, 0_usize, false, false);
    text.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b',' if !in_text => values += 1,
            b'[' | b'{' if !in_text => (depth, values) = (depth + 1, values + 1),
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST || values > MOST_VALUES
    })
}

fn json(bytes: &[u8]) -> Result<Value, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let position = error.valid_up_to();
        let byte = bytes.get(position).copied().unwrap_or_default();
        not_json(&format!("'utf-8' codec can't decode byte 0x{byte:02x} in position {position}: invalid start byte"))
    })?;
    if is_too_much(text) {
        return Err(not_json("Parse error at offset 0: Terminate parsing due to Handler error."));
    }
    let read = serde_json::from_str(text).or_else(|error| {
        let lenient = if text.contains("NaN") || text.contains("Infinity") { json_with_literals(text) } else { None };
        lenient.ok_or_else(|| not_json(&format!("Parse error at offset {}: {}", offset(text, &error), reason(&error))))
    });
    python::loaded(read?).map_err(|number| {
        // The exponent may be written differently in the text than `serde_json` writes it.
        let number = number.to_string();
        let mut spellings = ["e+", "e", "E+", "E"].into_iter().map(|exponent| number.replacen("e+", exponent, 1));
        let offset = spellings.find_map(|spelling| text.find(&spelling)).unwrap_or_default();
        not_json(&format!("Parse error at offset {offset}: {TOO_BIG}"))
    })
}

/// Parses JSON with the literals `NaN` and `Infinity`, which are not JSON but accepted by the
/// reference deployment. They become the texts that it converts them to.
fn json_with_literals(text: &str) -> Option<Value> {
    const LITERALS: [(&str, &str); 3] = [("NaN", "\"nan\""), ("-Infinity", "\"-inf\""), ("Infinity", "\"inf\"")];
    let mut strict = String::with_capacity(text.len() + 8);
    let mut rest = text;
    let mut in_text = false;
    while let Some(c) = rest.chars().next() {
        if in_text && c == '\\' {
            let escape: String = rest.chars().take(2).collect();
            strict.push_str(&escape);
            rest = rest.strip_prefix(escape.as_str())?;
            continue;
        }
        let literal = LITERALS.iter().find(|(literal, _)| !in_text && rest.starts_with(literal));
        if let Some((literal, replacement)) = literal {
            strict.push_str(replacement);
            rest = rest.strip_prefix(literal)?;
            continue;
        }
        in_text ^= c == '"';
        strict.push(c);
        rest = rest.strip_prefix(c)?;
    }
    serde_json::from_str(&strict).ok()
}

fn not_json(reason: &str) -> Failure {
    Failure::bad_request(format!("JSON parse error - {reason}"))
}

/// Returns the byte offset at which the text stops being JSON.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    before + error.column()
}

/// Returns the error text of the reference deployment's parser. Its categories match those of
/// `serde_json`, its words do not.
fn reason(error: &serde_json::Error) -> &'static str {
    let ours = error.to_string();
    let says = |words: &str| ours.starts_with(words);
    match () {
        () if says("EOF while parsing an object") || says("key must be a string") || says("trailing comma") => {
            "Missing a name for object member."
        }
        () if says("expected `:`") => "Missing a colon after a name of object member.",
        () if says("expected `,` or `}`") => "Missing a comma or '}' after an object member.",
        () if says("expected `,` or `]`") || says("EOF while parsing a list") => {
            "Missing a comma or ']' after an array element."
        }
        () if says("EOF while parsing a string") => "Missing a closing quotation mark in string.",
        () if says("invalid escape") => "Invalid escape character in string.",
        () if says("unexpected end of hex escape") || says("lone leading surrogate") => {
            "The surrogate pair in string is invalid."
        }
        () if says("control character") => "Invalid encoding in string.",
        () if says("number out of range") => TOO_BIG,
        () if says("trailing characters") => "The document root must not be followed by other values.",
        () => "Invalid value.",
    }
}

fn too_many_fields() -> Failure {
    Failure::bad_request(format!("A form has {MOST_VALUES} fields at most."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn data(content_type: &str, body: &'static str) -> Result<Value, StatusCode> {
        let body = Body::new(Bytes::from_static(body.as_bytes()), content_type);
        body.data().map(|data| data.value.clone()).map_err(|failure| failure.into_answer().status)
    }

    #[rstest]
    #[case("application/json", r#"{"a": 1, "a": 2}"#, json!({"a": 2}))]
    #[case("APPLICATION/JSON; charset=utf-8", "[]", json!([]))]
    #[case("text/plain", r#"{"a": 1}"#, json!({"a": 1}))]
    #[case("application/json", r#"{"a": NaN, "b": "NaN"}"#, json!({"a": "nan", "b": "NaN"}))]
    #[case("application/x-www-form-urlencoded", "a=1&a=2&b=%20", json!({"a": "2", "b": " "}))]
    #[case("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--", json!({"a": "1"}))]
    #[case("multipart/form-data; boundary=y", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--", json!({}))]
    #[case("multipart/form-data", "whatever", json!({}))]
    #[case("nonsense", "", json!({}))]
    fn a_body_is_read(#[case] content_type: &str, #[case] body: &'static str, #[case] value: Value) {
        assert_eq!(data(content_type, body), Ok(value));
    }

    #[rstest]
    #[case("", "{}", 415)]
    #[case("json", "{}", 415)]
    #[case("application/vnd.api+json", "{}", 415)]
    #[case("application/json", "{", 400)]
    #[case("application/json", " ", 400)]
    fn a_body_is_rejected(#[case] content_type: &str, #[case] body: &'static str, #[case] status: u16) {
        assert_eq!(data(content_type, body).map_err(|status| status.as_u16()), Err(status));
    }

    #[rstest]
    #[case(DEEPEST, true)]
    #[case(DEEPEST + 1, false)]
    fn json_is_read_up_to_a_maximum_depth(#[case] depth: usize, #[case] is_read: bool) {
        let deep = "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(from_json_text(&deep).is_some(), is_read);
        assert_eq!(json(deep.as_bytes()).is_ok(), is_read);
        let brackets_in_a_text = format!("[\"\\\"{}\"]", "[".repeat(depth));
        assert!(from_json_text(&brackets_in_a_text).is_some());
    }

    #[rstest]
    #[case(MOST_VALUES, true)]
    #[case(MOST_VALUES + 1, false)]
    fn a_body_has_a_maximum_number_of_values(#[case] count: usize, #[case] is_read: bool) {
        let list = format!("[{}1]", "1,".repeat(count - 1));
        assert_eq!(json(list.as_bytes()).is_ok(), is_read);
        let form = Body::new(Bytes::from("&".repeat(count)), "application/x-www-form-urlencoded");
        assert_eq!(form.data().is_ok(), is_read);
        let field = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
        let form = format!("{}--x--\r\n", field.repeat(count));
        let form = Body::new(Bytes::from(form), "multipart/form-data; boundary=x");
        assert_eq!(form.data().is_ok(), is_read);
    }
}
