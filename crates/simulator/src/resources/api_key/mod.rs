//! API keys: `{id, description, api_key, <flags>, created_at, links}`. An app sees only its own
//! key.

mod handlers;
mod input;
pub mod storage;
mod view;

use serde_json::{Value, json};

use crate::access::api_keys;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, create, delete, get, patch, post, put};
use crate::members::{ID, Member, Members, links};
use input::DESCRIPTION;

const API_KEY: Members = &[
    ("id", ID),
    ("description", DESCRIPTION),
    ("api_key", Member::shown("field", "Api key")),
    ("ignore_acl", Member::optional("boolean", "ignore_acl")),
    ("allow_user_create", Member::optional("boolean", "allow_user_create")),
    ("allow_group_create", Member::optional("boolean", "allow_group_create")),
    ("allow_anonymous_read", Member::optional("boolean", "allow_anonymous_read")),
    ("created_at", Member::shown("datetime", "created at")),
    links(&[("self", "detail"), ("reset_key", "key")]),
];

const TEXT: &str = "Manage API keys available for given instance.";

/// The endpoints of API keys.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Api Key List",
        text: TEXT,
        takes: Some(("POST", |_| API_KEY)),
        tag: "api keys",
        shows: &view::SCHEMA,
        example: Some(example),
        ..EndpointSpec::list("ApiKeys", "/{version}/instances/{instance}/api_keys/", api_keys)
    }
    .operations(&[
        get("Lists the API keys; an app sees only its own", Handler::Reads(handlers::list)),
        create("Creates an API key", Handler::Changes(handlers::create)),
    ]),
    EndpointSpec {
        title: "Api Key Instance",
        text: TEXT,
        takes: Some(("PUT", |_| API_KEY)),
        tag: "api keys",
        shows: &view::SCHEMA,
        example: Some(example),
        ..EndpointSpec::item("ApiKey", "/{version}/instances/{instance}/api_keys/{api_key}/", "api_key", api_keys)
    }
    .operations(&[
        get("Returns an API key with its flags", Handler::Reads(handlers::show))
            .note("For an app, keys other than its own are 404."),
        put("Changes an API key; missing flags are turned off", Handler::Changes(handlers::change)),
        patch("Changes some members of an API key", Handler::Changes(handlers::change)),
        delete("Deletes an API key, which becomes invalid at once", Handler::Changes(handlers::delete)),
    ]),
    EndpointSpec {
        title: "Api Key",
        text: TEXT,
        takes: Some(("POST", |_| &[])),
        tag: "api keys",
        shows: &view::SCHEMA,
        ..EndpointSpec::item(
            "ApiKeyResetKey",
            "/{version}/instances/{instance}/api_keys/{api_key}/reset_key/",
            "api_key",
            api_keys,
        )
    }
    .operations(&[post(
        "Replaces the value of an API key; the old one becomes invalid, user keys stay valid",
        Handler::Changes(handlers::reset_key),
    )]),
];

fn example() -> Value {
    json!({ "description": "The app", "allow_user_create": true })
}
