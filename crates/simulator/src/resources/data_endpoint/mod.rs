//! Data endpoints: `{name, description, query, excluded_fields, order_by, page_size, expand, links,
//! class}`. Each stores the parameters of a list of objects.
//!
//! All callers with a key see all data endpoints. `get/` and `post/` show and create objects with
//! the rights that the caller has on the class, so a data endpoint opens nothing.

mod expand;
mod handlers;
mod input;
mod storage;
mod view;

use serde_json::{Value, json};

use crate::access::{data_endpoints, everyone};
use crate::api::Version;
use crate::endpoint_spec::{EndpointKind, EndpointSpec};
use crate::endpoints::{EndpointRow, Handler, Operation, create, delete, get, patch, post, put};
use crate::members::{Member, Members, links};
use crate::resources::object;
use input::{DESCRIPTION, EXCLUDED_FIELDS, EXPAND, NAME, NEW_NAME, ORDER_BY, PAGE_SIZE};

static NEW: [(&str, Member); 9] = members_of(NAME);
static DATA_ENDPOINT: [(&str, Member); 9] = members_of(NAME.read_only());
const RENAME: Members = &[("new_name", NEW_NAME)];

const fn members_of(name: Member) -> [(&'static str, Member); 9] {
    [
        ("name", name),
        ("description", DESCRIPTION),
        ("query", Member::optional("field", "Query")),
        ("excluded_fields", EXCLUDED_FIELDS),
        ("order_by", ORDER_BY),
        ("page_size", PAGE_SIZE),
        ("expand", EXPAND),
        links(&[("self", "detail"), ("get", "get"), ("post", "post"), ("rename", "rename")]),
        ("class", Member::required("field", "class")),
    ]
}

const ACTION: &str = "Data Object High Level Api";
const READS: &str = "The parameters of the request win over those of the data endpoint; objects must match both queries. \
                     `expand` shows objects in place of references, if the caller can see them. The rights are those of \
                     the list of objects of the class: an API key needs a user key or a flag.";
const CREATES: &str = "The rights are those of the list of objects of the class: an API key needs a user key or \
                       `ignore_acl`. A missing data endpoint is 404 to everyone.";

/// The endpoints of data endpoints, in v1 and in v1.1.
pub static ROWS: &[EndpointRow] = &[
    in_v1(list("DataEndpointsV1", "/{version}/instances/{instance}/api/objects/")),
    in_v1(item("DataEndpointV1", "/{version}/instances/{instance}/api/objects/{data_endpoint}/")),
    in_v1(rename("DataEndpointRenameV1", "/{version}/instances/{instance}/api/objects/{data_endpoint}/rename/")),
    in_v1(get_objects("DataEndpointGetV1", "/{version}/instances/{instance}/api/objects/{data_endpoint}/get/")),
    in_v1(post_object("DataEndpointPostV1", "/{version}/instances/{instance}/api/objects/{data_endpoint}/post/")),
    list("DataEndpoints", "/{version}/instances/{instance}/endpoints/data/"),
    item("DataEndpoint", "/{version}/instances/{instance}/endpoints/data/{data_endpoint}/"),
    rename("DataEndpointRename", "/{version}/instances/{instance}/endpoints/data/{data_endpoint}/rename/"),
    get_objects("DataEndpointGet", "/{version}/instances/{instance}/endpoints/data/{data_endpoint}/get/"),
    post_object("DataEndpointPost", "/{version}/instances/{instance}/endpoints/data/{data_endpoint}/post/"),
];

const fn in_v1(row: EndpointRow) -> EndpointRow {
    EndpointRow { spec: EndpointSpec { only_in: Some(Version::V1), keeps: None, ..row.spec }, ..row }
}

const fn list(name: &'static str, template: &'static str) -> EndpointRow {
    EndpointSpec {
        title: "Data Object High Level Api List",
        takes: Some(("POST", |_| &NEW)),
        only_in: Some(Version::V1_1),
        tag: "data endpoints",
        shows: &view::SCHEMA,
        keeps: Some(&storage::DATA_ENDPOINTS),
        example: Some(example),
        ..EndpointSpec::list(name, template, data_endpoints)
    }
    .operations(&LIST)
}

const fn item(name: &'static str, template: &'static str) -> EndpointRow {
    EndpointSpec {
        title: "Data Object High Level Api Instance",
        takes: Some(("PUT", |_| &DATA_ENDPOINT)),
        only_in: Some(Version::V1_1),
        tag: "data endpoints",
        shows: &view::SCHEMA,
        example: Some(|| json!({ "class": "user_profile", "page_size": 10 })),
        ..EndpointSpec::item(name, template, "data_endpoint", data_endpoints)
    }
    .operations(&ITEM)
}

const fn rename(name: &'static str, template: &'static str) -> EndpointRow {
    EndpointSpec {
        title: ACTION,
        takes: Some(("POST", |_| RENAME)),
        only_in: Some(Version::V1_1),
        tag: "data endpoints",
        shows: &view::SCHEMA,
        example: Some(|| json!({ "new_name": "crew" })),
        ..EndpointSpec::item(name, template, "data_endpoint", data_endpoints)
    }
    .operations(&RENAMES)
}

const fn get_objects(name: &'static str, template: &'static str) -> EndpointRow {
    EndpointSpec {
        title: ACTION,
        only_in: Some(Version::V1_1),
        kind: EndpointKind::ListOnly,
        tag: "data endpoints",
        shows: &object::view::SCHEMA,
        ..EndpointSpec::item(name, template, "data_endpoint", data_endpoints)
    }
    .operations(&GETS)
}

const fn post_object(name: &'static str, template: &'static str) -> EndpointRow {
    EndpointSpec {
        title: ACTION,
        takes: Some(("POST", |_| &object::NEW)),
        describes: Some(|_| &DATA_ENDPOINT),
        only_in: Some(Version::V1_1),
        tag: "data endpoints",
        shows: &object::view::SCHEMA,
        example: Some(|| json!({})),
        ..EndpointSpec::item(name, template, "data_endpoint", everyone)
    }
    .operations(&POSTS)
}

fn example() -> Value {
    json!({ "name": "profiles", "class": "user_profile", "order_by": "-created_at" })
}

static LIST: [Operation; 2] = [
    get("Lists the data endpoints", Handler::Reads(handlers::list)),
    create("Creates a data endpoint", Handler::Changes(handlers::create)),
];

static ITEM: [Operation; 4] = [
    get("Returns a data endpoint", Handler::Reads(handlers::show)),
    put("Changes a data endpoint; missing members but the description are reset", Handler::Changes(handlers::change)),
    patch("Changes some members of a data endpoint", Handler::Changes(handlers::change)),
    delete("Deletes a data endpoint; its objects stay", Handler::Changes(handlers::delete)),
];

static RENAMES: [Operation; 1] =
    [post("Renames a data endpoint", Handler::Changes(handlers::rename)).note("The old name is 404 afterwards.")];

static GETS: [Operation; 1] =
    [get("Lists the data objects of the class that the caller can read", Handler::Reads(handlers::get_objects))
        .note(READS)];

static POSTS: [Operation; 1] =
    [create("Creates a data object of the class; a user owns it", Handler::Changes(handlers::post_object))
        .note(CREATES)];
