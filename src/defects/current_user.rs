//! The user of `/user/`, and changes to users by themselves and by administrators.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::actions::{as_first_user, as_user, as_user_of_key};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, text};
use super::right::Right;
use super::when::{ANY, PATCH, POST, PUT, UPDATES, Who, everywhere, on, on_any};
use syncano_simulator::api::Key;

const USER: &[&str] = &["/user/", "/users/{user}/"];

pub fn defects() -> Vec<Defect> {
    [who_calls(), who_is_meant(), passwords(), names_and_profiles(), keys()].into_iter().flatten().collect()
}

fn who_calls() -> Vec<Defect> {
    vec![
        defect(
            "account-key-on-user",
            "`/user/` also accepts an account key beside a user key. Right: only an API key beside a user key.",
            on(ANY, "/user/").by(Who::Account).instead_of_403(as_user_of_key),
        ),
        defect(
            "account-key-alone-on-user",
            "`/user/` accepts an account key and acts for the first user of the instance. Right: 403.",
            on(ANY, "/user/").by(Who::Account).instead_of_403(as_first_user),
        ),
        defect(
            "user-key-alone-on-user",
            "`/user/` accepts a user key without an API key. Right: 403.",
            on(ANY, "/user/").by(Who::NoKey).instead_of_403(as_user_of_key),
        ),
        defect(
            "user-key-scopes-accounts",
            "An account key beside a user key sees what the user may see. Right: the user key has no effect there.",
            everywhere(ANY)
                .where_(|call| call.instance().is_some() && call.has_account_key() && call.user_key().is_some())
                .then(as_user_of_key),
        ),
    ]
}

fn who_is_meant() -> Vec<Defect> {
    vec![
        defect(
            "user-shows-the-first",
            "`/user/` is about the first user of the instance for every caller. Right: about the caller.",
            on(ANY, "/user/").by(Who::User).then(as_first_user),
        ),
        defect(
            "user-chosen-in-query",
            "`/user/?id=` is about the user with that id. Right: about the caller.",
            on(ANY, "/user/").where_(|call| call.query("id").is_some()).by(Who::User).then(|call, right| {
                as_user(call, right, &right.read(call, &format!("/users/{}/", call.query("id").unwrap_or_default())))
            }),
        ),
        defect(
            "user-chosen-in-body",
            "PATCH and PUT on `/user/` change the user whose `id` is in the body. Right: the caller; `id` is ignored.",
            on(UPDATES, "/user/").where_(|call| call.member("id").is_some()).by(Who::User).then(|call, right| {
                as_user(call, right, &right.read(call, &format!("/users/{}/", call.member("id").unwrap_or_default())))
            }),
        ),
    ]
}

fn passwords() -> Vec<Defect> {
    vec![
        defect(
            "put-may-leave-out",
            "PUT on a user keeps a name or password that it leaves out. Right: 400 that names the missing member.",
            on_any(PUT, USER)
                .where_(|call| call.member("username").is_none() || call.member("password").is_none())
                .then(|call, right| right.respond(&call.with_method(Method::PATCH))),
        ),
        defect(
            "patch-needs-password",
            "PATCH on a user without a password is rejected like PUT. Right: any of the members is enough.",
            on_any(PATCH, USER)
                .where_(has_no_password)
                .then(|call, right| right.respond(&call.with_method(Method::PUT))),
        ),
        defect(
            "patch-forgets-password",
            "PATCH on a user without a password removes the password. Right: it stays.",
            on_any(PATCH, USER).where_(has_no_password).edit(|call, right, answer| {
                change(call, right, &answer, &json!({"password": "forgotten"}));
                answer
            }),
        ),
        defect(
            "password-change-lost",
            "A new password is accepted and not kept. Right: it is the one to log in with.",
            on_any(UPDATES, USER)
                .where_(|call| call.member("password").is_some_and(|password| password.as_str() > Some("")))
                .where_(|call| *call.method() == Method::PATCH || call.member("username").is_some())
                .then(|call, right| right.respond(&call.with_method(Method::PATCH).without_member("password"))),
        ),
    ]
}

fn has_no_password(call: &ApiCall) -> bool {
    call.json().is_object() && call.member("password").is_none()
}

/// Changes the user in a successful response, as an administrator.
fn change(call: &ApiCall, right: &Right<'_>, answer: &Response<Bytes>, body: &Value) {
    if let Some(id) = edit::json(answer).get("id").filter(|_| answer.status() == StatusCode::OK) {
        right.act(call, Method::PATCH, &format!("/users/{id}/"), Some(body));
    }
}

fn names_and_profiles() -> Vec<Defect> {
    vec![
        defect(
            "name-change-lost",
            "A new user name is shown in the answer and not kept. Right: it stays.",
            on_any(UPDATES, USER).where_(|call| call.member("username").is_some()).then(|call, right| {
                let before = right.list(call, "/users/");
                let answer = right.respond(call);
                let id = edit::json(&answer).get("id").cloned();
                let user = before.iter().find(|user| user.get("id") == id.as_ref()).unwrap_or(&Value::Null);
                change(call, right, &answer, &json!({"username": user.get("username")}));
                answer
            }),
        ),
        defect(
            "profile-change-lost",
            "A changed `profile` is accepted and not kept. Right: it is the profile from then on.",
            on_any(UPDATES, USER)
                .where_(|call| call.member("profile").is_some_and(|profile| profile.is_object()))
                .then(|call, right| right.respond(&call.without_member("profile"))),
        ),
        defect(
            "profile-taken-by-its-id",
            "A `profile` with an `id` changes the profile with that id. Right: that of the user; `id` is ignored.",
            on_any(UPDATES, USER)
                .where_(|call| call.json().pointer("/profile/id").is_some())
                .then(change_profile_with_id),
        ),
        defect(
            "new-user-joins-callers-groups",
            "A user created with a user key is in the groups of that user. Right: in none.",
            on(POST, "/users/").by(Who::User).edit(join_groups_of_caller),
        ),
    ]
}

fn change_profile_with_id(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let answer = right.respond(&call.without_member("profile"));
    let profile = call.member("profile").unwrap_or_default();
    let holder = |user: &Value| user.pointer("/profile/id") == profile.get("id");
    let users = right.list(call, "/users/");
    if let Some(id) = users.iter().find(|user| holder(user)).and_then(|user| user.get("id")) {
        right.act(call, Method::PATCH, &format!("/users/{id}/"), Some(&json!({"profile": profile})));
    }
    answer
}

fn join_groups_of_caller(call: &ApiCall, right: &Right<'_>, answer: Response<Bytes>) -> Response<Bytes> {
    let Some(id) = edit::json(&answer).get("id").and_then(Value::as_u64) else { return answer };
    let groups = right.user(call).and_then(|mut user| Some(user.get_mut("groups")?.take())).unwrap_or_default();
    for group in groups.as_array().into_iter().flatten().filter_map(|group| group.get("id")) {
        right.act(call, Method::POST, &format!("/users/{id}/groups/"), Some(&json!({"group": group})));
    }
    edit::with_member(answer, "groups", groups)
}

fn keys() -> Vec<Defect> {
    vec![
        defect(
            "user-key-writable",
            "A `user_key` in the body of PATCH or PUT becomes the key of the user. Right: it is ignored.",
            |call, right| {
                let answer = with_swapped_keys(call, right);
                let sent = call.member("user_key").filter(|_| on_any(UPDATES, USER).holds(call, right));
                let sent = sent.and_then(|key| key.as_str()?.parse::<Key>().ok());
                let present = edit::json(&answer).get("user_key").and_then(Value::as_str).map(str::to_owned);
                match sent.zip(present).filter(|_| answer.status() == StatusCode::OK) {
                    Some((sent, present)) => {
                        swap_keys(right, &sent.to_string(), &present);
                        swapped(right, answer)
                    }
                    None => answer,
                }
            },
        ),
        defect(
            "keys-follow-names",
            "A user who takes the name that another one gave up takes over their user key. Right: keys stay with users.",
            let_keys_follow_names,
        ),
    ]
}

fn let_keys_follow_names(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let renames = call.member("username").is_some() && on_any(UPDATES, USER).holds(call, right);
    let before = if renames { right.list(call, "/users/") } else { Vec::new() };
    let answer = with_swapped_keys(call, right);
    let after = edit::json(&answer);
    let before = before.iter().find(|user| user.get("id") == after.get("id"));
    let names = before.and_then(|user| text(user, "username")).zip(text(&after, "username"));
    let Some(((old, new), key)) = names.zip(text(&after, "user_key")) else { return answer };
    if old == new.to_lowercase() {
        return answer;
    }
    right.memory.put(format!("key of {old}"), key.as_str());
    match right.memory.take(&format!("key of {}", new.to_lowercase())).as_ref().and_then(Value::as_str) {
        Some(given_up) => {
            swap_keys(right, given_up, &key);
            swapped(right, answer)
        }
        None => answer,
    }
}

/// Swaps two user keys from now on.
fn swap_keys(right: &Right<'_>, one: &str, other: &str) {
    right.memory.put(one, other);
    right.memory.put(other, one);
}

/// Returns the right response, with swapped keys in the request and in the response.
fn with_swapped_keys(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let other = call.user_key().and_then(|key| right.memory.get(&key));
    let call = other.as_ref().and_then(Value::as_str).map_or_else(|| call.clone(), |key| call.with_user_key(Some(key)));
    swapped(right, right.respond(&call))
}

fn swapped(right: &Right<'_>, answer: Response<Bytes>) -> Response<Bytes> {
    edit::change_json(answer, |body| {
        edit::each_member(body, &mut |name, value| {
            let other = value.as_str().filter(|_| name == "user_key").and_then(|key| right.memory.get(key));
            *value = other.unwrap_or_else(|| value.take());
            true
        });
    })
}
