//! A request in the terms of the API: version, instance, the path below it, keys and body.

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use syncano_simulator::api::{Key, KeyKind, Version};

/// The names of keys in a query and in a body.
const KEY_NAMES: [&str; 6] = ["api_key", "apikey", "user_key", "userkey", "_api_key", "_user_key"];

/// A request to the API. The path is decoded: percent escapes are resolved, double slashes become
/// one, and the suffix of `/users.json` is removed.
#[derive(Clone, Debug)]
pub struct ApiCall {
    request: Request<Bytes>,
    version: Version,
    instance: Option<String>,
    /// The path below the instance, `/users/1/`; outside of instances the path below the version,
    /// `/account/`.
    path: String,
}

impl ApiCall {
    /// Reads a request. Returns `None` if its path does not begin with a version.
    pub fn new(request: Request<Bytes>) -> Option<ApiCall> {
        let decoded = percent_decode_str(request.uri().path()).decode_utf8_lossy();
        let plain = decoded.trim_end_matches('/').trim_end_matches(".json");
        let segments = plain.split('/').filter(|segment| !segment.is_empty()).collect::<Vec<_>>();
        let (version, rest) = segments.split_first()?;
        let version = version.parse::<Version>().ok()?;
        let (instance, rest) = match rest {
            ["instances", name, below @ ..] if !matches!(below, [] | ["rename"]) => (Some((*name).to_owned()), below),
            rest => (None, rest),
        };
        let path = rest.iter().fold("/".to_owned(), |path, segment| path + segment + "/");
        Some(ApiCall { version, instance, path, request })
    }

    pub fn method(&self) -> &Method {
        self.request.method()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns the name of the instance in the path. Requests to an instance itself have none.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// Returns the path below the instance, or below the version.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the original request.
    pub fn request(&self) -> Request<Bytes> {
        self.request.clone()
    }

    /// Returns the path and the query, as received.
    pub fn target(&self) -> &str {
        self.request.uri().path_and_query().map_or("/", PathAndQuery::as_str)
    }

    /// Returns whether the path matches a template, such as `/users/{user}/`. A template that
    /// begins with `/instances/` or `/account/` matches outside of instances, any other one inside.
    pub fn is(&self, template: &str) -> bool {
        let is_outside = ["/instances/", "/account/"].iter().any(|prefix| template.starts_with(prefix));
        if is_outside == self.instance.is_some() {
            return false;
        }
        let (mut wanted, mut found) = (template.split('/'), self.path.split('/'));
        loop {
            match (wanted.next(), found.next()) {
                (None, None) => return true,
                (Some(name), Some(value)) if name.starts_with('{') && !value.is_empty() => {}
                (Some(wanted), Some(found)) if wanted == found => {}
                _ => return false,
            }
        }
    }

    /// Returns a segment of the path, counted from 0: segment 1 of `/users/1/` is `1`.
    pub fn segment(&self, index: usize) -> &str {
        self.path.split('/').nth(index + 1).unwrap_or_default()
    }

    /// Returns the last value of a query parameter.
    pub fn query(&self, name: &str) -> Option<String> {
        let query = self.request.uri().query().unwrap_or_default();
        let values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
        values.last().map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
    }

    /// Returns the body as JSON; null if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.request.body()).unwrap_or_default()
    }

    /// Returns a member of the JSON body.
    pub fn member(&self, name: &str) -> Option<Value> {
        self.json().get(name).cloned()
    }

    /// Returns the API key or account key, from any place in the request.
    pub fn api_key(&self) -> Option<String> {
        let header = self.header("x-api-key");
        let query = || self.query("api_key").or_else(|| self.query("apikey"));
        header.or_else(query).or_else(|| self.authorization()).or_else(|| self.text_member("_api_key"))
    }

    /// Returns the user key, from any place in the request.
    pub fn user_key(&self) -> Option<String> {
        let query = || self.query("user_key").or_else(|| self.query("userkey"));
        let key = self.header("x-user-key").or_else(query).or_else(|| self.text_member("_user_key"));
        key.map(|key| key.trim().to_owned())
    }

    /// Returns whether the request carries an API key, by its last digit.
    pub fn has_api_key(&self) -> bool {
        self.key_kind() == Some(KeyKind::Api)
    }

    /// Returns whether the request carries an account key, by its last digit.
    pub fn has_account_key(&self) -> bool {
        self.key_kind() == Some(KeyKind::AccountOrUser)
    }

    fn key_kind(&self) -> Option<KeyKind> {
        Some(self.api_key()?.parse::<Key>().ok()?.kind())
    }

    /// Returns the value of a header; `None` if it is empty.
    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.request.headers().get(name)?.to_str().ok()?;
        Some(value.to_owned()).filter(|value| !value.is_empty())
    }

    /// Returns the key in `Authorization`: the second of two words.
    pub fn authorization(&self) -> Option<String> {
        let mut words = self.request.headers().get(AUTHORIZATION)?.to_str().ok()?.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some(_), Some(key), None) if !key.is_empty() => Some(key.to_owned()),
            _ => None,
        }
    }

    fn text_member(&self, name: &str) -> Option<String> {
        if self.request.body().is_empty() {
            return None;
        }
        self.member(name)?.as_str().map(str::to_owned)
    }

    /// Returns the request with another method.
    pub fn with_method(&self, method: Method) -> ApiCall {
        let mut call = self.clone();
        *call.request.method_mut() = method;
        call
    }

    /// Returns the request with another path below the instance (or below the version). Keeps the
    /// query.
    pub fn with_path(&self, path: &str) -> ApiCall {
        let mut call = self.clone();
        call.path = path.to_owned();
        call.set_target(self.request.uri().query().unwrap_or_default());
        call
    }

    /// Returns the request with another path and query, including the version; `None` if they are
    /// invalid.
    pub fn with_target(&self, target: &str) -> Option<ApiCall> {
        let mut request = self.request.clone();
        *request.uri_mut() = Uri::from(target.parse::<PathAndQuery>().ok()?);
        ApiCall::new(request)
    }

    /// Returns the request with a path below the version, outside of instances.
    pub fn outside(&self, path: &str) -> ApiCall {
        let mut call = self.clone();
        call.instance = None;
        call.with_path(path)
    }

    /// Returns the request to another instance.
    pub fn with_instance(&self, instance: &str) -> ApiCall {
        let mut call = self.clone();
        call.instance = Some(instance.to_owned());
        call.set_target(self.request.uri().query().unwrap_or_default());
        call
    }

    /// Returns the request without a query.
    pub fn without_any_query(&self) -> ApiCall {
        let mut call = self.clone();
        call.set_target("");
        call
    }

    /// Returns the request without these query parameters.
    pub fn without_query(&self, names: &[&str]) -> ApiCall {
        let query = self.request.uri().query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !names.contains(&name.as_ref()));
        let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut call = self.clone();
        call.set_target(&query);
        call
    }

    /// Returns the request with a query parameter.
    pub fn with_query(&self, name: &str, value: &str) -> ApiCall {
        let query = self.request.uri().query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != name);
        let query = Serializer::new(String::new()).extend_pairs(pairs).append_pair(name, value).finish();
        let mut call = self.clone();
        call.set_target(&query);
        call
    }

    /// Returns the request with a JSON body.
    pub fn with_json(&self, body: &Value) -> ApiCall {
        let mut call = self.clone();
        let headers = call.request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.remove(CONTENT_LENGTH);
        *call.request.body_mut() = Bytes::from(body.to_string());
        call
    }

    /// Returns the request with a member in its JSON body. A body that is not a JSON object stays.
    pub fn with_member(&self, name: &str, value: impl Into<Value>) -> ApiCall {
        self.with_members(|members| {
            members.insert(name.to_owned(), value.into());
        })
    }

    /// Returns the request without a member in its JSON body. A body that is not a JSON object
    /// stays.
    pub fn without_member(&self, name: &str) -> ApiCall {
        self.with_members(|members| {
            members.shift_remove(name);
        })
    }

    fn with_members(&self, change: impl FnOnce(&mut Map<String, Value>)) -> ApiCall {
        let body = if self.request.body().is_empty() { Value::Object(Map::new()) } else { self.json() };
        let Value::Object(mut members) = body else { return self.clone() };
        change(&mut members);
        self.with_json(&Value::Object(members))
    }

    /// Returns the request without a body.
    pub fn without_body(&self) -> ApiCall {
        let mut call = self.clone();
        call.request.headers_mut().remove(CONTENT_TYPE);
        call.request.headers_mut().remove(CONTENT_LENGTH);
        *call.request.body_mut() = Bytes::new();
        call
    }

    /// Returns the request without keys in its headers and its query.
    pub fn without_keys(&self) -> ApiCall {
        let has_query_key = self.request.uri().query().is_some_and(|query| query.contains("key"));
        let mut call = if has_query_key { self.without_query(&KEY_NAMES) } else { self.clone() };
        for name in ["x-api-key", "x-user-key", "authorization"] {
            call.request.headers_mut().remove(name);
        }
        call
    }

    /// Returns the request with an API key or account key, an optional user key, and no other keys.
    pub fn with_keys(&self, key: &str, user_key: Option<&str>) -> ApiCall {
        let mut call = self.without_keys();
        call.set_header("x-api-key", key);
        if let Some(user_key) = user_key {
            call.set_header("x-user-key", user_key);
        }
        call
    }

    /// Returns the request with another user key, or without one.
    pub fn with_user_key(&self, user_key: Option<&str>) -> ApiCall {
        self.with_keys(&self.api_key().unwrap_or_default(), user_key)
    }

    /// Returns another request of the same caller, without a query and a body.
    pub fn by_same_caller(&self, method: Method, path: &str) -> ApiCall {
        let call = self.without_any_query().without_body().without_keys().with_method(method).with_path(path);
        match self.api_key() {
            Some(key) => call.with_keys(&key, self.user_key().as_deref()),
            None => call,
        }
    }

    /// Returns the whole path, as received.
    pub fn full_path(&self) -> &str {
        self.request.uri().path()
    }

    /// Returns the request with another header.
    pub fn with_header(&self, name: &'static str, value: &str) -> ApiCall {
        let mut call = self.clone();
        call.set_header(name, value);
        call
    }

    /// Returns the request without a header.
    pub fn without_header(&self, name: &str) -> ApiCall {
        let mut call = self.clone();
        call.request.headers_mut().remove(name);
        call
    }

    /// Returns the bytes of the body.
    pub fn body(&self) -> &Bytes {
        self.request.body()
    }

    /// Returns the request with another body.
    pub fn with_body(&self, body: impl Into<Bytes>) -> ApiCall {
        let mut call = self.clone();
        call.request.headers_mut().remove(CONTENT_LENGTH);
        *call.request.body_mut() = body.into();
        call
    }

    /// Returns the request with a key replaced in every place that holds it.
    pub fn with_key_replaced(&self, key: &str, by: &str) -> ApiCall {
        let mut call = self.clone();
        if key.is_empty() || key == by {
            return call;
        }
        for name in ["x-api-key", "x-user-key", "authorization"] {
            let value = call.request.headers().get(name).and_then(|value| value.to_str().ok());
            if let Some(value) = value.map(|value| value.replace(key, by)) {
                call.set_header(name, &value);
            }
        }
        if let Some(query) = self.request.uri().query().filter(|query| query.contains(key)) {
            call.set_target(&query.replace(key, by));
        }
        match std::str::from_utf8(self.request.body()) {
            Ok(body) if body.contains(key) => call.with_body(body.replace(key, by)),
            _ => call,
        }
    }

    fn set_header(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.request.headers_mut().insert(name, value);
        }
    }

    fn set_target(&mut self, query: &str) {
        let mut target = format!("/{}", self.version);
        if let Some(instance) = &self.instance {
            target += "/instances/";
            target += instance;
        }
        target += &self.path;
        if !query.is_empty() {
            target += "?";
            target += query;
        }
        // An invalid path leaves the request unchanged.
        if let Ok(target) = target.parse::<PathAndQuery>() {
            *self.request.uri_mut() = Uri::from(target);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/v1.1/instances/i/users/1/", Some("i"), "/users/1/")]
    #[case("/v1.1/instances/i//users/%31", Some("i"), "/users/1/")]
    #[case("/v1/instances/i/users.json?fields=id", Some("i"), "/users/")]
    #[case("/v1.1/instances/i/", None, "/instances/i/")]
    #[case("/v1.1/instances/i/rename/", None, "/instances/i/rename/")]
    fn a_path_is_split_into_the_instance_and_the_rest(
        #[case] target: &str,
        #[case] instance: Option<&str>,
        #[case] path: &str,
    ) {
        let call = ApiCall::new(Request::builder().uri(target).body(Bytes::new()).unwrap()).unwrap();
        assert_eq!((call.instance(), call.path()), (instance, path));
        assert!(call.is(path));
    }

    #[test]
    fn a_key_is_replaced_in_every_place() {
        let (old, new) = ("a".repeat(40), "b".repeat(40));
        let request = Request::builder().method(Method::POST).uri(format!("/v1.1/instances/i/users/?user_key={old}"));
        let request = request.header("x-user-key", &old).header("authorization", format!("Token {old}"));
        let call = ApiCall::new(request.body(Bytes::from(format!("_user_key={old}"))).unwrap()).unwrap();
        let replaced = call.with_key_replaced(&old, &new).request();
        assert_eq!(replaced.uri(), &*format!("/v1.1/instances/i/users/?user_key={new}"));
        assert_eq!(replaced.headers()["x-user-key"], *new);
        assert_eq!(replaced.headers()["authorization"], *format!("Token {new}"));
        assert_eq!(replaced.body(), &*format!("_user_key={new}"));
    }
}
