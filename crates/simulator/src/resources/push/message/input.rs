//! The body of a message.

use serde_json::{Map, Value, json};

use super::{content, schema_check};
use crate::answer::Failure;
use crate::body::from_json_text;
use crate::call::Call;
use crate::input::REQUIRED;
use crate::resources::push::config::storage::configs_of;
use crate::resources::push::service::Service;
use crate::world::Instance;

/// Reads the content of a message; `target` is the only device that gets it, whatever the body
/// says.
///
/// # Errors
///
/// 400 for a content that does not match its schema, and if its environment is not configured.
pub fn read(call: &Call<'_>, instance: &Instance, target: Option<&str>) -> Result<Map<String, Value>, Failure> {
    let service = Service::from_call(call);
    let wrong = |text: &str| Failure::invalid_member("content", text);
    let mut content = match call.data()?.members()?.get("content") {
        Some(Value::String(text)) if !text.is_empty() => {
            from_json_text(text).ok_or_else(|| wrong("Not a valid JSON string."))?
        }
        Some(content) if !is_empty(content) => content.clone(),
        _ if target.is_some() => json!({}),
        _ => return Err(wrong(REQUIRED)),
    };
    if let (Some(target), Value::Object(members)) = (target, &mut content) {
        members.insert("registration_ids".to_owned(), json!([target]));
    }
    if let Some(text) = schema_check::error(&content, content::schema(service)) {
        return Err(wrong(&text));
    }
    let environment = content.get("environment").and_then(Value::as_str).unwrap_or_default();
    if let Some(missing) = configs_of(instance).missing(service, environment) {
        let text = format!("{} {missing} for \"{environment}\" environment is required.", service.name());
        return Err(Failure::invalid_member("non_field_errors", &text));
    }
    match content {
        Value::Object(content) => Ok(content),
        _ => Err(wrong(REQUIRED)),
    }
}

/// Returns whether a content counts as missing.
fn is_empty(content: &Value) -> bool {
    match content {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
