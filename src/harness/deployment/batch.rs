//! Batches, whose requests a deployment counts one by one where it limits their number.

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::Value;

/// The number of requests from which a batch gets a second of its own on a deployment that limits
/// requests by second.
const LARGE: usize = 5;

/// Returns whether a request is a large batch.
pub fn is_large(request: &Request<Bytes>) -> bool {
    let is_batch = request.method() == Method::POST && request.uri().path().ends_with("/batch/");
    let requests = || serde_json::from_slice::<Value>(request.body()).ok()?.get("requests")?.as_array().map(Vec::len);
    is_batch && requests().is_some_and(|requests| requests >= LARGE)
}

/// Returns whether the response to a batch says that some of its requests were too many.
pub fn is_throttled(response: &Response<Bytes>) -> bool {
    let parts = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
    let code = |part: &Value| part.get("code").and_then(Value::as_u64);
    parts.as_array().is_some_and(|parts| parts.iter().any(|part| code(part) == Some(429)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_large_batch_is_recognised() {
        let request = |path: &str, requests: usize| {
            let body = json!({"requests": vec![json!({}); requests]}).to_string();
            Request::post(path).body(Bytes::from(body)).unwrap()
        };
        assert!(is_large(&request("/v1.1/instances/shop/batch/", 50)));
        assert!(!is_large(&request("/v1.1/instances/shop/batch/", 2)));
        assert!(!is_large(&request("/v1.1/instances/shop/users/", 50)));
    }

    #[test]
    fn a_part_with_429_is_found() {
        let response = |body: Value| Response::new(Bytes::from(body.to_string()));
        assert!(is_throttled(&response(json!([{"code": 200}, {"code": 429}]))));
        assert!(!is_throttled(&response(json!([{"code": 200}]))));
        assert!(!is_throttled(&response(json!({"code": 429}))));
    }
}
