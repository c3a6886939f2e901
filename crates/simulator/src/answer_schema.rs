//! The schemas of what answers show. Each stands beside the view of its resource; the OpenAPI document collects them.

use serde_json::{Map, Value, json};

/// How every link but those of `/` begins.
pub const LINK: &str = "^/v1(\\.1)?/";

/// What answers show of a resource.
pub struct AnswerSchema {
    /// The name in the OpenAPI document, `User`.
    pub name: &'static str,
    pub schema: fn() -> Value,
    /// Schemas that it refers to and nothing else does.
    pub parts: &'static [&'static AnswerSchema],
}

impl AnswerSchema {
    /// For an endpoint that shows nothing.
    pub const NOTHING: AnswerSchema = AnswerSchema::new("", || Value::Null);

    pub const fn new(name: &'static str, schema: fn() -> Value) -> AnswerSchema {
        AnswerSchema { name, schema, parts: &[] }
    }

    /// With schemas that it refers to.
    pub const fn parts(self, parts: &'static [&'static AnswerSchema]) -> AnswerSchema {
        AnswerSchema { parts, ..self }
    }
}

/// A reference to a schema.
pub fn schema(name: &str) -> Value {
    reference("schemas", name)
}

/// A reference to a component of the document.
pub fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// An object that has these members and no others; those that are named may be missing.
pub fn closed(properties: Value, optional: &[&str]) -> Value {
    let names = properties.as_object().into_iter().flat_map(Map::keys);
    let required: Vec<&String> = names.filter(|name| !optional.contains(&name.as_str())).collect();
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

/// Links, all of them there.
pub fn links(names: &[&str], optional: &[&str]) -> Value {
    let all = names.iter().chain(optional);
    closed(all.map(|name| ((*name).to_owned(), schema("Link"))).collect::<Map<_, _>>().into(), optional)
}

/// An object with one more member.
pub fn with(mut object: Value, name: &str, member: impl Into<Value>) -> Value {
    if let Value::Object(members) = &mut object {
        members.insert(name.to_owned(), member.into());
    }
    object
}
