//! `POST /batch/`: several requests in one.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::actions::as_administrator;
use super::around::{changed, sent_as};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, text};
use super::right::Right;
use super::when::{POST, Who, on};

const BATCH: &str = "/batch/";
/// The maximum number of requests in a batch.
const LIMIT: usize = 50;

pub fn defects() -> Vec<Defect> {
    [callers(), limits(), answers()].into_iter().flatten().collect()
}

fn callers() -> Vec<Defect> {
    vec![
        defect(
            "batch-forgets-user-key",
            "The requests of a batch are made with the API key alone. Right: with the user key too.",
            on(POST, BATCH).where_(ApiCall::has_api_key).then(sent_as(|call, _| call.with_user_key(None))),
        ),
        defect(
            "batch-ignores-acl",
            "The requests of a batch may do what an administrator may. Right: what the caller may.",
            on(POST, BATCH).by(Who::App).then(as_administrator),
        ),
        defect(
            "batch-in-batch-unscoped",
            "The requests of a batch in a batch may do what an administrator may. Right: what the caller may.",
            on(POST, BATCH).where_(holds_batch).then(|call, right| {
                one_by_one(call, right, |item| {
                    if item.is(BATCH) { as_administrator(item, right) } else { right.respond(item) }
                })
            }),
        ),
    ]
}

fn limits() -> Vec<Defect> {
    vec![
        defect(
            "batch-limit-missing",
            "A batch may have any number of requests. Right: at most 50.",
            on(POST, BATCH).where_(|call| requests(call).is_some_and(|requests| requests.len() > LIMIT)).then(in_parts),
        ),
        defect(
            "empty-batch-rejected",
            "A batch without requests is 400. Right: 200 and an empty list.",
            on(POST, BATCH)
                .where_(|call| requests(call).is_some_and(|requests| requests.is_empty()))
                .instead_of(StatusCode::OK, |_, _| edit::error(StatusCode::BAD_REQUEST, "No requests.")),
        ),
        defect(
            "batch-crosses-instances",
            "A request of a batch may go to another instance. Right: 400.",
            on(POST, BATCH)
                .where_(leaves_its_instance)
                .instead_of(StatusCode::BAD_REQUEST, |call, right| one_by_one(call, right, |item| right.respond(item))),
        ),
    ]
}

fn answers() -> Vec<Defect> {
    vec![
        defect(
            "batch-fails-as-a-whole",
            "A batch is 400 if one of its requests fails. Right: 200 with a code for each.",
            on(POST, BATCH).then(|call, right| {
                let answer = right.respond(call);
                let has_failed = |item: &&Value| item.get("code").and_then(Value::as_u64) >= Some(400);
                match edit::json(&answer).as_array().and_then(|items| items.iter().find(has_failed)) {
                    Some(failed) => edit::json_response(StatusCode::BAD_REQUEST, failed),
                    None => answer,
                }
            }),
        ),
        defect(
            "batch-answers-backwards",
            "The answers of a batch come last first. Right: in the order of the requests.",
            on(POST, BATCH).then(changed(|_, _, answers| {
                if let Value::Array(answers) = answers {
                    answers.reverse();
                }
            })),
        ),
    ]
}

/// Returns the requests of a batch; `None` if there are none.
fn requests(call: &ApiCall) -> Option<Vec<Value>> {
    match call.member("requests")? {
        Value::Array(requests) => Some(requests),
        _ => None,
    }
}

fn holds_batch(call: &ApiCall) -> bool {
    let paths = requests(call).into_iter().flatten().filter_map(|request| text(&request, "path"));
    paths.into_iter().any(|path| path.to_lowercase().ends_with(BATCH))
}

fn leaves_its_instance(call: &ApiCall) -> bool {
    let items = requests(call).unwrap_or_default();
    items.iter().filter_map(|request| item(call, request)).any(|item| item.instance() != call.instance())
}

/// Returns one request of a batch as a request of its own; `None` if it is invalid.
fn item(batch: &ApiCall, request: &Value) -> Option<ApiCall> {
    let method = text(request, "method")?.parse::<Method>().ok()?;
    let call = batch.with_target(&text(request, "path")?.to_lowercase())?.with_method(method);
    let call = call.with_keys(&batch.api_key()?, batch.user_key().as_deref()).without_body();
    Some(request.get("body").map_or_else(|| call.clone(), |body| call.with_json(body)))
}

/// Responds to the requests of a batch one by one. An invalid batch gets the right response.
fn one_by_one(call: &ApiCall, right: &Right<'_>, respond: impl Fn(&ApiCall) -> Response<Bytes>) -> Response<Bytes> {
    let items =
        requests(call).unwrap_or_default().iter().map(|request| item(call, request)).collect::<Option<Vec<_>>>();
    let Some(items) = items.filter(|items| items.len() <= LIMIT) else { return right.respond(call) };
    let shown = |answer: Response<Bytes>| match edit::json(&answer) {
        Value::Null => json!({"code": answer.status().as_u16()}),
        content => json!({"code": answer.status().as_u16(), "content": content}),
    };
    edit::json_response(StatusCode::OK, &items.iter().map(|item| shown(respond(item))).collect())
}

/// Splits a batch into parts with at most the maximum number of requests.
fn in_parts(call: &ApiCall, right: &Right<'_>) -> Response<Bytes> {
    let mut answers = Vec::new();
    for part in requests(call).unwrap_or_default().chunks(LIMIT) {
        let answer = right.respond(&call.with_member("requests", part));
        match edit::json(&answer) {
            Value::Array(items) => answers.extend(items),
            _ => return answer,
        }
    }
    edit::json_response(StatusCode::OK, &json!(answers))
}
