//! Actions that many defects share.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::call::ApiCall;
use super::edit;
use super::right::Right;
use syncano_simulator::api::Flag;

/// Responds as to an administrator of the instance.
pub fn as_administrator(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    right.respond(&right.as_administrator(call))
}

/// Responds as to an app with the key of this user, who is given as in `/users/`.
pub fn as_user(call: &ApiCall, right: &Right<'_>, user: &Value) -> Response<Bytes> {
    let own = call.api_key().filter(|_| call.has_api_key());
    let plain = || {
        let keys = right.list(call, "/api_keys/");
        let plain = keys.iter().find(|key| key.get(Flag::IgnoreAcl.name()) == Some(&Value::Bool(false)))?;
        plain.get("api_key")?.as_str().map(str::to_owned)
    };
    match (own.or_else(plain), user.get("user_key").and_then(Value::as_str)) {
        (Some(api_key), Some(user_key)) => right.respond(&call.with_keys(&api_key, Some(user_key))),
        _ => right.respond(call),
    }
}

/// Responds as to an app with the key of the first user of the instance.
pub fn as_first_user(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    as_user(call, right, right.list(call, "/users/").first().unwrap_or(&Value::Null))
}

/// Responds as to an app with the key of the user whose user key the request carries.
pub fn as_user_of_key(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    as_user(call, right, &right.user_of_key(call).unwrap_or_default())
}

/// Responds as if these flags of the API key in the request had the value `to`. The flags are
/// changed only for this request.
pub fn with_flags(call: &ApiCall, right: &Right<'_>, flags: &[Flag], to: bool) -> Response<Bytes> {
    let before = right.api_key(call).unwrap_or_default();
    let Some(id) = before.get("id").and_then(Value::as_u64) else { return right.respond(call) };
    let switch = |value: &dyn Fn(Flag) -> Value| {
        let body = flags.iter().map(|flag| (flag.name().to_owned(), value(*flag))).collect::<Map<_, _>>();
        right.act(call, Method::PATCH, &format!("/api_keys/{id}/"), Some(&Value::Object(body)));
    };
    switch(&|_| Value::Bool(to));
    let answer = right.respond(call);
    switch(&|flag| before.get(flag.name()).cloned().unwrap_or_default());
    answer
}

/// Responds that the caller lacks the right.
pub fn reject(_: &ApiCall, _: &Right<'_>) -> Response<Bytes> {
    edit::json_response(StatusCode::FORBIDDEN, &json!({"detail": "You do not have permission to perform this action."}))
}

/// Responds that the object does not exist.
pub fn not_found(_: &ApiCall, _: &Right<'_>) -> Response<Bytes> {
    edit::json_response(StatusCode::NOT_FOUND, &json!({"detail": "Not found."}))
}

/// Responds with the page of an internal error.
pub fn server_error(_: &ApiCall, _: &Right<'_>) -> Response<Bytes> {
    edit::page(StatusCode::INTERNAL_SERVER_ERROR, "<h1>Server Error (500)</h1>")
}

/// Responds with 204 and does nothing.
pub fn pretend_to_delete(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let read = right.respond(&call.with_method(Method::GET).without_body());
    if read.status().is_success() { edit::empty(StatusCode::NO_CONTENT) } else { right.respond(call) }
}
