//! The deployment below a defect, which answers as it should.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::Value;

use super::call::Call;
use super::deployment::Deployment;
use super::memory::Memory;
use crate::api::Flag;

/// The right deployment, with the memory of the defect that wraps it.
pub struct Right<'d> {
    deployment: &'d dyn Deployment,
    /// What the defect remembers.
    pub memory: &'d Memory,
}

impl<'d> Right<'d> {
    pub fn new(deployment: &'d dyn Deployment, memory: &'d Memory) -> Right<'d> {
        Right { deployment, memory }
    }

    /// The right answer to a request.
    pub fn respond(&self, call: &Call) -> Response<Bytes> {
        self.deployment.respond(call.request())
    }

    /// The same request under the key of an administrator of the instance; as it came where none is known.
    pub fn administrators(&self, call: &Call) -> Call {
        let instance = call.instance().or_else(|| call.path().strip_prefix("/instances/")?.split('/').next());
        match instance.and_then(|instance| self.deployment.administrator(instance)) {
            Some(key) => call.with_keys(&key.to_string(), None),
            None => call.clone(),
        }
    }

    /// The account key of somebody who administers an instance.
    pub fn administrators_key(&self, instance: &str) -> Option<String> {
        self.deployment.administrator(instance).map(|key| key.to_string())
    }

    /// What an administrator reads at a path of the instance that the call is in; null for anything but 200.
    pub fn read(&self, call: &Call, path: &str) -> Value {
        body(&self.act(call, Method::GET, path, None))
    }

    /// The objects of a list of the instance, as an administrator reads it.
    pub fn list(&self, call: &Call, path: &str) -> Vec<Value> {
        match self.read(call, path).get_mut("objects").map(Value::take) {
            Some(Value::Array(objects)) => objects,
            _ => Vec::new(),
        }
    }

    /// What an administrator does at a path of the instance that the call is in.
    pub fn act(&self, call: &Call, method: Method, path: &str, body: Option<&Value>) -> Response<Bytes> {
        let call = call.without_any_query().with_method(method).with_path(path).without_body();
        let call = body.map_or_else(|| call.clone(), |body| call.with_json(body));
        self.respond(&self.administrators(&call))
    }

    /// The user on whose behalf an app calls, as `/user/` shows them; `None` where the keys are not those of a user.
    pub fn user(&self, call: &Call) -> Option<Value> {
        let user_key = call.user_key().filter(|_| call.has_api_key() && call.instance().is_some())?;
        let asked = call.without_any_query().with_method(Method::GET).with_path("/user/").without_body();
        let user = body(&self.respond(&asked.with_keys(&call.api_key()?, Some(&user_key))));
        Some(user).filter(Value::is_object)
    }

    /// The id of that user.
    pub fn user_id(&self, call: &Call) -> Option<u64> {
        self.user(call)?.get("id")?.as_u64()
    }

    /// The API key that came along, as `/api_keys/` shows it.
    pub fn api_key(&self, call: &Call) -> Option<Value> {
        let key = call.api_key().filter(|_| call.has_api_key() && call.instance().is_some())?;
        let asked = call.without_any_query().with_method(Method::GET).with_path("/api_keys/").without_body();
        body(&self.respond(&asked.with_keys(&key, None))).get("objects")?.get(0).cloned()
    }

    /// Whether the API key that came along has a flag.
    pub fn has_flag(&self, call: &Call, flag: Flag) -> bool {
        self.api_key(call).is_some_and(|key| key.get(flag.name()) == Some(&Value::Bool(true)))
    }

    /// The role of the account that calls in the instance of the path; `None` where it has none.
    pub fn role(&self, call: &Call) -> Option<String> {
        let key = call.api_key().filter(|_| call.has_account_key())?;
        let path = format!("/instances/{}/", call.instance()?);
        let asked = call.without_any_query().with_method(Method::GET).outside(&path).without_body();
        let instance = body(&self.respond(&asked.with_keys(&key, None)));
        instance.get("role").and_then(Value::as_str).map(str::to_owned)
    }
}

/// The JSON of an answer with the status 200; null for anything else.
fn body(response: &Response<Bytes>) -> Value {
    match response.status() {
        StatusCode::OK => serde_json::from_slice(response.body()).unwrap_or_default(),
        _ => Value::Null,
    }
}
