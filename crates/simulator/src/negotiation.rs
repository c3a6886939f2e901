//! Media types: what a caller accepts, and what a body says it is. There is one answer format: JSON.

use http::HeaderMap;
use http::header::ACCEPT;

use super::answer::Failure;
use super::transport::Call;

/// The one template that every instance is born with.
pub const TABLE_TEMPLATE: &str = "objects_html_table";

/// A media type with its parameters, names in lower case.
pub struct MediaType<'h> {
    main: String,
    sub: String,
    params: Vec<(String, &'h str)>,
}

impl<'h> MediaType<'h> {
    pub fn parse(text: &'h str) -> MediaType<'h> {
        let mut parts = text.split(';');
        let full = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let (main, sub) = full.split_once('/').unwrap_or((&full, ""));
        let params = parts
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"')));
        MediaType { main: main.to_owned(), sub: sub.to_owned(), params: params.collect() }
    }

    /// The parameter of that name.
    pub fn param(&self, name: &str) -> Option<&'h str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// Whether it stands for that type; a star in it stands for anything.
    pub fn covers(&self, main: &str, sub: &str) -> bool {
        (self.main == "*" || self.main == main) && (self.sub == "*" || self.sub == sub)
    }

    /// Which of several is looked at first: the more it says, the sooner.
    fn precedence(&self) -> u8 {
        match (self.main.as_str(), self.sub.as_str()) {
            ("*", _) => 0,
            (_, "*") => 1,
            _ if self.params.iter().all(|(name, _)| name == "q") => 2,
            _ => 3,
        }
    }
}

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
