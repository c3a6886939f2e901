//! Content negotiation. The only format of answers is JSON, unless a template makes them.

use http::HeaderMap;
use http::header::ACCEPT;

use super::answer::Failure;
use super::call::Call;
use super::media_type::MediaType;

/// Checks that an answer in an accepted format is possible.
///
/// # Errors
///
/// 404 for a `format` other than JSON, 406 for an `Accept` header without JSON.
pub fn check(call: &Call<'_>) -> Result<(), Failure> {
    let format = call.route.format.or_else(|| call.query.get("format"));
    if format.is_some_and(|format| !format.is_empty() && format != "json") {
        return Err(Failure::not_found());
    }
    match call.headers.get(ACCEPT) {
        Some(_) if accepted(call.headers).is_none() => Err(Failure::not_acceptable()),
        _ => Ok(()),
    }
}

/// Returns the indent of the answer, from 0 (none) to 8: `Accept: application/json; indent=2`.
pub fn indent(headers: &HeaderMap) -> usize {
    let indent = accepted(headers).and_then(|media| media.param("indent")?.parse::<i64>().ok());
    indent.map_or(0, |indent| indent.clamp(0, 8) as usize)
}

/// Returns the media type in `Accept` that matches JSON.
fn accepted(headers: &HeaderMap) -> Option<MediaType<'_>> {
    let accept = headers.get(ACCEPT)?.to_str().ok()?;
    let mut types: Vec<_> = accept.split(',').map(MediaType::parse).collect();
    types.sort_by_key(|media| std::cmp::Reverse(media.precedence()));
    types.into_iter().find(|media| media.covers("application", "json"))
}
