//! Sends the requests of the harness itself, with one key: to create, check and remove worlds.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::complete_response::{CompleteResponse, ExchangeError};
use super::redirect;
use super::target::Target;
use super::unexpected::hint;
use crate::judge::Exchange;
use syncano_secrets::Redactor;

/// The maximum length of a response body in an error, in characters.
const MAX_SHOWN: usize = 300;

/// A target with an account key, an API key, or no key.
#[derive(Clone)]
pub struct Client {
    target: Target,
    key: SecretString,
}

/// A failed request of the harness. Messages hold no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The key cannot be written in a header.
    #[error("{request} cannot be sent: a header cannot hold this key")]
    InvalidKey {
        /// Method and path.
        request: String,
    },
    /// The request got no complete response.
    #[error("{request}: {error}")]
    NoAnswer {
        /// Method and path.
        request: String,
        /// The reason.
        error: ExchangeError,
    },
    /// The response cannot be used: it is too large, or a redirect to another host.
    #[error("{request}: {why}")]
    Unusable {
        /// Method and path.
        request: String,
        /// The reason.
        why: String,
        /// How to fix it, if the reason shows that.
        hint: Option<String>,
    },
    /// The response has another status than expected, or a body that is not JSON.
    #[error("{request} was answered with {found}: {body}")]
    Unexpected {
        /// Method and path.
        request: String,
        /// The status, or the error in the body.
        found: String,
        /// The beginning of the body, redacted.
        body: String,
        /// The status.
        status: StatusCode,
        /// How to fix it, if the response shows that.
        hint: Option<&'static str>,
    },
    /// The response lacks a member.
    #[error("the response lacks the member `{0}`")]
    MissingMember(String),
    /// A member of the response is not a string.
    #[error("the member `{0}` of the response is not a string")]
    NotText(String),
}

impl ClientError {
    /// Returns how to fix the cause, if the error shows the cause.
    pub fn hint(&self) -> Option<String> {
        match self {
            ClientError::NoAnswer { error, .. } => error.hint.map(str::to_owned),
            ClientError::Unusable { hint, .. } => hint.clone(),
            ClientError::Unexpected { hint, .. } => hint.map(str::to_owned),
            ClientError::InvalidKey { .. } => {
                Some("a key is forty hexadecimal digits; check where this one is from".to_owned())
            }
            ClientError::MissingMember(_) | ClientError::NotText(_) => None,
        }
    }

    /// Returns the same error with a hint, if the target has rejected the key of the request and
    /// the response shows no other cause.
    pub fn or_rejected(mut self, reason: &'static str) -> ClientError {
        if let ClientError::Unexpected { status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, hint, .. } =
            &mut self
        {
            *hint = hint.or(Some(reason));
        }
        self
    }

    /// Returns the unexpected status of the response, if that is the error.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            ClientError::Unexpected { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns whether the target may have processed the request.
    pub fn may_have_gone_through(&self) -> bool {
        match self {
            ClientError::InvalidKey { .. } => false,
            ClientError::NoAnswer { error, .. } => error.may_have_gone_through,
            ClientError::Unexpected { status, .. } => !status.is_client_error(),
            ClientError::Unusable { .. } | ClientError::MissingMember(_) | ClientError::NotText(_) => true,
        }
    }
}

impl Client {
    /// Creates a client with a key.
    pub fn new(target: &Target, key: &SecretString) -> Client {
        target.secrets().add("key", key.expose_secret());
        Client { target: target.clone(), key: key.clone() }
    }

    /// Creates a client without a key.
    pub fn anonymous(target: &Target) -> Client {
        Client { target: target.clone(), key: SecretString::default() }
    }

    /// Returns the target.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Returns the key, to be sent.
    pub fn key(&self) -> &str {
        self.key.expose_secret()
    }

    /// Sends a request and returns the JSON body of its response. Any status but 200, 201 and 204
    /// is an error.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, ClientError> {
        let what = format!("{method} {path}");
        let response = self.send(method, path, body).await?;
        self.read(&what, body, &response, &[StatusCode::OK, StatusCode::CREATED, StatusCode::NO_CONTENT])
    }

    /// Sends a file as the member `name` of a multipart form, to replace it there, and returns the
    /// JSON body of the response.
    pub async fn upload(&self, path: &str, name: &str, content: &str) -> Result<Value, ClientError> {
        const BOUNDARY: &str = "syncano-conformance";
        let part = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{name}.txt\"");
        let form = format!("--{BOUNDARY}\r\n{part}\r\n\r\n{content}\r\n--{BOUNDARY}--\r\n");
        let (what, mut request) = self.request(Method::PATCH, path, None)?;
        let kind = HeaderValue::from_static("multipart/form-data; boundary=syncano-conformance");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        *request.body_mut() = Bytes::from(form);
        let response = self.usable(what.clone(), self.target.send(request).await)?;
        self.read(&what, None, &response, &[StatusCode::OK, StatusCode::CREATED])
    }

    /// Sends a request and returns the response, whatever its status.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response<Bytes>, ClientError> {
        let (what, request) = self.request(method, path, body)?;
        self.usable(what, self.target.send(request).await)
    }

    /// Sends a request even if the target has stopped answering: for resources that must not be
    /// left behind.
    pub async fn insist(&self, method: Method, path: &str) -> Result<Response<Bytes>, ClientError> {
        let (what, request) = self.request(method, path, None)?;
        self.usable(what, self.target.insist(request).await)
    }

    /// Returns the JSON body of a response with one of these statuses. `what` and `sent` describe
    /// its request.
    pub fn read(
        &self,
        what: &str,
        sent: Option<&Value>,
        response: &Response<Bytes>,
        good: &[StatusCode],
    ) -> Result<Value, ClientError> {
        let status = response.status();
        let unexpected = |found: String| {
            let body = self.shown(response, sent);
            Err(ClientError::Unexpected { request: what.to_owned(), found, body, status, hint: hint(response) })
        };
        if !good.contains(&status) {
            return unexpected(status.as_u16().to_string());
        }
        if response.body().is_empty() {
            return Ok(Value::Null);
        }
        match serde_json::from_slice(response.body()) {
            Ok(body) => Ok(body),
            Err(_) => unexpected("a body that is not JSON".to_owned()),
        }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(String, Request<Bytes>), ClientError> {
        let what = format!("{method} {path}");
        let mut request = Request::builder().method(method).uri(path);
        if !self.key().is_empty() {
            request = request.header("X-API-KEY", self.key());
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string())));
        match request {
            Ok(request) => Ok((what, request)),
            Err(_) => Err(ClientError::InvalidKey { request: what }),
        }
    }

    fn usable(
        &self,
        request: String,
        outcome: Result<CompleteResponse, ExchangeError>,
    ) -> Result<Response<Bytes>, ClientError> {
        let answer = match outcome {
            Ok(answer) => answer,
            Err(error) => return Err(ClientError::NoAnswer { request, error }),
        };
        if let Some(why) = answer.too_large {
            return Err(ClientError::Unusable { request, why, hint: None });
        }
        match answer.astray {
            None => Ok(answer.response),
            Some(host) => {
                let host = Redactor::knowing([("key", self.key())]).text(&host);
                let hint = redirect::hint(self.target.base(), &host);
                Err(ClientError::Unusable { request, why: Exchange::leads_astray(&host), hint: Some(hint) })
            }
        }
    }

    /// Returns the beginning of a body, without keys and without the name and the password of the
    /// request.
    fn shown(&self, response: &Response<Bytes>, sent: Option<&Value>) -> String {
        let member = |name: &str| sent.and_then(|sent| sent.get(name)).and_then(Value::as_str);
        let secrets = [("key", Some(self.key())), ("username", member("username")), ("password", member("password"))];
        let redactor = Redactor::knowing(secrets.into_iter().filter_map(|(name, secret)| Some((name, secret?))));
        let text = redactor.text(String::from_utf8_lossy(response.body()).trim());
        let short: String = text.chars().take(MAX_SHOWN).collect();
        if short.len() < text.len() { format!("{short}...") } else { short }
    }
}

/// Returns a member of a response.
pub fn member(answer: &Value, name: &str) -> Result<Value, ClientError> {
    answer.get(name).cloned().ok_or_else(|| ClientError::MissingMember(name.to_owned()))
}

/// Returns a member of a response that is a string.
pub fn text(answer: &Value, name: &str) -> Result<String, ClientError> {
    match member(answer, name)? {
        Value::String(text) => Ok(text),
        _ => Err(ClientError::NotText(name.to_owned())),
    }
}
