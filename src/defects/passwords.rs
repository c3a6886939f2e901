//! Records the passwords of users when they are set, because no response shows them.

use bytes::Bytes;
use http::{Method, Response};
use serde_json::Value;

use super::call::ApiCall;
use super::edit;
use super::right::Right;

/// Returns the name of a memory entry for an object of an instance.
pub fn name(call: &ApiCall, what: &str, of: impl std::fmt::Display) -> String {
    format!("{what} {} {of}", call.instance().unwrap_or_default().to_lowercase())
}

/// Records the password that each request sets, around a layer.
pub fn noting(
    layer: impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| {
        let answer = layer(call, right);
        let sets = [Method::POST, Method::PUT, Method::PATCH].contains(call.method())
            && ["/users/", "/users/{user}/", "/user/"].iter().any(|path| call.is(path));
        let password = call.member("password").filter(|_| sets && answer.status().is_success());
        if let (Some(Value::String(password)), Some(id)) = (password, edit::id(&edit::json(&answer))) {
            let current = name(call, "password", id);
            if let Some(former) = right.memory.take(&current) {
                right.memory.put(name(call, "former password", id), former);
            }
            right.memory.put(current, password.trim());
        }
        answer
    }
}

/// Returns the current password of a user.
pub fn current(call: &ApiCall, right: &Right<'_>, user: u64) -> Option<String> {
    right.memory.get(&name(call, "password", user))?.as_str().map(str::to_owned)
}

/// Returns the previous password of a user.
pub fn former(call: &ApiCall, right: &Right<'_>, user: u64) -> Option<String> {
    right.memory.get(&name(call, "former password", user))?.as_str().map(str::to_owned)
}
