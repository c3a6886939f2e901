//! Checks that the OpenAPI description is current and complete, and that it covers every response
//! to the suite.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use jsonschema::Validator;
use serde_json::{Value, json};
use syncano_conformance::harness::{self, Plan, Selection, Target};
use syncano_simulator::Simulator;
use syncano_simulator::api::Version;
use syncano_simulator::server::demo::DemoWorld;
use tokio::sync::watch;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&Simulator::openapi()).unwrap());

/// Maps paths to endpoints.
static ROUTES: LazyLock<Simulator> = LazyLock::new(|| Simulator::builder().build());

#[test]
fn the_committed_file_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    let committed = std::fs::read_to_string(file).unwrap();
    let how = "serve, and then: curl $URL/__simulator/openapi.json >docs/openapi.json";
    assert!(committed == Simulator::openapi(), "docs/openapi.json is not what the simulator describes; {how}");
}

#[test]
fn the_document_is_small() {
    assert!(Simulator::openapi().len() < 420_000, "what repeats is to be referenced");
}

#[test]
fn every_path_is_described_with_the_methods_that_it_has() {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    assert_eq!(paths.len(), Simulator::endpoints().count() + 1, "the URL of a file is no endpoint");
    let simulator = Simulator::builder().seed(1).build();
    for endpoint in Simulator::endpoints() {
        let template = endpoint.template;
        let path = resolved(&paths[template]);
        let version = endpoint.only_in.unwrap_or(Version::V1_1).as_str();
        let sent = template.split('/').map(|part| match part {
            "{version}" => version,
            part if part.starts_with('{') => "1",
            part => part,
        });
        let request = Request::get(sent.collect::<Vec<_>>().join("/")).body(Bytes::new()).unwrap();
        let answer = simulator.handle(request);
        let allowed = answer.headers()["allow"].to_str().unwrap().to_ascii_lowercase();
        let allowed: BTreeSet<&str> = allowed.split(", ").collect();
        let described = path.as_object().unwrap().keys().map(String::as_str);
        assert_eq!(described.filter(|key| *key != "parameters").collect::<BTreeSet<_>>(), allowed, "{template}");
    }
}

#[test]
fn every_reference_resolves_and_operation_names_are_unique() {
    let mut names = BTreeSet::new();
    let own = DOCUMENT["paths"].as_object().unwrap().iter().filter(|(_, path)| path.get("$ref").is_none());
    for (path, operations) in own {
        for (method, operation) in operations.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters")
        {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{method} {path}: {name} is the name of another one");
        }
    }
    let mut open = vec![&*DOCUMENT];
    while let Some(value) = open.pop() {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            assert!(DOCUMENT.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
}

/// Sends the requests of the suite, the examples of the description and invalid requests. Every
/// response must be described, and every described response must occur.
#[tokio::test(flavor = "multi_thread")]
async fn the_answers_match_the_description() {
    let witness = Arc::new(Witness::default());
    let suite = Arc::new(syncano_conformance::embedded::suite_files().read().unwrap());
    let (simulator, seen_by) = (Simulator::builder().seed(1).build(), Arc::clone(&witness));
    let target = Target::in_process("simulator", move |request| {
        let answer = simulator.handle(request.clone());
        seen_by.saw(&request, &answer);
        answer
    });
    let (_end, stop) = watch::channel(false);
    harness::run(suite, &Selection::default(), target, Plan::default(), stop, |_| {}).await.unwrap();
    ask_for_everything(&witness);

    let outside = witness.outside.lock().unwrap();
    let told = outside
        .iter()
        .map(|((operation, why), (times, first))| format!("{operation}: {why} ({times}x)\n    {first}\n"));
    assert!(outside.is_empty(), "{}", told.collect::<String>());
    let seen = witness.seen.lock().unwrap();
    let unseen: Vec<String> = described().filter(|answer| !seen.contains(answer)).collect();
    assert!(unseen.is_empty(), "described and never seen: {unseen:#?}");
}

/// Sends the example of every operation as several callers, then invalid requests.
fn ask_for_everything(witness: &Witness) {
    let simulator = Simulator::builder().seed(1).build();
    let demo = DemoWorld::create(&simulator).unwrap();
    let owner = demo.account.account_key.to_string();
    let send = |request: Request<Bytes>| -> Value {
        serde_json::from_slice(simulator.handle(request).body()).unwrap_or_default()
    };
    // Adds to the demo world an invited user and a second administrator.
    let invite = |email: &str| {
        let invitations = "/v1.1/instances/demo/invitations/";
        send(request("POST", invitations, &[("x-api-key", &owner)], json!({ "email": email }).to_string()))["key"]
            .clone()
    };
    let register = |account: Value| send(request("POST", "/v1.1/account/register/", &[], account.to_string()));
    let guest = register(json!({ "email": "guest@example.com", "password": "demo-guest" }));
    let guest = guest["account_key"].as_str().unwrap();
    invite("guest@example.com");
    let key = invite("helper@example.com");
    let helper = register(json!({ "email": "helper@example.com", "password": "demo-helper", "invitation_key": key }));
    let news = json!({ "name": "news" }).to_string();
    send(request("POST", "/v1.1/instances/demo/channels/", &[("x-api-key", &owner)], news));
    let message = json!({ "payload": {}, "room": "lobby" }).to_string();
    send(request("POST", "/v1.1/instances/demo/channels/default/publish/", &[("x-api-key", &owner)], message));
    // Adds a class and a data endpoint for it.
    for (path, body) in
        [("classes/", json!({ "name": "note" })), ("endpoints/data/", json!({ "name": "notes", "class": "note" }))]
    {
        let path = format!("/v1.1/instances/demo/{path}");
        send(request("POST", &path, &[("x-api-key", &owner)], body.to_string()));
    }
    let world = with_push_notifications(&simulator.dump());
    simulator.load(&world).unwrap();

    let (app, alice) = (demo.api_keys.plain.to_string(), demo.users[0].user_key.to_string());
    let good: [&[(&str, &str)]; 4] = [
        &[("x-api-key", &owner)],
        &[("x-api-key", &owner), ("x-template", "objects_html_table")],
        &[("x-api-key", &app), ("x-user-key", &alice)],
        &[("x-api-key", guest)],
    ];
    for (template, path, method, operation) in operations() {
        let example =
            operation.get("requestBody").map(|body| &resolved(body)["content"]["application/json"]["example"]);
        let example = example.map(Value::to_string).unwrap_or_default();
        let ask = |method: &str, path: &str, headers: &[(&str, &str)], body: &str| {
            let request = request(method, path, headers, body.to_owned());
            let answer = simulator.handle(request.clone());
            witness.saw(&request, &answer);
            if answer.status().is_success() && !matches!(method, "get" | "head" | "options") {
                simulator.load(&world).unwrap();
            }
        };
        let path = with_examples(template, path);
        for headers in good {
            ask(method, &path, headers, &example);
        }
        ask(method, &path, &[("x-api-key", "nonsense")], &example);
        if template.contains("{channel}") {
            ask(method, &format!("{path}?room=lobby"), good[0], &example);
            ask(method, &format!("{path}?room=lobby&last_id=0"), good[0], &example);
            ask(method, &path.replace("/default/", "/news/"), good[0], &example);
            ask(method, &path.replace("/default/", "/nope/"), good[0], &example);
            ask(method, &path.replace("/default/", "/other/"), good[0], &" ".repeat(70_000));
        }
        // The owner is an administrator who cannot be changed.
        if template.contains("{admin}") {
            ask(method, &path.replace("/1/", &format!("/{}/", helper["id"])), good[0], &example);
        }
        ask(method, &path, &[("accept", "text/html")], &example);
        ask(method, &path, &[("accept", "text/html")], "{");
        ask(method, &path, &[("accept", "text/html"), ("content-type", "text/html")], "{");
        ask(method, &format!("{path}?format=xml"), &[], &example);
        ask(method, &path, &[], r#"{"email": "nobody@example.com", "password": "no", "access_token": "no"}"#);
    }
}

/// Adds to the demo world a device and a message of each service, and what is needed to send more.
fn with_push_notifications(world: &str) -> String {
    let mut world: Value = serde_json::from_str(world).unwrap();
    let device = json!({
        "number": 1, "registration_id": "0123456789abcdef".repeat(4), "label": "", "user": 1, "device_id": null,
        "metadata": {}, "is_active": true, "created_at": "2016-05-24T10:00:00Z", "updated_at": "2016-05-24T10:00:00Z",
    });
    let devices = json!({ "last_number": 1, "devices": [device] });
    let content = json!({ "environment": "production", "registration_ids": [], "aps": { "alert": "" } });
    let message =
        |content| json!({ "id": 1, "outcome": "delivered", "content": content, "created_at": "2016-05-24T10:00:00Z" });
    let messages = |content| json!({ "last_id": 1, "messages": [message(content)] });
    let certificate = json!({ "is_uploaded": true, "bundle_identifier": "com.example.app" });
    let documents = &mut world["instances"][0]["documents"];
    documents["push_devices"] = json!({ "gcm": devices, "apns": devices });
    documents["push_messages"] = json!({
        "gcm": messages(json!({ "environment": "production", "registration_ids": [] })),
        "apns": messages(content),
    });
    documents["push_configs"] = json!({
        "gcm": { "development_api_key": "key-of-the-project" },
        "apns": { "development": certificate },
    });
    world.to_string()
}

/// Returns every operation, with its path template, path item and method.
fn operations() -> impl Iterator<Item = (&'static str, &'static Value, &'static str, &'static Value)> {
    DOCUMENT["paths"].as_object().unwrap().iter().flat_map(|(template, path)| {
        let path = resolved(path);
        let operations = path.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters");
        operations.map(move |(method, operation)| (template.as_str(), path, method.as_str(), operation))
    })
}

/// Returns every described response, as `GET /{version}/: 200`.
fn described() -> impl Iterator<Item = String> {
    operations().flat_map(|(template, path, method, _)| {
        let statuses = answers(path, method).into_keys();
        statuses.map(move |status| format!("{} {template}: {status}", method.to_uppercase()))
    })
}

/// Returns the responses to an operation, by status. `4XX` stands for the statuses that it lists,
/// and `default` for those of GET.
fn answers(path: &'static Value, method: &str) -> BTreeMap<String, &'static Value> {
    let mut answers = BTreeMap::new();
    for (status, answer) in path[method]["responses"].as_object().unwrap() {
        match status.as_str() {
            "default" => answers.extend(self::answers(path, "get").into_keys().map(|status| (status, answer))),
            "4XX" => {
                let listed = resolved(answer)["x-statuses"].as_object().unwrap();
                for (status, answer) in listed {
                    answers.entry(status.clone()).or_insert(answer);
                }
            }
            // An explicit status takes precedence over `4XX`.
            _ => {
                answers.insert(status.clone(), answer);
            }
        }
    }
    answers
}

/// Returns a path with the examples of its parameters.
fn with_examples(template: &str, path: &'static Value) -> String {
    let parameters = path["parameters"].as_array().into_iter().flatten().map(resolved);
    parameters.fold(template.to_owned(), |path, parameter| {
        let example = parameter.get("example").unwrap_or(&parameter["schema"]["enum"][0]);
        let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &example)
    })
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Request<Bytes> {
    let mut request = Request::builder().method(&*method.to_uppercase()).uri(path).body(Bytes::from(body)).unwrap();
    request.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in headers {
        request.headers_mut().insert(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    request
}

/// Compares responses with the description.
#[derive(Default)]
struct Witness {
    /// Responses that are not described: by operation and reason, the number and the first
    /// exchange.
    outside: Mutex<BTreeMap<(String, String), (usize, String)>>,
    /// Responses that are described, by operation and status.
    seen: Mutex<BTreeSet<String>>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Witness {
    fn saw(&self, request: &Request<Bytes>, answer: &Response<Bytes>) {
        let method = meant(request);
        let path = request.uri().path();
        let file = path.starts_with("/media/").then_some("/media/{instance}/{class}/{file}");
        let template = ROUTES.template_of(path).or(file);
        let operation = format!("{method} {}: {}", template.unwrap_or("no path"), answer.status().as_u16());
        match self.compare(&method, template, answer) {
            Ok(()) => {
                self.seen.lock().unwrap().insert(operation);
            }
            Err(why) => {
                let exchange =
                    format!("{} {}: {}", request.method(), request.uri(), String::from_utf8_lossy(answer.body()));
                self.outside.lock().unwrap().entry((operation, why)).or_insert((0, exchange)).0 += 1;
            }
        }
    }

    fn compare(&self, method: &Method, template: Option<&str>, answer: &Response<Bytes>) -> Result<(), String> {
        let status = answer.status().as_u16().to_string();
        let Some(template) = template else {
            return self.compare_with(method, &DOCUMENT["components"]["responses"]["NotFound"], answer);
        };
        let path = resolved(&DOCUMENT["paths"][template]);
        let mut named = method.as_str().to_ascii_lowercase();
        if path.get(&named).is_none() {
            // An unsupported method gets status 405, unless another error comes first.
            if status == "405" {
                let told = json!({ "detail": format!("Method \"{method}\" not allowed.") }).to_string();
                return if method == Method::HEAD || answer.body() == &told {
                    Ok(())
                } else {
                    Err("no 405".to_owned())
                };
            }
            if answer.status().is_success() {
                return Err("there is no such method".to_owned());
            }
            named = "options".to_owned();
        }
        match answers(path, &named).get(&status) {
            Some(described) => self.compare_with(method, resolved(described), answer),
            None => Err("no such status".to_owned()),
        }
    }

    fn compare_with(&self, method: &Method, described: &'static Value, answer: &Response<Bytes>) -> Result<(), String> {
        for (name, header) in described["headers"].as_object().unwrap() {
            let header = resolved(header);
            match answer.headers().get(name) {
                Some(value) => self.validate(&header["schema"], &json!(value.to_str().unwrap()))?,
                None if header["required"] == true => return Err(format!("no header {name}")),
                None => {}
            }
        }
        let sent = answer.headers().get("content-type").map(|value| value.to_str().unwrap().split(';').next().unwrap());
        if method == Method::HEAD {
            return if answer.body().is_empty() { Ok(()) } else { Err("a body".to_owned()) };
        }
        let Some(sent) = sent else {
            return if described["content"].is_null() { Ok(()) } else { Err("no content type".to_owned()) };
        };
        // A template chooses its media type, which may be that of JSON. Only what it makes is sandboxed.
        let sent = if answer.headers().contains_key("content-security-policy") { "*/*" } else { sent };
        let content = described["content"].get(sent).or_else(|| described["content"].get("*/*"));
        let content = content.ok_or_else(|| format!("no such content type: {sent}"))?;
        let body = match sent {
            "application/json" => serde_json::from_slice(answer.body()).map_err(|error| error.to_string())?,
            _ => json!(std::str::from_utf8(answer.body()).unwrap()),
        };
        self.validate(&content["schema"], &body)
    }

    fn validate(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(schema.to_string()).or_insert_with(|| {
            let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
            Arc::new(jsonschema::validator_for(&whole).unwrap())
        });
        let validator = Arc::clone(validator);
        drop(validators);
        validator.validate(value).map_err(|error| format!("{} at {}", error.schema_path, error.instance_path))
    }
}

/// Returns the effective method of a request: a plain-text POST may override its method.
fn meant(request: &Request<Bytes>) -> Method {
    let is_text =
        request.headers().get("content-type").is_some_and(|value| value.as_bytes().starts_with(b"text/plain"));
    let named = || serde_json::from_slice::<Value>(request.body()).ok()?["_method"].as_str()?.parse().ok();
    let is_meant = is_text && request.method() == Method::POST;
    named().filter(|_| is_meant).unwrap_or_else(|| request.method().clone())
}

/// Resolves a reference.
fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => DOCUMENT.pointer(&reference[1..]).unwrap(),
        None => value,
    }
}
