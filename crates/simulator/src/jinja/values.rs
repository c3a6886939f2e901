//! JSON values as values of the engine.

use indexmap::IndexMap;
use minijinja::Value as Shown;
use serde_json::{Map, Number, Value};

/// Returns the variables of a template.
pub fn variables(variables: &Map<String, Value>) -> Shown {
    let members = variables.iter().map(|(name, value)| (Shown::from(name.as_str()), shown(value)));
    Shown::from_object(members.collect::<IndexMap<Shown, Shown>>())
}

fn shown(value: &Value) -> Shown {
    match value {
        Value::Null => Shown::from(()),
        Value::Bool(on) => Shown::from(*on),
        Value::Number(number) => shown_number(number),
        Value::String(text) => Shown::from(text.as_str()),
        Value::Array(items) => items.iter().map(shown).collect(),
        Value::Object(members) => variables(members),
    }
}

/// Numbers may hold their text, so they are not serialised.
fn shown_number(number: &Number) -> Shown {
    let whole = || number.to_string().parse::<i128>().ok();
    match (number.as_i64(), whole()) {
        (Some(number), _) => Shown::from(number),
        (None, Some(number)) => Shown::from(number),
        (None, None) => Shown::from(number.as_f64().unwrap_or(f64::INFINITY)),
    }
}
