//! Groups and memberships.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::actions::not_found;
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit;
use super::right::Right;
use super::when::{POST, UPDATES, on, on_any};

const MEMBERSHIPS: &[&str] = &["/users/{user}/groups/", "/groups/{group}/users/"];

pub fn defects() -> Vec<Defect> {
    [memberships(), groups()].into_iter().flatten().collect()
}

fn memberships() -> Vec<Defect> {
    vec![
        defect(
            "group-limit-missing",
            "A 33rd membership of a user is answered with 201. Right: 400; a user is in 32 groups at most.",
            on_any(POST, MEMBERSHIPS).edit(instead_of_400("exceeded", membership)),
        ),
        defect(
            "group-limit-is-31",
            "A user may be in 31 groups. Right: in 32.",
            on_any(POST, MEMBERSHIPS).edit(undo_the_32nd),
        ),
        defect(
            "double-membership-accepted",
            "A user who is in a group already may be added to it again. Right: 400.",
            on_any(POST, MEMBERSHIPS).edit(instead_of_400("already", membership)),
        ),
        defect(
            "unknown-member-is-404",
            "A membership of a user or group that does not exist is 404. Right: 400 that names the member.",
            on_any(POST, MEMBERSHIPS).edit(instead_of_400("does not exist", not_found)),
        ),
    ]
}

/// Responds wrong if the right response is 400 with these words.
fn instead_of_400(
    words: &'static str,
    wrong: fn(&ApiCall, &Right<'_>) -> Response<Bytes>,
) -> impl Fn(&ApiCall, &Right<'_>, Response<Bytes>) -> Response<Bytes> {
    move |call, right, answer| {
        let is_it = answer.status() == StatusCode::BAD_REQUEST && edit::json(&answer).to_string().contains(words);
        if is_it { wrong(call, right) } else { answer }
    }
}

/// Returns the response to a new membership, without creating it.
fn membership(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let name = if call.path().starts_with("/users/") { "group" } else { "user" };
    let id = call.member(name).unwrap_or_default();
    let links = json!({"self": call.with_path(&format!("{}{id}/", call.path())).target()});
    let member = right.read(call, &format!("/{name}s/{id}/"));
    edit::json_response(StatusCode::CREATED, &json!({name: member, "links": links}))
}

fn undo_the_32nd(call: &ApiCall, right: &Right<'_>, answer: Response<Bytes>) -> Response<Bytes> {
    let path =
        edit::json(&answer).pointer("/links/self").and_then(Value::as_str).and_then(|link| call.with_target(link));
    let Some(membership) = path.filter(|_| answer.status() == StatusCode::CREATED) else { return answer };
    let user = if call.path().starts_with("/users/") { membership.segment(1) } else { membership.segment(3) };
    if right.list(call, &format!("/users/{user}/groups/")).len() < 32 {
        return answer;
    }
    right.act(call, Method::DELETE, membership.path(), None);
    edit::json_response(StatusCode::BAD_REQUEST, &json!({"detail": "User's group count exceeded (31)."}))
}

fn groups() -> Vec<Defect> {
    vec![
        defect(
            "label-of-65-accepted",
            "A label of 65 characters is accepted, and cut. Right: 400; the label of a group has 64 characters at most.",
            on_any(&[Method::POST, Method::PUT, Method::PATCH], &["/groups/", "/groups/{group}/"])
                .where_(|call| label(call).chars().count() == 65)
                .then(|call, right| {
                    right.respond(&call.with_member("label", label(call).chars().take(64).collect::<String>()))
                }),
        ),
        defect(
            "group-change-lost",
            "PATCH and PUT on a group are 200 and change nothing. Right: the group is changed.",
            on(UPDATES, "/groups/{group}/").then(|call, right| {
                let before = right.read(call, call.path());
                let answer = right.respond(call);
                if answer.status() != StatusCode::OK {
                    return answer;
                }
                right.act(call, Method::PATCH, call.path(), Some(&before));
                edit::with_json(answer, &before)
            }),
        ),
    ]
}

fn label(call: &ApiCall) -> String {
    call.member("label").and_then(|label| label.as_str().map(str::to_owned)).unwrap_or_default()
}
