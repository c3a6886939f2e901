//! A layer between a listener and its simulator, for a program that embeds the simulator and adds to it.

use bytes::Bytes;
use http::{Method, Request, Response};

use crate::Explanation;

/// Answers in front of a simulator, and may add paths of its own to the control API.
pub trait Layer: Send + Sync {
    /// Answers a request to the API, with the explanation that the request log shows.
    fn respond(&self, request: Request<Bytes>) -> (Response<Bytes>, Explanation);

    /// The paths that it adds below [`CONTROL`](super::CONTROL): the method, the path, and what it does.
    fn paths(&self) -> &'static [(&'static str, &'static str, &'static str)];

    /// Answers a request to one of these paths with JSON, or with nothing.
    ///
    /// # Errors
    ///
    /// What is wrong with the body.
    fn control(&self, method: &Method, path: &str, body: &[u8]) -> Result<Option<serde_json::Value>, String>;

    /// Goes back to how it was when the listener started.
    fn reset(&self);
}
