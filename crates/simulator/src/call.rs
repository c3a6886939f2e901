//! A request as the stations see it: where it goes, what it asks for, and the keys it carries.

use std::cell::Cell;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Method};
use serde_json::Value;

use super::answer::Failure;
use super::body::{Body, Data};
use super::caller::Caller;
use super::credentials::SentKey;
use super::path::{Path, Route};
use super::python;
use super::quirks::{Quirk, Quirks};
use super::trail::Trail;
use super::world::SharedInstance;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_USER_KEY: HeaderName = HeaderName::from_static("x-user-key");
const X_TEMPLATE: HeaderName = HeaderName::from_static("x-template");
const X_TEMPLATE_RESPONSE: HeaderName = HeaderName::from_static("x-template-response");

/// One request.
pub struct Call<'r> {
    pub method: Method,
    pub route: Route<'r>,
    pub path: &'r Path<'r>,
    pub query: QueryString,
    pub headers: &'r HeaderMap,
    pub host: &'r str,
    /// The batch that the request is an item of, if it is one.
    pub batch: Option<Batch<'r>>,
    /// The known bugs of the reference deployment that are reproduced.
    pub quirks: Quirks,
    /// How far it came, for those who want to know why.
    pub trail: Trail,
    body: Body,
}

/// A batch as its items see it: its keys were looked up once, and its instance was found once.
#[derive(Clone, Copy)]
pub struct Batch<'r> {
    pub host: &'r str,
    pub caller: Caller,
    pub instance: &'r SharedInstance,
    pub quirks: Quirks,
    /// How many batches the item lies in.
    pub depth: u8,
    /// How many requests the batch, and those that lie in it, may still hold.
    pub left: &'r Cell<usize>,
}

/// The query of a request.
#[derive(Default)]
pub struct QueryString(Vec<(String, String)>);

impl QueryString {
    pub fn parse(query: Option<&str>) -> QueryString {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        QueryString(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The parameter of that name. Of several the last one counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All parameters of that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The parameter of that name, unless it is empty.
    fn given(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }
}

impl<'r> Call<'r> {
    pub fn new(
        parts: &'r http::request::Parts,
        body: Bytes,
        path: &'r Path<'r>,
        route: Route<'r>,
        quirks: Quirks,
    ) -> Call<'r> {
        let headers = &parts.headers;
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let host = headers.get(http::header::HOST).and_then(|value| value.to_str().ok());
        let host = host.or_else(|| parts.uri.authority().map(|authority| authority.as_str())).unwrap_or("localhost");
        Call {
            method: parts.method.clone(),
            route,
            path,
            query: QueryString::parse(parts.uri.query()),
            headers,
            host,
            batch: None,
            quirks,
            trail: Trail::default(),
            body: Body::new(body, content_type),
        }
    }

    /// A request that came in a batch. Beside the path it goes to and its method, it has a query and a body.
    pub fn item(
        batch: Batch<'r>,
        headers: &'r HeaderMap,
        (path, route): (&'r Path<'r>, Route<'r>),
        (method, query, body): (Method, QueryString, Body),
    ) -> Call<'r> {
        Call {
            method,
            route,
            path,
            query,
            headers,
            host: batch.host,
            quirks: batch.quirks,
            trail: Trail::default(),
            batch: Some(batch),
            body,
        }
    }

    /// Whether a known bug of the reference deployment is to be reproduced.
    pub fn reproduces(&self, quirk: Quirk) -> bool {
        self.quirks.has(quirk)
    }

    /// What the body says.
    pub fn data(&self) -> Result<&Data, Failure> {
        self.body.data()
    }

    /// The API key or account key. The first place that holds something decides: the header `X-API-KEY`, the query
    /// (`api_key`, then `apikey`), `Authorization` with any one word before the key, the member `_api_key` of the body.
    ///
    /// The body is read only when no other place holds a key; a body that cannot be read is then the answer.
    pub fn api_key(&mut self) -> Result<SentKey, Failure> {
        let text = self.header_or_query(&X_API_KEY, "api_key", "apikey");
        match text.or_else(|| self.authorization()) {
            Some(text) => Ok(SentKey::read(text)),
            None => self.key_in_body("_api_key", SentKey::read),
        }
    }

    /// The user key: the header `X-USER-KEY`, the query (`user_key`, then `userkey`), the member `_user_key` of the body.
    pub fn user_key(&mut self) -> Result<SentKey, Failure> {
        // White space around a user key does not count; around an API key it does.
        let stripped = |text: &str| SentKey::read(python::strip(text));
        match self.header_or_query(&X_USER_KEY, "user_key", "userkey") {
            Some(text) => Ok(stripped(text)),
            None => self.key_in_body("_user_key", stripped),
        }
    }

    /// Whether the objects of a list are to be counted too.
    pub fn counts(&self) -> bool {
        self.query.get("include_count").is_some_and(|asked| python::boolean(&asked.into()) == Some(true))
    }

    /// The template to show the answer with. Only endpoints in an instance have templates.
    pub fn template(&self) -> Option<&str> {
        if !self.route.spec.is_inside_instance() {
            return None;
        }
        let header = self.header(&X_TEMPLATE).or_else(|| self.header(&X_TEMPLATE_RESPONSE));
        header.or_else(|| self.query.given("template")).or_else(|| self.query.given("template_response"))
    }

    /// What stands in a header, or else in the query by either name.
    fn header_or_query(&self, header: &HeaderName, name: &str, alias: &str) -> Option<&str> {
        self.header(header).or_else(|| self.query.given(name)).or_else(|| self.query.given(alias))
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        let value = self.headers.get(name)?;
        // What is no text is no key either, but it was sent: it must not let another place decide.
        Some(value.to_str().unwrap_or("?")).filter(|text| !text.is_empty())
    }

    /// The second of exactly two words.
    fn authorization(&self) -> Option<&str> {
        let mut words = self.headers.get(AUTHORIZATION)?.to_str().ok()?.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some(_), Some(key), None) if !key.is_empty() => Some(key),
            _ => None,
        }
    }

    /// A key that the body holds. A POST of plain text that is read for a key may say which method it means.
    fn key_in_body(&mut self, name: &str, read: impl Fn(&str) -> SentKey) -> Result<SentKey, Failure> {
        let data = self.body.data()?;
        let sent = match data.member(name) {
            None | Some(Value::Null | Value::Bool(false)) => SentKey::Nothing,
            Some(Value::String(text)) if text.is_empty() => SentKey::Nothing,
            Some(Value::String(text)) => read(text),
            Some(_) => SentKey::Garbage,
        };
        if self.method == Method::POST && self.body.is_plain_text() {
            let meant = match data.member("_method").and_then(Value::as_str) {
                Some("GET") => Some(Method::GET),
                Some("PUT") => Some(Method::PUT),
                Some("PATCH") => Some(Method::PATCH),
                Some("DELETE") => Some(Method::DELETE),
                _ => None,
            };
            self.method = meant.unwrap_or(Method::POST);
        }
        Ok(sent)
    }
}
