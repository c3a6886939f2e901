//! Request bodies and the errors of their members, both derived from the members that OPTIONS
//! lists.
//!
//! For an endpoint with the name `Users`, `UsersInput` is the body, `UsersPatch` the body without
//! required members, and `UsersErrors` the errors. Endpoints with equal bodies share these schemas,
//! named after the first endpoint. Unknown members are ignored, so bodies are open objects.

use serde_json::{Map, Value, json};

use crate::answer_schema::reference;
use crate::answer_schema::{schema, with};
use crate::api::Version;
use crate::endpoints::{EndpointRow, Verb};
use crate::members::{Inner, Member, Members};
use crate::resources;

/// The media types of bodies. `text/plain` is left out: it is read as JSON, and its `_method` is
/// not described here.
const MEDIA_TYPES: [&str; 3] = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];

/// Returns a reference to the body of a method; `None` if the method has no body.
pub fn body(row: &EndpointRow, verb: Verb) -> Option<Value> {
    let takes = matches!(verb, Verb::Post | Verb::Put | Verb::Patch) && !writable(row).is_empty();
    takes.then(|| reference("requestBodies", &body_name(row, verb)))
}

/// Returns the schema name of a body's errors; `None` if the method has no body.
pub fn errors(row: &EndpointRow, verb: Verb) -> Option<String> {
    body(row, verb).map(|_| errors_name(row))
}

/// Returns all request bodies.
pub fn components() -> Value {
    let mut bodies = Map::new();
    for row in taking() {
        for verb in verbs(row) {
            let name = body_name(row, verb);
            let of_type = |media: &str| {
                let content = json!({ "schema": schema(&schema_name(row, verb)) });
                let content = match row.spec.example {
                    Some(example) if media == "application/json" => with(content, "example", example()),
                    _ => content,
                };
                (media.to_owned(), content)
            };
            let content = Map::from_iter(MEDIA_TYPES.map(of_type));
            let is_required = verb != Verb::Patch && writable(row).iter().any(|(_, member)| member.required);
            bodies.insert(name, json!({ "required": is_required, "content": content }));
        }
    }
    bodies.into()
}

/// Returns the schemas of all bodies and of their errors.
pub fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    for row in taking() {
        let members = writable(row);
        for verb in verbs(row) {
            schemas.insert(schema_name(row, verb), object(&members, verb == Verb::Post));
        }
        schemas.insert(errors_name(row), errors_of(&members, row.spec.shows.name == "DataObject"));
    }
    schemas
}

/// Returns the rows with a body.
fn taking() -> impl Iterator<Item = &'static EndpointRow> {
    resources::rows().iter().copied().filter(|row| !writable(row).is_empty())
}

/// Returns the kinds of bodies of an endpoint: `Post` for complete ones, `Patch` for partial ones.
fn verbs(row: &EndpointRow) -> impl Iterator<Item = Verb> {
    let has = |verbs: &[Verb]| row.operations.iter().any(|operation| verbs.contains(&operation.verb));
    let whole = has(&[Verb::Post, Verb::Put]).then_some(Verb::Post);
    whole.into_iter().chain(has(&[Verb::Patch]).then_some(Verb::Patch))
}

/// Returns the name of a body: its schema plus its example.
fn body_name(row: &EndpointRow, verb: Verb) -> String {
    let example = |row: &EndpointRow| row.spec.example.map(|example| example());
    let first = taking().find(|other| takes_the_same(other, row) && example(other) == example(row));
    format!("{}{}", first.map_or(row.spec.name, |first| first.spec.name), kind(verb))
}

fn schema_name(row: &EndpointRow, verb: Verb) -> String {
    format!("{}{}", named_after(row), kind(verb))
}

fn errors_name(row: &EndpointRow) -> String {
    format!("{}Errors", named_after(row))
}

fn named_after(row: &EndpointRow) -> &'static str {
    taking().find(|other| takes_the_same(other, row)).map_or("", |first| first.spec.name)
}

/// Returns whether two endpoints have equal bodies and errors.
fn takes_the_same(one: &EndpointRow, other: &EndpointRow) -> bool {
    let is_of_objects = |row: &EndpointRow| row.spec.shows.name == "DataObject";
    is_of_objects(one) == is_of_objects(other) && object(&writable(one), true) == object(&writable(other), true)
}

/// Returns the suffix of the schema name. Only PATCH has no required members.
fn kind(verb: Verb) -> &'static str {
    if verb == Verb::Patch { "Patch" } else { "Input" }
}

/// Returns the members that a body may contain.
fn writable(row: &EndpointRow) -> Vec<(&'static str, Member)> {
    row.spec.takes.map(|(_, members)| writable_of(members(Version::default()))).unwrap_or_default()
}

fn writable_of(members: Members) -> Vec<(&'static str, Member)> {
    let is_sent = |member: &Member| !member.read_only && !matches!(member.inner, Inner::Links(_));
    members.iter().filter(|(_, member)| is_sent(member)).copied().collect()
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

/// Returns the schema of a member's value.
fn value(name: &str, member: &Member) -> Value {
    let mut value = match member.inner {
        Inner::Choices(words) => json!({ "enum": words }),
        Inner::Schema(described) => schema(described.name),
        Inner::Children(table) => object(&writable_of(table), true),
        Inner::ListOf(table) => json!({ "type": "array", "items": object(&writable_of(table), true) }),
        Inner::Nothing | Inner::Links(_) => match (member.kind, name) {
            ("email", _) => json!({ "type": "string", "format": "email" }),
            // A required text must not be blank.
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

/// Returns the schema of the errors of members. Those of a data object also contain class fields.
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
        let messages = schema("MemberErrors");
        let messages = inner.map_or(messages.clone(), |inner| json!({ "anyOf": [messages, inner] }));
        properties.insert((*name).to_owned(), messages);
    }
    properties.insert("non_field_errors".to_owned(), schema("Texts"));
    let others = if is_of_objects { schema("MemberErrors") } else { Value::Bool(false) };
    json!({ "type": "object", "properties": properties, "additionalProperties": others })
}
