//! API keys: `{id, description, api_key, <flags>, created_at, links}`. An app sees its own key and no other.

mod handlers;
mod input;
pub mod storage;
mod view;

use serde_json::{Value, json};

use crate::access::api_keys;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{Handler, Row, create, delete, get, patch, post, put};
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
pub static ROWS: &[Row] = &[
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
        get("Lists the API keys; to an app, only its own", Handler::Reads(handlers::list)),
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
        get("An API key with its flags", Handler::Reads(handlers::show))
            .note("To an app every other key than its own is 404."),
        put("Changes an API key; flags that are left out are off", Handler::Changes(handlers::change)),
        patch("Changes some members of an API key", Handler::Changes(handlers::change)),
        delete("Deletes an API key, which ends at once", Handler::Changes(handlers::delete)),
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
        "Gives an API key another value; the old one ends, user keys stay valid",
        Handler::Changes(handlers::reset_key),
    )]),
];

fn example() -> Value {
    json!({ "description": "The app", "allow_user_create": true })
}
