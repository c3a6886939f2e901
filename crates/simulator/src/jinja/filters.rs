//! The filters and tests of Jinja2 2.11.

use std::sync::LazyLock;

use minijinja::{Environment, Error, State, Value};
use minijinja_contrib::filters;
use regex::Regex;

use crate::pattern;

/// The filters of Jinja2. The engine lacks some, which fail when a template uses them.
pub const FILTERS: [&str; 52] = [
    "abs",
    "attr",
    "batch",
    "capitalize",
    "center",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "filesizeformat",
    "first",
    "float",
    "forceescape",
    "format",
    "groupby",
    "indent",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "random",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "tojson",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
    "urlize",
    "wordcount",
    "wordwrap",
];

/// The tests of Jinja2.
pub const TESTS: [&str; 31] = [
    "boolean",
    "callable",
    "defined",
    "divisibleby",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "string",
    "true",
    "undefined",
    "upper",
];

/// Adds the filters that the engine lacks, and those that it has otherwise.
pub fn add(environment: &mut Environment<'_>) {
    for name in ["e", "escape", "forceescape"] {
        environment.add_filter(name, escape);
    }
    environment.add_filter("center", center);
    environment.add_filter("filesizeformat", filters::filesizeformat);
    environment.add_filter("striptags", filters::striptags);
    environment.add_filter("truncate", filters::truncate);
    environment.add_filter("wordcount", wordcount);
}

/// Returns a text with the characters that HTML reserves as entities.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn escape(value: &Value) -> Value {
    if value.is_safe() { value.clone() } else { Value::from_safe_string(escaped(&value.to_string())) }
}

fn wordcount(text: &str) -> usize {
    static WORD: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"\w+"));
    WORD.find_iter(text).count()
}

/// Puts blanks around a text, half of them before it.
fn center(state: &State<'_, '_>, text: String, width: Option<usize>) -> Result<String, Error> {
    let blanks = width.unwrap_or(80).saturating_sub(text.chars().count());
    state.consume_fuel(blanks as u64 / 64)?;
    let before = blanks / 2;
    Ok(format!("{}{text}{}", " ".repeat(before), " ".repeat(blanks - before)))
}
