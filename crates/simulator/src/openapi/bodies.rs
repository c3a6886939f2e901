//! What may be sent, and what is said of it where it is refused: both read off the members that OPTIONS describes.
//!
//! Of an endpoint that takes `Users`, `UsersInput` is the body, `UsersPatch` the same where nothing has to be sent, and
//! `UsersErrors` what may be wrong. Endpoints that take the same share them; they are called after the first of these. Members
//! that are not listed are ignored, so bodies are open.

use serde_json::{Map, Value, json};

use crate::answer_schema::reference;
use crate::answer_schema::{schema, with};
use crate::api::Version;
use crate::endpoints::{Row, Verb};
use crate::members::{Inner, Member, Members};
use crate::resources;

/// The media types that a body may have. There is a fourth, text/plain, which is JSON and can do a little more.
const MEDIA_TYPES: [&str; 3] = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];

/// A reference to the body that a method takes; `None` where nobody looks at one.
pub fn body(row: &Row, verb: Verb) -> Option<Value> {
    let takes = matches!(verb, Verb::Post | Verb::Put | Verb::Patch) && !writable(row).is_empty();
    takes.then(|| reference("requestBodies", &body_name(row, verb)))
}

/// What may be wrong with a body, by the name of its schema; `None` where nobody looks at one.
pub fn errors(row: &Row, verb: Verb) -> Option<String> {
    body(row, verb).map(|_| errors_name(row))
}

/// Every body.
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

/// The schemas of all bodies, and of what may be wrong with them.
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

/// The rows that take a body.
fn taking() -> impl Iterator<Item = &'static Row> {
    resources::rows().iter().copied().filter(|row| !writable(row).is_empty())
}

/// The kinds of bodies that an endpoint takes: whole ones, and those of PATCH.
fn verbs(row: &Row) -> impl Iterator<Item = Verb> {
    let has = |verbs: &[Verb]| row.operations.iter().any(|operation| verbs.contains(&operation.verb));
    let whole = has(&[Verb::Post, Verb::Put]).then_some(Verb::Post);
    whole.into_iter().chain(has(&[Verb::Patch]).then_some(Verb::Patch))
}

/// What a body is called; it has an example beside its schema.
fn body_name(row: &Row, verb: Verb) -> String {
    let example = |row: &Row| row.spec.example.map(|example| example());
    let first = taking().find(|other| takes_the_same(other, row) && example(other) == example(row));
    format!("{}{}", first.map_or(row.spec.name, |first| first.spec.name), kind(verb))
}

fn schema_name(row: &Row, verb: Verb) -> String {
    format!("{}{}", named_after(row), kind(verb))
}

fn errors_name(row: &Row) -> String {
    format!("{}Errors", named_after(row))
}

fn named_after(row: &Row) -> &'static str {
    taking().find(|other| takes_the_same(other, row)).map_or("", |first| first.spec.name)
}

/// Whether two endpoints take the same, and find the same wrong with it.
fn takes_the_same(one: &Row, other: &Row) -> bool {
    let is_of_objects = |row: &Row| row.spec.shows.name == "DataObject";
    is_of_objects(one) == is_of_objects(other) && object(&writable(one), true) == object(&writable(other), true)
}

/// Only PATCH may leave out what it likes.
fn kind(verb: Verb) -> &'static str {
    if verb == Verb::Patch { "Patch" } else { "Input" }
}

/// The members that may be sent.
fn writable(row: &Row) -> Vec<(&'static str, Member)> {
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
        let messages = schema("MemberErrors");
        let messages = inner.map_or(messages.clone(), |inner| json!({ "anyOf": [messages, inner] }));
        properties.insert((*name).to_owned(), messages);
    }
    properties.insert("non_field_errors".to_owned(), schema("Texts"));
    let others = if is_of_objects { schema("MemberErrors") } else { Value::Bool(false) };
    json!({ "type": "object", "properties": properties, "additionalProperties": others })
}
