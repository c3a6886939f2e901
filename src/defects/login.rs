//! `POST /user/auth/`, which returns a user key for a name and a password.

use http::{Method, StatusCode};
use serde_json::Value;

use super::actions::{as_administrator, reject};
use super::around::{around, changed, restatus};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, text};
use super::passwords::{self, noting};
use super::reset_key::{RESET, user_key};
use super::right::Right;
use super::when::{POST, Who, on};

pub const LOGIN: &str = "/user/auth/";
pub const WRONG_NAME: &str = "Invalid username.";
pub const WRONG_PASSWORD: &str = "Invalid password.";

pub fn defects() -> Vec<Defect> {
    [keys(), passwords(), names(), answers(), rejections()].into_iter().flatten().collect()
}

fn keys() -> Vec<Defect> {
    vec![
        defect(
            "login-needs-no-key",
            "`/user/auth/` needs no API key. Right: 403 without one.",
            on(POST, LOGIN).by(Who::NoKey).instead_of_403(as_administrator),
        ),
        defect(
            "login-rejected-for-accounts",
            "`/user/auth/` rejects account keys. Right: an administrator of the instance may call it.",
            on(POST, LOGIN).by(Who::Account).then(reject),
        ),
    ]
}

fn passwords() -> Vec<Defect> {
    vec![
        defect(
            "login-ignores-password",
            "Any password logs a user in. Right: 401 for a wrong one.",
            on(POST, LOGIN).instead_of_detail(WRONG_PASSWORD, |call, right| match named(call, right) {
                Some(user) => edit::json_response(StatusCode::OK, &user),
                None => right.respond(call),
            }),
        ),
        defect(
            "login-password-case-ignored",
            "Login ignores the letter case of the password. Right: 401.",
            noting(on(POST, LOGIN).instead_of_detail(WRONG_PASSWORD, |call, right| {
                let password = named(call, right).and_then(|user| passwords::current(call, right, edit::id(&user)?));
                let sent = text(&call.json(), "password").unwrap_or_default();
                match password.filter(|password| password.to_lowercase() == sent.trim().to_lowercase()) {
                    Some(password) => right.respond(&call.with_member("password", password)),
                    None => right.respond(call),
                }
            })),
        ),
        defect(
            "failed-login-shows-password",
            "The answer to a wrong password shows the right one. Right: only `Invalid password.`.",
            noting(on(POST, LOGIN).instead_of_detail(WRONG_PASSWORD, |call, right| {
                let password = named(call, right).and_then(|user| passwords::current(call, right, edit::id(&user)?));
                let detail = format!("Invalid password, it is {}.", password.unwrap_or_default());
                edit::error(StatusCode::UNAUTHORIZED, &detail)
            })),
        ),
    ]
}

fn names() -> Vec<Defect> {
    vec![
        defect(
            "login-name-case-matters",
            "Login does not know a name in other letter case. Right: it logs the user in.",
            on(POST, LOGIN)
                .where_(|call| text(&call.json(), "username").is_some_and(|name| name != name.to_lowercase()))
                .instead_of(StatusCode::OK, |_, _| edit::error(StatusCode::UNAUTHORIZED, WRONG_NAME)),
        ),
        defect(
            "login-finds-other-instances",
            "Login knows the users of all instances. Right: 401 for the users of other instances.",
            on(POST, "/users/").then_else(
                around(
                    |call, _| call.instance().map(str::to_owned),
                    |_, right, instance, user| {
                        right.memory.put(text(user, "username").unwrap_or_default().to_lowercase(), instance);
                    },
                ),
                on(POST, LOGIN).instead_of_detail(WRONG_NAME, |call, right| {
                    let instance = right.memory.get(&sent_name(call));
                    match instance.as_ref().and_then(Value::as_str) {
                        Some(instance) => as_administrator(&call.with_instance(instance), right),
                        None => right.respond(call),
                    }
                }),
            ),
        ),
    ]
}

fn answers() -> Vec<Defect> {
    vec![
        defect(
            "login-shows-the-caller",
            "With a user key, login answers with the user of that key. Right: with the user who logs in.",
            on(POST, LOGIN).by(Who::User).then(changed(|call, right, user| {
                *user = right.user(call).unwrap_or_default();
            })),
        ),
        defect(
            "login-changes-key",
            "Each login gives the user another key. Right: the key stays.",
            on(POST, LOGIN).then(changed(|call, right, user| {
                let path = edit::id(user).map(|id| format!("/users/{id}/reset_key/")).unwrap_or_default();
                *user = edit::json(&right.act(call, Method::POST, &path, None));
            })),
        ),
        defect(
            "login-returns-old-key",
            "After a reset, login shows the previous key. Right: the new one.",
            on(POST, RESET).then_else(
                around(user_key, |call, right, old, user| {
                    right.memory.put(passwords::name(call, "key", edit::id(user).unwrap_or_default()), old);
                }),
                on(POST, LOGIN).then(changed(|call, right, user| {
                    let old = right.memory.get(&passwords::name(call, "key", edit::id(user).unwrap_or_default()));
                    old.into_iter().for_each(|old| edit::set(user, "user_key", old));
                })),
            ),
        ),
        defect(
            "login-returns-invalid-key",
            "The response to a login holds an unknown user key. Right: the key of the user.",
            on(POST, LOGIN).then(changed(|_, _, user| edit::set(user, "user_key", "0".repeat(40)))),
        ),
        defect(
            "login-without-key",
            "Login does not show the `user_key`. Right: it does.",
            on(POST, LOGIN).then(changed(|_, _, user| edit::unset(user, "user_key"))),
        ),
    ]
}

fn rejections() -> Vec<Defect> {
    vec![
        defect(
            "failed-login-is-403",
            "A wrong name or password is 403. Right: 401.",
            on(POST, LOGIN).then(restatus(StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN)),
        ),
        defect(
            "wrong-name-reported-as-password",
            "For an unknown name, login reports a wrong password. Right: it reports a wrong name.",
            on(POST, LOGIN).instead_of_detail(WRONG_NAME, |_, _| edit::error(StatusCode::UNAUTHORIZED, WRONG_PASSWORD)),
        ),
        defect(
            "login-without-field-is-401",
            "Login without a name or password is 401. Right: 400 that names the missing member.",
            on(POST, LOGIN).then(|call, right| {
                let answer = right.respond(call);
                let is_incomplete = answer.status() == StatusCode::BAD_REQUEST && edit::detail(&answer).is_none();
                if is_incomplete { edit::error(StatusCode::UNAUTHORIZED, WRONG_NAME) } else { answer }
            }),
        ),
    ]
}

/// Returns the name in the body, in the form in which names are stored.
pub fn sent_name(call: &ApiCall) -> String {
    text(&call.json(), "username").unwrap_or_default().trim().to_lowercase()
}

/// Returns the user whose name is in the body.
pub fn named(call: &ApiCall, right: &Right<'_>) -> Option<Value> {
    let name = sent_name(call);
    right.list(call, "/users/").into_iter().find(|user| text(user, "username").as_ref() == Some(&name))
}
