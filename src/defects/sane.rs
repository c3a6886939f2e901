//! The form of all responses: what no API may do.

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_CREDENTIALS, CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};

use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit;
use super::right::Right;
use super::when::{ANY, GET, everywhere};

pub fn defects() -> Vec<Defect> {
    vec![
        defect(
            "answers-are-cached-for-all",
            "Answers to GET may be kept by shared caches. Right: nothing lets a cache give an answer to another caller.",
            with_header(GET, CACHE_CONTROL, "max-age=60, s-maxage=60"),
        ),
        defect(
            "cookies-are-set",
            "Every answer sets a cookie. Right: keys alone say who a caller is.",
            with_header(ANY, SET_COOKIE, "session=1; Path=/"),
        ),
        defect(
            "browsers-may-send-credentials",
            "Answers let the pages of other sites send the cookies of a browser. Right: they do not.",
            with_header(ANY, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        ),
        defect(
            "json-says-html",
            "Answers in JSON say that they are HTML. Right: they say that they are JSON.",
            with_header(GET, CONTENT_TYPE, "text/html"),
        ),
        defect(
            "rejections-are-pages",
            "A rejection is an HTML page with the right status. Right: it is JSON with a detail.",
            everywhere(ANY).instead_of_403(|_, _| edit::page(StatusCode::FORBIDDEN, "<h1>Forbidden</h1>")),
        ),
    ]
}

/// Sets a header of the right responses to requests with these methods.
fn with_header(
    methods: &'static [Method],
    name: HeaderName,
    value: &'static str,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    everywhere(methods).edit(move |_, _, mut answer| {
        answer.headers_mut().insert(name.clone(), HeaderValue::from_static(value));
        answer
    })
}
