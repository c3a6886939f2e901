//! Finds the places of texts in an answer.

use http::HeaderMap;
use serde_json::{Map, Value};

use super::bindings::Bindings;
use super::naming::shortened;
use super::normalise::{Normaliser, Placeholders};

/// The maximum length of a text that is shown with its place.
const LONGEST: usize = 200;
/// The maximum number of neighbours that are named.
const MOST_NEIGHBOURS: usize = 12;

/// A text of an answer with its place.
pub struct Place<'a> {
    /// The text itself.
    pub text: &'a str,
    /// The place in words, which follow "is": `at $.objects[1].id`.
    pub words: String,
    /// The label of the text in evidence: `$.objects[1].id`.
    label: String,
    /// The object that holds the text, and the member.
    object: Option<(&'a Map<String, Value>, &'a str)>,
}

impl Place<'_> {
    /// Returns the normalised text with its place.
    pub fn line(&self, bindings: &Bindings) -> String {
        let text = Normaliser::new("", bindings, &mut Placeholders::default()).text(self.text);
        let text = shortened(&text, LONGEST, bindings);
        let text = if self.label.starts_with('$') { Value::String(text).to_string() } else { text };
        format!("{}: {text}", self.label)
    }

    /// Returns the names of the members beside the text: `beside id, profile`.
    pub fn beside(&self, bindings: &Bindings) -> Option<String> {
        let (object, member) = self.object?;
        let mut placeholders = Placeholders::default();
        let mut normaliser = Normaliser::new("", bindings, &mut placeholders);
        let others = object.keys().filter(|name| name.as_str() != member).collect::<Vec<_>>();
        let mut names = others.iter().take(MOST_NEIGHBOURS).map(|name| normaliser.text(name)).collect::<Vec<_>>();
        let more = others.len() - names.len();
        names.extend((more > 0).then(|| format!("{more} more")));
        (!names.is_empty()).then(|| format!("beside {}", names.join(", ")))
    }
}

/// Visits every text in headers.
pub fn in_headers(headers: &HeaderMap, mut visit: impl FnMut(&Place<'_>)) {
    for (name, value) in headers {
        in_header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()), &mut visit);
    }
}

/// Visits the value of a header.
pub fn in_header(name: &str, value: &str, mut visit: impl FnMut(&Place<'_>)) {
    visit(&Place { text: value, words: format!("in the header {name}"), label: name.to_owned(), object: None });
}

/// Visits every text of a body: of JSON every text and every name of a member, of another body
/// every line.
pub fn in_body(body: Option<&Value>, text: &str, mut visit: impl FnMut(&Place<'_>)) {
    match body {
        Some(body) => in_json(body, "$", None, &mut visit),
        None => {
            for line in text.lines() {
                visit(&Place { text: line, words: "in the body".to_owned(), label: "body".to_owned(), object: None });
            }
        }
    }
}

fn in_json<'a>(
    value: &'a Value,
    at: &str,
    object: Option<(&'a Map<String, Value>, &'a str)>,
    visit: &mut impl FnMut(&Place<'_>),
) {
    match value {
        Value::String(text) => visit(&Place { text, words: format!("at {at}"), label: at.to_owned(), object }),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, item)| in_json(item, &format!("{at}[{index}]"), None, visit));
        }
        Value::Object(members) => {
            for (name, value) in members {
                let (words, label) = (format!("the name of a member of {at}"), at.to_owned());
                visit(&Place { text: name, words, label, object: None });
                in_json(value, &format!("{at}{}", path_segment(name)), Some((members, name)), visit);
            }
        }
        _ => {}
    }
}

/// Returns the segment of a member in a JSON path.
pub fn path_segment(name: &str) -> String {
    let is_plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_plain { format!(".{name}") } else { format!("[{}]", Value::from(name)) }
}
