//! The administrator on whose account worlds are made.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::run_id::RunId;
use super::target::{Answer, NoAnswer, Target};
use crate::api::Version;
use crate::judge::{Exchange, Redactor};

/// Where the administrator's key comes from.
#[derive(Debug)]
pub enum Credentials {
    /// An account that exists.
    AccountKey(SecretString),
    /// A new account, made for this run. The API has no way to delete it afterwards.
    Register,
}

/// An account with its key.
pub struct Administrator {
    /// The target on which the account lives.
    pub target: Target,
    /// The version of the API in which it is spoken to.
    pub version: Version,
    /// The number of the account.
    pub id: Value,
    /// Its e-mail address.
    pub email: String,
    key: SecretString,
}

/// What kept a world from being made or cleared away. The text holds no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SetUpError(pub String);

impl Administrator {
    /// Signs in, or registers, as the credentials say. Reading the account shows whether its key is good.
    pub async fn connect(
        target: &Target,
        version: Version,
        credentials: &Credentials,
        run: &RunId,
    ) -> Result<Administrator, SetUpError> {
        let key = match credentials {
            Credentials::AccountKey(key) => key,
            Credentials::Register => return Administrator::register(target, version, run, "account").await,
        };
        let key = SecretString::from(key.expose_secret());
        let mut administrator = Administrator { key, ..Administrator::nobody(target, version) };
        let account = administrator.call(Method::GET, &format!("/{version}/account/"), None).await?;
        administrator.id = member(&account, "id")?;
        administrator.email = text(&account, "email")?;
        Ok(administrator)
    }

    /// Makes an account; no key is needed. `word` tells it from the other accounts of the run.
    pub async fn register(
        target: &Target,
        version: Version,
        run: &RunId,
        word: &str,
    ) -> Result<Administrator, SetUpError> {
        let email = format!("conformance-{word}-{run}@example.com");
        let body = json!({"email": email, "password": run.password(word)});
        let mut administrator = Administrator::nobody(target, version);
        let account = administrator.call(Method::POST, &format!("/{version}/account/register/"), Some(&body)).await?;
        administrator.id = member(&account, "id")?;
        administrator.email = text(&account, "email")?;
        administrator.key = SecretString::from(text(&account, "account_key")?);
        Ok(administrator)
    }

    /// Somebody without a key.
    pub fn nobody(target: &Target, version: Version) -> Administrator {
        let key = SecretString::from("");
        Administrator { target: target.clone(), version, id: Value::Null, email: String::new(), key }
    }

    /// The account key, to be sent.
    pub fn key(&self) -> &str {
        self.key.expose_secret()
    }

    /// Makes a request as administrator; any answer but 200, 201 and 204 is an error.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, SetUpError> {
        let what = format!("{method} {path}");
        let response = self.send(method, path, body).await?;
        self.read(&what, body, &response, &[StatusCode::OK, StatusCode::CREATED, StatusCode::NO_CONTENT])
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

    /// Makes a request as administrator and gives whatever came.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response<Bytes>, SetUpError> {
        let (what, request) = self.request(method, path, body)?;
        self.answered(&what, self.target.send(request).await)
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
            .map_err(|_| SetUpError(format!("{what} cannot be sent: a header cannot hold this account key")))?;
        Ok((what, request))
    }

    fn answered(&self, what: &str, answer: Result<Answer, NoAnswer>) -> Result<Response<Bytes>, SetUpError> {
        let answer = answer.map_err(|error| SetUpError(format!("{what}: {error}")))?;
        match answer.astray {
            None => Ok(answer.response),
            Some(host) => {
                let host = Redactor::knowing([("account.key", self.key())]).text(&host);
                Err(SetUpError(format!("{what}: {}", Exchange::leads_astray(&host))))
            }
        }
    }

    /// The beginning of a body, without keys and without the password that was sent.
    fn shown(&self, response: &Response<Bytes>, sent: Option<&Value>) -> String {
        let password = sent.and_then(|sent| sent.get("password")).and_then(Value::as_str);
        let secrets = [("account.key", Some(self.key())), ("password", password)];
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
