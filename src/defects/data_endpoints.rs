//! Data endpoints: the objects that they show and expand, and those that they create.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::actions::as_administrator;
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit;
use super::right::Right;
use super::when::{CHANGES, GET, POST, Who, on_any};

const LISTS: &[&str] = &["/endpoints/data/", "/api/objects/"];
const ITEMS: &[&str] = &["/endpoints/data/{data_endpoint}/", "/api/objects/{data_endpoint}/"];
const GETS: &[&str] = &["/endpoints/data/{data_endpoint}/get/", "/api/objects/{data_endpoint}/get/"];
const POSTS: &[&str] = &["/endpoints/data/{data_endpoint}/post/", "/api/objects/{data_endpoint}/post/"];

pub fn defects() -> Vec<Defect> {
    [rights(), shown(), expanded()].into_iter().flatten().collect()
}

fn rights() -> Vec<Defect> {
    vec![
        defect(
            "data-endpoints-open-to-apps",
            "An API key creates, changes and deletes data endpoints. Right: 403.",
            on_any(CHANGES, &[LISTS, ITEMS].concat()).by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "data-endpoint-posts-for-another",
            "A user who creates an object through a data endpoint may name its owner. Right: they are always the owner.",
            on_any(POST, POSTS).by(Who::User).instead_of(StatusCode::CREATED, as_administrator),
        ),
        defect(
            "data-endpoint-posts-for-apps",
            "An API key alone creates objects through a data endpoint. Right: 403.",
            on_any(POST, POSTS).by(Who::AppAlone).instead_of_403(as_administrator),
        ),
    ]
}

fn shown() -> Vec<Defect> {
    vec![
        defect(
            "data-endpoint-shows-hidden-objects",
            "`get/` of a data endpoint shows a user every object of its class. Right: those that they may read.",
            on_any(GET, GETS).by(Who::User).instead_of(StatusCode::OK, as_administrator),
        ),
        defect(
            "data-endpoint-counts-hidden-objects",
            "`get/` of a data endpoint counts objects that the caller may not read. Right: those that the caller may read.",
            on_any(GET, GETS).by(Who::User).edit(|call, right, answer| {
                let all = edit::json(&as_administrator(call, right));
                match all.get("objects_count") {
                    Some(count) => edit::with_member(answer, "objects_count", count.clone()),
                    None => answer,
                }
            }),
        ),
        defect(
            "data-endpoint-opens-its-class",
            "`get/` of a data endpoint shows the objects of a class that is closed to the caller. Right: 403.",
            on_any(GET, GETS).by(Who::App).instead_of_403(as_administrator),
        ),
        defect(
            "data-endpoint-forgets-its-query",
            "A `query` in a request on `get/` replaces the one that the data endpoint stores. Right: both apply.",
            on_any(GET, GETS).by(Who::User).where_(|call| call.query("query").is_some()).then(|call, right| {
                let endpoint = right.read(call, call.path().trim_end_matches("get/"));
                let class = edit::text(&endpoint, "class").unwrap_or_default();
                right.respond(&call.with_path(&format!("/classes/{class}/objects/")))
            }),
        ),
    ]
}

fn expanded() -> Vec<Defect> {
    vec![
        defect(
            "expand-shows-hidden-objects",
            "`expand` shows objects that the caller may not read. Right: the reference stays.",
            on_any(GET, GETS).by(Who::User).edit(|call, right, answer| expand_all(call, right, answer, false)),
        ),
        defect(
            "expand-shows-other-users",
            "`expand` shows a user other users, with their user keys. Right: the reference stays.",
            on_any(GET, GETS).by(Who::User).edit(|call, right, answer| expand_all(call, right, answer, true)),
        ),
    ]
}

/// Replaces the references to users, or those to objects, by what an administrator sees there.
fn expand_all(call: &ApiCall, right: &Right<'_>, answer: Response<Bytes>, to_users: bool) -> Response<Bytes> {
    let all = edit::json(&as_administrator(call, right));
    let all = all.get("objects").and_then(Value::as_array).cloned().unwrap_or_default();
    edit::change_objects(answer, |objects| {
        for object in objects {
            let Some(whole) = all.iter().find(|whole| edit::id(whole) == edit::id(object)) else { continue };
            for (name, value) in object.as_object_mut().into_iter().flatten() {
                let is_reference = value.get("type") == Some(&json!("reference"));
                if is_reference && (value.get("target") == Some(&json!("user"))) == to_users {
                    *value = edit::member(whole, name);
                }
            }
        }
    })
}
