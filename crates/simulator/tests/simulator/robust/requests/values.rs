//! What may stand in a request: words, keys, members, values.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

pub fn words(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    select(words).prop_map(str::to_owned)
}

/// What may stand in the place of a key.
pub fn key() -> impl Strategy<Value = String> + Clone {
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

pub const MEMBERS: [&str; 50] = [
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

/// A value that somebody might put into a body, right or wrong.
pub fn value() -> impl Strategy<Value = Value> + Clone {
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
