//! A request during its processing: its route, parameters, body and keys.

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
use super::rendering::Rendering;
use super::throttle::ClientAddress;
use super::trail::Trail;
use super::world::InstanceHandle;

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
    /// The address of the client, if it is known.
    pub address: Option<ClientAddress>,
    /// The batch that contains the request, if it is an item of one.
    pub batch: Option<BatchContext<'r>>,
    /// The quirks to reproduce.
    pub quirks: Quirks,
    /// The record of its processing, for the explanation of its answer.
    pub trail: Trail,
    /// The rendering of the answer, if a template makes it. It takes place once the instance is
    /// unlocked.
    pub rendering: Cell<Option<Box<Rendering>>>,
    body: Body,
}

/// A batch, for its items. Its keys and its instance are looked up once, not for each item.
#[derive(Clone, Copy)]
pub struct BatchContext<'r> {
    pub host: &'r str,
    pub caller: Caller,
    pub instance: &'r InstanceHandle,
    pub quirks: Quirks,
    /// The nesting depth: 1 for an item of a batch, 2 for an item of a batch in a batch.
    pub depth: u8,
    /// The number of requests that the outermost batch may still contain, including nested batches.
    pub left: &'r Cell<usize>,
}

/// The parsed query string.
#[derive(Clone, Default)]
pub struct QueryString(Vec<(String, String)>);

impl QueryString {
    pub fn parse(query: Option<&str>) -> QueryString {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        QueryString(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// Returns the last parameter with that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns all parameters with that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Adds a parameter.
    pub fn add(&mut self, name: &str, value: String) {
        self.0.push((name.to_owned(), value));
    }

    /// Returns the last parameter with that name, unless it is empty.
    pub fn given(&self, name: &str) -> Option<&str> {
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
            address: parts.extensions.get().copied(),
            batch: None,
            quirks,
            trail: Trail::default(),
            rendering: Cell::default(),
            body: Body::new(body, content_type),
        }
    }

    /// Returns an item of a batch.
    pub fn item(
        batch: BatchContext<'r>,
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
            // The items of a batch have a key.
            address: None,
            quirks: batch.quirks,
            trail: Trail::default(),
            rendering: Cell::default(),
            batch: Some(batch),
            body,
        }
    }

    /// Returns the request with other parameters and without its body.
    pub fn with_query(&self, query: QueryString) -> Call<'_> {
        Call {
            method: self.method.clone(),
            route: self.route.clone(),
            path: self.path,
            query,
            headers: self.headers,
            host: self.host,
            address: self.address,
            batch: self.batch,
            quirks: self.quirks,
            trail: Trail::default(),
            rendering: Cell::default(),
            body: Body::known(None),
        }
    }

    /// Returns whether to reproduce a quirk.
    pub fn reproduces(&self, quirk: Quirk) -> bool {
        self.quirks.has(quirk)
    }

    /// Returns the length of the body, in bytes.
    pub fn body_length(&self) -> usize {
        self.body.len()
    }

    /// Returns the content of the body.
    pub fn data(&self) -> Result<&Data, Failure> {
        self.body.data()
    }

    /// Returns the API key or account key. The first place with a value decides: the header
    /// `X-API-KEY`, the query (`api_key`, then `apikey`), `Authorization` with one word before the
    /// key, the member `_api_key` of the body.
    ///
    /// The body is read only if no other place has a key.
    ///
    /// # Errors
    ///
    /// 415 or 400 if the body is needed and cannot be read.
    pub fn api_key(&mut self) -> Result<SentKey, Failure> {
        let text = self.header_or_query(&X_API_KEY, "api_key", "apikey");
        match text.or_else(|| self.authorization()) {
            Some(text) => Ok(SentKey::read(text)),
            None => self.key_in_body("_api_key", SentKey::read),
        }
    }

    /// Returns the user key: the header `X-USER-KEY`, the query (`user_key`, then `userkey`), or
    /// the member `_user_key` of the body.
    pub fn user_key(&mut self) -> Result<SentKey, Failure> {
        // The API ignores white space around a user key, but not around an API key.
        let stripped = |text: &str| SentKey::read(python::strip(text));
        match self.header_or_query(&X_USER_KEY, "user_key", "userkey") {
            Some(text) => Ok(stripped(text)),
            None => self.key_in_body("_user_key", stripped),
        }
    }

    /// Returns whether the answer to a list must contain the total count (`include_count`).
    pub fn counts(&self) -> bool {
        self.query.get("include_count").is_some_and(|asked| python::boolean(&asked.into()) == Some(true))
    }

    /// Returns the name of the template for the answer. Only endpoints inside an instance have
    /// templates.
    pub fn template(&self) -> Option<&str> {
        if !self.route.spec.is_inside_instance() {
            return None;
        }
        let header = self.header(&X_TEMPLATE).or_else(|| self.header(&X_TEMPLATE_RESPONSE));
        header.or_else(|| self.query.given("template")).or_else(|| self.query.given("template_response"))
    }

    /// Returns the value of a header, or of the query under either name.
    fn header_or_query(&self, header: &HeaderName, name: &str, alias: &str) -> Option<&str> {
        self.header(header).or_else(|| self.query.given(name)).or_else(|| self.query.given(alias))
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        let value = self.headers.get(name)?;
        // A header that is not text is not a valid key, but it must keep other places from
        // deciding.
        Some(value.to_str().unwrap_or("?")).filter(|text| !text.is_empty())
    }

    /// Returns the second word of the header, if it has exactly two.
    fn authorization(&self) -> Option<&str> {
        let mut words = self.headers.get(AUTHORIZATION)?.to_str().ok()?.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some(_), Some(key), None) if !key.is_empty() => Some(key),
            _ => None,
        }
    }

    /// Returns the key in the body. If a POST of plain text is searched for a key, its member
    /// `_method` may change the method of the request.
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
