//! A small world: an owner, two API keys, the users alice and bob, and a group with both.

use bytes::Bytes;
use http::request::Builder;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use syncano_simulator::{Quirks, Simulator};

pub struct Cast {
    pub simulator: Simulator,
    pub account: String,
    pub api: String,
    pub ignore_acl: String,
    pub alice: Value,
    pub bob: Value,
    pub crew: Value,
}

/// An answer with its parsed body.
#[derive(Debug, PartialEq)]
pub struct Got {
    pub status: StatusCode,
    pub body: Value,
}

/// The keys of a caller: an API key or account key, and optionally a user key.
#[derive(Clone, Copy, Default)]
pub struct As<'k> {
    pub api: Option<&'k str>,
    pub user: Option<&'k str>,
}

/// A part of a form: its name, its text or content, and its file name.
pub type FormPart<'p> = (&'p str, &'p str, Option<&'p str>);

pub const BASE: &str = "/v1.1/instances/nostromo/";

impl Cast {
    pub fn new() -> Cast {
        Cast::with(Quirks::none())
    }

    pub fn with(quirks: Quirks) -> Cast {
        Cast::on(Simulator::builder().seed(7).quirks(quirks).build())
    }

    pub fn on(simulator: Simulator) -> Cast {
        let mut cast = Cast {
            simulator,
            account: String::new(),
            api: String::new(),
            ignore_acl: String::new(),
            alice: Value::Null,
            bob: Value::Null,
            crew: Value::Null,
        };
        let account = json!({"email": "owner@example.com", "password": "secret"});
        cast.account = text(&cast.post(As::default(), "/v1.1/account/register/", account).body["account_key"]);
        cast.post(cast.owner(), "/v1.1/instances/", json!({"name": "nostromo"}));
        cast.api = text(&cast.post(cast.owner(), "api_keys/", json!({})).body["api_key"]);
        let ignore_acl = cast.post(cast.owner(), "api_keys/", json!({"ignore_acl": true}));
        cast.ignore_acl = text(&ignore_acl.body["api_key"]);
        let user = |name: &str| json!({"username": name, "password": format!("pw-{name}")});
        cast.alice = cast.post(cast.owner(), "users/", user("alice")).body;
        cast.bob = cast.post(cast.owner(), "users/", user("bob")).body;
        cast.crew = cast.post(cast.owner(), "groups/", json!({"label": "crew"})).body["id"].clone();
        for user in [&cast.alice, &cast.bob] {
            cast.post(cast.owner(), &format!("groups/{}/users/", cast.crew), json!({"user": user["id"]}));
        }
        cast
    }

    pub fn owner(&self) -> As<'_> {
        As { api: Some(&self.account), user: None }
    }

    pub fn app(&self) -> As<'_> {
        As { api: Some(&self.api), user: None }
    }

    pub fn alice(&self) -> As<'_> {
        As { api: Some(&self.api), user: self.alice["user_key"].as_str() }
    }

    pub fn bob(&self) -> As<'_> {
        As { api: Some(&self.api), user: self.bob["user_key"].as_str() }
    }

    /// Sends a request; a path without a leading slash is inside the instance.
    pub fn send(&self, who: As<'_>, method: Method, path: &str, body: Option<Value>) -> Got {
        let mut request = request(who, method, path);
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        read(&self.simulator.handle(request.body(body).expect("a request")))
    }

    /// Sends a form.
    pub fn form(&self, who: As<'_>, method: Method, path: &str, parts: &[FormPart<'_>]) -> Got {
        let mut body = String::new();
        for (name, content, file) in parts {
            body += &format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"");
            if let Some(file) = file {
                let media_type = if file.ends_with(".p12") { "application/x-pkcs12" } else { "text/plain" };
                body += &format!("; filename=\"{file}\"\r\nContent-Type: {media_type}");
            }
            body += &format!("\r\n\r\n{content}\r\n");
        }
        let request = request(who, method, path).header("Content-Type", "multipart/form-data; boundary=x");
        read(&self.simulator.handle(request.body(Bytes::from(body + "--x--")).expect("a request")))
    }

    pub fn get(&self, who: As<'_>, path: &str) -> Got {
        self.send(who, Method::GET, path, None)
    }

    pub fn post(&self, who: As<'_>, path: &str, body: Value) -> Got {
        self.send(who, Method::POST, path, Some(body))
    }

    pub fn patch(&self, who: As<'_>, path: &str, body: Value) -> Got {
        self.send(who, Method::PATCH, path, Some(body))
    }

    pub fn put(&self, who: As<'_>, path: &str, body: Value) -> Got {
        self.send(who, Method::PUT, path, Some(body))
    }

    pub fn delete(&self, who: As<'_>, path: &str) -> Got {
        self.send(who, Method::DELETE, path, None)
    }

    pub fn login(&self, username: &str, password: &str) -> Got {
        self.post(self.app(), "user/auth/", json!({"username": username, "password": password}))
    }
}

fn request(who: As<'_>, method: Method, path: &str) -> Builder {
    let mut request = Request::builder().method(method).uri(whole(path));
    for (header, key) in [("X-API-KEY", who.api), ("X-USER-KEY", who.user)] {
        if let Some(key) = key {
            request = request.header(header, key);
        }
    }
    request
}

pub fn whole(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{BASE}{path}") }
}

pub fn read(response: &Response<Bytes>) -> Got {
    let body = serde_json::from_slice(response.body())
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(response.body()).into_owned()));
    Got { status: response.status(), body }
}

pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

pub fn got(status: u16, body: Value) -> Got {
    Got { status: StatusCode::from_u16(status).expect("a status"), body }
}

pub fn forbidden() -> Got {
    got(403, json!({"detail": "You do not have permission to perform this action."}))
}

pub fn no_such_key() -> Got {
    got(403, json!({"detail": "No such API Key."}))
}

pub fn not_found() -> Got {
    got(404, json!({"detail": "Not found."}))
}
