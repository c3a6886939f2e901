//! Tests for the control API: reset, save and load worlds, read the request log, inject faults.

mod faults;
mod log;
mod origins;
mod worlds;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http::StatusCode;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use syncano_conformance::defects::Switched;
use syncano_simulator::Simulator;
use syncano_simulator::api::Key;
use syncano_simulator::server::demo::DemoWorld;
use syncano_simulator::server::{CONTROL, Control, Listener, Running};

use crate::binary::Served;

/// A simulator with the control API and the demo world.
struct Tool {
    simulator: Simulator,
    running: Running,
    world: DemoWorld,
    client: reqwest::Client,
    /// Lines of the request log.
    lines: Arc<Mutex<Vec<String>>>,
}

impl Tool {
    async fn start() -> Tool {
        Tool::with(Control { seed: Some(7), ..Control::default() }).await
    }

    async fn with(control: Control) -> Tool {
        Tool::of(Simulator::builder().seed(7).build(), control).await
    }

    async fn of(simulator: Simulator, control: Control) -> Tool {
        let world = DemoWorld::create(&simulator).unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let listener = loopback().await.control(control);
        let told = Arc::clone(&lines);
        let listener = listener.layer(Arc::new(Switched::new(&simulator, Vec::new())));
        let running = listener.log(move |entry| told.lock().unwrap().push(entry.to_string())).spawn(simulator.clone());
        Tool { simulator, running, world, client: client(), lines }
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.client.request(method.parse::<Method>().unwrap(), format!("{}{path}", self.running.url()))
    }

    /// Sends a request to the control API.
    async fn control(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        read(self.request(method, &format!("{CONTROL}{path}")).body(body).send().await.unwrap()).await
    }

    /// Builds a request below the demo instance, with an API key or account key and an optional
    /// user key.
    fn call(&self, method: &str, path: &str, api_key: Key, user_key: Option<Key>) -> RequestBuilder {
        let request = self.request(method, &format!("/v1.1/instances/demo{path}"));
        let request = request.header("X-API-KEY", api_key.to_string());
        match user_key {
            Some(key) => request.header("X-USER-KEY", key.to_string()),
            None => request,
        }
    }

    fn as_alice(&self, method: &str, path: &str) -> RequestBuilder {
        self.call(method, path, self.world.api_keys.plain, Some(self.world.users[0].user_key))
    }

    fn as_owner(&self, method: &str, path: &str) -> RequestBuilder {
        self.call(method, path, self.world.account.account_key, None)
    }

    /// Returns the names of all users.
    async fn users(&self) -> Vec<String> {
        let (_, users) = read(self.as_owner("GET", "/users/").send().await.unwrap()).await;
        let users = users["objects"].as_array().unwrap();
        users.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
    }

    async fn add_user(&self, name: &str) -> Value {
        let user = json!({ "username": name, "password": "pw" }).to_string();
        let request = self.as_owner("POST", "/users/").header("content-type", "application/json").body(user);
        let (status, user) = read(request.send().await.unwrap()).await;
        assert_eq!(status, 201, "{user}");
        user
    }

    async fn last_request(&self) -> Value {
        let (_, mut requests) = self.control("GET", "requests?limit=1", Value::Null).await;
        requests["requests"][0].take()
    }
}

async fn loopback() -> Listener {
    Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
}

fn client() -> reqwest::Client {
    // The client requires a TLS provider even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn defects_and_quirks_are_switched_while_it_runs() {
    let tool = Tool::start().await;
    let both = json!({ "defects": ["users-list-unscoped"], "quirks": ["admins-open"] });
    assert_eq!(tool.control("PUT", "variations", both.clone()).await, (StatusCode::OK, both));
    let seen = async || {
        read(tool.as_alice("GET", "/users/").send().await.unwrap()).await.1["objects"].as_array().unwrap().len()
    };
    assert_eq!(seen().await, 2);
    let (rejected, answer) = tool.control("PUT", "variations", json!({ "quirks": ["users-list-unscoped"] })).await;
    assert_eq!(rejected, 400);
    assert!(answer["detail"].as_str().unwrap().starts_with("quirks[0]: unknown quirk"), "{answer}");
    assert_eq!(seen().await, 2, "nothing has changed");
    assert_eq!(tool.control("DELETE", "variations", Value::Null).await.0, 204);
    assert_eq!(seen().await, 1);
}

#[tokio::test]
async fn the_control_api_lists_its_paths_and_rejects_others() {
    let tool = Tool::start().await;
    let (_, overview) = tool.control("GET", "", Value::Null).await;
    for path in overview["paths"].as_array().unwrap() {
        let [method, path] = ["method", "path"].map(|member| path[member].as_str().unwrap());
        let status = status(tool.request(method, path)).await;
        assert!(status < 300 || method == "PUT" && status == 400, "{method} {path}: {status}");
    }
    assert_eq!(status(tool.request("GET", "/__simulator")).await, 200);
    assert_eq!(tool.control("GET", "nowhere", Value::Null).await.0, 404);
    let answer = tool.request("DELETE", "/__simulator/world").send().await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["allow"]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET, PUT".parse().unwrap())
    );
}

#[tokio::test]
async fn the_control_api_returns_the_openapi_document() {
    let tool = Tool::start().await;
    let answer = tool.request("GET", "/__simulator/openapi.json").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), Simulator::openapi());
}

/// A path with a `/{version}/` segment could match the prefix of the control API.
#[tokio::test]
async fn the_api_and_the_control_api_share_no_path() {
    let simulator = Simulator::builder().build();
    for endpoint in Simulator::endpoints() {
        let path = endpoint.template.replace("{version}", CONTROL.trim_matches('/'));
        assert!(!path.starts_with(CONTROL) || simulator.template_of(&path).is_none(), "{path}");
    }
    let plain = loopback().await.spawn(simulator);
    let answer = client().get(format!("{}{CONTROL}", plain.url())).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8", "that of the API");
}

#[tokio::test]
async fn the_control_api_can_be_switched_off() {
    let served = Served::start(&["--empty", "--no-control"]);
    let answer = client().get(format!("{}{CONTROL}", served.url())).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
}
