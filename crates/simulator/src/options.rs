//! Answers to OPTIONS: the name of the endpoint and the members that it accepts.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::access::{AccessParent, Action};
use super::answer::{ApiAnswer, Failure};
use super::call::Call;
use super::caller::Caller;
use super::members::ShownMembers;
use super::resources;
use super::world::{Class, Field, FieldKind, Instance};

/// Answers OPTIONS for a caller who may read the endpoint.
pub fn answer(
    call: &Call<'_>,
    caller: &Caller,
    through: AccessParent,
    instance: Option<&Instance>,
) -> Result<ApiAnswer, Failure> {
    let spec = call.route.spec;
    if spec.missing.is_some() {
        return resources::missing(call);
    }
    // The members are listed only for callers with write access; for a list, that means the right
    // to update.
    let may_write = spec.admits(caller, Action::Update, through, call.quirks);
    let mut description = json!({
        "name": spec.title,
        "description": spec.text,
        "renders": ["application/json"],
        "parses": ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"],
    });
    if let (Some((method, members)), true, Value::Object(description)) = (spec.takes, may_write, &mut description) {
        let members = spec.describes.unwrap_or(members)(call.route.version);
        let members = serde_json::to_value(ShownMembers(members)).map_err(|_| Failure::server_error())?;
        description.insert("actions".to_owned(), json!({ method: members }));
    }
    if let Some((class, path)) = instance.and_then(|instance| described_class(call, instance))
        && let Some(Value::Object(members)) = description.pointer_mut(path)
    {
        insert_fields(members, class);
    }
    call.show(StatusCode::OK, &description)
}

/// Returns the class whose fields the endpoint accepts, if any, and the JSON pointer to its members
/// in the answer.
fn described_class<'i>(call: &Call<'_>, instance: &'i Instance) -> Option<(&'i Class, &'static str)> {
    let (class, path) = match call.route.spec.name {
        "Objects" | "Object" => (instance.classes.named(call.route.param("class"))?, "/actions/POST"),
        "Users" => (instance.classes.user_profile(), "/actions/POST/profile/children"),
        "User" | "CurrentUser" => (instance.classes.user_profile(), "/actions/PUT/profile/children"),
        _ => return None,
    };
    Some((class, path)).filter(|(class, _)| !class.fields().is_empty())
}

/// Inserts the fields of a class after the built-in members of objects.
fn insert_fields(members: &mut Map<String, Value>, class: &Class) {
    let built_in = members.keys().position(|name| name == "channel_room").map_or(members.len(), |at| at + 1);
    let rest: Vec<String> = members.keys().skip(built_in).cloned().collect();
    let rest: Vec<_> = rest.into_iter().filter_map(|name| members.shift_remove_entry(&name)).collect();
    for field in class.fields() {
        members.insert(field.definition.name.to_string(), describe_field(field));
    }
    members.extend(rest);
}

fn describe_field(field: &Field) -> Value {
    let (kind, limits) = match field.definition.kind {
        FieldKind::String => ("string", json!({"max_length": 128})),
        FieldKind::Text => ("string", json!({"max_length": 32000})),
        FieldKind::Integer | FieldKind::Reference => ("integer", json!({"min_value": i32::MIN, "max_value": i32::MAX})),
        FieldKind::Float => ("float", json!({})),
        FieldKind::Boolean => ("boolean", json!({})),
        FieldKind::DateTime => ("datetime", json!({})),
        FieldKind::File => ("file upload", json!({"max_length": 100})),
        FieldKind::Object | FieldKind::Array | FieldKind::GeoPoint | FieldKind::Relation => ("field", json!({})),
    };
    let mut name = field.definition.name.chars();
    let label: String = name.next().into_iter().flat_map(char::to_uppercase).chain(name).collect();
    let mut description = json!({"type": kind, "required": false, "read_only": false, "label": label});
    if let (Value::Object(description), Value::Object(limits)) = (&mut description, limits) {
        description.extend(limits);
    }
    description
}
