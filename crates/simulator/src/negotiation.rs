//! What a caller accepts. There is one answer format: JSON.

use http::HeaderMap;
use http::header::ACCEPT;

use super::answer::Failure;
use super::call::Call;
use super::media_type::MediaType;

/// The one template that every instance is born with.
pub const TABLE_TEMPLATE: &str = "objects_html_table";

/// Checks that the caller takes what there is: 404 for a format other than JSON, 406 for an `Accept` without it and for a
/// template that does not exist.
pub fn check(call: &Call<'_>) -> Result<(), Failure> {
    if let Some(template) = call.template() {
        return if template == TABLE_TEMPLATE { Ok(()) } else { Err(Failure::not_acceptable()) };
    }
    let format = call.route.format.or_else(|| call.query.get("format"));
    if format.is_some_and(|format| !format.is_empty() && format != "json") {
        return Err(Failure::not_found());
    }
    match call.headers.get(ACCEPT) {
        Some(_) if accepted(call.headers).is_none() => Err(Failure::not_acceptable()),
        _ => Ok(()),
    }
}

/// How far to indent the answer, from 1 to 8: `Accept: application/json; indent=2`. Zero is not to.
pub fn indent(headers: &HeaderMap) -> usize {
    let indent = accepted(headers).and_then(|media| media.param("indent")?.parse::<i64>().ok());
    indent.map_or(0, |indent| indent.clamp(0, 8) as usize)
}

/// The media type in `Accept` that lets the caller have JSON.
fn accepted(headers: &HeaderMap) -> Option<MediaType<'_>> {
    let accept = headers.get(ACCEPT)?.to_str().ok()?;
    let mut types: Vec<_> = accept.split(',').map(MediaType::parse).collect();
    types.sort_by_key(|media| std::cmp::Reverse(media.precedence()));
    types.into_iter().find(|media| media.covers("application", "json"))
}
