//! The right deployment below a defect.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::Value;

use super::call::ApiCall;
use super::deployment::Deployment;
use super::memory::Memory;
use syncano_simulator::api::Flag;

/// The right deployment, with the memory of the defect.
pub struct Right<'d> {
    deployment: &'d dyn Deployment,
    /// The memory of the defect.
    pub memory: &'d Memory,
}

impl<'d> Right<'d> {
    pub fn new(deployment: &'d dyn Deployment, memory: &'d Memory) -> Right<'d> {
        Right { deployment, memory }
    }

    /// Returns the right response to a request.
    pub fn respond(&self, call: &ApiCall) -> Response<Bytes> {
        self.deployment.respond(call.request())
    }

    /// Returns the instance of a call: the one in its path, or else that of its API key.
    pub fn instance(&self, call: &ApiCall) -> Option<String> {
        let named = || call.path().strip_prefix("/instances/")?.split('/').next().filter(|name| !name.is_empty());
        let home = || {
            let key = call.api_key().filter(|_| call.has_api_key())?;
            let asked = call.without_any_query().with_method(Method::GET).outside("/instances/").without_body();
            let instances = body(&self.respond(&asked.with_keys(&key, None)));
            instances.pointer("/objects/0/name").and_then(Value::as_str).map(str::to_owned)
        };
        call.instance().or_else(named).map(str::to_owned).or_else(home)
    }

    /// Returns the account key of an administrator of an instance.
    pub fn administrators_key(&self, instance: &str) -> Option<String> {
        self.deployment.administrator(instance).map(|key| key.to_string())
    }

    /// Returns the request with the key of an administrator of the instance; unchanged if none is
    /// known.
    pub fn as_administrator(&self, call: &ApiCall) -> ApiCall {
        let key = self.instance(call).and_then(|instance| self.deployment.administrator(&instance));
        key.map_or_else(|| call.clone(), |key| call.with_keys(&key.to_string(), None))
    }

    /// Reads a path in the instance of the call, as an administrator; returns null unless the
    /// status is 200.
    pub fn read(&self, call: &ApiCall, path: &str) -> Value {
        body(&self.act(call, Method::GET, path, None))
    }

    /// Returns whether an administrator can read a path in the instance of the call.
    pub fn has(&self, call: &ApiCall, path: &str) -> bool {
        !self.read(call, path).is_null()
    }

    /// Returns the objects of a list in the instance of the call, as an administrator reads it.
    pub fn list(&self, call: &ApiCall, path: &str) -> Vec<Value> {
        match self.read(call, path).get_mut("objects").map(Value::take) {
            Some(Value::Array(objects)) => objects,
            _ => Vec::new(),
        }
    }

    /// Sends a request to a path in the instance of the call, as an administrator.
    pub fn act(&self, call: &ApiCall, method: Method, path: &str, body: Option<&Value>) -> Response<Bytes> {
        let call = self.inside(call, path).with_method(method);
        let call = body.map_or_else(|| call.clone(), |body| call.with_json(body));
        self.respond(&self.as_administrator(&call))
    }

    /// Returns a GET request to a path in the instance of the call, with the keys of the call.
    fn inside(&self, call: &ApiCall, path: &str) -> ApiCall {
        let instance = self.instance(call).filter(|_| call.instance().is_none());
        let asked = call.without_any_query().with_method(Method::GET).with_path(path).without_body();
        instance.map_or_else(|| asked.clone(), |instance| asked.with_instance(&instance))
    }

    /// Returns the user of an app's call, as `/user/` shows them; `None` if the keys are not those
    /// of a user.
    pub fn user(&self, call: &ApiCall) -> Option<Value> {
        let user_key = call.user_key().filter(|_| call.has_api_key())?;
        let asked = self.inside(call, "/user/").with_keys(&call.api_key()?, Some(&user_key));
        Some(body(&self.respond(&asked))).filter(Value::is_object)
    }

    /// Returns the id of that user.
    pub fn user_id(&self, call: &ApiCall) -> Option<u64> {
        self.user(call)?.get("id")?.as_u64()
    }

    /// Returns the user of the user key in the call, with any other key.
    pub fn user_of_key(&self, call: &ApiCall) -> Option<Value> {
        let key = call.user_key()?;
        self.list(call, "/users/").into_iter().find(|user| user.get("user_key").and_then(Value::as_str) == Some(&key))
    }

    /// Returns the API key of the call, as `/api_keys/` shows it.
    pub fn api_key(&self, call: &ApiCall) -> Option<Value> {
        let key = call.api_key().filter(|_| call.has_api_key())?;
        let asked = self.inside(call, "/api_keys/").with_keys(&key, None);
        body(&self.respond(&asked)).pointer("/objects/0").cloned()
    }

    /// Returns whether the API key of the call has a flag.
    pub fn has_flag(&self, call: &ApiCall, flag: Flag) -> bool {
        self.api_key(call).is_some_and(|key| key.get(flag.name()) == Some(&Value::Bool(true)))
    }

    /// Returns the role of the calling account in the instance of the call: `owner` for the account
    /// of [`Right::as_administrator`], else `full`, `write` or `read`; `None` if it has none.
    pub fn role(&self, call: &ApiCall) -> Option<String> {
        let key = call.api_key().filter(|_| call.has_account_key())?;
        let name = self.instance(call)?;
        if self.deployment.administrator(&name).is_some_and(|owner| key.parse() == Ok(owner)) {
            return Some("owner".to_owned());
        }
        let asked = call.without_any_query().with_method(Method::GET).outside(&format!("/instances/{name}/"));
        let instance = body(&self.respond(&asked.without_body().with_keys(&key, None)));
        instance.get("role").and_then(Value::as_str).map(str::to_owned)
    }
}

/// Returns the JSON of a response with the status 200; null for any other.
fn body(response: &Response<Bytes>) -> Value {
    match response.status() {
        StatusCode::OK => serde_json::from_slice(response.body()).unwrap_or_default(),
        _ => Value::Null,
    }
}
