//! What people rely on who use the simulator as a tool: reset and carry worlds about, see what came in, ask for faults.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use http::StatusCode;
use reqwest::{Method, RequestBuilder, Response};
use rstest::rstest;
use serde_json::{Value, json};
use syncano_conformance::defects::Switched;
use syncano_simulator::Simulator;
use syncano_simulator::api::Key;
use syncano_simulator::server::demo::DemoWorld;
use syncano_simulator::server::{CONTROL, Control, Listener, Running};

use crate::binary::{Served, output, program, stderr};

/// A simulator that lets itself be controlled, with the demo world in it.
struct Tool {
    running: Running,
    world: DemoWorld,
    client: reqwest::Client,
    /// What it told of the requests.
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
        let running = listener.log(move |entry| told.lock().unwrap().push(entry.to_string())).spawn(simulator);
        Tool { running, world, client: client(), lines }
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.client.request(method.parse::<Method>().unwrap(), format!("{}{path}", self.running.url()))
    }

    /// A request to the control.
    async fn control(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        read(self.request(method, &format!("{CONTROL}{path}")).body(body).send().await.unwrap()).await
    }

    /// What comes in below the demo instance, with an API key or account key and perhaps a user key.
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

    /// The names of all users.
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
    // The client wants a provider of TLS even where it speaks none.
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
async fn a_reset_brings_back_the_world_of_the_beginning_with_its_keys() {
    let tool = Tool::start().await;
    let carol = tool.add_user("carol").await;
    assert_eq!(status(tool.as_owner("DELETE", "/users/1/")).await, 204);
    assert_eq!(status(tool.as_alice("GET", "/user/")).await, 403);
    tool.control("PUT", "variations", json!({ "defects": ["users-list-unscoped"] })).await;
    tool.control("PUT", "faults", json!({ "faults": [{ "endpoint": "/user/", "status": 503 }] })).await;

    assert_eq!(tool.control("POST", "reset", Value::Null).await.0, 204);
    assert_eq!(tool.users().await, ["alice", "bob"]);
    assert_eq!(status(tool.as_alice("GET", "/user/")).await, 200, "the old key, and no fault any more");
    let (_, variations) = tool.control("GET", "variations", Value::Null).await;
    assert_eq!(variations, json!({ "defects": [], "quirks": [] }));
    assert_eq!(tool.add_user("carol").await["user_key"], carol["user_key"], "a seed goes on from where it was");
}

#[tokio::test]
async fn a_world_is_taken_away_and_put_into_another_simulator() {
    let (tool, other) = (Tool::start().await, Tool::start().await);
    tool.add_user("carol").await;
    let (_, world) = tool.control("GET", "world", Value::Null).await;
    assert_eq!(other.users().await, ["alice", "bob"]);
    assert_eq!(other.control("PUT", "world", world.clone()).await.0, 204);
    assert_eq!(other.users().await, ["alice", "bob", "carol"]);
    assert_eq!(other.control("GET", "world", Value::Null).await.1, world);
    assert_eq!(other.add_user("dave").await, tool.add_user("dave").await);
}

/// Each change to a good file makes a bad one.
#[rstest]
#[case::no_json("", Value::Null, "line 1, column 0: EOF")]
#[case::another_format("/format", json!("syncano-conformance-world/2"), "format (line 2")]
#[case::a_text_for_a_number("/instances/0/users/0/id", json!("hunter2"), "instances[0].users[0].id (line ")]
#[case::no_key("/instances/0/users/0/user_key", json!("hunter2"), "expected a key of forty hexadecimal digits")]
#[case::no_time("/instances/0/created_at", json!("hunter2"), "instances[0].created_at (line ")]
#[case::another_role("/instances/0/administrators/0/role", json!("hunter2"), "expected one of `read`, `write`")]
#[case::a_name_twice("/instances/0/users/0/username", json!("bob"), "instances[0].users[1].username: already used by another item")]
#[case::capitals("/instances/0/users/0/username", json!("Alice"), "instances[0].users[0].username: expected lower case")]
#[case::an_owner_who_is_not_there("/instances/0/owner", json!(9), "instances[0].owner: no such account")]
#[case::an_id_from_the_future("/instances/0/groups/0/id", json!(9), "instances[0].groups[0].id: expected an id from 1")]
#[case::an_id_that_leaves_no_room("/instances/0/last_ids/user", json!(u32::MAX), "instances[0].last_ids: expected at most")]
#[case::a_member_who_is_not_there("/instances/0/memberships/0/user", json!(9), "instances[0].memberships[0].user: no such user")]
#[case::a_value_without_a_field("/instances/0/users/0/profile/values", json!({"age": 3}), "profile.values.age: no such field in the class")]
#[case::no_schema("/instances/0/classes/0/schema", json!([{"name": "age"}]), "instances[0].classes[0].schema: ")]
#[case::keys_without_end("/keys/made", json!(u64::MAX), "keys.made: expected at most")]
#[tokio::test]
async fn a_file_that_holds_no_world_is_refused_with_the_place_and_changes_nothing(
    #[case] place: &str,
    #[case] wrong: Value,
    #[case] said: &str,
) {
    let tool = Tool::start().await;
    let (_, world) = tool.control("GET", "world", Value::Null).await;
    let mut bad = world.clone();
    *bad.pointer_mut(place).unwrap() = wrong;
    let text = if bad.is_null() { String::new() } else { serde_json::to_string_pretty(&bad).unwrap() };
    let request = tool.request("PUT", &format!("{CONTROL}world")).body(text);
    let (status, answer) = read(request.send().await.unwrap()).await;
    let detail = answer["detail"].as_str().unwrap();
    assert_eq!(status, 400, "{detail}");
    assert!(detail.contains(said), "{detail}");
    assert!(!detail.contains("hunter2"), "{detail}");
    assert_eq!(tool.control("GET", "world", Value::Null).await.1, world);
}

/// Who came, what became of it, and what it says of that.
#[tokio::test]
async fn the_journal_says_who_was_recognised_and_which_station_decided_why() {
    let tool = Tool::start().await;
    let DemoWorld { account, api_keys, users: [alice, _], .. } = &tool.world;
    let (owner, plain, alice) = (account.account_key, api_keys.plain, alice.user_key);
    let nobody: Key = "0".repeat(40).parse().unwrap();
    let (no_app, no_user) = ("1".repeat(40).parse().unwrap(), Some(nobody));
    let json =
        |request: RequestBuilder, body: &'static str| request.header("content-type", "application/json").body(body);
    let user = "user alice (API key 1)";
    for (request, line) in [
        (tool.as_alice("GET", "/user/"), format!("200 GET /v1.1/instances/demo/user/ {user}")),
        (tool.request("GET", "/nowhere"), "404 GET /nowhere keys not looked at: no endpoint has this path".to_owned()),
        (
            tool.request("GET", "/v1.1/instances/nowhere/user/"),
            "404 GET /v1.1/instances/nowhere/user/ keys not looked at: there is no such instance".to_owned(),
        ),
        (
            tool.as_owner("GET", "/users/9/groups/"),
            "404 GET /v1.1/instances/demo/users/9/groups/ keys not looked at: User was not found.".to_owned(),
        ),
        (
            tool.as_alice("GET", "/user/?format=xml"),
            "404 GET /v1.1/instances/demo/user/?format=xml keys not looked at: a format other than JSON".to_owned(),
        ),
        (
            tool.call("GET", "/user/", no_app, None),
            "403 GET /v1.1/instances/demo/user/ unknown key: no app has this API key".to_owned(),
        ),
        (
            tool.call("GET", "/user/", alice, None),
            "403 GET /v1.1/instances/demo/user/ unknown key: a user key in the place of an API key".to_owned(),
        ),
        (
            tool.call("GET", "/user/", owner, None),
            "403 GET /v1.1/instances/demo/user/ account owner@example.com: account key on /user/".to_owned(),
        ),
        (
            tool.call("GET", "/user/", plain, None),
            "403 GET /v1.1/instances/demo/user/ API key 1 (plain): API key alone on /user/".to_owned(),
        ),
        (
            tool.call("GET", "/user/", plain, no_user),
            "403 GET /v1.1/instances/demo/user/ API key 1 (plain): API key with an unknown user key on /user/"
                .to_owned(),
        ),
        (
            tool.as_alice("DELETE", "/users/1/"),
            format!(
                "403 DELETE /v1.1/instances/demo/users/1/ {user}: API key with a user key on DELETE /users/{{user}}/"
            ),
        ),
        (
            tool.as_alice("DELETE", "/user/"),
            format!("405 DELETE /v1.1/instances/demo/user/ {user}: /user/ has no DELETE"),
        ),
        (
            tool.as_alice("GET", "/users/2/"),
            format!(
                "404 GET /v1.1/instances/demo/users/2/ {user}: the object does not exist, or the caller cannot see it"
            ),
        ),
        (
            json(tool.as_alice("PATCH", "/user/"), r#"{"username": ""}"#),
            format!("400 PATCH /v1.1/instances/demo/user/ {user}: invalid members: username"),
        ),
        (
            json(tool.as_alice("POST", "/user/auth/"), r#"{"username": "alice", "password": "hunter2"}"#),
            format!("401 POST /v1.1/instances/demo/user/auth/ {user}: a wrong name, password or token"),
        ),
    ] {
        request.send().await.unwrap();
        assert_eq!(tool.lines.lock().unwrap().last(), Some(&line));
    }
    let (_, all) = tool.control("GET", "requests", Value::Null).await;
    let stations: Vec<_> = all["requests"].as_array().unwrap().iter().map(|entry| entry["station"].clone()).collect();
    let decided = [
        "route",
        "instance",
        "parent",
        "negotiation",
        "caller",
        "caller",
        "access",
        "access",
        "access",
        "access",
        "method",
        "object",
        "body",
        "body",
    ];
    assert_eq!(stations, [Value::Null].into_iter().chain(decided.map(Value::from)).collect::<Vec<_>>());
    assert_eq!(
        all["requests"][0]["principal"],
        json!({ "kind": "user", "id": 1, "username": "alice", "api_key": 1, "flags": [] })
    );
    let text = all.to_string();
    for secret in [owner, plain, alice, nobody] {
        assert!(!text.contains(&secret.to_string()));
    }
    assert!(!text.contains("hunter2"));
}

#[tokio::test]
async fn keys_in_a_query_are_not_kept() {
    let tool = Tool::start().await;
    let DemoWorld { api_keys, users: [alice, _], .. } = &tool.world;
    let path = format!("/v1.1/instances/demo/user/?api_key={}&userkey={}", api_keys.plain, alice.user_key);
    assert_eq!(status(tool.request("GET", &path)).await, 200);
    let entry = tool.last_request().await;
    assert_eq!(entry["path"], "/v1.1/instances/demo/user/?api_key=<hidden>&userkey=<hidden>");
    assert_eq!(entry["principal"]["username"], "alice");
}

#[tokio::test]
async fn the_journal_keeps_the_last_requests_and_forgets_when_told() {
    let tool = Tool::with(Control { journal: 3, ..Control::default() }).await;
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

#[tokio::test]
async fn a_fault_strikes_the_endpoint_and_the_method_that_it_names_as_often_as_it_says() {
    let tool = Tool::start().await;
    let throttled =
        json!({ "endpoint": "/users/{id}/", "method": "get", "every": 2, "times": 2, "status": 429, "retry_after": 3 });
    let (status_of_put, _) = tool.control("PUT", "faults", json!({ "faults": [throttled] })).await;
    assert_eq!(status_of_put, 200);
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(status(tool.as_owner("GET", "/users/1/")).await);
        assert_eq!(status(tool.as_owner("GET", "/users/")).await, 200);
        assert_eq!(status(tool.as_owner("OPTIONS", "/users/1/")).await, 200);
    }
    assert_eq!(statuses, [200, 429, 200, 429, 200, 200]);

    let (_, mut faults) = tool.control("GET", "faults", Value::Null).await;
    assert_eq!(faults["faults"][0]["hits"], 2);
    faults["faults"][0]["times"] = json!(3);
    assert_eq!(tool.control("PUT", "faults", faults).await.0, 200, "what is shown can be put back");
    status(tool.as_owner("GET", "/users/1/")).await;
    let answer = tool.as_owner("GET", "/users/1/").send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "3");
    assert_eq!(read(answer).await.1, json!({ "detail": "Request was throttled. Expected available in 3 seconds." }));
    let entry = tool.last_request().await;
    assert_eq!((&entry["status"], &entry["station"]), (&json!(429), &json!("fault")));
}

#[tokio::test]
async fn a_connection_is_closed_before_or_after_the_deed() {
    let tool = Tool::start().await;
    let user = |name: &str| json!({ "username": name, "password": "pw" }).to_string();
    for (applied, name) in [(false, "carol"), (true, "dave")] {
        let fault =
            json!({ "endpoint": "/users/", "method": "POST", "close": true, "applied": applied, "delay_ms": 1 });
        assert_eq!(tool.control("PUT", "faults", json!({ "faults": [fault] })).await.0, 200);
        let request = tool.as_owner("POST", "/users/").header("content-type", "application/json").body(user(name));
        assert!(request.send().await.is_err());
        assert_eq!(tool.last_request().await["status"], Value::Null);
    }
    assert_eq!(tool.users().await, ["alice", "bob", "dave"]);
    assert_eq!(tool.control("DELETE", "faults", Value::Null).await.0, 204);
    tool.add_user("erin").await;
}

/// A browser asks before it sends the request that the fault is meant for.
#[tokio::test]
async fn a_preflight_uses_up_no_fault_and_a_page_can_read_the_answer_of_one() {
    let tool = Tool::start().await;
    let fault = json!({ "endpoint": "/groups/", "status": 503, "times": 1 });
    assert_eq!(tool.control("PUT", "faults", json!({ "faults": [fault] })).await.0, 200);
    let from_page = |method: &str| tool.as_owner(method, "/groups/").header("Origin", "http://app.example");
    let preflight = from_page("OPTIONS").header("Access-Control-Request-Method", "GET");
    assert_eq!(status(preflight).await, 200);
    let answers = [from_page("GET").send().await.unwrap(), from_page("GET").send().await.unwrap()];
    assert_eq!(answers.each_ref().map(|answer| answer.status().as_u16()), [503, 200]);
    for answer in answers {
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{}", answer.status());
        assert_eq!(answer.headers()["vary"], "Origin", "{}", answer.status());
    }
}

#[rstest]
#[case::another_name("Host", "evil.example", 403)]
#[case::another_name_with_a_port("Host", "evil.example:8080", 403)]
#[case::localhost("Host", "localhost:8080", 200)]
#[case::another_origin("Origin", "http://evil.example", 403)]
#[case::a_page_of_nobody("Origin", "null", 403)]
#[case::another_site("Sec-Fetch-Site", "cross-site", 403)]
#[case::another_port("Sec-Fetch-Site", "same-site", 403)]
#[case::the_address_bar("Sec-Fetch-Site", "none", 200)]
#[tokio::test]
async fn the_control_answers_no_page_of_another_origin(
    #[case] header: &str,
    #[case] value: &str,
    #[case] expected: u16,
) {
    let tool = Tool::start().await;
    let ask = |method: &str, path: &str| tool.request(method, &format!("{CONTROL}{path}")).header(header, value).send();
    let answer = ask("GET", "world").await.unwrap();
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    let (status, body) = read(answer).await;
    assert_eq!(status, expected, "{body}");
    if expected == 403 {
        assert!(body["detail"].as_str().unwrap().starts_with("The control"), "{body}");
        tool.add_user("carol").await;
        assert_eq!(ask("POST", "reset").await.unwrap().status(), 403);
        assert_eq!(tool.users().await.len(), 3, "nothing was reset");
    }
}

#[tokio::test]
async fn the_control_answers_the_page_of_the_simulator_itself() {
    let tool = Tool::start().await;
    let own = tool.request("POST", "/__simulator/reset").header("Origin", tool.running.url());
    assert_eq!(status(own.header("Sec-Fetch-Site", "same-origin")).await, 204);
}

#[tokio::test]
async fn the_control_answers_to_the_name_that_serve_listens_on() {
    let named = loopback().await.name("simulator.test").control(Control::default()).spawn(Simulator::builder().build());
    let ask = |host: &str| client().get(format!("{}{CONTROL}", named.url())).header("Host", host.to_owned());
    assert_eq!(status(ask("simulator.test:8080")).await, 200);
    assert_eq!(status(ask("simulator.example:8080")).await, 403);
    let served = Served::start(&["--listen", "localhost:0", "--empty"]);
    assert_eq!(status(client().get(format!("{}{CONTROL}", served.url()))).await, 200);
}

#[test]
fn nobody_can_guess_the_passwords_of_the_demo_world_unless_there_is_a_seed() {
    let passwords = |simulator: Simulator| {
        let DemoWorld { account, users: [alice, bob], .. } = DemoWorld::create(&simulator).unwrap();
        [account.password, alice.password, bob.password]
    };
    let [one, other] = [(); 2].map(|()| passwords(Simulator::builder().build()));
    for password in &one {
        assert!(password.len() >= 20 && !other.contains(password), "{password}");
    }
    let seeded = || passwords(Simulator::builder().seed(1).build());
    assert_eq!(seeded(), seeded());
}

/// With one thread: while that writes the world, it could do nothing else.
#[tokio::test]
async fn others_are_answered_while_a_large_world_is_taken_away() {
    let tool = Tool::start().await;
    let (_, mut world) = tool.control("GET", "world", Value::Null).await;
    let users = world["instances"][0]["users"].as_array_mut().unwrap();
    let pattern = users[0].clone();
    for id in 1000..11_000 {
        let mut user = pattern.clone();
        user["id"] = json!(id);
        user["username"] = json!(format!("user-{id}"));
        user["user_key"] = json!(format!("{id:039}0"));
        user["profile"]["id"] = json!(id);
        users.push(user);
    }
    for last in ["user", "object"] {
        world["instances"][0]["last_ids"][last] = json!(20_000);
    }
    assert_eq!(tool.control("PUT", "world", world).await, (StatusCode::NO_CONTENT, json!("")));
    let dump = tool.control("GET", "world", Value::Null);
    let other = async {
        tokio::task::yield_now().await;
        status(tool.as_alice("GET", "/user/")).await
    };
    tokio::pin!(dump);
    tokio::select! {
        biased;
        _ = &mut dump => panic!("the world came first"),
        status = other => assert_eq!(status, 200),
    }
    assert_eq!(dump.await.0, 200);
}

#[tokio::test]
async fn chance_is_the_same_for_the_same_seed() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let tool = Tool::start().await;
        let fault = json!({ "probability": 0.5, "status": 500 });
        tool.control("PUT", "faults", json!({ "faults": [fault] })).await;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(status(tool.as_alice("GET", "/user/")).await);
        }
        told.push(statuses);
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0].contains(&200) && told[0].contains(&500));
}

#[tokio::test]
async fn the_late_deletes_of_the_deployment_are_a_fault() {
    let simulator = Simulator::builder().seed(7).clock(jiff::Timestamp::default).build();
    let tool = Tool::of(simulator, Control::default()).await;
    tool.control("PUT", "faults", json!({ "faults": [], "late_deletes": true })).await;
    assert_eq!(tool.control("GET", "variations", Value::Null).await.1["quirks"], json!(["late-deletes"]));
    assert_eq!(status(tool.as_owner("DELETE", "/users/2/")).await, 204);
    let members = read(tool.as_owner("GET", "/groups/1/users/").send().await.unwrap()).await.1;
    assert_eq!(members["objects"].as_array().unwrap().len(), 2, "the clock stands still, so he lingers");
}

#[rstest]
#[case(json!({ "faults": [{ "endpoint": "/userz/", "status": 500 }] }), "faults[0].endpoint: the API has no such endpoint")]
#[case(json!({ "faults": [{ "endpoint": "/user/" }] }), "faults[0]: one of `delay_ms`, `status` and `close`")]
#[case(json!({ "faults": [{ "status": 200 }] }), "faults[0].status: from 400 to 599")]
#[case(json!({ "faults": [{ "status": 500, "probability": 2 }] }), "faults[0].probability: from 0 to 1")]
#[case(json!({ "faults": [{ "status": 500, "method": "GTE" }] }), "faults[0].method: expected one of GET, HEAD, POST")]
#[case(json!({ "faults": vec![json!({ "status": 500 }); 1001] }), "at most 1000 items are allowed")]
#[case(json!({ "faults": [{ "status": 500, "every": 0 }] }), "faults[0].every (line 1")]
#[case(json!({ "faults": [{ "status": 500, "evry": 2 }] }), "unknown member; expected one of `endpoint`")]
#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused_and_the_others_stay(#[case] faults: Value, #[case] said: &str) {
    let tool = Tool::start().await;
    tool.control("PUT", "faults", json!({ "faults": [{ "endpoint": "/user/", "status": 503 }] })).await;
    let (refused, answer) = tool.control("PUT", "faults", faults).await;
    assert_eq!(refused, 400);
    assert!(answer["detail"].as_str().unwrap().contains(said), "{answer}");
    assert_eq!(status(tool.as_alice("GET", "/user/")).await, 503);
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
    let (refused, answer) = tool.control("PUT", "variations", json!({ "quirks": ["users-list-unscoped"] })).await;
    assert_eq!(refused, 400);
    assert!(answer["detail"].as_str().unwrap().starts_with("quirks[0]: no quirk is named"), "{answer}");
    assert_eq!(seen().await, 2, "nothing has changed");
    assert_eq!(tool.control("DELETE", "variations", Value::Null).await.0, 204);
    assert_eq!(seen().await, 1);
}

#[tokio::test]
async fn the_control_says_what_there_is_and_what_there_is_not() {
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
async fn the_control_hands_out_the_description_of_what_is_served() {
    let tool = Tool::start().await;
    let answer = tool.request("GET", "/__simulator/openapi.json").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), Simulator::openapi());
}

/// `/{version}/` would take it in.
#[tokio::test]
async fn no_path_of_the_api_is_one_of_the_control() {
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
async fn the_control_can_be_switched_off() {
    let served = Served::start(&["--empty", "--no-control"]);
    let answer = client().get(format!("{}{CONTROL}", served.url())).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
}

#[cfg(unix)]
#[tokio::test]
async fn a_world_is_saved_on_exit_and_served_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    let file = file.to_str().unwrap();
    let served = Served::start(&["--save-on-exit", file]);
    let keys = [
        served.ready["api_keys"]["plain"].as_str().unwrap().to_owned(),
        served.ready["users"][0]["user_key"].as_str().unwrap().to_owned(),
    ];
    assert!(!Path::new(file).exists());
    assert_eq!(served.end(), Some(0));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "and nothing beside it");
    let saved = std::fs::read(file).unwrap();

    // Others could read it, and a process that was killed has left its own beside it.
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(file, [b"\xef\xbb\xbf", saved.as_slice()].concat()).unwrap();
    std::fs::write(folder.path().join(".syncano-conformance-killed.partial"), "keys").unwrap();
    let served = Served::start(&["--world", file, "--save-on-exit", file]);
    assert_eq!(served.ready.as_object().unwrap().keys().collect::<Vec<_>>(), ["url"]);
    let [api_key, user_key] = &keys;
    let request = client().get(format!("{}/v1.1/instances/demo/user/", served.url()));
    let (_, user) =
        read(request.header("X-API-KEY", api_key).header("X-USER-KEY", user_key).send().await.unwrap()).await;
    assert_eq!(user["username"], "alice");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "what was left is removed at the start");
    assert_eq!(served.end(), Some(0));
    assert_eq!(std::fs::read(file).unwrap(), saved);
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_file_that_cannot_be_used_is_said_before_anything_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.json");
    std::fs::write(&bad, r#"{"format": "syncano-conformance-world/1", "accounts": 7}"#).unwrap();
    let (bad, nowhere) = (bad.to_str().unwrap(), folder.path().join("no/folder.json"));
    let endless = folder.path().join("endless.json");
    std::fs::File::create(&endless).unwrap().set_len((1 << 30) + 1).unwrap();
    for (args, code, said) in [
        (["serve", "--world", endless.to_str().unwrap()], 2, "longer than 1024 MiB"),
        (["serve", "--world", bad], 5, "accounts (line 1, column 55): expected a sequence"),
        (["serve", "--world", nowhere.to_str().unwrap()], 2, "cannot read"),
        (["serve", "--save-on-exit", nowhere.to_str().unwrap()], 2, "a folder that exists"),
    ] {
        let output = output(&args);
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_verbose_simulator_tells_of_each_request_in_a_line_without_keys() {
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
async fn the_log_of_serve_tells_of_exchanges_as_the_help_says(#[case] level: &str) {
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
