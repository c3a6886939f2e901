//! The place of keys in a request, their owners, and their format.

use bytes::Bytes;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};

use super::actions::reject;
use super::around::{after, sent_as};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, text};
use super::right::Right;
use super::when::{ANY, POST, everywhere, on, on_any};
use syncano_simulator::api::{Flag, Key};

const NO_SUCH_KEY: &str = "No such API Key.";

pub fn defects() -> Vec<Defect> {
    [places(), ignored(), rejections(), looks(), strangers(), parts()].into_iter().flatten().collect()
}

fn places() -> Vec<Defect> {
    vec![
        defect(
            "query-key-wins",
            "A key in the query wins over one in its header. Right: the header wins.",
            sent_as(|call, _| without_headers(call, |_| true)),
        ),
        defect(
            "bad-key-beside-good-key-accepted",
            "A key in the query counts if the header holds an invalid key. Right: the header counts, so 403.",
            sent_as(|call, _| without_headers(call, |key| key.trim().parse::<Key>().is_err())),
        ),
        defect(
            "short-name-wins",
            "In a query, `apikey` and `userkey` win over `api_key` and `user_key`. Right: the other way round.",
            sent_as(|call, _| {
                let [api, user] = [("api_key", "apikey"), ("user_key", "userkey")]
                    .map(|(long, short)| if call.query(short).is_some() { long } else { "" });
                if api.is_empty() && user.is_empty() { call.clone() } else { call.without_query(&[api, user]) }
            }),
        ),
        defect(
            "authorization-wins",
            "A key in `Authorization` wins over one in `X-API-KEY` or in the query. Right: it comes after them.",
            sent_as(|call, _| match call.authorization() {
                Some(key) => call.with_header("x-api-key", &key),
                None => call.clone(),
            }),
        ),
    ]
}

fn ignored() -> Vec<Defect> {
    vec![
        defect(
            "query-keys-ignored",
            "Keys in the query are ignored. Right: they count if no header holds a key.",
            sent_as(|call, _| call.without_query(&["api_key", "apikey", "user_key", "userkey"])),
        ),
        defect(
            "short-names-ignored",
            "`apikey` and `userkey` in the query are ignored. Right: they count as `api_key` and `user_key` do.",
            sent_as(|call, _| call.without_query(&["apikey", "userkey"])),
        ),
        defect(
            "authorization-ignored",
            "A key in `Authorization` is ignored. Right: it counts.",
            sent_as(|call, _| call.without_header("authorization")),
        ),
        defect(
            "body-keys-ignored",
            "`_api_key` and `_user_key` in a body are ignored. Right: they count if no other place holds a key.",
            sent_as(|call, _| match std::str::from_utf8(call.body()) {
                Ok(body) if body.contains("_key") => {
                    call.with_body(body.replace("_api_key", "_api_yek").replace("_user_key", "_user_yek"))
                }
                _ => call.clone(),
            }),
        ),
    ]
}

fn rejections() -> Vec<Defect> {
    vec![
        defect(
            "missing-key-is-401",
            "A request without a key is 401. Right: 403.",
            everywhere(ANY).where_(|call| call.api_key().is_none()).then(|call, right| {
                let answer = right.respond(call);
                let is_rejected = answer.status() == StatusCode::FORBIDDEN;
                if is_rejected { edit::with_status(answer, StatusCode::UNAUTHORIZED) } else { answer }
            }),
        ),
        defect(
            "bad-key-is-401",
            "A request with an unknown key is 401. Right: 403.",
            everywhere(ANY).instead_of_detail(NO_SUCH_KEY, |_, _| edit::error(StatusCode::UNAUTHORIZED, NO_SUCH_KEY)),
        ),
        defect(
            "bad-key-reported-as-missing-right",
            "For an unknown key, the error is a missing right. Right: the error is an unknown key.",
            everywhere(ANY).instead_of_detail(NO_SUCH_KEY, reject),
        ),
        defect(
            "rejections-carry-challenge",
            "Responses with the status 401 and 403 carry `WWW-Authenticate`. Right: no response does.",
            |call, right| {
                let mut answer = right.respond(call);
                if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status()) {
                    answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Key"));
                }
                answer
            },
        ),
    ]
}

fn looks() -> Vec<Defect> {
    vec![
        defect(
            "user-keys-in-capitals",
            "User keys are written with capital digits. Right: in lower case.",
            |call, right| respelled(right.respond(call), |key| key.to_uppercase()),
        ),
        defect(
            "user-keys-end-odd",
            "User keys end in an odd digit, as API keys do. Right: in an even one.",
            |call, right| {
                let key = call.user_key().unwrap_or_default();
                let call = call.with_key_replaced(&key, &with_last_digit(&key, |digit| digit & !1));
                respelled(right.respond(&call), |key| with_last_digit(key, |digit| digit | 1))
            },
        ),
        defect(
            "user-keys-masked",
            "`/users/` and `/groups/<id>/users/` show user keys as zeros, even for a new user. Right: the keys.",
            on_any(&[Method::GET, Method::POST], &["/users/", "/groups/{group}/users/"])
                .edit(|_, _, answer| respelled(answer, |key| "0".repeat(key.len()))),
        ),
    ]
}

fn strangers() -> Vec<Defect> {
    vec![
        defect(
            "unknown-user-key-rejected",
            "An API key beside an unknown user key is 403 everywhere. Right: it counts as the API key alone.",
            everywhere(ANY)
                .where_(|call| call.instance().is_some() && call.has_api_key() && call.user_key().is_some())
                .then(|call, right| match right.user(call) {
                    Some(_) => right.respond(call),
                    None => edit::error(StatusCode::FORBIDDEN, NO_SUCH_KEY),
                }),
        ),
        defect(
            "user-key-as-api-key",
            "A user key is accepted in the place of the API key. Right: 403.",
            everywhere(ANY).where_(ApiCall::has_account_key).instead_of_detail(NO_SUCH_KEY, |call, right| {
                let own = plain_api_key(call, right).map(|key| call.with_keys(&key, call.api_key().as_deref()));
                right.respond(own.as_ref().filter(|call| right.user(call).is_some()).unwrap_or(call))
            }),
        ),
        defect(
            "api-key-of-other-instance-accepted",
            "An API key of another instance is accepted. Right: 403.",
            everywhere(ANY).where_(ApiCall::has_api_key).instead_of_detail(NO_SUCH_KEY, as_own_api_key),
        ),
        defect(
            "api-key-of-other-instance-outside-its-header",
            "An API key of another instance is accepted outside `X-API-KEY`. Right: 403.",
            everywhere(ANY)
                .where_(|call| call.has_api_key() && call.header("x-api-key").is_none())
                .instead_of_detail(NO_SUCH_KEY, as_own_api_key),
        ),
        defect(
            "user-key-of-other-instance-accepted",
            "The key of a user of another instance counts as the key of the user with the same id or name. Right: as no key.",
            on(POST, "/users/").then_else(
                after(|call, right, user| {
                    let home =
                        json!({"instance": call.instance(), "id": user.get("id"), "username": user.get("username")});
                    right.memory.put(text(user, "user_key").unwrap_or_default(), home);
                }),
                sent_as(|call, right| {
                    let foreign = call.user_key().unwrap_or_default();
                    let home = right.memory.get(&foreign).unwrap_or_default();
                    if home.is_null()
                        || call.instance().is_none()
                        || text(&home, "instance").as_deref() == call.instance()
                    {
                        return call.clone();
                    }
                    let users = right.list(call, "/users/");
                    let same = |name: &str| users.iter().find(|user| user.get(name) == home.get(name));
                    let key = same("id").or_else(|| same("username")).and_then(|user| text(user, "user_key"));
                    key.map_or_else(|| call.clone(), |key| call.with_key_replaced(&foreign, &key))
                }),
            ),
        ),
    ]
}

fn parts() -> Vec<Defect> {
    vec![
        defect(
            "first-digit-of-keys-ignored",
            "A key with another first digit is accepted. Right: it is an unknown key.",
            sent_as(|call, right| with_known_keys(call, right, 0)),
        ),
        defect(
            "middle-digit-of-keys-ignored",
            "A key with another digit in the middle is accepted. Right: it is an unknown key.",
            sent_as(|call, right| with_known_keys(call, right, 20)),
        ),
        defect(
            "last-digit-of-keys-ignored",
            "A key with another last digit is accepted. Right: it is an unknown key.",
            sent_as(|call, right| with_known_keys(call, right, 39)),
        ),
    ]
}

/// Replaces each key by the first one that differs from it in this digit at most.
fn with_known_keys(call: &ApiCall, right: &Right<'_>, ignored: usize) -> ApiCall {
    let mut call = call.clone();
    for key in [call.api_key(), call.user_key()].into_iter().flatten().filter(|key| key.len() == 40 && key.is_ascii()) {
        let mut rest = key.clone();
        rest.remove(ignored);
        let known = format!("key without {ignored}: {rest}");
        match right.memory.get(&known).as_ref().and_then(Value::as_str) {
            Some(known) => call = call.with_key_replaced(&key, known),
            None => right.memory.put(known, key),
        }
    }
    call
}

/// Removes headers with keys if the query has a key for the same purpose.
fn without_headers(call: &ApiCall, is_left_out: impl Fn(&str) -> bool) -> ApiCall {
    let mut call = call.clone();
    for (header, names) in [("x-api-key", ["api_key", "apikey"]), ("x-user-key", ["user_key", "userkey"])] {
        let in_query = names.iter().any(|name| call.query(name).is_some());
        if in_query && call.header(header).is_some_and(|key| is_left_out(&key)) {
            call = call.without_header(header);
        }
    }
    call
}

/// Changes the spelling of every user key in a response.
fn respelled(answer: Response<Bytes>, spell: impl Fn(&str) -> String) -> Response<Bytes> {
    if !answer.body().windows(10).any(|bytes| bytes == b"\"user_key\"") {
        return answer;
    }
    edit::change_json(answer, |body| {
        edit::each_member(body, &mut |name, member| {
            if let ("user_key", Value::String(key)) = (name, &*member) {
                *member = Value::String(spell(key));
            }
            true
        });
    })
}

fn with_last_digit(key: &str, change: impl Fn(u32) -> u32) -> String {
    let last =
        key.chars().last().and_then(|digit| digit.to_digit(16)).and_then(|digit| char::from_digit(change(digit), 16));
    match (last, key.char_indices().last()) {
        (Some(last), Some((end, _))) => key.chars().take(end).chain([last]).collect(),
        _ => key.to_owned(),
    }
}

/// Returns an API key of the instance without a flag.
fn plain_api_key(call: &ApiCall, right: &Right<'_>) -> Option<String> {
    let has_flag = |key: &Value| Flag::ALL.iter().any(|flag| key.get(flag.name()) == Some(&Value::Bool(true)));
    let keys = right.list(call, "/api_keys/");
    keys.iter().find(|key| !has_flag(key)).and_then(|key| text(key, "api_key"))
}

/// Accepts an API key of any instance as one of this instance.
fn as_own_api_key(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let home = call.by_same_caller(Method::GET, "/").outside("/instances/");
    let is_known = right.respond(&home).status() == StatusCode::OK;
    match plain_api_key(call, right).filter(|_| is_known) {
        Some(key) => right.respond(&call.with_key_replaced(&call.api_key().unwrap_or_default(), &key)),
        None => right.respond(call),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_digit_of_a_key_is_changed() {
        assert_eq!(with_last_digit("0a2", |digit| digit | 1), "0a3");
        assert_eq!(with_last_digit("0af", |digit| digit & !1), "0ae");
        assert_eq!(with_last_digit("no key", |digit| digit | 1), "no key");
        assert_eq!(with_last_digit("", |digit| digit | 1), "");
    }
}
