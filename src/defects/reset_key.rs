//! `POST /users/<id>/reset_key/`, which gives a user a new key.

use http::{Method, StatusCode};
use serde_json::json;

use super::actions::{as_administrator, reject};
use super::around::{after, around, behind, changed, sent_as};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, text};
use super::pretend::{allowed, pretended};
use super::right::Right;
use super::when::{GET, POST, Who, on};
use syncano_simulator::api::Flag;

pub const RESET: &str = "/users/{user}/reset_key/";

pub fn defects() -> Vec<Defect> {
    [whose(), which_key(), what_else()].into_iter().flatten().collect()
}

fn whose() -> Vec<Defect> {
    vec![
        defect(
            "own-reset-rejected",
            "A user may not reset their own key. Right: 200.",
            on(POST, RESET).by(Who::Lacks(Flag::IgnoreAcl)).then(|call, right| match right.user_id(call) {
                Some(id) if id.to_string() == call.segment(1) => reject(call, right),
                _ => right.respond(call),
            }),
        ),
        defect(
            "reset-unscoped",
            "A user may reset the keys of other users. Right: 404, and the keys stay.",
            on(POST, RESET).by(Who::User).instead_of(StatusCode::NOT_FOUND, as_administrator),
        ),
        defect(
            "reset-of-the-first-user",
            "A reset gives the first user of the instance another key, whichever user is in the path. Right: the user in the \
             path gets another key.",
            on(POST, RESET).then(|call, right| {
                let first = right
                    .list(call, "/users/")
                    .first()
                    .and_then(edit::id)
                    .filter(|_| allowed(call, right, 1).is_some());
                let path = |id| format!("/users/{id}/reset_key/");
                first.map_or_else(|| right.respond(call), |id| right.act(call, Method::POST, &path(id), None))
            }),
        ),
        defect(
            "reset-by-get",
            "GET on `/users/<id>/reset_key/` resets the key. Right: 405.",
            on(GET, RESET)
                .instead_of(StatusCode::METHOD_NOT_ALLOWED, sent_as(|call, _| call.with_method(Method::POST))),
        ),
    ]
}

fn which_key() -> Vec<Defect> {
    vec![
        defect(
            "user-key-survives-reset",
            "The previous user key stays valid after a reset. Right: it counts as no key.",
            behind(
                by_newest_user_key,
                on(POST, RESET).then(around(user_key, |_, right, old, answer| {
                    if let (Some(old), Some(new)) = (old, text(answer, "user_key")) {
                        right.memory.put(old, new);
                    }
                })),
            ),
        ),
        defect(
            "reset-returns-old-key",
            "The response to a reset shows the previous key. Right: the new one.",
            on(POST, RESET).then(|call, right| {
                let old = user_key(call, right);
                changed(move |_, _, user| edit::set(user, "user_key", old.clone()))(call, right)
            }),
        ),
        defect(
            "reset-not-stored",
            "The answer to a reset shows a key that is not kept, and the old one stays. Right: the key in the answer is the \
             key of the user.",
            on(POST, RESET).then(pretended(1, |user| {
                let backwards = text(user, "user_key").map(|key| key.chars().rev().collect::<String>() + "0");
                edit::set(user, "user_key", backwards.and_then(|key| key.get(1..).map(str::to_owned)));
            })),
        ),
        defect(
            "reset-does-nothing",
            "A reset answers 200 and the old key. Right: it gives the user another key.",
            on(POST, RESET).then(pretended(1, |_| {})),
        ),
        defect(
            "reset-gives-one-key-twice",
            "Only the first reset of a user gives them another key; each later one gives that key again. Right: each gives \
             another key.",
            on(POST, RESET).then(|call, right| {
                let path = call.full_path();
                if right.memory.get(path).is_some() {
                    return pretended(1, |_| {})(call, right);
                }
                after(|call, right, _| right.memory.put(call.full_path(), true))(call, right)
            }),
        ),
        defect(
            "reset-ends-the-keys-of-others",
            "A reset gives every user of the instance another key. Right: the keys of the others stay valid.",
            on(POST, RESET).then(after(|call, right, user| {
                let others = right.list(call, "/users/").into_iter().filter(|other| edit::id(other) != edit::id(user));
                for id in others.filter_map(|other| edit::id(&other)) {
                    right.act(call, Method::POST, &format!("/users/{id}/reset_key/"), None);
                }
            })),
        ),
    ]
}

fn what_else() -> Vec<Defect> {
    vec![
        defect(
            "reset-changes-password",
            "A reset changes the password too. Right: it stays.",
            on(POST, RESET).then(after(|call, right, user| {
                let password = json!({"password": text(user, "user_key")});
                right.act(call, Method::PATCH, &format!("/users/{}/", call.segment(1)), Some(&password));
            })),
        ),
        defect(
            "reset-ends-memberships",
            "A reset takes the user out of all groups. Right: they stay in them.",
            on(POST, RESET).then(after(|call, right, _| {
                let groups = format!("/users/{}/groups/", call.segment(1));
                for group in right.list(call, &groups).iter().filter_map(edit::id) {
                    right.act(call, Method::DELETE, &format!("{groups}{group}/"), None);
                }
            })),
        ),
        defect(
            "reset-without-key",
            "The answer to a reset does not show the `user_key`. Right: it shows the new one.",
            on(POST, RESET).then(changed(|_, _, user| edit::unset(user, "user_key"))),
        ),
    ]
}

/// Returns the key of the user in the path.
pub fn user_key(call: &ApiCall, right: &Right<'_>) -> Option<String> {
    text(&right.read(call, &format!("/users/{}/", call.segment(1))), "user_key")
}

/// Returns the request with the user key that has replaced its user key.
fn by_newest_user_key(call: &ApiCall, right: &Right<'_>) -> ApiCall {
    call.user_key().map_or_else(|| call.clone(), |key| by_newest(call, right, &key))
}

/// Returns the request with a key replaced by its newest successor in the memory.
pub fn by_newest(call: &ApiCall, right: &Right<'_>, key: &str) -> ApiCall {
    let next = |key: &str| right.memory.get(key)?.as_str().map(str::to_owned);
    let newest = std::iter::successors(next(key), |key| next(key)).last();
    newest.map_or_else(|| call.clone(), |newest| call.with_key_replaced(key, &newest))
}
