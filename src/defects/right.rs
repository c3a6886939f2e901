//! The deployment below a defect, which answers as it should.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::Value;

use super::call::Call;
use super::deployment::Deployment;
use super::memory::Memory;
use syncano_simulator::api::Flag;

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

    /// The instance that a call is about: that of its path, or else that of its API key.
    pub fn instance(&self, call: &Call) -> Option<String> {
        let named = || call.path().strip_prefix("/instances/")?.split('/').next().filter(|name| !name.is_empty());
        let home = || {
            let key = call.api_key().filter(|_| call.has_api_key())?;
            let asked = call.without_any_query().with_method(Method::GET).outside("/instances/").without_body();
            let instances = body(&self.respond(&asked.with_keys(&key, None)));
            instances.pointer("/objects/0/name").and_then(Value::as_str).map(str::to_owned)
        };
        call.instance().or_else(named).map(str::to_owned).or_else(home)
    }

    /// The account key of somebody who administers an instance.
    pub fn administrators_key(&self, instance: &str) -> Option<String> {
        self.deployment.administrator(instance).map(|key| key.to_string())
    }

    /// The same request under the key of an administrator of the instance; as it came where none is known.
    pub fn administrators(&self, call: &Call) -> Call {
        let key = self.instance(call).and_then(|instance| self.deployment.administrator(&instance));
        key.map_or_else(|| call.clone(), |key| call.with_keys(&key.to_string(), None))
    }

    /// What an administrator reads at a path of the instance that the call is about; null for anything but 200.
    pub fn read(&self, call: &Call, path: &str) -> Value {
        body(&self.act(call, Method::GET, path, None))
    }

    /// Whether an administrator finds something at a path of the instance that the call is about.
    pub fn has(&self, call: &Call, path: &str) -> bool {
        !self.read(call, path).is_null()
    }

    /// The objects of a list of the instance, as an administrator reads it.
    pub fn list(&self, call: &Call, path: &str) -> Vec<Value> {
        match self.read(call, path).get_mut("objects").map(Value::take) {
            Some(Value::Array(objects)) => objects,
            _ => Vec::new(),
        }
    }

    /// What an administrator does at a path of the instance that the call is about.
    pub fn act(&self, call: &Call, method: Method, path: &str, body: Option<&Value>) -> Response<Bytes> {
        let call = self.inside(call, path).with_method(method);
        let call = body.map_or_else(|| call.clone(), |body| call.with_json(body));
        self.respond(&self.administrators(&call))
    }

    /// A GET of a path of the instance that a call is about, under the keys of the call.
    fn inside(&self, call: &Call, path: &str) -> Call {
        let instance = self.instance(call).filter(|_| call.instance().is_none());
        let asked = call.without_any_query().with_method(Method::GET).with_path(path).without_body();
        instance.map_or_else(|| asked.clone(), |instance| asked.with_instance(&instance))
    }

    /// The user on whose behalf an app calls, as `/user/` shows them; `None` where the keys are not those of a user.
    pub fn user(&self, call: &Call) -> Option<Value> {
        let user_key = call.user_key().filter(|_| call.has_api_key())?;
        let asked = self.inside(call, "/user/").with_keys(&call.api_key()?, Some(&user_key));
        Some(body(&self.respond(&asked))).filter(Value::is_object)
    }

    /// The id of that user.
    pub fn user_id(&self, call: &Call) -> Option<u64> {
        self.user(call)?.get("id")?.as_u64()
    }

    /// The user whose user key came along, whatever key is beside it.
    pub fn user_of_key(&self, call: &Call) -> Option<Value> {
        let key = call.user_key()?;
        self.list(call, "/users/").into_iter().find(|user| user.get("user_key").and_then(Value::as_str) == Some(&key))
    }

    /// The API key that came along, as `/api_keys/` shows it.
    pub fn api_key(&self, call: &Call) -> Option<Value> {
        let key = call.api_key().filter(|_| call.has_api_key())?;
        let asked = self.inside(call, "/api_keys/").with_keys(&key, None);
        body(&self.respond(&asked)).pointer("/objects/0").cloned()
    }

    /// Whether the API key that came along has a flag.
    pub fn has_flag(&self, call: &Call, flag: Flag) -> bool {
        self.api_key(call).is_some_and(|key| key.get(flag.name()) == Some(&Value::Bool(true)))
    }

    /// The role of the account that calls in the instance that the call is about: `owner` for whom [`Right::administrators`]
    /// calls, else `full`, `write` or `read`; `None` where it has none.
    pub fn role(&self, call: &Call) -> Option<String> {
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

/// The JSON of an answer with the status 200; null for anything else.
fn body(response: &Response<Bytes>) -> Value {
    match response.status() {
        StatusCode::OK => serde_json::from_slice(response.body()).unwrap_or_default(),
        _ => Value::Null,
    }
}
