//! Responds to requests as if they had an effect.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::Value;

use super::call::ApiCall;
use super::edit;
use super::right::Right;

/// Returns the object at a path, as the caller sees it, if the request is allowed: the caller can
/// read the object, and the same request for an unknown id is 404, not 403. `item` is the index of
/// the id in the path.
pub fn allowed(call: &ApiCall, right: &Right<'_>, item: usize) -> Option<Value> {
    let segments = call.path().split('/').filter(|segment| !segment.is_empty()).collect::<Vec<_>>();
    let path = |segments: &[&str]| segments.iter().fold("/".to_owned(), |path, segment| path + segment + "/");
    let mut without_object = segments.clone();
    *without_object.get_mut(item)? = "0";
    let response = right.respond(&call.by_same_caller(call.method().clone(), &path(&without_object)));
    if response.status() != StatusCode::NOT_FOUND {
        return None;
    }
    let shown = right.respond(&call.by_same_caller(Method::GET, &path(segments.get(..=item)?)));
    Some(edit::json(&shown)).filter(|_| shown.status() == StatusCode::OK)
}

/// Does not send an allowed request; responds with the current object, changed by `change`.
pub fn pretended(
    item: usize,
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| match allowed(call, right, item) {
        Some(mut object) => {
            change(&mut object);
            edit::json_response(StatusCode::OK, &object)
        }
        None => right.respond(call),
    }
}

/// Does not send an allowed deletion; responds as if the object were gone.
pub fn undeleted(item: usize) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| match allowed(call, right, item) {
        Some(_) => edit::empty(StatusCode::NO_CONTENT),
        None => right.respond(call),
    }
}
