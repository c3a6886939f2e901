//! Schemas of answers. Each is defined next to the view of its resource; the OpenAPI document
//! collects them.

use serde_json::{Map, Value, json};

/// A pattern that matches every link except those of `/`.
pub const LINK: &str = "^/v1(\\.1)?/";

/// The schema of a resource in answers.
pub struct AnswerSchema {
    /// The name in the OpenAPI document, such as `User`.
    pub name: &'static str,
    pub schema: fn() -> Value,
    /// Schemas that only this one refers to.
    pub parts: &'static [&'static AnswerSchema],
}

impl AnswerSchema {
    /// The schema of an endpoint that shows nothing.
    pub const NOTHING: AnswerSchema = AnswerSchema::new("", || Value::Null);

    pub const fn new(name: &'static str, schema: fn() -> Value) -> AnswerSchema {
        AnswerSchema { name, schema, parts: &[] }
    }

    /// Adds schemas that it refers to.
    pub const fn parts(self, parts: &'static [&'static AnswerSchema]) -> AnswerSchema {
        AnswerSchema { parts, ..self }
    }
}

/// Returns a reference to a schema of the document.
pub fn schema(name: &str) -> Value {
    reference("schemas", name)
}

/// Returns a reference to a component of the document.
pub fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// Returns the schema of an object with exactly these members, all of them required except
/// `optional`.
pub fn closed(properties: Value, optional: &[&str]) -> Value {
    let names = properties.as_object().into_iter().flat_map(Map::keys);
    let required: Vec<&String> = names.filter(|name| !optional.contains(&name.as_str())).collect();
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

/// Returns the schema of `links`: `names` are required, `optional` are not.
pub fn links(names: &[&str], optional: &[&str]) -> Value {
    let all = names.iter().chain(optional);
    closed(all.map(|name| ((*name).to_owned(), schema("Link"))).collect::<Map<_, _>>().into(), optional)
}

/// Returns the object with one more member.
pub fn with(mut object: Value, name: &str, member: impl Into<Value>) -> Value {
    if let Value::Object(members) = &mut object {
        members.insert(name.to_owned(), member.into());
    }
    object
}
