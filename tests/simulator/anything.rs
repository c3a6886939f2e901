//! Whatever is sent, there is a sane answer.

use bytes::Bytes;
use http::{Request, Uri};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::cast::Cast;

const PATHS: [&str; 30] = [
    "/",
    "/v1/",
    "/v1.1/account/",
    "/v1.1/account/register/",
    "/v1.1/account/auth/",
    "/v1.1/account/password/",
    "/v1.1/account/password/reset/",
    "/v1.1/instances/",
    "/v1.1/instances/nostromo/",
    "/v1.1/instances/nostromo/rename/",
    "/v1.1/instances/nostromo/api_keys/",
    "/v1.1/instances/nostromo/api_keys/1/",
    "/v1.1/instances/nostromo/user/",
    "/v1.1/instances/nostromo/user/auth/",
    "/v1.1/instances/nostromo/user/auth/facebook/",
    "/v1.1/instances/nostromo/users/",
    "/v1.1/instances/nostromo/users/1/",
    "/v1.1/instances/nostromo/users/1/reset_key/",
    "/v1.1/instances/nostromo/users/1/groups/",
    "/v1.1/instances/nostromo/groups/",
    "/v1.1/instances/nostromo/groups/1/",
    "/v1.1/instances/nostromo/groups/1/users/",
    "/v1.1/instances/nostromo/classes/",
    "/v1.1/instances/nostromo/classes/log/",
    "/v1.1/instances/nostromo/classes/log/objects/",
    "/v1.1/instances/nostromo/classes/log/objects/3/",
    "/v1.1/instances/nostromo/classes/log/objects/4/",
    "/v1.1/instances/nostromo/classes/user_profile/",
    "/v1.1/instances/nostromo/classes/user_profile/objects/",
    "/v1.1/instances/nostromo/classes/user_profile/objects/1/",
];

const MEMBERS: [&str; 36] = [
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
    "other_permissions",
    "channel",
    "channel_room",
    "_api_key",
    "_user_key",
    "access_token",
    "owner",
    "schema",
    "type",
    "target",
    "expected_revision",
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

const FIELD_TYPES: [&str; 12] = [
    "string",
    "text",
    "integer",
    "float",
    "boolean",
    "datetime",
    "file",
    "reference",
    "object",
    "array",
    "geopoint",
    "relation",
];

const LOOKUPS: [&str; 10] =
    ["_eq", "_neq", "_gt", "_in", "_exists", "_like", "_icontains", "_contains", "_near", "_is"];

const CONTENT_TYPES: [&str; 7] = [
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "*/*",
    "text/html",
    ";;=",
];

const METHODS: [&str; 8] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW"];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u32..4).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,80}".prop_map(Value::from),
        select(&["default", "read", "alice", "a@b.co", "{}", "\0", "nostromo", "1"][..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(select(&MEMBERS[..]).prop_map(str::to_owned), inner, 0..6)
                .prop_map(Value::from_iter),
        ]
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => value().prop_map(|value| value.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => "[{}\\[\\]\":,a-z0-9\\\\uNI. -]{0,60}".prop_map(String::into_bytes),
        1 => "(--b|\r\n|Content-Disposition: form-data; name=|\"|a|;|=|&|%){0,30}".prop_map(String::into_bytes),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let segment = "[a-z0-9.%+_-]{0,9}";
    prop_oneof![
        4 => select(&PATHS[..]).prop_map(str::to_owned),
        1 => (select(&PATHS[..]), segment).prop_map(|(path, end)| format!("{path}{end}/")),
        1 => (select(&PATHS[..]), segment).prop_map(|(path, end)| format!("{}{end}", path.trim_end_matches('/'))),
        1 => prop::collection::vec(segment, 0..8).prop_map(|segments| format!("/{}", segments.join("/"))),
    ]
}

fn query() -> impl Strategy<Value = String> {
    let name = select(
        &[
            "page_size",
            "direction",
            "last_pk",
            "ordering",
            "fields",
            "excluded_fields",
            "format",
            "user_key",
            "api_key",
            "template_response",
            "username__startswith",
            "label__startswith",
            "query",
            "order_by",
            "last_value",
            "include_count",
        ][..],
    );
    let value = prop_oneof![
        Just("0".to_owned()),
        Just("1".to_owned()),
        Just("2".to_owned()),
        Just("%00".to_owned()),
        Just("desc".to_owned()),
        Just("objects_html_table".to_owned()),
        Just("true".to_owned()),
        select(&FIELD_TYPES[..]).prop_map(str::to_owned),
        (select(&FIELD_TYPES[..]), select(&LOOKUPS[..]), value()).prop_map(|(field, lookup, value)| {
            let query = json!({field: {lookup: value}}).to_string();
            form_urlencoded::byte_serialize(query.as_bytes()).collect()
        }),
        "[a-z0-9%,_-]{0,12}",
    ];
    prop::collection::vec((name, value).prop_map(|(name, value)| format!("{name}={value}")), 0..4)
        .prop_map(|pairs| pairs.join("&"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn an_answer_is_no_server_error_and_its_json_can_be_read(
        requests in prop::collection::vec(
            (select(&METHODS[..]), path(), query(), select(&CONTENT_TYPES[..]), body(), 0_usize..6, ".{0,20}"),
            1..6,
        ),
    ) {
        let cast = Cast::new();
        let field = |kind: &&str| match *kind {
            "text" | "file" | "object" => json!({"name": kind, "type": kind}),
            "array" | "geopoint" => json!({"name": kind, "type": kind, "filter_index": true}),
            "reference" => json!({"name": kind, "type": kind, "filter_index": true, "target": "self"}),
            "relation" => json!({"name": kind, "type": kind, "filter_index": true, "target": "user"}),
            _ => json!({"name": kind, "type": kind, "filter_index": true, "order_index": true}),
        };
        let schema: Vec<Value> = FIELD_TYPES.iter().map(field).collect();
        cast.post(cast.owner(), "classes/", json!({"name": "log", "schema": schema}));
        cast.post(cast.alice(), "classes/log/objects/", json!({"integer": 1, "array": [1, "a"]}));
        cast.post(cast.owner(), "classes/log/objects/", json!({"string": "a", "reference": 3, "relation": [1, 2]}));
        for (method, path, query, content_type, body, who, header) in requests {
            let Ok(uri) = format!("{path}?{query}").parse::<Uri>() else { continue };
            let user = cast.alice["user_key"].as_str().expect("a key");
            let keys = [("", ""), (&cast.account, ""), (&cast.api, ""), (&cast.api, user), (&cast.ignore_acl, user), (user, user)];
            let (api, user) = keys[who];
            let request = Request::builder().method(method).uri(uri).header("Content-Type", content_type)
                .header("X-API-KEY", api).header("X-USER-KEY", user).header("Accept", header.as_bytes())
                .header("Authorization", header.as_bytes());
            let Ok(request) = request.body(Bytes::from(body)) else { continue };
            let answer = cast.simulator.handle(request);
            prop_assert!(answer.status().as_u16() < 500, "{method} {path}?{query}: {answer:?}");
            let is_json = answer.headers().get("content-type").is_some_and(|kind| kind == "application/json; charset=utf-8");
            if is_json && method != "HEAD" {
                let body: Result<Value, _> = serde_json::from_slice(answer.body());
                prop_assert!(body.is_ok(), "{method} {path}?{query}: {answer:?}");
            }
        }
    }

    #[test]
    fn what_a_user_is_called_is_what_he_logs_in_with(name in ".{1,64}", password in ".{1,64}") {
        let cast = Cast::new();
        let made = cast.post(cast.owner(), "users/", json!({"username": name, "password": password}));
        if made.status == 201 {
            let user = cast.get(cast.owner(), &format!("users/{}/", made.body["id"])).body;
            let kept = user["username"].as_str().expect("a name");
            prop_assert_eq!(&cast.login(kept, &password).body, &user);
            prop_assert_eq!(&cast.login(&name, &password).body, &user);
        } else {
            prop_assert_eq!(made.status, 400);
        }
    }
}
