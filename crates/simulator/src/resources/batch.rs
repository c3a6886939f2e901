//! `POST /batch/ {"requests": [{method, path, body}]}`: several requests in one, answered in order
//! with `[{code, content}]`.
//!
//! The keys are looked up once, for the whole batch. The items pass through the same pipeline as
//! other requests, one after the other, and see the effects of earlier items. If any item is
//! invalid, none is executed.

use std::cell::Cell;

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::access;
use crate::answer::{AnswerBody, Errors, Failure};
use crate::answer_schema::{AnswerSchema, closed};
use crate::body::not_a_dictionary;
use crate::call::{BatchContext, Call};
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{BatchItem, Batching, EndpointRow, Handler, HandlerResult, Send, post};
use crate::input::{Dictionary, Input};
use crate::members::{Inner, Member, Members};
use crate::python;
use crate::quirks::Quirk;
use crate::world::read;

/// Maximum number of requests in a batch, including nested batches: a short request can have a long
/// answer.
const MOST_REQUESTS: usize = 50;
/// Maximum nesting depth of batches, so that a request cannot overflow the stack.
const DEEPEST: u8 = 8;

const METHODS: [(&str, &Method); 5] = [
    ("GET", &Method::GET),
    ("POST", &Method::POST),
    ("PUT", &Method::PUT),
    ("PATCH", &Method::PATCH),
    ("DELETE", &Method::DELETE),
];
const METHOD: Member =
    Member::required("choice", "Method").with(Inner::Choices(&["GET", "POST", "PUT", "PATCH", "DELETE"]));
const PATH: Member = Member::required("string", "Path").max(8192).hashed();
const ITEM: Members = &[("method", METHOD), ("path", PATH), ("body", Member::optional("field", "Body"))];
const BATCH: Members = &[("requests", Member::required("field", "Requests").with(Inner::ListOf(ITEM)))];

/// The schema of the answers of a batch.
static ANSWERS: AnswerSchema = AnswerSchema::new("BatchAnswers", || {
    json!({
            "type": "array",
            "maxItems": 50,
            "items": closed(
                json!({
                    "code": { "type": "integer", "minimum": 200, "maximum": 599 },
                    "content": { "description": "The body of the answer, unless it is empty." },
                }),
                &["content"],
            ),
    })
});

/// The batch endpoint.
pub static ROWS: &[EndpointRow] = &[EndpointSpec {
    title: "Batch",
    takes: Some(("POST", |_| BATCH)),
    has_templates: false,
    tag: "batch",
    shows: &ANSWERS,
    example: Some(|| json!({ "requests": [{ "method": "GET", "path": "/v1.1/instances/demo/users/" }] })),
    ..EndpointSpec::single("Batch", "/{version}/instances/{instance}/batch/", access::any_key)
}
.operations(&[post("Sends up to 50 requests in one", Handler::Batch(run)).note(
    "All items use the keys of the batch; access is checked for each item. Their paths must be inside the same \
     instance and version. If any item is invalid, none is executed.",
)])];
const BODY: Dictionary =
    Dictionary { label: "Body", most_keys: 32, longest_key: 64, longest_value: 48 * 1024, reserved: &[] };

/// An item of a batch.
struct Item {
    method: Method,
    path: String,
    query: String,
    body: Option<Map<String, Value>>,
}

/// Executes a batch.
pub fn run(Batching { call, caller, instance: shared, send }: Batching<'_>) -> HandlerResult {
    let depth = call.batch.as_ref().map_or(0, |batch| batch.depth) + 1;
    if depth > DEEPEST {
        return Err(Failure::bad_request(format!("Batches lie in one another more than {DEEPEST} deep.")));
    }
    let name = read(shared).name().to_owned();
    let items = items(call, &name)?;
    let all = Cell::new(MOST_REQUESTS);
    let left = call.batch.as_ref().map_or(&all, |batch| batch.left);
    let rest = left.get().checked_sub(items.len());
    left.set(rest.ok_or_else(too_many)?);
    let batch = BatchContext { host: call.host, caller: *caller, instance: shared, quirks: call.quirks, depth, left };
    let answers: Vec<Value> = items.into_iter().map(|item| item.answer(batch, send)).collect();
    call.show(StatusCode::OK, &answers)
}

/// Reads the items.
///
/// # Errors
///
/// 400 if any item is invalid.
fn items(call: &Call<'_>, instance: &str) -> Result<Vec<Item>, Failure> {
    let data = call.data()?;
    let members = data.members()?;
    let requests = match members.get("requests") {
        // A form cannot express a list of objects.
        _ if data.is_form && !members.is_empty() => return Ok(Vec::new()),
        None => return Err(Failure::invalid_member("requests", "This field is required.")),
        Some(Value::Null) => return Err(Failure::invalid_member("requests", "This field may not be null.")),
        Some(Value::Array(requests)) => requests,
        Some(other) => {
            let kind = python::type_name(other);
            let reason = format!("Expected a list of items but got type \"{kind}\".");
            return Err(invalid_requests(json!({"non_field_errors": [reason]})));
        }
    };
    let read: Vec<Result<Item, Value>> = requests.iter().map(|request| Item::read(call, request, instance)).collect();
    if read.iter().all(Result::is_ok) {
        return Ok(read.into_iter().filter_map(Result::ok).collect());
    }
    Err(invalid_requests(read.into_iter().map(|item| item.err().unwrap_or_else(|| json!({}))).collect()))
}

fn too_many() -> Failure {
    Failure::bad_request(format!("Max requests per batch exceeded ({MOST_REQUESTS})."))
}

fn invalid_requests(messages: Value) -> Failure {
    Failure::invalid(&Errors::from_iter([("requests".to_owned(), messages)]))
}

impl Item {
    /// Reads one item, or returns its errors.
    fn read(call: &Call<'_>, request: &Value, instance: &str) -> Result<Item, Value> {
        let members = match request {
            Value::Object(members) => members,
            Value::Null => return Err(json!(["This field may not be null."])),
            other => return Err(json!({"non_field_errors": [not_a_dictionary(other)]})),
        };
        let mut input = Input::from_members(members, call.quirks);
        let method = input.choice("method", true, &METHODS);
        let path = input.text("path", PATH).map(|path| path.to_lowercase());
        if let Some(path) = &path {
            let version = call.route.version;
            let place = format!("/{version}/instances/{instance}/");
            if !path.starts_with(&place) {
                let reason = "Path needs to point to an endpoint within current instance and API version.";
                input.reject("path", reason);
            } else if !is_path(path) {
                input.reject("path", "Invalid path specified.");
            }
        }
        let body = input.dictionary("body", &BODY).filter(|body| !body.is_empty());
        let errors = input.into_errors();
        match (method, path) {
            (Some(method), Some(path)) if errors.is_empty() => {
                let (path, query) = path.split_once('?').unwrap_or((&path, ""));
                Ok(Item { method: method.clone(), path: path.to_owned(), query: query.to_owned(), body })
            }
            _ => Err(Value::Object(errors)),
        }
    }

    /// Sends the item through the pipeline.
    fn answer(self, batch: BatchContext<'_>, send: Send<'_>) -> Value {
        // Without a body, GET has an empty one, and other methods have `null`.
        let body = if self.method == Method::GET { Some(Map::new()) } else { self.body };
        let item = BatchItem { method: self.method, path: &self.path, query: &self.query, body };
        let Some(answer) = send(batch, item) else {
            return if batch.quirks.has(Quirk::BatchUnknownRoute) {
                json!("code")
            } else {
                json!({"code": 404, "content": "Invalid endpoint specified."})
            };
        };
        let content: Value = match answer.content {
            AnswerBody::Json(body) => serde_json::from_slice(&body).unwrap_or_default(),
            AnswerBody::Empty
            | AnswerBody::Rendered { .. }
            | AnswerBody::Page(_)
            | AnswerBody::File { .. }
            | AnswerBody::Waits(_) => Value::Null,
        };
        let is_empty = match &content {
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            other => other.is_null(),
        };
        let code = answer.status.as_u16();
        if is_empty { json!({"code": code}) } else { json!({"code": code, "content": content}) }
    }
}

/// Returns whether the path consists of slashes and words of letters, digits, `-`, `_` and `.`,
/// with at most one query.
fn is_path(text: &str) -> bool {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
    };
    let words = path.strip_prefix('/').and_then(|path| path.strip_suffix('/'));
    words.is_some_and(|words| words.split('/').all(is_word))
        && query.is_none_or(|query| !query.is_empty() && !query.contains('?'))
}
