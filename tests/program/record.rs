//! Tests for `record`: the snapshots it writes, and the cases in which it writes nothing.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Mutex;

use bytes::Bytes;
use serde_json::Value;
use syncano_simulator::Simulator;
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::binary::{output, stderr, stdout};

/// A scenario that checks how a user sees their own account, with a positive control.
const SCENARIO: &str = r#"
title: A user looks "the same"
given: {users: [alice]}
steps:
  - name: the administrator sees her
    as: account
    send: GET /users/
    checks: [{id: looks/there, witness: true, at: "$.objects[*].id", contains: '["{{alice.id}}"]'}]
  - {name: she sees herself, as: alice, send: GET /user/, checks: [{id: looks/user, snapshot: user}]}
  - {name: she sees the groups, as: alice, send: GET /groups/, checks: [{id: looks/groups, snapshot: groups}]}
"#;

/// A suite in a temporary folder, with an empty snapshot folder.
struct SuiteFolder(TempDir);

impl SuiteFolder {
    fn new() -> SuiteFolder {
        let suite = SuiteFolder(TempDir::new().unwrap());
        fs::create_dir_all(suite.path("scenarios/a")).unwrap();
        fs::create_dir(suite.path("snapshots")).unwrap();
        fs::write(suite.path("scenarios/a/looks.yaml"), SCENARIO).unwrap();
        suite
    }

    fn path(&self, below: &str) -> std::path::PathBuf {
        self.0.path().join(below)
    }

    /// Runs a command in the folder with its suite.
    fn output(&self, args: &[&str]) -> Output {
        let suite = ["--scenarios", "scenarios", "--snapshots", "snapshots"];
        crate::binary::program().args(args).args(suite).current_dir(self.0.path()).output().unwrap()
    }

    /// Returns the files below the snapshot folder.
    fn snapshots(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.path("snapshots")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => found.push(entry.file_name().into_string().unwrap()),
                }
            }
        }
        found.sort();
        found
    }
}

/// Returns the content of a snapshot without its header.
fn content(file: &Path) -> String {
    fs::read_to_string(file).unwrap().splitn(3, "---\n").nth(2).unwrap().to_owned()
}

#[test]
fn a_recorded_snapshot_passes_and_is_not_rewritten() {
    let suite = SuiteFolder::new();
    let before = suite.output(&["run"]);
    assert_eq!(before.status.code(), Some(5), "{}", stdout(&before));
    assert!(stderr(&before).contains("run `record` to create it"), "{}", stderr(&before));

    let recorded = suite.output(&["record"]);
    assert_eq!(recorded.status.code(), Some(0), "{}{}", stdout(&recorded), stderr(&recorded));
    assert_eq!(suite.snapshots(), ["groups.snap", "user.snap"]);
    let file = suite.path("snapshots/a/looks/user.snap");
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("\n  target: \"simulator\"\n") && text.contains("\"user_key\": \"<alice.user_key>\""),
        "{text}"
    );
    let run = suite.output(&["run"]);
    assert_eq!(run.status.code(), Some(0), "{}", stdout(&run));

    // Changes the provenance of both snapshots and the content of one.
    let marked = text.replace("simulator", "of old");
    fs::write(&file, &marked).unwrap();
    let groups = suite.path("snapshots/a/looks/groups.snap");
    let right = content(&groups);
    fs::write(&groups, "---\nsource: old\n---\n500\n").unwrap();
    let again = suite.output(&["record"]);
    assert_eq!(again.status.code(), Some(0), "{}", stdout(&again));
    assert!(stdout(&again).contains("- 500"), "what changed is shown: {}", stdout(&again));
    assert_eq!(content(&groups), right);
    assert_eq!(fs::read_to_string(&file).unwrap(), marked, "what did not change keeps its provenance");
}

#[test]
fn insta_reads_a_recorded_snapshot() {
    let suite = SuiteFolder::new();
    assert_eq!(suite.output(&["record", "a/looks"]).status.code(), Some(0));
    let folder = suite.path("snapshots/a/looks");
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("user", content(&folder.join("user.snap"))));
    let text = fs::read_to_string(folder.join("user.snap")).unwrap();
    assert!(text.contains(r#"description: "A user looks \"the same\"""#), "{text}");
    assert_eq!(suite.snapshots().len(), 2, "nothing new beside them");
}

#[test]
fn nothing_is_recorded_if_a_witness_fails() {
    let suite = SuiteFolder::new();
    let recorded = suite.output(&["record", "--defects", "every-list-is-empty"]);
    assert_eq!(recorded.status.code(), Some(1), "{}", stdout(&recorded));
    assert!(stdout(&recorded).contains("its world cannot be seen"), "{}", stdout(&recorded));
    assert_eq!(suite.snapshots(), [""; 0]);
}

/// Starts a simulator whose answer to `GET /user/` differs at each request.
async fn unsteady() -> MockServer {
    let (simulator, count) = (Simulator::builder().build(), Mutex::new(0));
    let server = MockServer::builder().disable_request_recording().start().await;
    let answer = move |request: &Request| {
        let mut sent = http::Request::new(Bytes::from(request.body.clone()));
        *sent.method_mut() = request.method.clone();
        *sent.uri_mut() = request.url[url::Position::BeforePath..].parse().unwrap();
        *sent.headers_mut() = request.headers.clone();
        let is_user = request.method == "GET" && request.url.path().ends_with("/user/");
        let response = simulator.handle(sent);
        let template = ResponseTemplate::new(response.status());
        if !is_user {
            return template.set_body_raw(response.body().to_vec(), "application/json");
        }
        let mut count = count.lock().unwrap();
        *count += 1;
        let body = String::from_utf8(response.body().to_vec()).unwrap();
        template.set_body_raw(body.replacen('{', &format!("{{\"counted\": {count}, "), 1), "application/json")
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_recorded_if_two_runs_differ() {
    let suite = SuiteFolder::new();
    let server = unsteady().await;
    let url = server.uri();
    let recorded = suite.output(&["record", "--url", &url, "--register", "--allow-writes"]);
    assert_eq!(recorded.status.code(), Some(1), "{}{}", stdout(&recorded), stderr(&recorded));
    let said = stdout(&recorded);
    assert!(said.contains("a/looks/user: the response differs from that of another run"), "{said}");
    let (_, counted) = said.split_once("      $.counted (id \"<alice.id:int>\")\n").unwrap_or_else(|| panic!("{said}"));
    let signs = counted.lines().take_while(|line| !line.is_empty()).map(|line| line.trim_start().split(' ').next());
    assert_eq!(signs.collect::<Vec<_>>(), [Some("-"), Some("+")], "{said}");
    assert!(!said.contains("a/looks/groups"), "that one was the same: {said}");
    assert_eq!(suite.snapshots(), [""; 0]);
    let unwritten = suite.output(&["record", "--url", &url, "--register"]);
    assert_eq!(unwritten.status.code(), Some(4), "nothing may be made there: {}", stdout(&unwritten));
}

#[test]
fn a_wrong_command_line_records_nothing() {
    let folder = TempDir::new().unwrap();
    let nowhere = folder.path().join("snapshots").display().to_string();
    assert_eq!(output(&["record", "--snapshots", &nowhere]).status.code(), Some(2), "the folder has to exist");
    fs::create_dir(&nowhere).unwrap();
    assert_eq!(output(&["record", "--snapshots", &nowhere, "--runs", "1"]).status.code(), Some(2));
    assert_eq!(output(&["record", "--snapshots", &nowhere, "login"]).status.code(), Some(4), "it has no snapshot");
    assert_eq!(fs::read_dir(&nowhere).unwrap().count(), 0);
}

/// Starts a simulator that answers `GET /groups/?page_size=7` with this body.
async fn with_groups(body: &'static [u8]) -> MockServer {
    let simulator = Simulator::builder().build();
    let server = MockServer::builder().disable_request_recording().start().await;
    let answer = move |request: &Request| {
        let mut sent = http::Request::new(Bytes::from(request.body.clone()));
        *sent.method_mut() = request.method.clone();
        *sent.uri_mut() = request.url[url::Position::BeforePath..].parse().unwrap();
        *sent.headers_mut() = request.headers.clone();
        let response = simulator.handle(sent);
        let is_groups = request.url.query() == Some("page_size=7");
        let body = if is_groups { body.to_vec() } else { response.body().to_vec() };
        let form = if is_groups { "text/plain" } else { "application/json" };
        ResponseTemplate::new(response.status()).set_body_raw(body, form)
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn invisible_characters_are_recorded_and_distinguished() {
    let suite = SuiteFolder::new();
    let scenario = SCENARIO.replace("GET /groups/", "GET /groups/?page_size=7");
    fs::write(suite.path("scenarios/a/looks.yaml"), scenario).unwrap();
    let bodies: [&[u8]; 7] = [
        b"one\r\ntwo\r\n",
        b"one\0",
        b"\x1b[31mone",
        "one\u{85}two".as_bytes(),
        b"one \xfe",
        b"one \xff",
        b"one \ntwo\t",
    ];
    for body in bodies {
        let server = with_groups(body).await;
        let (url, args) = (server.uri(), ["--register", "--allow-writes"]);
        // The built-in check of the form of answers fails in each run, because these are no JSON.
        let verdict = || {
            let run = suite.output(
                &[&["run", "--no-diagnosis", "--report", "json=run.json", "--url", &url], args.as_slice()].concat(),
            );
            // Without a snapshot nothing runs.
            let report = fs::read(suite.path("run.json")).unwrap_or_else(|_| b"{}".to_vec());
            let report: Value = serde_json::from_slice(&report).unwrap();
            let mut checks = report["scenarios"][0]["checks"].as_array().into_iter().flatten();
            let groups = checks.find(|check| check["id"] == "looks/groups").unwrap_or(&Value::Null);
            (groups["verdict"].clone(), format!("{body:?}: {}{}", stdout(&run), stderr(&run)))
        };
        let (before, said) = verdict();
        assert_ne!(before, "pass", "it is not what another body recorded: {said}");
        let recorded = suite.output(&[&["record", "--url", &url], args.as_slice()].concat());
        assert_eq!(recorded.status.code(), Some(0), "{body:?}: {}{}", stdout(&recorded), stderr(&recorded));
        let (after, said) = verdict();
        assert_eq!(after, "pass", "{said}");
    }
}
