//! Somebody with a key, in whose name the harness makes requests of its own: to make worlds, to look at them, to remove them.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::target::{Answer, NoAnswer, Target};
use crate::judge::Exchange;
use crate::secret::Redactor;
use syncano_simulator::api::Version;

/// An account key, an API key or none at all, with the target that it is for.
#[derive(Clone)]
pub struct Client {
    /// Where requests go.
    pub target: Target,
    /// The version of the API in which it is spoken to.
    pub version: Version,
    key: SecretString,
}

/// What kept a world from being made or cleared away. The text holds no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SetUpError(pub String);

/// Why a request has not done what was asked, as far as is known.
pub struct CallError {
    /// Why, in words.
    pub why: SetUpError,
    /// Whether the target may have done it all the same.
    pub may_have_gone_through: bool,
}

impl Client {
    /// Whoever has this key.
    pub fn new(target: &Target, version: Version, key: &str) -> Client {
        target.secrets().tell("key", key);
        Client { target: target.clone(), version, key: SecretString::from(key) }
    }

    /// Whoever has no key.
    pub fn anonymous(target: &Target, version: Version) -> Client {
        Client::new(target, version, "")
    }

    /// The key, to be sent.
    pub fn key(&self) -> &str {
        self.key.expose_secret()
    }

    /// Makes a request; any answer but 200, 201 and 204 is an error.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, SetUpError> {
        self.attempt(method, path, body).await.map_err(|error| error.why)
    }

    /// The same; an error says whether the target may have done what was asked.
    pub async fn attempt(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, CallError> {
        let what = format!("{method} {path}");
        let response = self.respond(method, path, body).await?;
        let may_have_gone_through = !response.status().is_client_error();
        self.read(&what, body, &response, &[StatusCode::OK, StatusCode::CREATED, StatusCode::NO_CONTENT])
            .map_err(|why| CallError { why, may_have_gone_through })
    }

    /// The body of an answer that has one of these statuses. `what` and `sent` say to what it is the answer.
    pub fn read(
        &self,
        what: &str,
        sent: Option<&Value>,
        response: &Response<Bytes>,
        good: &[StatusCode],
    ) -> Result<Value, SetUpError> {
        let status = response.status();
        let refuse =
            |how: String| Err(SetUpError(format!("{what} was answered with {how}: {}", self.shown(response, sent))));
        if !good.contains(&status) {
            return refuse(status.as_u16().to_string());
        }
        if response.body().is_empty() {
            return Ok(Value::Null);
        }
        match serde_json::from_slice(response.body()) {
            Ok(body) => Ok(body),
            Err(_) => refuse("a body that is not JSON".to_owned()),
        }
    }

    /// Makes a request and gives whatever came.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response<Bytes>, SetUpError> {
        self.respond(method, path, body).await.map_err(|error| error.why)
    }

    /// The same; an error says whether the target may have done what was asked.
    pub async fn respond(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response<Bytes>, CallError> {
        let unsent = |why| CallError { why, may_have_gone_through: false };
        let (what, request) = self.request(method, path, body).map_err(unsent)?;
        let answer = self.target.send(request).await;
        let may_have_gone_through = answer.as_ref().err().is_none_or(|error| error.may_have_gone_through);
        self.answered(&what, answer).map_err(|why| CallError { why, may_have_gone_through })
    }

    /// The same for what must not stay behind: also where the target has stopped answering.
    pub async fn insist(&self, method: Method, path: &str) -> Result<Response<Bytes>, SetUpError> {
        let (what, request) = self.request(method, path, None)?;
        self.answered(&what, self.target.insist(request).await)
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(String, Request<Bytes>), SetUpError> {
        let what = format!("{method} {path}");
        let mut request = Request::builder().method(method).uri(path);
        if !self.key().is_empty() {
            request = request.header("X-API-KEY", self.key());
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string())))
            .map_err(|_| SetUpError(format!("{what} cannot be sent: a header cannot hold this key")))?;
        Ok((what, request))
    }

    fn answered(&self, what: &str, answer: Result<Answer, NoAnswer>) -> Result<Response<Bytes>, SetUpError> {
        let answer = answer.map_err(|error| SetUpError(format!("{what}: {error}")))?;
        if let Some(why) = answer.too_large {
            return Err(SetUpError(format!("{what}: {why}")));
        }
        match answer.astray {
            None => Ok(answer.response),
            Some(host) => {
                let host = Redactor::knowing([("key", self.key())]).text(&host);
                Err(SetUpError(format!("{what}: {}", Exchange::leads_astray(&host))))
            }
        }
    }

    /// The beginning of a body, without keys and without the name and the password that were sent.
    fn shown(&self, response: &Response<Bytes>, sent: Option<&Value>) -> String {
        let member = |name: &str| sent.and_then(|sent| sent.get(name)).and_then(Value::as_str);
        let secrets = [("key", Some(self.key())), ("username", member("username")), ("password", member("password"))];
        let redactor = Redactor::knowing(secrets.into_iter().filter_map(|(name, secret)| Some((name, secret?))));
        let text = redactor.text(String::from_utf8_lossy(response.body()).trim());
        let short: String = text.chars().take(300).collect();
        if short.len() < text.len() { format!("{short}...") } else { short }
    }
}

/// A member of an answer that has to be there.
pub(super) fn member(answer: &Value, name: &str) -> Result<Value, SetUpError> {
    answer.get(name).cloned().ok_or_else(|| SetUpError(format!("an answer lacks the member `{name}`")))
}

/// A member of an answer that has to be there and to be a text.
pub(super) fn text(answer: &Value, name: &str) -> Result<String, SetUpError> {
    match member(answer, name)? {
        Value::String(text) => Ok(text),
        _ => Err(SetUpError(format!("the member `{name}` of an answer is no text"))),
    }
}
