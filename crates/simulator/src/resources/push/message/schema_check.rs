//! Checks a value against a JSON schema, with the error texts of the API. It knows the words that
//! the schemas of messages use.

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::python;

/// Returns the text of the first error of a value; `None` if the value matches the schema.
pub fn error(value: &Value, schema: &Value) -> Option<String> {
    let found = check(value, schema, &mut Vec::new()).err()?;
    Some(format!("Invalid JSON: {found}"))
}

/// Checks the words of a schema in their order.
fn check(value: &Value, schema: &Value, path: &mut Vec<String>) -> Result<(), String> {
    let words = schema.as_object().into_iter().flatten();
    for (word, rule) in words {
        match word.as_str() {
            "properties" => properties(value, rule, path)?,
            "items" => items(value, rule, path)?,
            _ => {
                if let Some(reason) = reason(value, word, rule, schema, path) {
                    return Err(format!("{} {reason}", Context(path)));
                }
            }
        }
    }
    Ok(())
}

fn properties(value: &Value, rules: &Value, path: &mut Vec<String>) -> Result<(), String> {
    for (name, rule) in rules.as_object().into_iter().flatten() {
        if let Some(member) = value.get(name) {
            path.push(name.clone());
            let checked = check(member, rule, path);
            path.pop();
            checked?;
        }
    }
    Ok(())
}

fn items(value: &Value, rule: &Value, path: &mut Vec<String>) -> Result<(), String> {
    for (position, item) in value.as_array().into_iter().flatten().enumerate() {
        path.push(position.to_string());
        let checked = check(item, rule, path);
        path.pop();
        checked?;
    }
    Ok(())
}

/// Returns what is wrong with a value by one word of its schema.
fn reason(value: &Value, word: &str, rule: &Value, schema: &Value, path: &mut Vec<String>) -> Option<String> {
    let members = value.as_object().map(Map::len);
    let items = value.as_array();
    let limit = rule.as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    match word {
        "type" if !has_type(value, rule) => {
            Some(format!("contains value of wrong type (expected: {}).", python::str_of(rule)))
        }
        "enum" if !rule.as_array()?.contains(value) => Some("contains invalid value.".to_owned()),
        "required" if lacks_any(value.as_object()?, rule) => {
            Some("is missing one or all of required properties".to_owned())
        }
        "additionalProperties" if has_others(value.as_object()?, schema) => {
            Some("contains unexpected property.".to_owned())
        }
        "uniqueItems" if has_twins(items?) => Some("contains non-unique values.".to_owned()),
        "maxItems" if items?.len() > limit => Some(format!("contains too many items defined (max: {limit}).")),
        "maxProperties" if members? > limit => Some(format!("contains too many properties defined (max: {limit}).")),
        "maximum" if value.as_f64()? > rule.as_f64()? => Some(format!("contains too high value (max: {limit}).")),
        "minimum" if value.as_f64()? < rule.as_f64()? => Some(format!("contains too low value (min: {limit}).")),
        "oneOf" if rule.as_array()?.iter().filter(|one| check(value, one, path).is_ok()).count() != 1 => {
            Some("doesn't match any of possible values".to_owned())
        }
        _ => None,
    }
}

fn has_type(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_number() && !value.is_f64(),
        _ => true,
    }
}

fn lacks_any(members: &Map<String, Value>, names: &Value) -> bool {
    names.as_array().into_iter().flatten().filter_map(Value::as_str).any(|name| !members.contains_key(name))
}

fn has_others(members: &Map<String, Value>, schema: &Value) -> bool {
    members.keys().any(|name| schema.get("properties").is_none_or(|known| known.get(name).is_none()))
}

fn has_twins(items: &[Value]) -> bool {
    let mut seen = HashSet::new();
    items.iter().any(|item| !seen.insert(item))
}

/// The place of an error: the path of an element, or the whole object.
struct Context<'p>(&'p [String]);

impl fmt::Display for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("Object"),
            path => write!(f, "Element \"{}\"", path.join("->")),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::resources::push::message::content::schema;
    use crate::resources::push::service::Service;

    fn message(members: Value) -> Value {
        let mut message = json!({ "registration_ids": ["a"], "environment": "production", "aps": { "alert": "x" } });
        for (name, member) in members.as_object().expect("members") {
            message[name] = member.clone();
        }
        message
    }

    #[rstest]
    #[case(json!({"registration_ids": (0..1001).map(|n| n.to_string()).collect::<Vec<_>>()}), "Element \"registration_ids\" contains too many items defined (max: 1000).")]
    #[case(json!({"registration_ids": ["a", {}]}), "Element \"registration_ids->1\" contains value of wrong type (expected: string).")]
    #[case(json!({"aps": {}}), "Element \"aps\" is missing one or all of required properties")]
    #[case(json!({"aps": {"alert": 5}}), "Element \"aps->alert\" doesn't match any of possible values")]
    #[case(json!({"aps": {"alert": {"title": "x"}}}), "Element \"aps->alert\" doesn't match any of possible values")]
    #[case(json!({"aps": {"alert": "x", "badge": true}}), "Element \"aps->badge\" contains value of wrong type (expected: integer).")]
    fn the_first_error_names_its_place(#[case] members: Value, #[case] text: &str) {
        let found = error(&message(members), schema(Service::Apns));
        assert_eq!(found, Some(format!("Invalid JSON: {text}")));
    }

    #[rstest]
    #[case(json!({}))]
    #[case(json!({"aps": {"alert": {"title": "x", "body": "y"}, "badge": 1}, "other": []}))]
    fn a_message_matches(#[case] members: Value) {
        assert_eq!(error(&message(members), schema(Service::Apns)), None);
    }

    #[rstest]
    #[case(json!({"time_to_live": 2_419_201}), "Element \"time_to_live\" contains too high value (max: 2419200).")]
    #[case(json!({"time_to_live": 0}), "Element \"time_to_live\" contains too low value (min: 1).")]
    #[case(json!({"time_to_live": 1.0}), "Element \"time_to_live\" contains value of wrong type (expected: integer).")]
    #[case(json!({"data": []}), "Element \"data\" contains value of wrong type (expected: object).")]
    #[case(json!({"to": "x"}), "Object contains unexpected property.")]
    #[case(json!([]), "Object contains value of wrong type (expected: object).")]
    fn a_gcm_message_has_known_members_only(#[case] members: Value, #[case] text: &str) {
        let mut message = json!({ "registration_ids": ["a"], "environment": "production" });
        match members {
            Value::Object(members) => members.into_iter().for_each(|(name, member)| message[name] = member),
            other => message = other,
        }
        assert_eq!(error(&message, schema(Service::Gcm)), Some(format!("Invalid JSON: {text}")));
    }
}
