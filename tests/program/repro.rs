//! Tests for the scripts of `repro`: a script and the suite agree about a deployment. The tests
//! need curl and jq; without them they print a note.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use http::Request;
use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use tempfile::TempDir;
use url::Position;
use wiremock::matchers::{any, method, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::binary::{Served, output, program, stderr, stdout};

/// Writes the script of a check and returns its path. Returns `None` if curl or jq is missing.
fn script(folder: &Path, check: &str) -> Option<String> {
    let there = |tool: &str| Command::new(tool).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !there("curl") || !there("jq") {
        println!("skipped: curl or jq is not here");
        return None;
    }
    let path = folder.join("repro.sh").display().to_string();
    let written = output(&["repro", check, "--output", &path]);
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    let text = std::fs::read_to_string(&path).unwrap();
    let longest = text.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
    assert!(longest < Some(24), "there is no key in it");
    Some(path)
}

fn run(script: &str, served: &Served) -> Output {
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    let ran = Command::new("sh").args([script, served.url()]).env("SYNCANO_ACCOUNT_KEY", key).output().unwrap();
    let said = stdout(&ran) + &stderr(&ran);
    assert!(!said.contains(key), "{said}");
    let list = ["-s", "-H", &format!("X-API-KEY: {key}"), &format!("{}/v1.1/instances/", served.url())];
    let left = stdout(&Command::new("curl").args(list).output().unwrap());
    assert!(!left.contains("conformance-"), "its instance is removed: {left}");
    ran
}

#[rstest]
#[case::a_status("reset-key/the-old-user-key-is-invalid", "user-key-survives-reset")]
#[case::a_list("users/shows-nothing-of-others", "users-list-unscoped")]
#[case::a_forbidden_text("user/echoes-no-password-after-patch", "password-shown")]
#[case::a_rejection(
    "transport/api-key-of-another-instance-is-rejected-in-the-query",
    "api-key-of-other-instance-outside-its-header"
)]
#[case::an_access_case("access/users/get/self", "users-list-unscoped")]
fn the_script_of_a_check_has_the_same_verdict_as_the_check(#[case] check: &str, #[case] defect: &str) {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), check) else { return };
    let right = run(&script, &Served::start(&[]));
    let said = stdout(&right);
    assert_eq!(right.status.code(), Some(0), "{said}{}", stderr(&right));
    assert!(said.contains(&format!("  holds     {check}\n")) && said.ends_with("\npass\n"), "{said}");

    let wrong = run(&script, &Served::start(&["--defects", defect]));
    let said = stdout(&wrong);
    assert_eq!(wrong.status.code(), Some(1), "{said}{}", stderr(&wrong));
    assert!(said.contains(&format!("  fails     {check}\n  expected  ")), "{said}");
    assert!(said.contains("\n  actual    ") && said.ends_with("\nfail\n"), "{said}");
}

/// Most values need no escapes and pass no other program.
#[rstest]
#[case::plain("alice", "alice")]
#[case::a_number(15, "15")]
#[case::a_list(json!([1, "a"]), r#"[1,\"a\"]"#)]
#[case::quotes(r#"a"b"#, r#"a\"b"#)]
#[case::a_backslash(r"a\b", r"a\\b")]
#[case::a_pattern("[a*]?$HOME", "[a*]?$HOME")]
#[case::other_letters("Zoë", "Zoë")]
fn a_value_of_an_answer_is_escaped_for_curl(#[case] value: impl Into<Value>, #[case] sent: &str) {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), "user/answers-a-user") else { return };
    let script = std::fs::read_to_string(script).unwrap();
    let function = |name: &str| {
        let (_, rest) = script.split_once(&format!("\n{name}() {{\n")).unwrap();
        format!("{name}() {{\n{}\n}}\n", rest.split_once("\n}\n").unwrap().0)
    };
    let lines = function("setting") + &function("text") + "value=$1\nsetting header \"$(text)\"\n";
    let value: Value = value.into();
    let ran = Command::new("sh").args(["-c", &lines, "sh", &value.to_string()]).output().unwrap();
    assert_eq!(stdout(&ran), format!("header = \"{sent}\"\n"), "{}", stderr(&ran));
}

#[test]
fn a_script_proves_nothing_if_a_witness_fails() {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), "reset-key/the-old-user-key-is-invalid") else { return };
    let ran = run(&script, &Served::start(&["--defects", "everything-is-rejected"]));
    assert_eq!(ran.status.code(), Some(7), "{}{}", stdout(&ran), stderr(&ran));
    assert!(stderr(&ran).starts_with("untestable: "), "{}", stderr(&ran));
}

#[test]
fn a_script_takes_the_url_with_and_without_the_version() {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), "user/answers-a-user") else { return };
    let served = Served::start(&[]);
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    for end in ["/", "/v1.1", "/v1.1/", "/v1/"] {
        let url = served.url().to_owned() + end;
        let ran = Command::new("sh").args([&script, &url]).env("SYNCANO_ACCOUNT_KEY", key).output().unwrap();
        assert_eq!(ran.status.code(), Some(0), "{url}: {}{}", stdout(&ran), stderr(&ran));
    }
}

#[test]
fn a_wrongly_started_script_prints_its_usage() {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), "user/answers-a-user") else { return };
    let start = |args: &[&str]| {
        let mut sh = Command::new("sh");
        sh.arg(&script).args(args).env_remove("SYNCANO_ACCOUNT_KEY").env_remove("SYNCANO_URL");
        sh.output().unwrap()
    };
    let (nowhere, keyless) = (start(&[]), start(&["http://127.0.0.1:1"]));
    assert_eq!((nowhere.status.code(), keyless.status.code()), (Some(2), Some(2)));
    assert!(stderr(&nowhere).starts_with("usage: sh "), "{}", stderr(&nowhere));
    assert!(stderr(&keyless).contains("SYNCANO_ACCOUNT_KEY"), "{}", stderr(&keyless));
}

#[rstest]
#[case::a_check_of_all_responses("leak/user/reads", 2, "it is about all responses of its scenario")]
#[case::a_verdict("flaky", 4, "`flaky` names no check")]
#[case::unknown("user/answers-a-usr", 4, "did you mean `user/answers-a-user`?")]
fn a_check_without_a_script_is_an_error_with_the_reason(#[case] check: &str, #[case] code: i32, #[case] said: &str) {
    let rejected = program().args(["repro", check]).output().unwrap();
    assert_eq!(rejected.status.code(), Some(code));
    assert!(stderr(&rejected).contains(said), "{}", stderr(&rejected));
    assert!(stdout(&rejected).is_empty());
}

#[rstest]
#[case::a_code("r95", "`R95` names ", "reset-key/the-old-user-key-is-invalid")]
#[case::a_defect(
    "user-key-survives-reset",
    "`user-key-survives-reset` names 3 checks; ",
    "reset-key/by-the-user-ends-the-old-key"
)]
#[case::a_scenario("by-the-user", "`reset-key/by-the-user` names 5 checks; ", "reset-key/by-the-user-witness")]
#[case::an_area("access", "`access` names ", "access/instances/get/account")]
fn a_word_for_several_checks_gets_the_script_of_the_first(#[case] word: &str, #[case] said: &str, #[case] check: &str) {
    let several = program().args(["repro", word]).output().unwrap();
    assert_eq!(several.status.code(), Some(0), "{}", stderr(&several));
    assert!(stderr(&several).starts_with(&format!("note: {said}")), "{}", stderr(&several));
    assert!(stderr(&several).contains(&format!("this is the script of {check}\n")), "{}", stderr(&several));
    assert_eq!(stdout(&several), stdout(&program().args(["repro", check]).output().unwrap()));
}

/// A simulator behind a server that can give hostile answers.
struct Hostile {
    server: MockServer,
    /// Another host, which must receive no request.
    other: MockServer,
    key: String,
}

impl Hostile {
    async fn start() -> (Hostile, Simulator) {
        let simulator = Simulator::builder().build();
        let key = DemoWorld::create(&simulator).unwrap().account.account_key.to_string();
        let (server, other) = (MockServer::start().await, MockServer::start().await);
        Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&other).await;
        Mock::given(any()).respond_with(simulator.clone()).with_priority(9).mount(&server).await;
        (Hostile { server, other, key }, simulator)
    }

    /// Runs a script on a blocking thread, so that the servers can answer.
    async fn run(&self, script: String) -> Output {
        let mut sh = Command::new("sh");
        sh.args([&script, &self.server.uri()]).env("SYNCANO_ACCOUNT_KEY", &self.key);
        tokio::task::spawn_blocking(move || sh.output().unwrap()).await.unwrap()
    }

    /// Returns the received requests as method, path and query.
    async fn seen(&self) -> Vec<String> {
        assert_eq!(self.other.received_requests().await.unwrap().len(), 0, "another host is asked nothing");
        let seen = self.server.received_requests().await.unwrap();
        seen.iter().map(|seen| format!("{} {}", seen.method, &seen.url[Position::BeforePath..])).collect()
    }
}

/// Returns the name of the instance that the script creates.
fn own(seen: &[wiremock::Request]) -> String {
    let made = seen.iter().find(|seen| seen.method.as_str() == "POST" && seen.url.path() == "/v1.1/instances/");
    let body: Value = serde_json::from_slice(&made.unwrap().body).unwrap();
    body["name"].as_str().unwrap().to_owned()
}

#[rstest]
#[case::nothing(None)]
#[case::a_host_after_a_user_name(Some("@OTHER/v1.1/instances/?page=2"))]
#[case::without_a_scheme(Some("//OTHER/v1.1/instances/?page=2"))]
#[case::absolute(Some("http://OTHER/v1.1/instances/?page=2"))]
#[case::below_the_url_of_another(Some("URL@OTHER/v1.1/instances/?page=2"))]
#[case::with_a_parent_path(Some("/v1.1/instances/../account/?page=2"))]
#[case::with_braces(Some("/v1.1/instances/?page={2,3}"))]
#[case::endless(Some("/v1.1/instances/?page=2"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_script_deletes_only_its_own_resources(#[case] next: Option<&str>) {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), "users/shows-nothing-of-others") else { return };
    let (hostile, simulator) = Hostile::start().await;
    let other = hostile.other.uri().replace("http://", "");
    let next = next.map(|next| next.replace("OTHER", &other).replace("URL", &hostile.server.uri()));
    // The names of all created resources contain the name of the script's instance.
    let made = Arc::new(Mutex::new(String::new()));
    let (note, noted) = (Arc::clone(&made), simulator.clone());
    let create = Mock::given(method("POST")).and(path("/v1.1/instances/"));
    let create = create.respond_with(move |request: &wiremock::Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        *note.lock().unwrap() = body["name"].as_str().unwrap().to_owned();
        wiremock::Respond::respond(&noted, request)
    });
    create.with_priority(1).mount(&hostile.server).await;
    let list = Mock::given(method("GET")).and(path("/v1.1/instances/")).respond_with(move |_: &wiremock::Request| {
        let own = made.lock().unwrap().clone();
        let names =
            ["O demo", "demo/?O", "demo/#O", "O/../demo", "O/%2e%2e/demo", "{demo,O}", "[a-z]O", "O\ndemo", "-O", "*O"];
        let objects = names.map(|name| json!({"name": name.replace('O', &own)}));
        ResponseTemplate::new(200).set_body_json(json!({"objects": objects, "next": next, "prev": null}))
    });
    list.with_priority(1).mount(&hostile.server).await;

    let ran = hostile.run(script).await;
    assert_eq!(ran.status.code(), Some(0), "{}{}", stdout(&ran), stderr(&ran));
    let seen = hostile.seen().await;
    let own = own(&hostile.server.received_requests().await.unwrap());
    let removed = seen.iter().filter(|seen| seen.starts_with("DELETE")).collect::<Vec<_>>();
    assert_eq!(removed, [&format!("DELETE /v1.1/instances/{own}/")]);
    let lists = seen.iter().filter(|seen| seen.starts_with("GET /v1.1/instances/?")).count();
    assert!((1..=20).contains(&lists), "{lists}");
    assert!(!simulator.dump().contains(&own), "its instance is removed");
    assert!(simulator.dump().contains("\"demo\""));
}

#[rstest]
#[case::an_id("id", json!("1/../../../demo"))]
#[case::an_id_with_a_query("id", json!("1?x"))]
#[case::an_id_that_ends_json("id", json!("1, \"is_admin\": true"))]
#[case::no_number("id", json!({"$(touch x)": 1}))]
#[case::another_header("user_key", json!("abc\r\nX-Injected: yes"))]
#[case::a_space("user_key", json!("abc def"))]
#[case::a_setting_of_curl("user_key", json!("abc\"\nurl = \"http://OTHER/\""))]
#[case::colours("user_key", json!("\u{1b}[2J\u{202e}\u{2028}\u{9b}31m"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_script_sends_saved_values_only_in_their_expected_form(#[case] member: &'static str, #[case] value: Value) {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), "reset-key/the-old-user-key-is-invalid") else { return };
    let (hostile, simulator) = Hostile::start().await;
    let other = hostile.other.uri();
    let users = Mock::given(method("POST")).and(path_regex("/users/$"));
    let handled = simulator.clone();
    let users = users.respond_with(move |request: &wiremock::Request| {
        let mut inner = Request::builder().method("POST").uri(request.url.path());
        *inner.headers_mut().unwrap() = request.headers.clone();
        let response = handled.handle(inner.body(request.body.clone().into()).unwrap());
        let mut body: Value = serde_json::from_slice(response.body()).unwrap();
        body[member] = serde_json::from_str(&value.to_string().replace("http://OTHER", &other)).unwrap();
        ResponseTemplate::new(response.status().as_u16()).set_body_json(body)
    });
    users.with_priority(1).mount(&hostile.server).await;
    let ran = hostile.run(script).await;
    let said = stdout(&ran) + &stderr(&ran);
    assert_eq!(ran.status.code(), Some(7), "{said}");
    assert!(stderr(&ran).starts_with("untestable: "), "{said}");
    assert!(!said.contains(['\u{1b}', '\u{202e}', '\u{2028}', '\u{9b}', '\r']), "{said:?}");
    let own = own(&hostile.server.received_requests().await.unwrap());
    let base = format!(" /v1.1/instances/{own}/");
    for seen in hostile.seen().await {
        let is_expected = seen.contains(&base) || seen.contains(" /v1.1/instances/") && !seen.contains("demo");
        assert!(is_expected || seen == "GET /v1.1/account/", "{seen}");
    }
    for seen in hostile.server.received_requests().await.unwrap() {
        assert!(!seen.headers.contains_key("x-injected"), "{seen:?}");
    }
    assert!(!simulator.dump().contains(&own), "its instance is removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_cannot_control_a_terminal() {
    let folder = TempDir::new().unwrap();
    let Some(script) = script(folder.path(), "user/answers-a-user") else { return };
    let (hostile, _) = Hostile::start().await;
    let body =
        "\u{1b}]0;title\u{7}\u{1b}[2J\u{202e}txet\u{2069}\u{2028}\u{9b}31m ü 00112233445566778899aabbccddeeff00112233";
    let user = Mock::given(method("GET")).and(path_regex("/user/$"));
    user.respond_with(ResponseTemplate::new(500).set_body_string(body)).with_priority(1).mount(&hostile.server).await;
    let ran = hostile.run(script).await;
    assert_eq!(ran.status.code(), Some(1), "{}{}", stdout(&ran), stderr(&ran));
    let said = stdout(&ran) + &stderr(&ran);
    assert!(said.contains("\\u{1b}[2J\\u{202e}txet\\u{2069}\\u{2028}\\u{9b}31m ü <key>"), "{said}");
    assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{2069}', '\u{2028}', '\u{9b}']), "{said:?}");
}

#[test]
fn a_script_passes_no_key_and_no_password_as_an_argument() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let served = Served::start(&["--defects", "user-key-survives-reset"]);
    let log = folder.path().join("log");
    let tools = folder.path().join("tools");
    std::fs::create_dir(&tools).unwrap();
    // Each wrapper logs the command line of its tool.
    for tool in ["curl", "jq", "grep", "sed", "awk", "head", "tr", "cat", "tail"] {
        let text = format!(
            "#!/bin/sh\nprintf '%s\\n' \"{tool} $*\" >>'{}'\nPATH=$REAL_PATH exec {tool} \"$@\"\n",
            log.display()
        );
        std::fs::write(tools.join(tool), text).unwrap();
        std::fs::set_permissions(tools.join(tool), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = std::env::var("PATH").unwrap();
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    for check in [
        "reset-key/the-old-user-key-is-invalid",
        "user/echoes-no-password-after-patch",
        "users/shows-nothing-of-others",
    ] {
        let Some(script) = script(folder.path(), check) else { return };
        let mut sh = Command::new("sh");
        sh.args([&script, served.url()]).env("SYNCANO_ACCOUNT_KEY", key);
        let ran = sh.env("REAL_PATH", &path).env("PATH", format!("{}:{path}", tools.display())).output().unwrap();
        assert!(matches!(ran.status.code(), Some(0 | 1)), "{}{}", stdout(&ran), stderr(&ran));
    }
    let lines = std::fs::read_to_string(&log).unwrap();
    assert!(lines.contains("curl ") && lines.contains("--path-as-is") && lines.contains("jq "), "{lines}");
    let secret = regex::Regex::new(r"[0-9a-f]{24}|\bw[bcdfghjkmnpqrstvwxz2-9]{23}\b").unwrap();
    assert!(!secret.is_match(&lines), "{:?}", secret.find(&lines));
}
