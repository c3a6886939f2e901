//! Callers that send requests to a simulator in process.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::Value;

use crate::Simulator;
use crate::api::{Key, Version};

/// A caller in an instance, with the keys that it sends. [`World`](super::World) returns callers.
#[derive(Clone)]
pub struct Actor<'w> {
    simulator: &'w Simulator,
    instance: &'w str,
    key: Option<Key>,
    user_key: Option<Key>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; a string if it is not JSON, null if it is empty.
    pub body: Value,
}

/// The error for a path with which no request can be built.
#[derive(Debug, thiserror::Error)]
#[error("invalid path {path:?}: {source}")]
pub struct RequestError {
    path: String,
    source: http::Error,
}

impl<'w> Actor<'w> {
    pub(super) fn new(simulator: &'w Simulator, instance: &'w str, key: Key, user_key: Option<Key>) -> Actor<'w> {
        Actor { simulator, instance, key: Some(key), user_key }
    }

    pub(super) fn anonymous(simulator: &'w Simulator, instance: &'w str) -> Actor<'w> {
        Actor { simulator, instance, key: None, user_key: None }
    }

    /// Returns this caller with another user key, such as the one after a reset.
    pub fn with_user_key(mut self, user_key: Key) -> Actor<'w> {
        self.user_key = Some(user_key);
        self
    }

    /// Sends a GET request. A path starts inside the instance, as `/users/`, or with the version,
    /// as `/v1.1/account/`.
    ///
    /// # Errors
    ///
    /// Returns an error if `path` is not a valid path. A rejected request is an answer, not an
    /// error.
    pub fn get(&self, path: &str) -> Result<Reply, RequestError> {
        self.send(Method::GET, path, None)
    }

    /// Sends a POST request with a JSON body.
    ///
    /// # Errors
    ///
    /// Returns an error if `path` is not a valid path. A rejected request is an answer, not an
    /// error.
    pub fn post(&self, path: &str, body: Value) -> Result<Reply, RequestError> {
        self.send(Method::POST, path, Some(body))
    }

    /// Sends a PATCH request with a JSON body.
    ///
    /// # Errors
    ///
    /// Returns an error if `path` is not a valid path. A rejected request is an answer, not an
    /// error.
    pub fn patch(&self, path: &str, body: Value) -> Result<Reply, RequestError> {
        self.send(Method::PATCH, path, Some(body))
    }

    /// Sends a PUT request with a JSON body.
    ///
    /// # Errors
    ///
    /// Returns an error if `path` is not a valid path. A rejected request is an answer, not an
    /// error.
    pub fn put(&self, path: &str, body: Value) -> Result<Reply, RequestError> {
        self.send(Method::PUT, path, Some(body))
    }

    /// Sends a DELETE request.
    ///
    /// # Errors
    ///
    /// Returns an error if `path` is not a valid path. A rejected request is an answer, not an
    /// error.
    pub fn delete(&self, path: &str) -> Result<Reply, RequestError> {
        self.send(Method::DELETE, path, None)
    }

    /// Sends a request with any method, and with a JSON body or none.
    ///
    /// # Errors
    ///
    /// Returns an error if `path` is not a valid path. A rejected request is an answer, not an
    /// error.
    pub fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Reply, RequestError> {
        let body = body.map(|body| Bytes::from(body.to_string()));
        let (head, body) = self.handle(method, path, body)?.into_parts();
        let body = match serde_json::from_slice(&body) {
            Ok(body) => body,
            Err(_) if body.is_empty() => Value::Null,
            Err(_) => Value::String(String::from_utf8_lossy(&body).into_owned()),
        };
        Ok(Reply { status: head.status, headers: head.headers, body })
    }

    pub(super) fn handle(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Response<Bytes>, RequestError> {
        let has_version = path.starts_with("/v1/") || path.starts_with("/v1.1/");
        let whole = match has_version {
            true => path.to_owned(),
            false => format!("/{}/instances/{}{path}", Version::default(), self.instance),
        };
        let mut request = Request::builder().method(method).uri(whole);
        let keys = [("x-api-key", self.key), ("x-user-key", self.user_key)];
        for (name, key) in keys.into_iter().filter_map(|(name, key)| Some((name, key?))) {
            request = request.header(name, key.to_string());
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.unwrap_or_default());
        let request = request.map_err(|source| RequestError { path: path.to_owned(), source })?;
        Ok(self.simulator.handle(request))
    }
}
