//! Simple requests with keys in headers, and a small world for them.

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use syncano_simulator::{Quirks, Simulator};

pub use crate::cast::As;

/// An answer with its parsed body; a body that is not JSON is a text.
pub struct ParsedAnswer {
    pub status: u16,
    pub body: Value,
}

/// An instance with administrators, an API key of every kind, users, groups, memberships and a data
/// object; and an instance of another account, which is invited to the first.
pub struct SampleWorld {
    pub simulator: Simulator,
    /// Placeholders in braces for requests, and the keys that replace them.
    pub words: Vec<(&'static str, String)>,
}

impl SampleWorld {
    pub fn new(quirks: Quirks) -> SampleWorld {
        let simulator = Simulator::builder().seed(7).quirks(quirks).build();
        let mut words = Vec::new();
        for (account, instance, api, flags, users, group) in [
            ("account", "nostromo", "api", true, ["alice", "bob"], "crew"),
            ("stranger", "sulaco", "foreign_api", false, ["foreigner", "hicks"], "marines"),
        ] {
            let base = format!("/v1.1/instances/{instance}");
            let credentials = json!({"email": format!("{account}@example.com"), "password": "secret"});
            let registered = ask(&simulator, As::default(), "POST", "/v1.1/account/register/", Some(credentials));
            let key = text(&registered.body["account_key"]);
            let post = |path: String, body: Value| {
                let got = ask(&simulator, As { api: Some(&key), user: None }, "POST", &path, Some(body));
                assert_eq!(got.status, 201, "{path}: {}", got.body);
                got.body
            };
            post("/v1.1/instances/".to_owned(), json!({"name": instance}));
            words.push((api, text(&post(format!("{base}/api_keys/"), json!({}))["api_key"])));
            for flag in if flags { &FLAGS[..] } else { &[] } {
                words.push((flag, text(&post(format!("{base}/api_keys/"), json!({*flag: true}))["api_key"])));
            }
            let group = &post(format!("{base}/groups/"), json!({"label": group, "name": group}))["id"];
            for user in users {
                let body = json!({"username": user, "password": format!("pw-{user}")});
                let made = post(format!("{base}/users/"), body);
                words.push((user, text(&made["user_key"])));
                post(format!("{base}/groups/{group}/users/"), json!({"user": made["id"]}));
            }
            post(
                format!("{base}/channels/"),
                json!({"name": "news", "other_permissions": "publish", "custom_publish": true}),
            );
            post(format!("{base}/channels/news/publish/"), json!({}));
            let schema: Vec<Value> = FIELD_TYPES.into_iter().map(field).collect();
            post(format!("{base}/classes/"), json!({"name": "log", "schema": schema}));
            let values =
                json!({"integer": 1, "array": [1, "a"], "object": {"a": [null]}, "relation": [1, 2], "owner": 1});
            post(format!("{base}/classes/log/objects/"), values);
            words.push((account, key));
        }
        let of_owner = |path: &str, body: Value| {
            let key = words.iter().find(|(word, _)| *word == "account").map(|(_, key)| key.as_str());
            ask(&simulator, As { api: key, user: None }, "POST", path, Some(body)).body
        };
        let invitations = "/v1.1/instances/nostromo/invitations/";
        of_owner(invitations, json!({"email": "stranger@example.com", "role": "full"}));
        let invitation = &of_owner(invitations, json!({"email": "newcomer@example.com", "role": "write"}))["key"];
        let newcomer = json!({"email": "newcomer@example.com", "password": "secret", "invitation_key": invitation});
        let newcomer = of_owner("/v1.1/account/register/", newcomer);
        words.push(("newcomer", text(&newcomer["account_key"])));
        words.push(("garbage", "no key at all".to_owned()));
        words.push(("unknown_user", "0".repeat(40)));
        words.push(("unknown_api", "1".repeat(40)));
        SampleWorld { simulator, words }
    }

    /// Replaces `{api}`, `{alice}`, ... by keys; other braces stay.
    pub fn fill(&self, text: &str) -> String {
        let fill = |text: String, (word, key): &(&str, String)| {
            let text = text.replace(&format!("{{{word}}}"), key);
            text.replace(&format!("{{{}}}", word.to_uppercase()), &key.to_uppercase())
        };
        self.words.iter().fold(text.to_owned(), fill)
    }

    pub fn key(&self, word: &str) -> &str {
        self.words.iter().find(|(known, _)| *known == word).map(|(_, key)| key.as_str()).expect("a word of the world")
    }
}

/// The types of fields; the class `log` has a field of each type, named after it.
pub const FIELD_TYPES: [&str; 12] = [
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

fn field(kind: &str) -> Value {
    match kind {
        "text" | "file" | "object" => json!({"name": kind, "type": kind}),
        "array" | "geopoint" => json!({"name": kind, "type": kind, "filter_index": true}),
        "reference" => json!({"name": kind, "type": kind, "filter_index": true, "target": "self"}),
        "relation" => json!({"name": kind, "type": kind, "filter_index": true, "target": "user"}),
        _ => json!({"name": kind, "type": kind, "filter_index": true, "order_index": true}),
    }
}

pub const FLAGS: [&str; 4] = ["ignore_acl", "allow_user_create", "allow_group_create", "allow_anonymous_read"];

pub fn ask(simulator: &Simulator, who: As<'_>, method: &str, path: &str, body: Option<Value>) -> ParsedAnswer {
    read(&raw(simulator, who, method, path, body))
}

/// Sends a request and returns the raw answer.
pub fn raw(simulator: &Simulator, who: As<'_>, method: &str, path: &str, body: Option<Value>) -> Response<Bytes> {
    let method: Method = method.parse().expect("a method");
    let mut request = Request::builder().method(method).uri(path).header("Content-Type", "application/json");
    if let Some(key) = who.api {
        request = request.header("X-API-KEY", key);
    }
    if let Some(key) = who.user {
        request = request.header("X-USER-KEY", key);
    }
    let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
    simulator.handle(request.body(body).expect("a request"))
}

pub fn read(response: &Response<Bytes>) -> ParsedAnswer {
    let body = serde_json::from_slice(response.body())
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(response.body()).into_owned()));
    ParsedAnswer { status: response.status().as_u16(), body }
}

pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
