//! The format of responses: their members, values, links and statuses.

use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::around::{changed, listed, restatus};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, each_link, each_member, each_object};
use super::when::{ANY, DELETE, GET, POST, UPDATES, everywhere, on, on_any};
use syncano_simulator::api::{Flag, Version};

pub fn defects() -> Vec<Defect> {
    [members(), bare(), values(), links(), statuses(), bodies()].into_iter().flatten().collect()
}

fn members() -> Vec<Defect> {
    vec![
        defect(
            "user-without-key",
            "`/user/` does not show the `user_key`. Right: it does.",
            on(ANY, "/user/").then(changed(|_, _, user| edit::unset(user, "user_key"))),
        ),
        defect(
            "users-without-profile",
            "Users are shown without `profile`. Right: with it.",
            everywhere(ANY).then(changed(|_, _, body| {
                each_object(body, &mut |user| {
                    if user.get("profile").is_some_and(Value::is_object) {
                        edit::unset(user, "profile");
                    }
                });
            })),
        ),
        defect(
            "users-without-groups",
            "The `groups` of users are empty. Right: they are the groups that the user is in.",
            everywhere(ANY).then(changed(|_, _, body| {
                each_member(body, &mut |name, member| {
                    if name == "groups" && member.is_array() {
                        *member = json!([]);
                    }
                    true
                });
            })),
        ),
        defect(
            "flags-shown-as-off",
            "`GET /api_keys/<id>/` shows every flag as off. Right: as it is.",
            on(GET, "/api_keys/{api_key}/").then(changed(|_, _, key| {
                Flag::ALL.iter().for_each(|flag| edit::set(key, flag.name(), false));
            })),
        ),
    ]
}

fn bare() -> Vec<Defect> {
    vec![
        defect(
            "reset-answers-with-the-key-alone",
            "The answer to a reset of a key holds the new key and nothing else. Right: the whole user, or the whole API key.",
            on_any(POST, &["/users/{user}/reset_key/", "/api_keys/{api_key}/reset_key/"]).then(changed(
                |_, _, object| {
                    if let Value::Object(members) = object {
                        members.retain(|name, _| ["user_key", "api_key"].contains(&name.as_str()));
                    }
                },
            )),
        ),
        defect(
            "new-objects-are-incomplete",
            "The answer to a POST leaves out labels, descriptions, user names, groups and flags. Right: it shows the whole object.",
            everywhere(POST).then(|call, right| {
                let answer = right.respond(call);
                if answer.status() != StatusCode::CREATED {
                    return answer;
                }
                edit::change_json(answer, |body| each_member(body, &mut |name, _| !is_descriptive(name)))
            }),
        ),
        defect(
            "lists-are-brief",
            "Lists show objects without their links. Right: a list shows them as a single object is shown.",
            everywhere(GET).then(listed(|_, _, objects| {
                let mut all = Value::Array(std::mem::take(objects));
                each_member(&mut all, &mut |name, _| name != "links");
                if let Value::Array(all) = all {
                    *objects = all;
                }
            })),
        ),
        defect(
            "changes-answer-with-nothing",
            "PATCH and PUT answer with an empty object. Right: with the whole object, as changed.",
            everywhere(UPDATES).then(changed(|_, _, object| *object = json!({}))),
        ),
        defect(
            "new-users-shown-as-the-first",
            "The answer to a new user holds the id 1. Right: an id of its own.",
            on(POST, "/users/").then(changed(|_, _, user| edit::set(user, "id", 1))),
        ),
    ]
}

fn values() -> Vec<Defect> {
    vec![
        defect(
            "apps-shown-as-full",
            "An instance shows an API key the `role` `full`. Right: `api_key`.",
            on_any(GET, &["/instances/", "/instances/{instance}/"]).then(changed(|_, _, instances| {
                each_member(instances, &mut |name, role| {
                    if name == "role" && role == "api_key" {
                        *role = json!("full");
                    }
                    true
                });
            })),
        ),
        defect(
            "ids-are-texts",
            "Ids are written as texts. Right: as numbers.",
            everywhere(ANY).then(changed(|_, _, body| {
                each_member(body, &mut |name, id| {
                    if name == "id" && id.is_number() {
                        *id = Value::String(id.to_string());
                    }
                    true
                });
            })),
        ),
        defect(
            "times-without-fraction",
            "Times are written without a fraction of the second. Right: with six digits of it.",
            everywhere(ANY).then(changed(|_, _, body| {
                each_member(body, &mut |name, time| {
                    let seconds =
                        time.as_str().and_then(|time| time.split_once('.')).map(|(seconds, _)| format!("{seconds}Z"));
                    if let (Some(seconds), "created_at" | "updated_at") = (seconds, name) {
                        *time = Value::String(seconds);
                    }
                    true
                });
            })),
        ),
    ]
}

fn links() -> Vec<Defect> {
    vec![
        defect(
            "links-of-v1",
            "Answers in v1.1 have links that begin with `/v1/`. Right: with `/v1.1/`.",
            everywhere(GET).where_(|call| call.version() == Version::V1_1).then(changed(|_, _, body| {
                each_link(body, &|link| link.replacen("/v1.1/", "/v1/", 1));
            })),
        ),
        defect(
            "v1-links-of-v1-1",
            "Answers in v1 have links that begin with `/v1.1/`. Right: with `/v1/`.",
            everywhere(GET).where_(|call| call.version() == Version::V1).then(changed(|_, _, body| {
                each_link(body, &|link| link.replacen("/v1/", "/v1.1/", 1));
            })),
        ),
        defect(
            "links-absolute",
            "Answers to GET have links with a scheme and a host. Right: they begin with the version.",
            everywhere(GET)
                .then(changed(|_, _, body| each_link(body, &|link| format!("https://api.example.com{link}")))),
        ),
        defect(
            "new-objects-have-absolute-links",
            "Answers to POST have links with a scheme and a host. Right: they begin with the version.",
            everywhere(POST)
                .then(changed(|_, _, body| each_link(body, &|link| format!("https://api.example.com{link}")))),
        ),
    ]
}

fn statuses() -> Vec<Defect> {
    vec![
        defect(
            "created-is-200",
            "A request that creates something is answered with 200. Right: 201.",
            everywhere(POST).then(restatus(StatusCode::CREATED, StatusCode::OK)),
        ),
        defect(
            "user-created-by-app-is-200",
            "`POST /users/` with an API key is 200. Right: 201.",
            on(POST, "/users/").where_(ApiCall::has_api_key).then(restatus(StatusCode::CREATED, StatusCode::OK)),
        ),
        defect(
            "delete-is-200",
            "A request that deletes something is answered with 200 and `{}`. Right: 204 without a body.",
            everywhere(DELETE).then(|call, right| {
                let answer = right.respond(call);
                let is_done = answer.status() == StatusCode::NO_CONTENT;
                if is_done { edit::json_response(StatusCode::OK, &json!({})) } else { answer }
            }),
        ),
    ]
}

fn bodies() -> Vec<Defect> {
    vec![
        defect(
            "forms-rejected",
            "A form as body is 415. Right: it is accepted.",
            everywhere(ANY).where_(|call| !call.body().is_empty() && is_form(call)).then(|call, _| {
                let detail = format!("Unsupported media type \"{}\" in request.", content_type(call));
                edit::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, &detail)
            }),
        ),
        defect(
            "unknown-permission-accepted",
            "A permission that does not exist is ignored. Right: 400.",
            everywhere(&[Method::POST, Method::PUT, Method::PATCH]).instead_of(
                StatusCode::BAD_REQUEST,
                |call, right| {
                    let mut body = call.json();
                    each_member(&mut body, &mut |name, value| {
                        !name.ends_with("_permissions")
                            || value.as_str().is_none_or(|value| PERMISSIONS.contains(&value))
                    });
                    right.respond(&call.with_json(&body))
                },
            ),
        ),
    ]
}

const PERMISSIONS: [&str; 5] = ["none", "read", "write", "full", "create_objects"];

/// Returns whether a member describes an object.
fn is_descriptive(name: &str) -> bool {
    ["username", "label", "description", "groups", "user", "group"].contains(&name) || name.parse::<Flag>().is_ok()
}

fn content_type(call: &ApiCall) -> String {
    let content_type = call.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.unwrap_or_default().to_lowercase()
}

fn is_form(call: &ApiCall) -> bool {
    let content_type = content_type(call);
    ["application/x-www-form-urlencoded", "multipart/form-data"].iter().any(|form| content_type.starts_with(form))
}
