//! Splits batches, so that each request of a batch passes the defect separately and no other defect
//! needs to know them.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::call::ApiCall;
use super::deployment::Deployment;
use super::edit;
use syncano_simulator::api::Key;

/// The maximum number of requests in a batch.
const MOST_REQUESTS: usize = 50;

/// The allowed methods in a batch.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Responds to a request through a defect in front of a deployment.
type RespondThrough<'d> = dyn Fn(&ApiCall, &dyn Deployment) -> Response<Bytes> + Sync + 'd;

/// The deployment below a defect. It responds to the requests of a batch one by one, each through
/// the defect.
pub struct Opened<'d> {
    right: &'d dyn Deployment,
    through: &'d RespondThrough<'d>,
}

impl<'d> Opened<'d> {
    pub fn new(right: &'d dyn Deployment, through: &'d RespondThrough<'d>) -> Opened<'d> {
        Opened { right, through }
    }

    /// Responds to a batch. Returns `None` for a batch that is invalid or contains a batch; it is
    /// not split.
    fn open(&self, batch: &ApiCall) -> Option<Response<Bytes>> {
        let requests = batch.member("requests")?;
        let requests = requests.as_array().filter(|requests| (1..=MOST_REQUESTS).contains(&requests.len()))?;
        let items = requests.iter().map(|request| item(batch, request)).collect::<Option<Vec<_>>>()?;
        let accepted = self.accepted(batch, requests)?;
        let (api_key, mut user_key) = (batch.api_key()?, batch.user_key());
        let right = InBatch { right: self.right, batch };
        let mut answers = Vec::new();
        for item in items {
            let item = item.with_keys(&api_key, user_key.as_deref());
            let resets_own_key =
                item.is("/users/{user}/reset_key/") && right.own_id(&item) == item.segment(1).parse().ok();
            let answer = (self.through)(&item, &right);
            let content = edit::json(&answer);
            // A batch keeps the rights of its caller, even if it resets the key of the caller.
            if let Some(key) = content.get("user_key").and_then(Value::as_str).filter(|_| resets_own_key) {
                user_key = Some(key.to_owned());
            }
            answers.push(match is_empty(&content) {
                true => json!({"code": answer.status().as_u16()}),
                false => json!({"code": answer.status().as_u16(), "content": content}),
            });
        }
        Some(edit::with_json(edit::with_status(accepted, StatusCode::OK), &Value::Array(answers)))
    }

    /// Checks that a batch is valid, without running it: adds an invalid request, which must be the
    /// only error. Returns the response.
    fn accepted(&self, batch: &ApiCall, requests: &[Value]) -> Option<Response<Bytes>> {
        let probed = requests.iter().cloned().chain([Value::Null]).collect::<Vec<_>>();
        let answer = self.right.respond(batch.with_member("requests", json!(probed)).request());
        let wrong = edit::json(&answer);
        let wrong = wrong.get("requests")?.as_array()?;
        let is_valid = wrong.len() == probed.len() && wrong.iter().rev().skip(1).all(is_empty);
        (answer.status() == StatusCode::BAD_REQUEST && is_valid).then_some(answer)
    }
}

impl Deployment for Opened<'_> {
    fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        let is_batch = *request.method() == Method::POST && request.uri().path().ends_with("/batch/");
        let batch = if is_batch { ApiCall::new(request.clone()) } else { None };
        let opened = batch.filter(|batch| batch.is("/batch/")).and_then(|batch| self.open(&batch));
        opened.unwrap_or_else(|| self.right.respond(request))
    }

    fn administrator(&self, instance: &str) -> Option<Key> {
        self.right.administrator(instance)
    }
}

/// The right deployment for the requests of a batch: it sends each in a batch of its own.
struct InBatch<'d> {
    right: &'d dyn Deployment,
    batch: &'d ApiCall,
}

impl InBatch<'_> {
    /// Returns the id of the user whose keys a request carries.
    fn own_id(&self, call: &ApiCall) -> Option<u64> {
        let asked = call.without_any_query().with_method(Method::GET).with_path("/user/").without_body();
        edit::json(&self.right.respond(asked.request())).get("id")?.as_u64()
    }

    fn wrapped(&self, call: &ApiCall) -> Option<ApiCall> {
        let is_possible = METHODS.contains(call.method())
            && call.instance() == self.batch.instance()
            && call.version() == self.batch.version();
        let api_key = call.api_key().filter(|_| is_possible)?;
        let mut item = json!({"method": call.method().as_str(), "path": call.target()});
        if let (body @ Value::Object(_), Some(item)) = (call.json(), item.as_object_mut()) {
            item.insert("body".to_owned(), body);
        }
        let batch = call.without_any_query().with_method(Method::POST).with_path("/batch/");
        Some(batch.with_keys(&api_key, call.user_key().as_deref()).with_json(&json!({"requests": [item]})))
    }
}

impl Deployment for InBatch<'_> {
    fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        let Some(batch) = ApiCall::new(request.clone()).and_then(|call| self.wrapped(&call)) else {
            return self.right.respond(request);
        };
        let response = self.right.respond(batch.request());
        let mut answer = edit::json(&response);
        let code = answer.pointer("/0/code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        match code.and_then(|code| StatusCode::from_u16(code).ok()) {
            Some(status) => match answer.pointer_mut("/0/content").map(Value::take) {
                Some(content) => edit::json_response(status, &content),
                None => edit::empty(status),
            },
            None => response,
        }
    }

    fn administrator(&self, instance: &str) -> Option<Key> {
        self.right.administrator(instance)
    }
}

/// Returns a request of a batch as a request of its own, without the keys in its query or body,
/// which are ignored there. Returns `None` for an invalid request, and for a batch.
fn item(batch: &ApiCall, request: &Value) -> Option<ApiCall> {
    let method = request.get("method")?.as_str()?.parse::<Method>().ok()?;
    let target = request.get("path")?.as_str()?.to_lowercase();
    let call = batch.with_target(&target)?.with_method(method).without_keys();
    let body = match request.get("body") {
        Some(Value::Object(body)) if !body.is_empty() => Some(body.clone()),
        _ => None,
    };
    let without_keys = |body: Map<String, Value>| body.into_iter().filter(|(name, _)| !name.starts_with('_')).collect();
    let call = body.map_or_else(|| call.without_body(), |body| call.with_json(&Value::Object(without_keys(body))));
    Some(call).filter(|call| !call.is("/batch/"))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        other => other.is_null(),
    }
}
