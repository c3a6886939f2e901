//! The OpenAPI 3.1 document of the simulator.
//!
//! Paths, methods, members of bodies and access rules are derived from the tables that the
//! simulator itself uses, so they cannot differ. The schemas of answers are defined next to the
//! views of the resources, shared parts in [`schemas`]; a test compares them with actual answers in
//! both directions.

mod bodies;
mod media;
mod operations;
mod parameters;
mod responses;
mod rights;
mod schemas;
mod text;
mod words;

use serde_json::{Map, Value, json};

/// Returns the document as JSON text.
pub fn document() -> String {
    text::format(&whole())
}

fn whole() -> Value {
    let (paths, shared) = operations::paths();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The Syncano API as served by the simulator",
            "version": env!("CARGO_PKG_VERSION"),
            "description": words::ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The server that serves this document." }],
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
