//! Creates and changes responses.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::Value;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Creates a response with a JSON body.
pub fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    with_type(status, Bytes::from(body.to_string()), Some(JSON))
}

/// Creates a response with an HTML page.
pub fn page(status: StatusCode, page: &'static str) -> Response<Bytes> {
    with_type(status, Bytes::from_static(page.as_bytes()), Some(HTML))
}

/// Creates a response without a body.
pub fn empty(status: StatusCode) -> Response<Bytes> {
    with_type(status, Bytes::new(), None)
}

fn with_type(status: StatusCode, body: Bytes, content_type: Option<HeaderValue>) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if let Some(content_type) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response
}

/// Returns the JSON body of a response; null if it is not JSON.
pub fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or_default()
}

/// Replaces the JSON body of a response.
pub fn with_json(mut response: Response<Bytes>, body: &Value) -> Response<Bytes> {
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Bytes::from(body.to_string());
    response
}

/// Changes the JSON body of a response. A response without JSON stays.
pub fn change_json(response: Response<Bytes>, change: impl FnOnce(&mut Value)) -> Response<Bytes> {
    let mut body = json(&response);
    if body.is_null() {
        return response;
    }
    change(&mut body);
    with_json(response, &body)
}

/// Sets a member of the JSON object in a response.
pub fn with_member(response: Response<Bytes>, name: &str, value: impl Into<Value>) -> Response<Bytes> {
    change_json(response, |body| {
        if let Some(members) = body.as_object_mut() {
            members.insert(name.to_owned(), value.into());
        }
    })
}

/// Changes the objects of a list.
pub fn change_objects(response: Response<Bytes>, change: impl FnOnce(&mut Vec<Value>)) -> Response<Bytes> {
    change_json(response, |body| {
        if let Some(objects) = body.get_mut("objects").and_then(Value::as_array_mut) {
            change(objects);
        }
    })
}

/// Removes the objects and links of a list. A response that is not a list stays.
pub fn emptied(response: Response<Bytes>) -> Response<Bytes> {
    change_json(response, |body| {
        if body.get("objects").is_some_and(Value::is_array) {
            *body = serde_json::json!({"next": null, "prev": null, "objects": []});
        }
    })
}

/// Replaces the status of a response.
pub fn with_status(mut response: Response<Bytes>, status: StatusCode) -> Response<Bytes> {
    *response.status_mut() = status;
    response
}

/// Calls a function with the name and value of every member of every object in a value, the
/// innermost first. Removes the member if the function returns `false`.
pub fn each_member(value: &mut Value, change: &mut impl FnMut(&str, &mut Value) -> bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_member(item, change)),
        Value::Object(members) => members.retain(|name, member| {
            each_member(member, change);
            change(name, member)
        }),
        _ => {}
    }
}

/// Creates an error with a detail.
pub fn error(status: StatusCode, detail: &str) -> Response<Bytes> {
    json_response(status, &serde_json::json!({ "detail": detail }))
}

/// Returns the detail of an error.
pub fn detail(response: &Response<Bytes>) -> Option<String> {
    text(&json(response), "detail")
}

/// Returns a member that is a text.
pub fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// Returns a member of an object; null if it is missing.
pub fn member(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or_default()
}

/// Returns the id of an object; of a membership, the id of the user or the group in it.
pub fn id(value: &Value) -> Option<u64> {
    ["user", "group"]
        .iter()
        .filter_map(|side| value.get(side))
        .find_map(|side| side.get("id"))
        .or_else(|| value.get("id"))
        .and_then(Value::as_u64)
}

/// Sets a member of an object.
pub fn set(value: &mut Value, name: &str, member: impl Into<Value>) {
    if let Value::Object(members) = value {
        members.insert(name.to_owned(), member.into());
    }
}

/// Removes a member of an object.
pub fn unset(value: &mut Value, name: &str) {
    if let Value::Object(members) = value {
        members.shift_remove(name);
    }
}

/// Calls a function with every object in a value, the innermost first.
pub fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| each_object(member, change));
            change(value);
        }
        _ => {}
    }
}

/// Creates a response with a plain text.
pub fn bare_text(status: StatusCode, text: String) -> Response<Bytes> {
    with_type(status, Bytes::from(text), Some(HTML))
}

/// Changes every link in a value.
pub fn each_link(value: &mut Value, change: &impl Fn(&str) -> String) {
    each_member(value, &mut |name, links| {
        for link in links.as_object_mut().filter(|_| name == "links").into_iter().flat_map(|links| links.values_mut()) {
            if let Value::String(link) = link {
                *link = change(link);
            }
        }
        true
    });
}
