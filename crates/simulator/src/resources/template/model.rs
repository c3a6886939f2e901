//! A template.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::pattern;

/// Maximum length of a content type, in characters.
const LONGEST_TYPE: usize = 255;

/// A template.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// In lower case.
    pub name: Box<str>,
    /// A Jinja2 template.
    pub content: String,
    /// The media type of the text that it makes, without parameters.
    pub content_type: String,
    /// Its variables.
    pub context: Map<String, Value>,
    pub description: String,
}

/// Returns the error text for a media type; `None` if it is valid.
pub fn content_type_error(content_type: &str) -> Option<String> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"^[A-Za-z]+/[A-Za-z0-9+,.-]*$"));
    if !PATTERN.is_match(content_type) {
        return Some("Not a valid content_type.".to_owned());
    }
    (content_type.len() > LONGEST_TYPE)
        .then(|| format!("Ensure this field has no more than {LONGEST_TYPE} characters."))
}
