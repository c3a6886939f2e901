//! Requests of all kinds, before keys are filled in.

use std::fmt;

use bytes::Bytes;
use http::{Request, Uri};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use serde_json::json;
use syncano_simulator::Simulator;

use super::super::ask::{FIELD_TYPES, SampleWorld};
use super::bodies::{SENSIBLE, body};
use super::values::{key, value, words};

/// A request before keys are filled in.
#[derive(Clone)]
pub struct TestRequest {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl fmt::Debug for TestRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        for (name, value) in &self.headers {
            write!(f, " | {name}: {:?}", String::from_utf8_lossy(value))?;
        }
        write!(f, " | {:?}", String::from_utf8_lossy(&self.body))
    }
}

impl TestRequest {
    /// Returns the request, or `None` if HTTP cannot carry it.
    pub fn request(&self, world: &SampleWorld, method: &str) -> Option<Request<Bytes>> {
        let fill = |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) => world.fill(text).into_bytes(),
            Err(_) => bytes.to_vec(),
        };
        let mut request = Request::builder().method(method).uri(world.fill(&self.target).parse::<Uri>().ok()?);
        for (name, value) in &self.headers {
            request = request.header(name, fill(value));
        }
        request.body(Bytes::from(fill(&self.body))).ok()
    }
}

/// Something between two slashes in the place of that name.
fn param(name: &str) -> BoxedStrategy<String> {
    let odd = words(&[
        "0",
        "-1",
        "99",
        "1.5",
        "01",
        "+1",
        "1%20",
        "%201",
        "1_0",
        "abc",
        "%00",
        "%ff",
        "%F0%9F%A6%80",
        "1%2F2",
        "..",
        "1;2",
        "99999999999999999999",
        "4294967296",
        "me",
        "%D9%A1",
        "a%0Ab",
    ]);
    match name {
        "version" => prop_oneof![30 => Just("v1.1"), 6 => Just("v1"), 1 => Just("v2"), 1 => Just("V1")]
            .prop_map(str::to_owned)
            .boxed(),
        "instance" => {
            prop_oneof![30 => Just("nostromo".to_owned()), 2 => words(&["sulaco", "NOSTROMO", "missing"]), 1 => odd]
                .boxed()
        }
        "backend" => words(&["facebook", "github", "nosuch", "%00"]).boxed(),
        "data_endpoint" => prop_oneof![6 => words(&["logs", "LOGS"]), 1 => odd].boxed(),
        "class" => prop_oneof![6 => words(&["user_profile", "log", "LOG"]), 1 => odd].boxed(),
        _ => prop_oneof![20 => words(&["1", "2", "3", "4", "5"]), 2 => odd, 1 => "[a-zA-Z0-9.%+_~ -]{0,9}"].boxed(),
    }
}

/// A path of this template, with a value for each parameter.
fn template_path(template: &str) -> BoxedStrategy<String> {
    let part = |part: &str| match part.trim_end_matches('/').strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => param(name).prop_map(|value| value + "/").boxed(),
        None => Just(part.to_owned()).boxed(),
    };
    let parts: Vec<BoxedStrategy<String>> = template.split_inclusive('/').map(part).collect();
    parts.prop_map(|parts| parts.concat()).boxed()
}

/// The path of an endpoint, spelled in one way or another.
pub fn path() -> impl Strategy<Value = String> {
    let of_those = |is_supported| {
        let endpoints = Simulator::endpoints().filter(move |endpoint| endpoint.is_supported == is_supported);
        Union::new(endpoints.map(|endpoint| template_path(endpoint.template)))
    };
    let of_endpoint = prop_oneof![8 => of_those(true), 1 => of_those(false)];
    (of_endpoint, prop_oneof![20 => Just(0), 1 => 1..6]).prop_map(|(path, spelling)| match spelling {
        1 => path.trim_end_matches('/').to_owned() + ".json",
        2 => path.trim_end_matches('/').to_owned() + ".xml/",
        3 => path.trim_end_matches('/').to_owned(),
        4 => path.replace('/', "//"),
        5 => path + "more/",
        _ => path,
    })
}

const LOOKUPS: [&str; 10] =
    ["_eq", "_neq", "_gt", "_in", "_exists", "_like", "_icontains", "_contains", "_near", "_is"];

fn query() -> impl Strategy<Value = String> {
    let parameter = prop_oneof![
        words(&[
            "page_size=0",
            "page_size=1",
            "page_size=2",
            "page_size=-1",
            "page_size=99999999999999999999",
            "page_size=",
            "direction=0",
            "direction=1",
            "direction=2",
            "last_pk=1",
            "last_pk=0",
            "last_pk=4294967296",
            "last_pk=x",
            "ordering=desc",
            "ordering=ASC",
            "fields=id",
            "fields=username,profile",
            "fields=,,,",
            "excluded_fields=links,id",
            "format=json",
            "format=xml",
            "template_response=objects_html_table",
            "template_response=nosuch",
            "username__startswith=a",
            "label__startswith=%00",
            "name__startswith=n",
            "include_count=true",
            "order_by=-id",
            "order_by=nosuch",
            "query={}",
            "query=[",
            "query=%7B%22id%22%3A%7B%22_gt%22%3A1%7D%7D",
            "user_key=%00",
            "api_key=%20",
            "&&=&",
            "%=%zz",
            "a[b]=c",
        ]),
        (select(&FIELD_TYPES[..]), select(&LOOKUPS[..]), value()).prop_map(|(field, lookup, value)| {
            let query = json!({field: {lookup: value}}).to_string();
            format!("query={}", form_urlencoded::byte_serialize(query.as_bytes()).collect::<String>())
        }),
        (select(&FIELD_TYPES[..]), "[a-z0-9-]{0,5}").prop_map(|(field, last)| {
            format!("order_by=-{field}&page_size=1&direction=1&last_pk=3&last_value={last}")
        }),
        key().prop_map(|key| format!("api_key={key}")),
        key().prop_map(|key| format!("apikey={key}")),
        key().prop_map(|key| format!("user_key={key}%20")),
        "[a-z_]{1,12}=[a-z0-9%,+_-]{0,12}",
    ];
    vec(parameter, 0..4).prop_map(|parameters| parameters.join("&").replace(' ', "+"))
}

fn header() -> impl Strategy<Value = (String, Vec<u8>)> {
    let named = |name: &'static str, value: BoxedStrategy<String>| {
        value.prop_map(move |value| (name.to_owned(), value.into_bytes())).boxed()
    };
    let accept = words(&[
        "*/*",
        "application/json",
        "application/json; indent=4",
        "application/json;indent=99",
        "text/html",
        "application/*;q=0",
        ",,;",
        "",
    ]);
    let anything = "[A-Za-z][A-Za-z0-9-]{0,15}"
        .prop_filter("a name of its own", |name| !name.eq_ignore_ascii_case("content-type"));
    prop_oneof![
        named("Accept", accept.boxed()),
        named(
            "Authorization",
            (words(&["token", "", "a b", "Bearer"]), key()).prop_map(|(word, key)| format!("{word} {key}")).boxed()
        ),
        named("Origin", words(&["http://a.b", "", "null"]).boxed()),
        named("Access-Control-Request-Method", words(&["PUT", ""]).boxed()),
        named("Host", words(&["api.test", "\"", "a b", "[::1]:1"]).boxed()),
        named("X-HTTP-Method-Override", words(&["DELETE"]).boxed()),
        named("X-Template-Response", words(&["objects_html_table", "nosuch"]).boxed()),
        named("X-API-KEY", key().boxed()),
        named("X-USER-KEY", key().boxed()),
        (anything, vec(prop_oneof![32_u8..127, 128_u8..=255], 0..20)),
    ]
}

pub fn method() -> impl Strategy<Value = String> {
    prop_oneof![
        10 => words(&["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]),
        1 => words(&["FOO", "TRACE", "CONNECT", "get"]),
    ]
}

pub fn sensible() -> impl Strategy<Value = TestRequest> {
    let who = select(&[("{account}", ""), ("{api}", "{alice}"), ("{ignore_acl}", ""), ("{ignore_acl}", "{alice}")][..]);
    (select(&SENSIBLE[..]), who).prop_map(|((method, path, body), (api, user))| {
        let headers = [("Content-Type", "application/json"), ("X-API-KEY", api), ("X-USER-KEY", user)];
        TestRequest {
            method: method.to_owned(),
            target: format!("/v1.1/instances/nostromo/{path}"),
            headers: headers.map(|(name, value)| (name.to_owned(), value.into())).to_vec(),
            body: body.into(),
        }
    })
}

/// A request that looks like one for the API; some are right.
pub fn structured() -> impl Strategy<Value = TestRequest> {
    prop_oneof![1 => sensible(), 3 => twisted()]
}

pub fn twisted() -> impl Strategy<Value = TestRequest> {
    let keys = prop_oneof![
        8 => words(&["{account}", "{api}", "{ignore_acl}"]).prop_flat_map(|api| (Just(api), prop_oneof![Just(None), Just(Some("{alice}".to_owned()))])),
        4 => (key(), prop::option::of(key())),
        1 => Just((String::new(), None)),
    ];
    (method(), path(), query(), keys, vec(header(), 0..3), body()).prop_map(
        |(method, path, query, keys, mut headers, body)| {
            let (api, user) = keys;
            headers.insert(0, ("Content-Type".to_owned(), body.0.into()));
            headers.insert(0, ("X-API-KEY".to_owned(), api.into()));
            headers.extend(user.map(|user| ("X-USER-KEY".to_owned(), user.into_bytes())));
            let target = if query.is_empty() { path } else { format!("{path}?{query}") };
            TestRequest { method, target, headers, body: body.1 }
        },
    )
}

/// A request that looks like nothing: any token, any target, any bytes.
pub fn shapeless() -> impl Strategy<Value = TestRequest> {
    let target = prop_oneof![
        "/[!-~]{0,60}",
        "[!-~]{1,60}",
        "/v1.1/[!-~é]{0,40}",
        "http://[a-z]{1,5}/v1.1/[!-~]{0,20}",
        Just("*".to_owned())
    ];
    let headers = vec(("[!-~]{1,20}", vec(any::<u8>(), 0..40)), 0..8);
    ("[!-~]{1,10}", target, headers, vec(any::<u8>(), 0..300)).prop_map(|(method, target, headers, body)| TestRequest {
        method,
        target,
        headers,
        body,
    })
}
