//! Objects that are closed, and their links.

use serde_json::{Map, Value, json};

use super::schema;

/// How every link but those of `/` begins.
pub const LINK: &str = "^/v1(\\.1)?/";

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
