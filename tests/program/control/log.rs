//! Tests for the request log.

use std::process::Stdio;

use reqwest::RequestBuilder;
use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::PlatformLimits;
use syncano_simulator::api::Key;
use syncano_simulator::server::Control;
use syncano_simulator::server::demo::DemoWorld;

use super::{Tool, client, status};
use crate::binary::{Served, program};

/// Requests of all kinds, in the order of `TOLD`.
fn requests(tool: &Tool) -> [RequestBuilder; 15] {
    let DemoWorld { account, api_keys, users, .. } = &tool.world;
    let (owner, plain, alice) = (account.account_key, api_keys.plain, users[0].user_key);
    let (no_app, no_user) = ("1".repeat(40).parse().unwrap(), Some(nobody()));
    let json =
        |request: RequestBuilder, body: &'static str| request.header("content-type", "application/json").body(body);
    [
        tool.as_alice("GET", "/user/"),
        tool.request("GET", "/nowhere"),
        tool.request("GET", "/v1.1/instances/nowhere/user/"),
        tool.as_owner("GET", "/users/9/groups/"),
        tool.as_alice("GET", "/user/?format=xml"),
        tool.call("GET", "/user/", no_app, None),
        tool.call("GET", "/user/", alice, None),
        tool.call("GET", "/user/", owner, None),
        tool.call("GET", "/user/", plain, None),
        tool.call("GET", "/user/", plain, no_user),
        tool.as_alice("DELETE", "/users/1/"),
        tool.as_alice("DELETE", "/user/"),
        tool.as_alice("GET", "/users/2/"),
        json(tool.as_alice("PATCH", "/user/"), r#"{"username": ""}"#),
        json(tool.as_alice("POST", "/user/auth/"), r#"{"username": "alice", "password": "hunter2"}"#),
    ]
}

fn nobody() -> Key {
    "0".repeat(40).parse().unwrap()
}

/// Expected log line of each request, and the pipeline stage that rejected it, if any.
const TOLD: [(&str, Option<&str>); 15] = [
    ("200 GET /v1.1/instances/demo/user/ user alice (API key 1)", None),
    ("404 GET /nowhere keys not checked: no endpoint has this path", Some("route")),
    ("404 GET /v1.1/instances/nowhere/user/ keys not checked: there is no such instance", Some("instance")),
    ("404 GET /v1.1/instances/demo/users/9/groups/ keys not checked: User was not found.", Some("parent")),
    ("404 GET /v1.1/instances/demo/user/?format=xml keys not checked: a format other than JSON", Some("negotiation")),
    ("403 GET /v1.1/instances/demo/user/ unknown key: no app has this API key", Some("caller")),
    ("403 GET /v1.1/instances/demo/user/ unknown key: a user key in the place of an API key", Some("caller")),
    ("403 GET /v1.1/instances/demo/user/ account owner@example.com: account key on /user/", Some("access")),
    ("403 GET /v1.1/instances/demo/user/ API key 1 (plain): API key alone on /user/", Some("access")),
    (
        "403 GET /v1.1/instances/demo/user/ API key 1 (plain): API key with an unknown user key on /user/",
        Some("access"),
    ),
    (
        "403 DELETE /v1.1/instances/demo/users/1/ user alice (API key 1): API key with a user key on DELETE /users/{user}/",
        Some("access"),
    ),
    ("405 DELETE /v1.1/instances/demo/user/ user alice (API key 1): /user/ has no DELETE", Some("method")),
    (
        "404 GET /v1.1/instances/demo/users/2/ user alice (API key 1): the object does not exist, or the caller cannot see it",
        Some("object"),
    ),
    ("400 PATCH /v1.1/instances/demo/user/ user alice (API key 1): invalid members: username", Some("body")),
    ("401 POST /v1.1/instances/demo/user/auth/ user alice (API key 1): a wrong name, password or token", Some("body")),
];

#[tokio::test]
async fn the_request_log_names_the_caller_the_station_and_the_reason() {
    let tool = Tool::start().await;
    let DemoWorld { account, api_keys, users, .. } = &tool.world;
    let (owner, plain, alice) = (account.account_key, api_keys.plain, users[0].user_key);
    for (request, (line, _)) in requests(&tool).into_iter().zip(TOLD) {
        request.send().await.unwrap();
        assert_eq!(tool.lines.lock().unwrap().last().map(String::as_str), Some(line));
    }
    let (_, all) = tool.control("GET", "requests", Value::Null).await;
    let stations: Vec<_> = all["requests"].as_array().unwrap().iter().map(|entry| entry["station"].clone()).collect();
    assert_eq!(stations, TOLD.map(|(_, station)| Value::from(station)));
    assert_eq!(
        all["requests"][0]["caller"],
        json!({ "kind": "user", "id": 1, "username": "alice", "api_key": 1, "flags": [] })
    );
    let text = all.to_string();
    for secret in [owner, plain, alice, nobody()] {
        assert!(!text.contains(&secret.to_string()));
    }
    assert!(!text.contains("hunter2"));
}

#[tokio::test]
async fn the_log_names_the_limit_that_a_request_is_over() {
    let tool = Tool::start().await;
    let request = || tool.as_alice("GET", "/user/");
    tool.simulator.set_limits(PlatformLimits { instance: Some(0), ..PlatformLimits::none() });
    assert_eq!(status(request()).await, 429);
    let line =
        "429 GET /v1.1/instances/demo/user/ user alice (API key 1): too many requests to the instance in this second";
    assert_eq!(tool.lines.lock().unwrap().last().map(String::as_str), Some(line));
    let entry = tool.last_request().await;
    assert_eq!((&entry["station"], &entry["caller"]["username"]), (&json!("throttle"), &json!("alice")));
}

#[tokio::test]
async fn the_request_log_hides_keys_in_a_query() {
    let tool = Tool::start().await;
    let DemoWorld { api_keys, users, .. } = &tool.world;
    let path = format!("/v1.1/instances/demo/user/?api_key={}&userkey={}", api_keys.plain, users[0].user_key);
    assert_eq!(status(tool.request("GET", &path)).await, 200);
    let entry = tool.last_request().await;
    assert_eq!(entry["path"], "/v1.1/instances/demo/user/?api_key=<hidden>&userkey=<hidden>");
    assert_eq!(entry["caller"]["username"], "alice");
}

#[tokio::test]
async fn the_request_log_keeps_the_last_requests_and_can_be_emptied() {
    let tool = Tool::with(Control { request_log_size: 3, ..Control::default() }).await;
    for version in 1..=5 {
        tool.request("GET", &format!("/v{version}/")).send().await.unwrap();
    }
    let paths = |requests: Value| -> Vec<String> {
        let requests = requests["requests"].as_array().unwrap().clone();
        requests.iter().map(|entry| format!("{} {}", entry["number"], entry["path"].as_str().unwrap())).collect()
    };
    assert_eq!(paths(tool.control("GET", "requests", Value::Null).await.1), ["3 /v3/", "4 /v4/", "5 /v5/"]);
    assert_eq!(paths(tool.control("GET", "requests?limit=2", Value::Null).await.1), ["4 /v4/", "5 /v5/"]);
    assert_eq!(tool.control("GET", "requests?limit=few", Value::Null).await.0, 400);
    assert_eq!(tool.control("DELETE", "requests", Value::Null).await.0, 204);
    assert_eq!(tool.control("GET", "requests", Value::Null).await.1, json!({ "requests": [] }));
}

#[cfg(unix)]
#[tokio::test]
async fn a_verbose_simulator_prints_a_line_without_keys_for_each_request() {
    let mut command = program();
    command.args(["serve", "--verbose", "--no-control"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut served = Served::of(command);
    let account_key = served.ready["account"]["account_key"].as_str().unwrap().to_owned();
    let url = format!("{}/v1.1/instances/demo", served.url());
    let send = async |path: &str| {
        client().get(format!("{url}{path}")).header("X-API-KEY", &account_key).send().await.unwrap();
    };
    send("/user/").await;
    send(&format!("/users/?user_key={account_key}")).await;
    let told = served.stderr();
    let lines = [
        "403 GET /v1.1/instances/demo/user/ account owner@example.com: account key on /user/",
        "200 GET /v1.1/instances/demo/users/?user_key=<hidden> account owner@example.com",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), lines);
}

#[cfg(unix)]
#[rstest]
#[case::debug("debug")]
#[case::trace("trace")]
#[tokio::test]
async fn the_log_of_serve_shows_exchanges_as_the_help_says(#[case] level: &str) {
    let mut command = program();
    command.args(["--log", level, "serve"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut served = Served::of(command);
    let [key, password] = [&served.ready["api_keys"]["plain"], &served.ready["users"][0]["password"]];
    let [key, password] = [key, password].map(|secret| secret.as_str().unwrap().to_owned());
    let login = json!({ "username": "alice", "password": password }).to_string();
    let url = format!("{}/v1.1/instances/demo/user/auth/?api_key={key}", served.url());
    let request = client().post(url).header("Content-Type", "application/json").body(login);
    assert_eq!(status(request).await, 200);
    let log = served.stderr();
    let line = log.lines().find(|line| line.contains("DEBUG")).unwrap();
    assert!(line.contains("POST /v1.1/instances/demo/user/auth/?api_key=<"), "{line}");
    assert!(line.contains(": 200 after "), "{line}");
    assert!(!log.contains(&key) && !log.contains(&password), "{log}");
    let bodies = ["alice", "content-type", "user_key"].map(|part| log.contains(part));
    assert_eq!(bodies, [level == "trace"; 3], "{log}");
}
