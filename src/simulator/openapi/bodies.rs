//! What may be sent, and what is said of it where it is refused: both read off the members that OPTIONS describes.
//!
//! Of an endpoint that takes `Users`, `UsersInput` is the body, `UsersPatch` the same where nothing has to be sent, and
//! `UsersErrors` what may be wrong. Members that are not listed are ignored, so bodies are open.

use http::Method;
use serde_json::{Map, Value, json};

use super::{examples, reference, schema, with};
use crate::api::{ENDPOINTS, Endpoint, Version};
use crate::simulator::options::{self, Inner, Member, Table};

/// The media types that a body may have. There is a fourth, text/plain, which is JSON and can do a little more.
const MEDIA_TYPES: [&str; 3] = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];

/// A reference to the body that a method takes; `None` where nobody looks at one.
pub fn body(endpoint: Endpoint, method: &Method) -> Option<Value> {
    let takes = matches!(*method, Method::POST | Method::PUT | Method::PATCH) && !writable(endpoint).is_empty();
    takes.then(|| reference("requestBodies", &body_name(endpoint, method)))
}

/// A reference to what may be wrong with a body; `None` where nobody looks at one.
pub fn errors(endpoint: Endpoint, method: &Method) -> Option<Value> {
    body(endpoint, method).map(|_| schema(&format!("{endpoint:?}Errors")))
}

/// Every body.
pub fn components() -> Value {
    let mut bodies = Map::new();
    for endpoint in endpoints() {
        for method in [Method::POST, Method::PATCH] {
            let name = body_name(endpoint, &method);
            let of_type = |media: &str| {
                let content = json!({ "schema": schema(&name) });
                let content = match examples::body(endpoint) {
                    Some(example) if media == "application/json" => with(content, "example", example),
                    _ => content,
                };
                (media.to_owned(), content)
            };
            let content = Map::from_iter(MEDIA_TYPES.map(of_type));
            let is_required = method != Method::PATCH && writable(endpoint).iter().any(|(_, member)| member.required);
            bodies.insert(name, json!({ "required": is_required, "content": content }));
        }
    }
    bodies.into()
}

/// The schemas of all bodies, and of what may be wrong with them.
pub fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    for endpoint in endpoints() {
        let members = writable(endpoint);
        for method in [Method::POST, Method::PATCH] {
            schemas.insert(body_name(endpoint, &method), object(&members, method == Method::POST));
        }
        schemas.insert(format!("{endpoint:?}Errors"), errors_of(&members, is_of_objects(endpoint)));
    }
    schemas
}

/// The endpoints that take a body.
fn endpoints() -> impl Iterator<Item = Endpoint> {
    ENDPOINTS.iter().map(|(endpoint, _)| *endpoint).filter(|endpoint| !writable(*endpoint).is_empty())
}

/// Only PATCH leaves out what it likes.
fn body_name(endpoint: Endpoint, method: &Method) -> String {
    let kind = if *method == Method::PATCH { "Patch" } else { "Input" };
    format!("{endpoint:?}{kind}")
}

/// The members that may be sent.
fn writable(endpoint: Endpoint) -> Vec<(&'static str, Member)> {
    let table = options::members(endpoint, Version::default()).unwrap_or_default();
    writable_of(table)
}

fn writable_of(table: Table) -> Vec<(&'static str, Member)> {
    let is_sent = |member: &Member| !member.read_only && !matches!(member.inner, Inner::Links(_));
    table.iter().filter(|(_, member)| is_sent(member)).copied().collect()
}

fn is_of_objects(endpoint: Endpoint) -> bool {
    matches!(endpoint, Endpoint::Objects | Endpoint::Object)
}

fn object(members: &[(&'static str, Member)], is_whole: bool) -> Value {
    let required: Vec<&str> =
        members.iter().filter(|(_, member)| is_whole && member.required).map(|(name, _)| *name).collect();
    let properties = members.iter().map(|(name, member)| ((*name).to_owned(), value(name, member)));
    let mut object = json!({ "type": "object", "properties": properties.collect::<Map<_, _>>() });
    if !required.is_empty() {
        object = with(object, "required", required);
    }
    object
}

/// What a member takes.
fn value(name: &str, member: &Member) -> Value {
    let mut value = match member.inner {
        Inner::Choices(words) => json!({ "enum": words }),
        Inner::Children(table) => object(&writable_of(table), true),
        Inner::ListOf(table) => json!({ "type": "array", "items": object(&writable_of(table), true) }),
        Inner::Nothing | Inner::Links(_) => match (member.kind, name) {
            ("email", _) => json!({ "type": "string", "format": "email" }),
            // What has to be sent may not be blank.
            ("string", _) if member.required => json!({ "type": "string", "minLength": 1 }),
            ("string" | "integer" | "boolean", _) => json!({ "type": member.kind }),
            (_, "metadata") => schema("Metadata"),
            (_, "schema") => json!({ "type": "array", "maxItems": 32, "items": schema("Field") }),
            (_, "channel") => json!({ "type": ["string", "null"] }),
            (_, "group" | "user" | "owner") if member.required => json!({ "type": "integer" }),
            (_, "group" | "user" | "owner") => json!({ "type": ["integer", "null"] }),
            _ => json!({ "type": "object" }),
        },
    };
    let limits = [("minLength", member.min_length), ("maxLength", member.max_length)];
    for (word, limit) in limits {
        if let Some(limit) = limit {
            value = with(value, word, limit);
        }
    }
    if let Some(help) = member.help {
        value = with(value, "description", help);
    }
    value
}

/// What may be wrong with members, of which those of a data object have the fields of a class among them.
fn errors_of(members: &[(&'static str, Member)], is_of_objects: bool) -> Value {
    let mut properties = Map::new();
    for (name, member) in members {
        let inner = match member.inner {
            Inner::Children(table) => Some(errors_of(&writable_of(table), *name == "profile")),
            Inner::ListOf(table) => {
                let of_item = errors_of(&writable_of(table), false);
                Some(json!({ "anyOf": [
                    { "type": "array", "items": { "anyOf": [of_item, schema("Texts")] } },
                    errors_of(&[], false),
                ]}))
            }
            _ => None,
        };
        let complaints = schema("Complaints");
        let complaints = inner.map_or(complaints.clone(), |inner| json!({ "anyOf": [complaints, inner] }));
        properties.insert((*name).to_owned(), complaints);
    }
    properties.insert("non_field_errors".to_owned(), schema("Texts"));
    let others = if is_of_objects { schema("Complaints") } else { Value::Bool(false) };
    json!({ "type": "object", "properties": properties, "additionalProperties": others })
}
