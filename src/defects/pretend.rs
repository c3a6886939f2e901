//! Answers requests as if they had been carried out.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::Value;

use super::call::Call;
use super::edit;
use super::right::Right;

/// The object at a path, as the caller sees it, where they may do to it what the request asks for: they can read it, and the
/// same request about an id that nothing has is 404 to them and not 403. `item` says which segment of the path is the id.
pub fn allowed(call: &Call, right: &Right<'_>, item: usize) -> Option<Value> {
    let segments = call.path().split('/').filter(|segment| !segment.is_empty()).collect::<Vec<_>>();
    let path = |segments: &[&str]| segments.iter().fold("/".to_owned(), |path, segment| path + segment + "/");
    let mut of_nobody = segments.clone();
    *of_nobody.get_mut(item)? = "0";
    let refused = right.respond(&call.by_the_same(call.method().clone(), &path(&of_nobody)));
    if refused.status() != StatusCode::NOT_FOUND {
        return None;
    }
    let shown = right.respond(&call.by_the_same(Method::GET, &path(segments.get(..=item)?)));
    Some(edit::json(&shown)).filter(|_| shown.status() == StatusCode::OK)
}

/// Does not send a request that the caller may make, and answers with the object as it is, changed like this.
pub fn pretended(
    item: usize,
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| match allowed(call, right, item) {
        Some(mut object) => {
            change(&mut object);
            edit::json_response(StatusCode::OK, &object)
        }
        None => right.respond(call),
    }
}

/// Does not delete what the caller may delete, and answers as if it were gone.
pub fn undeleted(item: usize) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| match allowed(call, right, item) {
        Some(_) => edit::empty(StatusCode::NO_CONTENT),
        None => right.respond(call),
    }
}
