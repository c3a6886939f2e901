//! What most defects do with the requests that they touch.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use super::call::Call;
use super::edit;
use super::right::Right;

/// Answers as to an administrator of the instance.
pub fn as_administrator(call: &Call, right: &Right<'_>) -> Response<Bytes> {
    right.respond(&right.administrators(call))
}

/// Answers that the caller has no right to that.
pub fn refuse(_: &Call, _: &Right<'_>) -> Response<Bytes> {
    edit::json_response(StatusCode::FORBIDDEN, &json!({"detail": "You do not have permission to perform this action."}))
}

/// Answers that there is no such thing.
pub fn not_found(_: &Call, _: &Right<'_>) -> Response<Bytes> {
    edit::json_response(StatusCode::NOT_FOUND, &json!({"detail": "Not found."}))
}

/// Answers with the page of an internal error.
pub fn server_error(_: &Call, _: &Right<'_>) -> Response<Bytes> {
    edit::page(StatusCode::INTERNAL_SERVER_ERROR, "<h1>Server Error (500)</h1>")
}

/// Answers 204 and does nothing.
pub fn pretend_to_delete(call: &Call, right: &Right<'_>) -> Response<Bytes> {
    let read = right.respond(&call.with_method(http::Method::GET).without_body());
    if read.status().is_success() { edit::empty(StatusCode::NO_CONTENT) } else { right.respond(call) }
}
