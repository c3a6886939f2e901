//! Tests for deployments behind a server that asks for a login: HTTP Basic authentication.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::binary::{only, program, stderr, stdout};

const LOGIN: &str = "alice:bcdfghjk-lmnp";
const PASSWORD: &str = "bcdfghjk-lmnp";

/// A server that forwards requests with the login to a simulator, without the login.
struct Front(Simulator);

impl Respond for Front {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let login = format!("Basic {}", BASE64_STANDARD.encode(LOGIN));
        let mut request = request.clone();
        let given = request.headers.remove("authorization");
        if given.as_ref().is_some_and(|given| given.as_bytes() == login.as_bytes()) {
            return self.0.respond(&request);
        }
        let rejection = ResponseTemplate::new(401).insert_header("WWW-Authenticate", "Basic realm=\"staging\"");
        rejection.set_body_string(format!("you sent {given:?}"))
    }
}

async fn deployment() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(Front(Simulator::builder().build())).mount(&server).await;
    server
}

/// Runs the program in a folder, with a login in the environment.
fn run(folder: &Path, login: &str, args: &[&str]) -> Output {
    let mut command = program();
    command.args(args).current_dir(folder).env("A_LOGIN", login);
    tokio::task::block_in_place(|| command.output().unwrap())
}

#[track_caller]
fn assert_hidden(text: &str) {
    for secret in [PASSWORD.to_owned(), BASE64_STANDARD.encode(LOGIN)] {
        assert!(!text.contains(&secret), "{secret} is shown in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_has_the_login_and_no_output_shows_it() {
    let (server, folder) = (deployment().await, TempDir::new().unwrap());
    let uri = server.uri();
    let all = ["run", "user/reads", "transport/authorization", "--url", &uri, "--register", "--allow-writes"];
    let reports = ["json", "html", "junit", "markdown", "tap"].map(|format| format!("{format}=report.{format}"));
    let reports = reports.iter().flat_map(|report| ["--report", report]).collect::<Vec<_>>();
    let more = ["--basic", "env:A_LOGIN", "--trace", "trace", "--log", "trace", "-v"];
    let output = run(folder.path(), LOGIN, &[&all[..], &more, &reports].concat());
    let said = [stdout(&output), stderr(&output)].concat();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let judged = run(folder.path(), LOGIN, &["judge", "trace", "user/reads", "transport/authorization"]);
    assert_eq!(judged.status.code(), Some(0), "{judged:?}");
    for said in [&said, &stdout(&judged)] {
        assert!(said.contains("need the Authorization header (--basic uses it)"), "{said}");
        assert_hidden(said);
    }
    for file in fs::read_dir(folder.path()).unwrap() {
        assert_hidden(&fs::read_to_string(file.unwrap().path()).unwrap());
    }
    let report: Value = serde_json::from_str(&fs::read_to_string(folder.path().join("report.json")).unwrap()).unwrap();
    let request = report["scenarios"].as_array().unwrap().iter().find_map(|one| one["checks"][0]["request"].as_str());
    assert!(request.unwrap().contains(" -u \"${SYNCANO_BASIC}\" "), "{request:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_wrong_login_is_an_error_that_does_not_show_it() {
    let (server, folder) = (deployment().await, TempDir::new().unwrap());
    let uri = server.uri();
    let rejected = |login: &str, args: &[&str], code: i32, part: &str| {
        let all = ["run", only!("user/reads"), "--url", &uri, "--register", "--allow-writes"];
        let output = run(folder.path(), login, &[&all[..], args].concat());
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(part), "{part} is missing in {error}");
        let shown = BASE64_STANDARD.encode(login);
        assert!(!error.contains("xzxzxzxz") && (login.is_empty() || !error.contains(&shown)), "{error}");
    };
    rejected("", &[], 6, "hint: a server in front of the API asks for a user name and a password");
    rejected("alice:xzxzxzxz", &["--basic", "env:A_LOGIN"], 6, "give them with --basic env:NAME");
    rejected("xzxzxzxz", &["--basic", "env:A_LOGIN"], 2, "it is not of the form user:password");
    rejected("", &["--basic", "alice:xzxzxzxz"], 2, "if the value is the login, it is exposed now");
    rejected(
        "",
        &["--basic", "env:NO_LOGIN"],
        2,
        "NO_LOGIN is not set\n  hint: name its place with --proxy-user or --basic",
    );
    let on_simulator = run(folder.path(), LOGIN, &["run", "--basic", "env:A_LOGIN"]);
    assert!(stderr(&on_simulator).contains("--basic has no effect on the built-in"), "{on_simulator:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_names_the_source_of_the_login_and_a_plan_does_not_need_it() {
    let (server, folder) = (deployment().await, TempDir::new().unwrap());
    let profile = format!(
        "[target.a]\nurl = \"{}\"\nregister = true\nwrites = true\nrate = 0\nbasic = {{ file = \"login\" }}\n",
        server.uri()
    );
    fs::write(folder.path().join("conformance.toml"), profile).unwrap();
    let args = ["--target", "a", "user/reads", "transport/authorization"];
    let plan = run(folder.path(), "", &[&["plan"], &args[..]].concat());
    assert_eq!(plan.status.code(), Some(0), "{plan:?}");
    assert!(stderr(&plan).contains("login: No such file") && stdout(&plan).contains("(--basic uses it)"), "{plan:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
    fs::write(folder.path().join("login"), format!("{LOGIN}\n")).unwrap();
    let done = run(folder.path(), "", &[&["run"], &args[..]].concat());
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let sent =
        stdout(&plan).lines().find_map(|line| line.strip_prefix("send ")?.split_whitespace().next()?.parse().ok());
    assert_eq!(sent, Some(server.received_requests().await.unwrap().len()), "{}", stdout(&plan));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_script_takes_the_login_from_a_variable() {
    if ["curl", "jq"].iter().any(|tool| Command::new(tool).arg("--version").output().is_err()) {
        println!("skipped: curl or jq is not here");
        return;
    }
    let (server, folder) = (MockServer::start().await, TempDir::new().unwrap());
    let simulator = Simulator::builder().build();
    let account = DemoWorld::create(&simulator).unwrap().account.account_key.to_string();
    Mock::given(any()).respond_with(Front(simulator)).mount(&server).await;
    let script = run(folder.path(), "", &["repro", "user/answers-a-user"]);
    fs::write(folder.path().join("repro.sh"), script.stdout).unwrap();
    let uri = server.uri();
    let code = |login: &str| {
        let mut shell = Command::new("sh");
        shell.args(["repro.sh", &uri]).current_dir(folder.path()).env("SYNCANO_ACCOUNT_KEY", &account);
        tokio::task::block_in_place(|| shell.env("SYNCANO_BASIC", login).output().unwrap())
    };
    let done = code(LOGIN);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert_eq!(code("").status.code(), Some(7), "nothing can be created without the login");
    let malformed = code(PASSWORD);
    assert_eq!((malformed.status.code(), stderr(&malformed).contains(PASSWORD)), (Some(2), false), "{malformed:?}");
}
