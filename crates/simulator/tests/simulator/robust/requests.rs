//! Random requests: built from parts of the API, or from random bytes.

use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response, StatusCode, Uri};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use serde_json::{Value, json};
use syncano_simulator::{Quirk, Quirks, Simulator};

use super::ask::{FIELD_TYPES, World};
use super::{sane, times};

/// A request with placeholders for keys.
#[derive(Clone)]
struct RequestTemplate {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl fmt::Debug for RequestTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        for (name, value) in &self.headers {
            write!(f, " | {name}: {:?}", String::from_utf8_lossy(value))?;
        }
        write!(f, " | {:?}", String::from_utf8_lossy(&self.body))
    }
}

impl RequestTemplate {
    /// Returns the request; `None` if it is not valid HTTP.
    fn request(&self, world: &World, method: &str) -> Option<Request<Bytes>> {
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

fn words(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    select(words).prop_map(str::to_owned)
}

/// A key, or text in its place.
fn key() -> impl Strategy<Value = String> + Clone {
    const KNOWN: [&str; 18] = [
        "{newcomer}",
        "{account}",
        "{stranger}",
        "{api}",
        "{API}",
        "{ignore_acl}",
        "{allow_user_create}",
        "{allow_group_create}",
        "{allow_anonymous_read}",
        "{foreign_api}",
        "{alice}",
        "{ALICE}",
        "{bob}",
        "{foreigner}",
        "{unknown_user}",
        "{unknown_api}",
        "{garbage}",
        "",
    ];
    prop_oneof![12 => select(&KNOWN[..]).prop_map(str::to_owned), 1 => "[0-9a-f]{38,42}", 1 => "[ -~]{0,12}"]
}

/// A value of a path parameter.
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
        "class" => prop_oneof![6 => words(&["user_profile", "log", "LOG"]), 1 => odd].boxed(),
        _ => prop_oneof![20 => words(&["1", "2", "3", "4", "5"]), 2 => odd, 1 => "[a-zA-Z0-9.%+_~ -]{0,9}"].boxed(),
    }
}

/// A path with values for the parameters of a template.
fn path_of(template: &str) -> BoxedStrategy<String> {
    let part = |part: &str| match part.trim_end_matches('/').strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => param(name).prop_map(|value| value + "/").boxed(),
        None => Just(part.to_owned()).boxed(),
    };
    let parts: Vec<BoxedStrategy<String>> = template.split_inclusive('/').map(part).collect();
    parts.prop_map(|parts| parts.concat()).boxed()
}

/// The path of an endpoint, in several spellings.
fn path() -> impl Strategy<Value = String> {
    let supported = |is_supported| {
        let endpoints = Simulator::endpoints().filter(move |endpoint| endpoint.is_supported == is_supported);
        Union::new(endpoints.map(|endpoint| path_of(endpoint.template)))
    };
    let of_endpoint = prop_oneof![8 => supported(true), 1 => supported(false)];
    (of_endpoint, prop_oneof![20 => Just(0), 1 => 1..6]).prop_map(|(path, spelling)| match spelling {
        1 => path.trim_end_matches('/').to_owned() + ".json",
        2 => path.trim_end_matches('/').to_owned() + ".xml/",
        3 => path.trim_end_matches('/').to_owned(),
        4 => path.replace('/', "//"),
        5 => path + "more/",
        _ => path,
    })
}

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

const LOOKUPS: [&str; 10] =
    ["_eq", "_neq", "_gt", "_in", "_exists", "_like", "_icontains", "_contains", "_near", "_is"];

const MEMBERS: [&str; 50] = [
    "username",
    "password",
    "profile",
    "group",
    "user",
    "label",
    "description",
    "name",
    "new_name",
    "email",
    "metadata",
    "ignore_acl",
    "allow_user_create",
    "owner",
    "owner_permissions",
    "group_permissions",
    "other_permissions",
    "channel",
    "channel_room",
    "first_name",
    "current_password",
    "new_password",
    "invitation_key",
    "access_token",
    "role",
    "schema",
    "type",
    "target",
    "requests",
    "method",
    "path",
    "body",
    "expected_revision",
    "_method",
    "_api_key",
    "_user_key",
    "objects",
    "string",
    "integer",
    "float",
    "boolean",
    "datetime",
    "reference",
    "object",
    "array",
    "geopoint",
    "relation",
    "_increment",
    "_add",
    "_remove",
];

/// A valid or invalid value of a member.
fn value() -> impl Strategy<Value = Value> + Clone {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..40).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,80}".prop_map(Value::from),
        key().prop_map(Value::from),
        words(&[
            "alice",
            "ALICE ",
            "bob",
            "zoë",
            "a@b.co",
            "account@example.com",
            "pw-alice",
            "secret",
            "new-name",
            "nostromo",
            "crew",
            "read",
            "write",
            "full",
            "default",
            "room",
            "1",
            "true",
            "{}",
            "[]",
            "{\"a\": NaN}",
            "\0",
            "a\0b",
            " ",
            "",
            "GET",
            "POST",
            "/v1.1/instances/nostromo/users/",
            "[{\"name\":\"a\",\"type\":\"string\"}]",
        ])
        .prop_map(Value::from),
        (0_usize..600).prop_map(|length| Value::from("x".repeat(length))),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => vec((select(&MEMBERS[..]), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// Requests that change the world, so that later requests meet different states.
const SENSIBLE: [(&str, &str, &str); 34] = [
    ("POST", "users/", r#"{"username": "carol", "password": "x"}"#),
    ("POST", "users/", r#"{"username": " Dave", "password": "x", "profile": {"group": 1}}"#),
    ("PATCH", "users/1/", r#"{"username": "Ellen"}"#),
    ("PUT", "users/2/", r#"{"username": "alice", "password": "x"}"#),
    ("DELETE", "users/1/", ""),
    ("POST", "users/1/reset_key/", ""),
    ("PATCH", "user/", r#"{"profile": {"other_permissions": "read", "group": 1}}"#),
    ("PUT", "user/", r#"{"username": "alice", "password": "pw-alice"}"#),
    ("POST", "user/auth/", r#"{"username": "alice", "password": "pw-alice"}"#),
    ("POST", "groups/", r#"{"label": "new", "name": "new-group"}"#),
    ("PATCH", "groups/1/", r#"{"name": null, "description": "d"}"#),
    ("DELETE", "groups/1/", ""),
    ("POST", "groups/2/users/", r#"{"user": "2"}"#),
    ("POST", "users/1/groups/", r#"{"group": 2}"#),
    ("DELETE", "users/1/groups/1/", ""),
    ("POST", "api_keys/", r#"{"ignore_acl": "yes", "description": "d"}"#),
    ("PUT", "api_keys/2/", "{}"),
    ("POST", "api_keys/1/reset_key/", ""),
    ("DELETE", "api_keys/1/", ""),
    ("POST", "invitations/", r#"{"email": "alice@example.com", "role": "read"}"#),
    ("DELETE", "invitations/1/", ""),
    ("PATCH", "admins/3/", r#"{"role": "full"}"#),
    ("DELETE", "admins/3/", ""),
    (
        "POST",
        "batch/",
        r#"{"requests": [{"method": "DELETE", "path": "/v1.1/instances/nostromo/users/1/"}, {"method": "GET", "path": "/v1.1/instances/nostromo/users/"}, {"method": "POST", "path": "/v1.1/instances/nostromo/batch/", "body": {"requests": []}}]}"#,
    ),
    ("POST", "classes/", r#"{"name": "book", "schema": [{"name": "title", "type": "string", "order_index": true}]}"#),
    ("PATCH", "classes/log/", r#"{"schema": [{"name": "integer", "type": "float", "filter_index": true}]}"#),
    ("PATCH", "classes/user_profile/", r#"{"schema": [{"name": "integer", "type": "integer"}]}"#),
    ("DELETE", "classes/log/", ""),
    (
        "POST",
        "classes/log/objects/",
        r#"{"integer": 2, "reference": 3, "relation": [1], "geopoint": {"longitude": 1, "latitude": 2}}"#,
    ),
    (
        "PATCH",
        "classes/log/objects/3/",
        r#"{"integer": {"_increment": 2}, "array": {"_add": [1]}, "other_permissions": "full"}"#,
    ),
    ("DELETE", "classes/log/objects/3/", ""),
    ("PATCH", "", r#"{"metadata": {"a": [1, {"b": null}]}}"#),
    ("POST", "rename/", r#"{"new_name": "Nostromo-ii"}"#),
    ("DELETE", "", ""),
];

fn sensible() -> impl Strategy<Value = RequestTemplate> {
    let who = select(&[("{account}", ""), ("{api}", "{alice}"), ("{ignore_acl}", ""), ("{ignore_acl}", "{alice}")][..]);
    (select(&SENSIBLE[..]), who).prop_map(|((method, path, body), (api, user))| {
        let headers = [("Content-Type", "application/json"), ("X-API-KEY", api), ("X-USER-KEY", user)];
        RequestTemplate {
            method: method.to_owned(),
            target: format!("/v1.1/instances/nostromo/{path}"),
            headers: headers.map(|(name, value)| (name.to_owned(), value.into())).to_vec(),
            body: body.into(),
        }
    })
}

/// A body that an endpoint may accept, so that code after the validation is reached too.
fn likely() -> impl Strategy<Value = Value> {
    select(&SENSIBLE[..]).prop_map(|(_, _, body)| serde_json::from_str(body).unwrap_or(Value::Null))
}

fn json_text() -> impl Strategy<Value = Vec<u8>> {
    let text = (prop_oneof![2 => likely(), 1 => value()], 0..8, value()).prop_map(|(value, twist, other)| {
        match (twist, &value) {
            // Duplicate members.
            (1, Value::Object(members)) => {
                let members = members.iter().flat_map(|(name, value)| [(name, value), (name, &other)]);
                let members = members.map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            _ => value.to_string(),
        }
    });
    let odd = words(&[
        "",
        " ",
        "{",
        "[1,2",
        "{\"username\":\"\\ud800\",\"password\":\"\\udc00x\"}",
        "{\"username\":\"\\u0000\",\"password\":\"\\u0000\"}",
        "{\"username\":1e400}",
        "{\"username\":123456789012345678901234567890,\"password\":-0.0}",
        "{\"group\":NaN}",
        "[Infinity,-Infinity]",
        "{\"username\":NaN,\"password\":\"NaN \\\" \\\\\"}",
        "\u{feff}{}",
        "{}{}",
        "{\"a\":}",
        "'a'",
        "nul",
        "{\"a\" 1}",
        "\"\\x\"",
        "NaN\\",
    ]);
    let deep = (1_usize..3000, select(&["[", "{\"a\":", "{\"profile\":", "[{\"requests\":["][..]), any::<bool>())
        .prop_map(|(depth, open, close)| open.repeat(depth) + if close { "1" } else { "" });
    prop_oneof![8 => text, 2 => odd, 1 => deep].prop_map(String::into_bytes)
}

fn form() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        select(&MEMBERS[..]).prop_map(str::to_owned),
        words(&["profile.group", "profile.channel", "", "%", "a[0]"])
    ];
    let value =
        prop_oneof![key(), words(&["alice", "pw-alice", "1", "on", "%00", "%ff", "+", "read", ""]), "[ -~]{0,12}"];
    vec((name, value).prop_map(|(name, value)| format!("{name}={value}")), 0..6)
        .prop_map(|pairs| pairs.join("&").into_bytes())
}

fn multipart() -> impl Strategy<Value = Vec<u8>> {
    let part = (select(&MEMBERS[..]), prop_oneof![key(), words(&["alice", "", "1", "--b"])], 0..5).prop_map(
        |(name, value, twist)| {
            let head = match twist {
                0 => format!(
                    "Content-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\nContent-Type: image/png"
                ),
                1 => format!("content-disposition:form-data;name={name}"),
                2 => "no head".to_owned(),
                _ => format!("Content-Disposition: form-data; name=\"{name}\""),
            };
            format!("--b\r\n{head}\r\n\r\n{value}\r\n")
        },
    );
    (vec(part, 0..4), words(&["--b--\r\n", "--b", "--", ""]))
        .prop_map(|(parts, end)| (parts.concat() + &end).into_bytes())
}

fn body() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    const TYPES: [&str; 12] = [
        "application/json",
        "APPLICATION/JSON; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "*/*",
        "text/html",
        "json",
        ";;=",
        "",
    ];
    prop_oneof![
        2 => Just(("application/json", Vec::new())),
        6 => json_text().prop_map(|body| ("application/json", body)),
        1 => json_text().prop_map(|body| ("text/plain", body)),
        1 => form().prop_map(|body| ("application/x-www-form-urlencoded", body)),
        1 => multipart().prop_map(|body| ("multipart/form-data; boundary=b", body)),
        1 => (select(&TYPES[..]), prop_oneof![json_text().boxed(), form().boxed(), multipart().boxed(), vec(any::<u8>(), 0..200).boxed()]),
    ]
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

fn method() -> impl Strategy<Value = String> {
    prop_oneof![
        10 => words(&["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]),
        1 => words(&["FOO", "TRACE", "CONNECT", "get"]),
    ]
}

/// A request that resembles one of the API; some are valid.
fn structured() -> impl Strategy<Value = RequestTemplate> {
    prop_oneof![1 => sensible(), 3 => twisted()]
}

fn twisted() -> impl Strategy<Value = RequestTemplate> {
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
            RequestTemplate { method, target, headers, body: body.1 }
        },
    )
}

/// A request without structure: any method, target, headers and bytes.
fn shapeless() -> impl Strategy<Value = RequestTemplate> {
    let target = prop_oneof![
        "/[!-~]{0,60}",
        "[!-~]{1,60}",
        "/v1.1/[!-~é]{0,40}",
        "http://[a-z]{1,5}/v1.1/[!-~]{0,20}",
        Just("*".to_owned())
    ];
    let headers = vec(("[!-~]{1,20}", vec(any::<u8>(), 0..40)), 0..8);
    ("[!-~]{1,10}", target, headers, vec(any::<u8>(), 0..300))
        .prop_map(|(method, target, headers, body)| RequestTemplate { method, target, headers, body })
}

/// Sends the requests, checks that every answer is sane, and returns the answers.
fn answers(world: &World, sent: &[RequestTemplate]) -> Result<Vec<Response<Bytes>>, TestCaseError> {
    let mut answers = Vec::new();
    for sent in sent {
        let Some(request) = sent.request(world, &sent.method) else { continue };
        let method = request.method().clone();
        let head = if method == Method::GET { sent.request(world, "HEAD") } else { None };
        let head = head.map(|head| world.simulator.handle(head));
        let answer = world.simulator.handle(request);
        let check = |method: &Method, answer: &Response<Bytes>| {
            sane::check(method, answer).map_err(|error| TestCaseError::fail(format!("{sent:?}: {error}")))
        };
        check(&method, &answer)?;
        if let Some(head) = head {
            check(&Method::HEAD, &head)?;
            like_get(&head, &answer).map_err(|error| TestCaseError::fail(format!("HEAD of {sent:?}: {error}")))?;
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// Checks that the answer to HEAD equals that to GET, except for the body.
fn like_get(head: &Response<Bytes>, get: &Response<Bytes>) -> Result<(), TestCaseError> {
    prop_assert_eq!(head.status(), get.status());
    let mut headers = head.headers().clone();
    let length = headers.remove(CONTENT_LENGTH);
    prop_assert_eq!(&headers, get.headers());
    if get.status() != StatusCode::METHOD_NOT_ALLOWED {
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        prop_assert_eq!(length, Some(get.body().len()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(times(6))]

    #[test]
    fn a_structured_request_has_a_sane_answer(sent in vec(structured(), 1..8)) {
        answers(&World::new(Quirks::none()), &sent)?;
    }

    #[test]
    fn a_shapeless_request_has_a_sane_answer(sent in vec(shapeless(), 1..8)) {
        answers(&World::new(Quirks::none()), &sent)?;
    }
}

proptest! {
    #![proptest_config(times(1))]

    #[test]
    fn equal_seeds_and_requests_give_identical_answers(sent in vec(structured(), 1..8)) {
        let run = || {
            let answers = answers(&World::new(Quirks::none()), &sent)?;
            Ok::<_, TestCaseError>(answers.into_iter().map(|answer| format!("{answer:?}")).collect::<Vec<_>>())
        };
        prop_assert_eq!(run()?, run()?);
    }

    /// Quirks may answer with a 500 page, but the answers are otherwise sane.
    #[test]
    fn quirks_give_sane_answers_or_500_pages(sent in vec(structured(), 1..8)) {
        let world = World::new(Quirks::all());
        for sent in sent {
            let Some(request) = sent.request(&world, &sent.method) else { continue };
            let method = request.method().clone();
            let answer = world.simulator.handle(request);
            if answer.status() == StatusCode::INTERNAL_SERVER_ERROR {
                prop_assert_eq!(&answer.headers()["content-type"], "text/html; charset=utf-8");
            } else {
                sane::check(&method, &answer)?;
            }
        }
    }
}

proptest! {
    #![proptest_config(times(1))]

    /// This includes the remains of the quirk `late-deletes`.
    #[test]
    fn a_loaded_world_continues_like_the_saved_one(
        before in vec(structured(), 1..12),
        after in vec(structured(), 1..12),
    ) {
        let world = World::new(Quirks::none());
        let quirks = Quirks::none().with(Quirk::LateDeletes);
        world.simulator.set_quirks(quirks);
        let send = |simulator: &Simulator, sent: &[RequestTemplate]| -> Vec<String> {
            let requests = sent.iter().filter_map(|sent| sent.request(&world, &sent.method));
            requests.map(|request| format!("{:?}", simulator.handle(request))).collect()
        };
        send(&world.simulator, &before);
        let file = world.simulator.dump();
        let loaded = Simulator::builder().quirks(quirks).build();
        loaded.load(&file).map_err(|error| TestCaseError::fail(format!("{error}\n{file}")))?;
        prop_assert!(loaded.dump() == file, "{}", file);
        prop_assert_eq!(send(&loaded, &after), send(&world.simulator, &after));
        prop_assert!(loaded.dump() == world.simulator.dump());
    }
}

/// Replaces path parameters by values with which every endpoint returns something.
fn existing_path(template: &str) -> String {
    let known = [
        ("{version}", "v1.1"),
        ("{instance}", "nostromo"),
        ("{api_key}", "1"),
        ("{user}", "1"),
        ("{group}", "1"),
        ("{backend}", "facebook"),
        ("{class}", "log"),
        ("{object}", "3"),
        ("{admin}", "3"),
        ("{invitation}", "1"),
    ];
    known.iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, value))
}

#[test]
fn allow_lists_exactly_the_methods_that_some_caller_may_use() {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "FOO"];
    let callers = [("account", None), ("stranger", None), ("api", Some("alice")), ("ignore_acl", None)];
    for endpoint in Simulator::endpoints().filter(|endpoint| endpoint.is_supported) {
        let path = existing_path(endpoint.template);
        let (mut possible, mut claims) = (Vec::new(), Vec::new());
        for method in methods {
            let answers = callers.map(|(api, user)| {
                let world = World::new(Quirks::none());
                let body = (method != "GET").then(|| json!({}));
                let who = super::ask::As { api: Some(world.key(api)), user: user.map(|user| world.key(user)) };
                super::ask::raw(&world.simulator, who, method, &path, body)
            });
            let may = |answer: &Response<Bytes>| !matches!(answer.status().as_u16(), 403 | 405);
            if answers.iter().any(may) {
                possible.push(method);
            }
            claims.extend(answers.iter().filter_map(|answer| answer.headers().get("allow").cloned()));
        }
        claims.dedup();
        assert_eq!(claims.len(), 1, "{path} has different Allow headers: {claims:?}");
        let claimed: Vec<&str> = claims[0].to_str().expect("a text").split(", ").collect();
        assert_eq!(claimed, possible, "{path}");
    }
}
