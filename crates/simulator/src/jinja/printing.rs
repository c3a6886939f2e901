//! How values print: like `str()` of Python, and lists and objects as JSON without blanks.

use std::fmt::Write;

use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Error, ErrorKind, Output, State, Value};

use super::filters::escaped;
use crate::python;

/// Maximum depth of a list or an object that is printed.
const DEEPEST: usize = 500;

/// Prints a value.
pub fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        _ if value.is_tuple() => value.to_string(),
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => {
            let mut json = String::new();
            write_json(&mut json, state, value, 0)?;
            json
        }
        ValueKind::Number => number(value),
        _ => value.to_string(),
    };
    let is_plain = matches!(state.auto_escape(), AutoEscape::None) || value.is_safe();
    Ok(out.write_str(&if is_plain { text } else { escaped(&text) })?)
}

/// Returns a number like `str()`.
fn number(value: &Value) -> String {
    match f64::try_from(value.clone()) {
        Ok(float) if !value.is_integer() => python::float_repr(float),
        _ => value.to_string(),
    }
}

fn write_json(json: &mut String, state: &State<'_, '_>, value: &Value, depth: usize) -> Result<(), Error> {
    if depth > DEEPEST {
        return Err(Error::new(ErrorKind::InvalidOperation, "maximum recursion depth exceeded"));
    }
    state.consume_fuel(1)?;
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => json.push_str("null"),
        ValueKind::Bool => json.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number => json.push_str(&number(value)),
        ValueKind::Seq | ValueKind::Iterable => {
            json.push('[');
            for (at, item) in value.try_iter()?.enumerate() {
                if at > 0 {
                    json.push(',');
                }
                write_json(json, state, &item, depth + 1)?;
            }
            json.push(']');
        }
        ValueKind::Map => {
            json.push('{');
            for (at, name) in value.try_iter()?.enumerate() {
                if at > 0 {
                    json.push(',');
                }
                write_text(json, state, &name.to_string())?;
                json.push(':');
                write_json(json, state, &value.get_item(&name)?, depth + 1)?;
            }
            json.push('}');
        }
        _ => write_text(json, state, &value.to_string())?,
    }
    Ok(())
}

/// Writes a text in ASCII.
fn write_text(json: &mut String, state: &State<'_, '_>, text: &str) -> Result<(), Error> {
    state.consume_fuel(text.len() as u64 / 16)?;
    let quoted = serde_json::to_string(text).unwrap_or_default();
    for unit in quoted.chars() {
        if unit.is_ascii() {
            json.push(unit);
        } else {
            let mut pair = [0; 2];
            for unit in unit.encode_utf16(&mut pair) {
                write!(json, "\\u{unit:04X}")?;
            }
        }
    }
    Ok(())
}
