//! Batches. A deployment with a request limit counts each request of a batch.

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::Value;

/// The minimum size of a batch that is sent alone after the target has asked to wait.
const LARGE: usize = 5;

/// A request to send a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRequest {
    requests: usize,
    /// The number of requests that may change something.
    changes: usize,
}

impl BatchRequest {
    /// Reads a batch. Returns `None` if the request is something else.
    pub fn from_request(request: &Request<Bytes>) -> Option<BatchRequest> {
        let is_batch = request.method() == Method::POST && request.uri().path().ends_with("/batch/");
        let body = serde_json::from_slice::<Value>(request.body()).ok().filter(|_| is_batch)?;
        let requests = body.get("requests")?.as_array()?;
        let method = |request: &Value| request.get("method").and_then(Value::as_str).map(str::to_ascii_uppercase);
        let reads = |method: String| matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let changes = requests.iter().filter(|request| !method(request).is_some_and(reads)).count();
        Some(BatchRequest { requests: requests.len(), changes })
    }

    /// Returns the number of its requests.
    pub fn requests(self) -> usize {
        self.requests
    }

    /// Returns whether it is sent while no other request is, so that a deployment that has asked to
    /// wait counts only its own requests.
    pub fn needs_room(self) -> bool {
        self.requests >= LARGE || !self.is_repeatable()
    }

    /// Returns whether it has the same effect when it is sent again.
    pub fn is_repeatable(self) -> bool {
        self.changes == 0
    }
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
    fn a_batch_is_distinguished_from_other_requests() {
        let request = |path: &str, method: &str, requests: usize| {
            let body = json!({"requests": vec![json!({"method": method}); requests]}).to_string();
            BatchRequest::from_request(&Request::post(path).body(Bytes::from(body)).unwrap())
        };
        let reads = request("/v1.1/instances/shop/batch/", "get", 6).unwrap();
        assert!(reads.needs_room() && reads.is_repeatable());
        let deletion = request("/v1.1/instances/shop/batch/", "DELETE", 1).unwrap();
        assert!(deletion.needs_room() && !deletion.is_repeatable());
        assert!(!request("/v1.1/instances/shop/batch/", "GET", 2).unwrap().needs_room());
        assert_eq!(request("/v1.1/instances/shop/users/", "POST", 50), None);
    }

    #[test]
    fn a_part_with_429_is_found() {
        let response = |body: Value| Response::new(Bytes::from(body.to_string()));
        assert!(is_throttled(&response(json!([{"code": 200}, {"code": 429}]))));
        assert!(!is_throttled(&response(json!([{"code": 200}]))));
        assert!(!is_throttled(&response(json!({"code": 429}))));
    }
}
