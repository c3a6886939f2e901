//! What the simulator serves, as an OpenAPI 3.1 document.
//!
//! Paths, methods, members of bodies and who may do what are read off the tables that the simulator itself goes by, so that
//! they cannot drift. What answers look like stands beside the views of the resources, and what they share in [`schemas`]; a test
//! compares it with what is answered, both ways.

mod bodies;
mod operations;
mod parameters;
mod responses;
mod rights;
mod schemas;
mod text;
mod words;

use serde_json::{Map, Value, json};

/// The document, as a text.
pub fn document() -> String {
    text::of(&whole())
}

fn whole() -> Value {
    let (paths, shared) = operations::paths();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The Syncano API, as the simulator serves it",
            "version": env!("CARGO_PKG_VERSION"),
            "description": words::ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The server that this document comes from." }],
        "tags": words::tags(),
        "security": rights::everyday(),
        "paths": paths,
        "components": {
            "schemas": joined([schemas::all(), bodies::schemas()]),
            "pathItems": shared,
            "responses": responses::components(),
            "parameters": parameters::components(),
            "requestBodies": bodies::components(),
            "headers": responses::headers(),
            "securitySchemes": rights::schemes(),
        },
    })
}

fn joined(parts: [Map<String, Value>; 2]) -> Map<String, Value> {
    parts.into_iter().flatten().collect()
}
