//! The URLs of files, which are no endpoint of the API: they take no key.

use serde_json::{Value, json};

use crate::answer_schema::reference;

/// The path of a file.
pub const PATH: &str = "/media/{instance}/{class}/{file}";

/// Returns the operations on the URL of a file.
pub fn path() -> Value {
    let parameter = |(name, example)| json!({ "name": name, "in": "path", "required": true, "example": example, "schema": { "type": "string" } });
    let parameters = [("instance", "1"), ("class", "1"), ("file", "photo.jpg")].map(parameter);
    let bytes = json!({ "description": "The bytes.", "headers": {}, "content": { "*/*": { "schema": {} } } });
    json!({
        "parameters": parameters,
        "get": {
            "tags": ["files"],
            "operationId": "getFile",
            "summary": "Returns a file to anyone who has its URL",
            "security": [],
            "responses": { "200": bytes, "404": reference("responses", "NotFound") },
        },
        "head": {
            "tags": ["files"],
            "operationId": "headFile",
            "summary": "Returns the headers of GET",
            "security": [],
            "responses": { "default": reference("responses", "Head") },
        },
    })
}
