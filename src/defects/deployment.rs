//! The deployments that defects wrap.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use indexmap::IndexMap;
use serde_json::Value;

use super::call::ApiCall;
use syncano_simulator::Simulator;
use syncano_simulator::api::Key;

/// The maximum number of instances that a [`Watched`] deployment remembers; the oldest is forgotten
/// first.
const INSTANCES: usize = 10_000;

/// A deployment of the API, as defects see it.
pub trait Deployment: Send + Sync {
    /// Responds to one request.
    fn respond(&self, request: Request<Bytes>) -> Response<Bytes>;

    /// Returns the account key of an administrator of this instance, if one is known.
    fn administrator(&self, instance: &str) -> Option<Key>;
}

impl Deployment for Simulator {
    fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.handle(request)
    }

    fn administrator(&self, instance: &str) -> Option<Key> {
        self.owner_key(instance)
    }
}

/// A deployment behind a function. It learns the administrators of instances from requests that
/// create and rename instances.
pub struct Watched<F> {
    send: F,
    owners: Mutex<IndexMap<String, Key>>,
}

impl<F: Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync> Watched<F> {
    /// Creates a deployment that responds through this function. `administrator` belongs to an
    /// instance that already exists.
    pub fn new(send: F, administrator: Option<(String, Key)>) -> Watched<F> {
        Watched { send, owners: Mutex::new(administrator.into_iter().collect()) }
    }

    fn note(&self, call: &ApiCall, response: &Response<Bytes>) {
        let key = call.api_key().and_then(|key| key.parse::<Key>().ok());
        let body = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
        if let (Some(key), Some(name)) = (key, body.get("name").and_then(Value::as_str)) {
            let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
            if owners.len() >= INSTANCES {
                owners.shift_remove_index(0);
            }
            owners.insert(name.to_owned(), key);
        }
    }
}

impl<F: Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync> Deployment for Watched<F> {
    fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        let is_naming = *request.method() == Method::POST;
        let call = if is_naming { ApiCall::new(request.clone()) } else { None };
        let call = call.filter(|call| call.is("/instances/") || call.is("/instances/{instance}/rename/"));
        let response = (self.send)(request);
        if let Some(call) = call.filter(|_| matches!(response.status(), StatusCode::OK | StatusCode::CREATED)) {
            self.note(&call, &response);
        }
        response
    }

    fn administrator(&self, instance: &str) -> Option<Key> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner).get(instance).copied()
    }
}
