//! Batches. A deployment with a request limit counts each request of a batch.

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::Value;

/// The minimum size of a batch of reads that needs room.
const LARGE: usize = 5;

/// A request to send a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRequest {
    /// For each of its requests, whether it may change something.
    changes: Vec<bool>,
}

/// The effect of a batch of which some requests were rejected with 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttled {
    /// It has changed nothing, so it can be sent again.
    Unchanged,
    /// The deployment has processed some of its changes.
    Changed,
}

impl BatchRequest {
    /// Reads a batch. Returns `None` if the request is something else.
    pub fn from_request(request: &Request<Bytes>) -> Option<BatchRequest> {
        let is_batch = request.method() == Method::POST && request.uri().path().ends_with("/batch/");
        let body = serde_json::from_slice::<Value>(request.body()).ok().filter(|_| is_batch)?;
        let method = |request: &Value| request.get("method").and_then(Value::as_str).map(str::to_ascii_uppercase);
        let reads = |method: String| matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let requests = body.get("requests")?.as_array()?.iter();
        Some(BatchRequest { changes: requests.map(|request| !method(request).is_some_and(reads)).collect() })
    }

    /// Returns the number of requests that a deployment counts: the batch, and each in it.
    pub fn counted(&self) -> usize {
        1 + self.changes.len()
    }

    /// Returns whether a deployment with a limit should have room for all of its requests: there are
    /// many, or it could process some of the changes and not others. Any other batch can be sent
    /// again.
    pub fn needs_room(&self) -> bool {
        let requests = self.changes.len();
        requests >= LARGE || (requests > 1 && self.changes.contains(&true))
    }

    /// Returns the effect of the batch if its response says that some of its requests were too
    /// many.
    pub fn throttled(&self, response: &Response<Bytes>) -> Option<Throttled> {
        let parts = serde_json::from_slice::<Value>(response.body()).ok()?;
        let parts = parts.as_array()?;
        let is_rejected = |part: &Value| part.get("code").and_then(Value::as_u64) == Some(429);
        let is_processed =
            |(number, may_change): (usize, &bool)| *may_change && !parts.get(number).is_some_and(is_rejected);
        parts.iter().any(is_rejected).then(|| match self.changes.iter().enumerate().any(is_processed) {
            true => Throttled::Changed,
            false => Throttled::Unchanged,
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn batch(methods: &[&str]) -> BatchRequest {
        let requests = methods.iter().map(|method| json!({"method": method})).collect::<Vec<_>>();
        let request = Request::post("/v1.1/instances/shop/batch/");
        BatchRequest::from_request(&request.body(json!({"requests": requests}).to_string().into()).unwrap()).unwrap()
    }

    #[test]
    fn a_batch_is_distinguished_from_other_requests() {
        assert_eq!(batch(&["get"; 6]).counted(), 7);
        let users = Request::post("/v1.1/instances/shop/users/").body(Bytes::from(r#"{"requests": []}"#)).unwrap();
        assert_eq!(BatchRequest::from_request(&users), None);
    }

    #[test]
    fn a_large_batch_and_one_that_could_be_processed_in_part_need_room() {
        assert!(batch(&["get"; 6]).needs_room());
        assert!(batch(&["GET", "DELETE"]).needs_room());
        assert!(!batch(&["GET"; 2]).needs_room());
        assert!(!batch(&["DELETE"]).needs_room());
    }

    #[rstest]
    #[case::all_were_answered(&["GET", "POST"], json!([{"code": 200}, {"code": 201}]), None)]
    #[case::all_were_rejected(&["PATCH", "POST"], json!([{"code": 429}, {"code": 429}]), Some(Throttled::Unchanged))]
    #[case::a_read_was_answered(&["GET", "POST"], json!([{"code": 200}, {"code": 429}]), Some(Throttled::Unchanged))]
    #[case::a_change_was_answered(&["POST", "GET"], json!([{"code": 201}, {"code": 429}]), Some(Throttled::Changed))]
    #[case::a_part_is_missing(&["GET", "POST"], json!([{"code": 429}]), Some(Throttled::Changed))]
    #[case::another_body(&["POST"], json!({"code": 429}), None)]
    fn a_batch_without_an_effect_can_be_sent_again(
        #[case] methods: &[&str],
        #[case] body: Value,
        #[case] throttled: Option<Throttled>,
    ) {
        assert_eq!(batch(methods).throttled(&Response::new(Bytes::from(body.to_string()))), throttled);
    }
}
