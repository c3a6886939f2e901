//! Whoever asks the simulator for something, in process.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::Value;

use crate::Simulator;
use crate::api::{Key, Version};

/// Somebody who acts in an instance: the keys that go with every request. [`World`](super::World) has them.
#[derive(Clone)]
pub struct Actor<'w> {
    simulator: &'w Simulator,
    instance: &'w str,
    key: Option<Key>,
    user_key: Option<Key>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body: JSON, a string for what is none, null for nothing.
    pub body: Value,
}

/// A request could not be written down.
#[derive(Debug, thiserror::Error)]
#[error("{path:?} cannot be the path of a request: {source}")]
pub struct NoRequest {
    path: String,
    source: http::Error,
}

impl<'w> Actor<'w> {
    pub(super) fn new(simulator: &'w Simulator, instance: &'w str, key: Key, user_key: Option<Key>) -> Actor<'w> {
        Actor { simulator, instance, key: Some(key), user_key }
    }

    pub(super) fn nobody(simulator: &'w Simulator, instance: &'w str) -> Actor<'w> {
        Actor { simulator, instance, key: None, user_key: None }
    }

    /// The same with another user key, as after a reset.
    pub fn with_user_key(mut self, user_key: Key) -> Actor<'w> {
        self.user_key = Some(user_key);
        self
    }

    /// GET. A path begins in the instance, as `/users/`, or with the version, as `/v1.1/account/`.
    pub fn get(&self, path: &str) -> Result<Reply, NoRequest> {
        self.send(Method::GET, path, None)
    }

    /// POST of a JSON value.
    pub fn post(&self, path: &str, body: Value) -> Result<Reply, NoRequest> {
        self.send(Method::POST, path, Some(body))
    }

    /// PATCH with a JSON value.
    pub fn patch(&self, path: &str, body: Value) -> Result<Reply, NoRequest> {
        self.send(Method::PATCH, path, Some(body))
    }

    /// PUT of a JSON value.
    pub fn put(&self, path: &str, body: Value) -> Result<Reply, NoRequest> {
        self.send(Method::PUT, path, Some(body))
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Result<Reply, NoRequest> {
        self.send(Method::DELETE, path, None)
    }

    /// Any method, with a JSON value or with no body.
    pub fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Reply, NoRequest> {
        let body = body.map(|body| Bytes::from(body.to_string()));
        let (head, body) = self.handle(method, path, body)?.into_parts();
        let body = match serde_json::from_slice(&body) {
            Ok(body) => body,
            Err(_) if body.is_empty() => Value::Null,
            Err(_) => Value::String(String::from_utf8_lossy(&body).into_owned()),
        };
        Ok(Reply { status: head.status, headers: head.headers, body })
    }

    pub(super) fn handle(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Response<Bytes>, NoRequest> {
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
        let request = request.map_err(|source| NoRequest { path: path.to_owned(), source })?;
        Ok(self.simulator.handle(request))
    }
}
