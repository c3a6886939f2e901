//! The order and the format of errors.

use http::header::ALLOW;
use http::{Method, StatusCode};
use serde_json::Value;

use super::actions::{as_administrator, not_found, reject, server_error};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit;
use super::right::Right;
use super::when::{ANY, POST, everywhere, on, on_any};

const FORBIDDEN: &str = "You do not have permission to perform this action.";
const USER: &str = "/users/{user}/";
const MEMBERSHIPS: &[&str] = &[
    "/users/{user}/groups/",
    "/users/{user}/groups/{group}/",
    "/groups/{group}/users/",
    "/groups/{group}/users/{user}/",
];

pub fn defects() -> Vec<Defect> {
    [order(), rights_late(), statuses(), forms()].into_iter().flatten().collect()
}

fn order() -> Vec<Defect> {
    vec![
        defect(
            "key-before-instance",
            "For a bad key in a missing instance, the key is reported. Right: 404, with any key.",
            everywhere(ANY).where_(|call| call.api_key().is_some()).instead_of_detail(
                "Instance was not found.",
                |call, right| {
                    let outside = right.respond(&call.by_same_caller(Method::GET, "/").outside("/instances/"));
                    if outside.status() == StatusCode::FORBIDDEN { outside } else { right.respond(call) }
                },
            ),
        ),
        defect(
            "missing-instance-is-403",
            "An instance that does not exist is 403. Right: 404.",
            everywhere(ANY).instead_of_detail("Instance was not found.", reject),
        ),
        defect(
            "permission-before-parent",
            "Callers without the right get 403 for a missing user or group in the path. Right: 404 for every caller.",
            on_any(ANY, MEMBERSHIPS).instead_of(StatusCode::NOT_FOUND, |call, right| {
                let own = right.respond(&below_existing_parent(call, right));
                if own.status() == StatusCode::FORBIDDEN { own } else { right.respond(call) }
            }),
        ),
    ]
}

fn rights_late() -> Vec<Defect> {
    vec![
        defect(
            "method-before-permission",
            "Callers without the right get 405 for a method that the endpoint does not have. Right: 403.",
            everywhere(ANY).then(|call, right| {
                let answer = right.respond(call);
                let allow = answer.headers().get(ALLOW).and_then(|allow| allow.to_str().ok());
                let has_method =
                    allow.is_none_or(|allow| allow.split(", ").any(|method| method == call.method().as_str()));
                if has_method || edit::detail(&answer).as_deref() != Some(FORBIDDEN) {
                    return answer;
                }
                let detail = format!("Method \"{}\" not allowed.", call.method());
                edit::error(StatusCode::METHOD_NOT_ALLOWED, &detail)
            }),
        ),
        defect(
            "object-before-permission",
            "Callers without the right get 404 for a user who does not exist. Right: 403, whether the user exists or not.",
            on(ANY, USER).instead_of_detail(FORBIDDEN, |call, right| match right.read(call, call.path()) {
                Value::Null => not_found(call, right),
                _ => right.respond(call),
            }),
        ),
        defect(
            "body-before-permission",
            "Callers without the right learn what is wrong with the body of a new user. Right: 403.",
            on(POST, "/users/").instead_of_detail(FORBIDDEN, |call, right| {
                let answer = as_administrator(call, right);
                if answer.status() == StatusCode::BAD_REQUEST {
                    return answer;
                }
                if let Some(id) = edit::id(&edit::json(&answer)) {
                    right.act(call, Method::DELETE, &format!("/users/{id}/"), None);
                }
                right.respond(call)
            }),
        ),
    ]
}

fn statuses() -> Vec<Defect> {
    vec![
        defect(
            "unknown-user-is-403",
            "`/users/<id>/` of a user who does not exist is 403. Right: 404.",
            on(ANY, USER).where_(has_number).instead_of(StatusCode::NOT_FOUND, |call, right| {
                let is_unknown = right.read(call, call.path()).is_null();
                if is_unknown { reject(call, right) } else { right.respond(call) }
            }),
        ),
        defect(
            "invalid-id-is-500",
            "`/users/<id>/` with an id that is not a number is a 500 page. Right: 404.",
            on(ANY, USER).where_(|call| !has_number(call)).instead_of(StatusCode::NOT_FOUND, server_error),
        ),
        defect(
            "unknown-method-is-404",
            "A method that an endpoint does not have is 404. Right: 405.",
            everywhere(ANY).instead_of(StatusCode::METHOD_NOT_ALLOWED, not_found),
        ),
        defect(
            "invalid-is-500",
            "A body or query that is not valid is a 500 page. Right: 400 that says what is wrong.",
            everywhere(ANY).instead_of(StatusCode::BAD_REQUEST, server_error),
        ),
    ]
}

fn forms() -> Vec<Defect> {
    vec![
        defect(
            "bad-body-is-500",
            "A body that is not JSON is a 500 page. Right: 400 with a JSON parse error.",
            everywhere(ANY).then(|call, right| {
                let answer = right.respond(call);
                let is_unread = edit::detail(&answer).is_some_and(|detail| detail.starts_with("JSON parse error"));
                if is_unread { server_error(call, right) } else { answer }
            }),
        ),
        defect("errors-are-texts", "Errors are bare texts. Right: JSON objects.", |call, right| {
            let answer = right.respond(call);
            match edit::detail(&answer).filter(|_| answer.status().is_client_error()) {
                Some(detail) => edit::bare_text(answer.status(), detail),
                None => answer,
            }
        }),
    ]
}

/// Returns whether the id in the path is a possible id.
fn has_number(call: &ApiCall) -> bool {
    call.segment(1).trim().parse::<u32>().is_ok_and(|id| id > 0)
}

/// Returns a request without effect, by the same caller and with the same method, below an existing
/// user or group.
fn below_existing_parent(call: &ApiCall, right: &Right<'_>) -> ApiCall {
    let parents = format!("/{}/", call.segment(0));
    let parent = right.list(call, &parents).first().and_then(edit::id).unwrap_or_default();
    let item = if call.segment(3).is_empty() { "" } else { "0/" };
    call.by_same_caller(call.method().clone(), &format!("{parents}{parent}/{}/{item}", call.segment(2)))
}
