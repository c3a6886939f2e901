//! The requests in a batch, answered one by one, for defects that are about them too.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::call::Call;
use super::edit::{self, text};
use super::right::Right;
use super::when::Response as Respond;

/// How many requests a batch may have.
pub const LIMIT: usize = 50;
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Whether a request is a batch.
pub fn is_batch(call: &Call) -> bool {
    *call.method() == Method::POST && call.is("/batch/")
}

/// The requests in a batch; `None` where it has none.
pub fn requests(call: &Call) -> Option<Vec<Value>> {
    match call.member("requests")? {
        Value::Array(requests) => Some(requests),
        _ => None,
    }
}

/// Answers a request, and each request of a batch, with a layer. What is no valid batch is answered right.
pub fn answered_one_by_one(call: &Call, right: &Right<'_>, respond: &Respond) -> Response<Bytes> {
    if !is_batch(call) {
        return respond(call, right);
    }
    let items = requests(call).filter(|requests| requests.len() <= LIMIT);
    let within = |request: &Value| item(call, request).filter(|item| item.instance().is_some());
    let items = items.and_then(|requests| requests.iter().map(within).collect::<Option<Vec<_>>>());
    let is_open = || right.respond(&call.with_member("requests", json!([]))).status() == StatusCode::OK;
    match items.filter(|_| is_open()) {
        Some(items) => {
            let answers = items.iter().map(|item| shown(&respond(item, right))).collect::<Vec<_>>();
            edit::json_response(StatusCode::OK, &Value::Array(answers))
        }
        None => right.respond(call),
    }
}

/// One request of a batch, sent by itself. `None` where it makes no sense.
pub fn item(batch: &Call, request: &Value) -> Option<Call> {
    let path = text(request, "path")?.to_lowercase();
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    let path = path.strip_prefix(&format!("/{}", batch.version()))?;
    let path = Some(path).filter(|path| path.starts_with('/') && path.ends_with('/'))?;
    let method = text(request, "method").filter(|method| METHODS.contains(&method.as_str()))?;
    let call = batch.by_the_same(method.parse::<Method>().ok()?, "/");
    let instance = format!("/instances/{}", batch.instance()?.to_lowercase());
    let mut call = match path.strip_prefix(&instance).filter(|below| below.starts_with('/')) {
        Some(below) => call.with_path(below),
        None => call.outside(path),
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !name.contains("key")) {
        call = call.with_query(&name, &value);
    }
    let body = request.get("body").filter(|body| body.as_object().is_some_and(|body| !body.is_empty()));
    Some(body.map_or(call.clone(), |body| call.with_json(body)))
}

/// An answer as an item of the answer to a batch.
pub fn shown(answer: &Response<Bytes>) -> Value {
    let (code, content) = (answer.status().as_u16(), edit::json(answer));
    let is_empty = match &content {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        content => content.is_null(),
    };
    match code {
        404 if is_empty => json!({"code": code, "content": "Invalid endpoint specified."}),
        _ if is_empty => json!({ "code": code }),
        _ => json!({"code": code, "content": content}),
    }
}
