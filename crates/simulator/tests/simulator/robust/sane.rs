//! Invariants of all answers.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use http::{Method, Response, StatusCode};
use proptest::prelude::*;
use serde_json::Value;

pub const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// Fails for a server error, for a body that does not match its content type, and for JSON without
/// `Allow`.
pub fn check(method: &Method, answer: &Response<Bytes>) -> Result<(), TestCaseError> {
    let status = answer.status();
    prop_assert!(status.as_u16() >= 200 && !status.is_server_error(), "{:?}", answer);
    for (name, value) in answer.headers() {
        prop_assert!(value.to_str().is_ok(), "{}: {:?}", name, value);
    }
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let is_head = *method == Method::HEAD;
    let length = header(CONTENT_LENGTH).map(|length| length.parse::<usize>());
    if is_head {
        prop_assert!(answer.body().is_empty());
        prop_assert!(matches!(length, Some(Ok(_))));
    } else if let Some(length) = length {
        prop_assert_eq!(length, Ok(answer.body().len()));
    }
    match header(CONTENT_TYPE) {
        Some(JSON) => {
            if !is_head {
                let body = serde_json::from_slice::<Value>(answer.body());
                prop_assert!(body.is_ok_and(|body| body.is_object() || body.is_array()), "{:?}", answer);
            }
            let allowed: Vec<&str> = header(ALLOW).unwrap_or_default().split(", ").collect();
            prop_assert!(allowed.contains(&"OPTIONS"), "{:?}", answer);
            // The method of a POST can be overridden by a plain text body.
            if status == StatusCode::METHOD_NOT_ALLOWED && *method != Method::POST {
                prop_assert!(!allowed.contains(&method.as_str()), "{:?}", answer);
            }
        }
        Some(HTML) => prop_assert!(std::str::from_utf8(answer.body()).is_ok()),
        Some(other) => prop_assert!(false, "an answer of type {other}"),
        None => prop_assert!(status == StatusCode::NO_CONTENT && answer.body().is_empty(), "{:?}", answer),
    }
    prop_assert!(status != StatusCode::NO_CONTENT || answer.body().is_empty());
    prop_assert_eq!(header(http::header::VARY), Some("Origin"));
    Ok(())
}
