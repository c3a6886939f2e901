//! The place of a value in a JSON body.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

/// A JSONPath (RFC 9535) that knows whether it can match more than once.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Locator {
    text: String,
    path: JsonPath,
    singular: bool,
}

impl Locator {
    /// Returns a locator of the whole body.
    pub fn whole() -> Locator {
        Locator { text: "$".to_owned(), path: JsonPath::default(), singular: true }
    }

    /// Returns whether the path can match only once, in any body.
    pub fn is_singular(&self) -> bool {
        self.singular
    }

    /// Returns the matches in a body. A singular path returns the value, or `None` without a match;
    /// any other returns the list of all matches, which may be empty.
    pub fn find(&self, body: &Value) -> Option<Value> {
        let nodes = self.path.query(body);
        if self.singular {
            nodes.first().cloned()
        } else {
            Some(Value::Array(nodes.iter().copied().cloned().collect()))
        }
    }
}

impl TryFrom<String> for Locator {
    type Error = String;

    fn try_from(text: String) -> Result<Locator, String> {
        let path = JsonPath::parse(&text)
            .map_err(|error| format!("not a JSONPath; error at character {}", error.position() + 1))?;
        let singular = is_singular(&text);
        Ok(Locator { text, path, singular })
    }
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns whether a query is singular: it has no wildcard, slice, filter, union or descendant
/// segment outside quotes.
fn is_singular(path: &str) -> bool {
    let mut quote = None;
    let mut escaped = false;
    let mut before = ' ';
    for c in path.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if matches!(c, '*' | ':' | '?' | ',') || (c == '.' && before == '.') => return false,
            None => {}
        }
        before = c;
    }
    true
}
