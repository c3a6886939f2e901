//! Defines a layer between a listener and its simulator.
//!
//! A program that embeds the simulator uses it to change responses and to extend the control API.

use bytes::Bytes;
use http::{Method, Request, Response};

use crate::Explanation;

/// Handles requests in front of a simulator, and may add paths to the control API.
pub trait Layer: Send + Sync {
    /// Returns the response to a request to the API, and its explanation for the request log.
    fn respond(&self, request: Request<Bytes>) -> (Response<Bytes>, Explanation);

    /// Returns the paths added below [`CONTROL`](super::CONTROL): method, path and description.
    fn paths(&self) -> &'static [(&'static str, &'static str, &'static str)];

    /// Handles a request to one of these paths and returns the JSON body of the response, if any.
    ///
    /// # Errors
    ///
    /// Returns a message if the body of the request is invalid.
    fn control(&self, method: &Method, path: &str, body: &[u8]) -> Result<Option<serde_json::Value>, String>;

    /// Restores the state of the layer when the listener started.
    fn reset(&self);
}
