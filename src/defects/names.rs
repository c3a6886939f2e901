//! Limits of user names and passwords.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::json;

use super::around::{behind, changed};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, text};
use super::login::named;
use super::reset_key::by_newest;
use super::right::Right;
use super::when::{POST, UPDATES, Who, on, on_any};

/// The paths that set names and passwords.
pub const NAMED: &[&str] = &["/users/", "/users/{user}/", "/user/"];
/// The methods that set names and passwords.
pub const WRITES: &[Method] = &[Method::POST, Method::PUT, Method::PATCH];
const TAKEN: &str = "This field must be unique.";

pub fn defects() -> Vec<Defect> {
    [limits(), taken()].into_iter().flatten().collect()
}

fn limits() -> Vec<Defect> {
    vec![
        defect(
            "user-name-of-65-accepted",
            "A user name may have 65 characters. Right: at most 64.",
            on_any(WRITES, NAMED).where_(|call| length_of_name(call) == 65).then(|call, right| {
                let cut = sent(call, "username").chars().take(63).chain(['~']).collect::<String>();
                renamed(call, right, &cut)
            }),
        ),
        defect(
            "user-name-of-64-rejected",
            "A user name may have at most 63 characters. Right: at most 64.",
            on_any(WRITES, NAMED)
                .where_(|call| length_of_name(call) == 64)
                .then(|call, right| reject_name(call, right, "Ensure this field has no more than 63 characters.")),
        ),
        defect(
            "blank-names-accepted",
            "User name and password may be blank. Right: 400.",
            on_any(WRITES, NAMED).then(|call, right| {
                let is_blank = |name: &str| call.member(name).is_some_and(|value| value.as_str().is_some_and(is_blank));
                let unblank = if is_blank("password") { call.with_member("password", "blank") } else { call.clone() };
                if is_blank("username") { renamed(&unblank, right, "blank") } else { right.respond(&unblank) }
            }),
        ),
        defect(
            "space-in-name-rejected",
            "A user name with a space is rejected. Right: it is accepted.",
            on_any(WRITES, NAMED)
                .where_(|call| sent(call, "username").contains(' '))
                .then(|call, right| reject_name(call, right, "Enter a valid value.")),
        ),
        defect(
            "password-may-be-left-out",
            "A user may be created without a password. Right: 400.",
            on(POST, "/users/")
                .where_(|call| call.json().is_object() && call.member("password").is_none())
                .then(|call, right| right.respond(&call.with_member("password", "none"))),
        ),
    ]
}

fn taken() -> Vec<Defect> {
    vec![
        defect(
            "taken-name-accepted",
            "A user may be created under the name of another user. Right: 400.",
            on(POST, "/users/").instead_of(StatusCode::BAD_REQUEST, under_a_free_name),
        ),
        defect(
            "taken-name-accepted-on-change",
            "A user may be given the name of another user. Right: 400.",
            on_any(UPDATES, NAMED).instead_of(StatusCode::BAD_REQUEST, under_a_free_name),
        ),
        defect(
            "user-names-case-sensitive",
            "A user may be created under the name of another user in other letter case. Right: 400.",
            on(POST, "/users/")
                .where_(|call| sent(call, "username") != sent(call, "username").to_lowercase())
                .instead_of(StatusCode::BAD_REQUEST, under_a_free_name),
        ),
        defect(
            "taken-name-shows-its-user",
            "The error for a name that is taken shows its user. Right: only that the name must be unique.",
            on_any(WRITES, NAMED).then(|call, right| {
                let answer = right.respond(call);
                if !is_taken(&answer) {
                    return answer;
                }
                edit::change_json(answer, |errors| edit::set(errors, "user", named(call, right)))
            }),
        ),
        defect(
            "new-user-gets-the-callers-key",
            "A user who is created with a user key gets that key, and the caller loses it. Right: the new user gets a new key.",
            behind(
                |call, right| call.user_key().map_or_else(|| call.clone(), |key| by_newest(call, right, &key)),
                on(POST, "/users/").by(Who::User).then(changed(|call, right, user| {
                    let callers = call.user_key().unwrap_or_default();
                    right.memory.put(&*callers, text(user, "user_key"));
                    edit::set(user, "user_key", callers);
                })),
            ),
        ),
    ]
}

/// Rejects a user name if the caller may set one.
pub fn reject_name(call: &ApiCall, right: &Right<'_>, message: &str) -> Response<Bytes> {
    let answer = right.respond(&call.with_member("username", ""));
    if answer.status() != StatusCode::BAD_REQUEST {
        return answer;
    }
    edit::json_response(StatusCode::BAD_REQUEST, &json!({"username": [message]}))
}

/// Sends the request with another user name, and shows the original one in the response.
fn renamed(call: &ApiCall, right: &Right<'_>, name: &str) -> Response<Bytes> {
    let sent = sent(call, "username");
    changed(move |_, _, user| edit::set(user, "username", sent.clone()))(&call.with_member("username", name), right)
}

/// Sends the request with another name if the name is taken.
fn under_a_free_name(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let numbered = |number| renamed(call, right, &format!("{} {number}", sent(call, "username")));
    let mut answers = std::iter::once(right.respond(call)).chain((2..9).map(numbered));
    answers.find(|answer| !is_taken(answer)).unwrap_or_else(|| right.respond(call))
}

fn is_taken(answer: &Response<Bytes>) -> bool {
    edit::json(answer) == json!({ "username": [TAKEN] })
}

/// Returns a text in the body, without white space around it.
fn sent(call: &ApiCall, name: &str) -> String {
    text(&call.json(), name).unwrap_or_default().trim().to_owned()
}

fn length_of_name(call: &ApiCall) -> usize {
    sent(call, "username").chars().count()
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
