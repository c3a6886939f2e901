//! Bodies of all kinds.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::values::{MEMBERS, key, value, words};

/// Requests that change something, so that those after them meet a world that has changed.
pub const SENSIBLE: [(&str, &str, &str); 34] = [
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

/// A body that an endpoint may take, so that what lies behind the validation is reached too.
fn likely() -> impl Strategy<Value = Value> {
    select(&SENSIBLE[..]).prop_map(|(_, _, body)| serde_json::from_str(body).unwrap_or(Value::Null))
}

fn json_text() -> impl Strategy<Value = Vec<u8>> {
    let text = (prop_oneof![2 => likely(), 1 => value()], 0..8, value()).prop_map(|(value, twist, other)| {
        match (twist, &value) {
            // Two members of one name.
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

pub fn body() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
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
