//! Tests for the hints of failed runs: each names the cause, and how to fix it.

use std::process::Output;
use std::time::Duration;

use rstest::rstest;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::binary::{Served, only, program};

const ACCOUNT_KEY: &str = "00112233445566778899aabbccddeeff00112234";
const API_KEY: &str = "00112233445566778899aabbccddeeff00112235";

/// Runs a scenario on a deployment with this account key.
fn run(url: &str, key: &str, args: &[&str]) -> Output {
    let mut command = program();
    command.args(["run", only!("user/reads"), "--url", url, "--retries", "0", "--rate", "0"]).args(args);
    tokio::task::block_in_place(|| command.env("SYNCANO_ACCOUNT_KEY", key).env("A_KEY", key).output().unwrap())
}

/// Returns stderr with the hint, after it was checked that there is exactly one and nothing else
/// was printed.
#[track_caller]
fn error(output: &Output, code: i32) -> String {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert!(output.stdout.is_empty() && error.starts_with("error: "), "{output:?}");
    assert_eq!(error.matches("hint: ").count(), 1, "{error}");
    error
}

#[track_caller]
fn assert_hints(output: &Output, code: i32, hint: &str) {
    let error = error(output, code);
    let given = error.split_once("hint: ").unwrap().1;
    assert!(given.contains(hint), "expected {hint:?} in the hint of {error}");
}

fn page(status: u16, text: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_string(text)
}

#[rstest]
#[case::basic(page(401, "<h1>401</h1>").insert_header("WWW-Authenticate", "Basic realm=\"s\""), "--basic")]
#[case::a_firewall(page(403, "<html>no</html>"), "whether it admits this machine")]
#[case::an_error_of_the_deployment(page(500, "<h1>Server Error (500)</h1>"), "its log says why")]
#[case::an_error_of_a_gateway(page(503, ""), "check that it is up")]
#[case::http_to_a_tls_port(page(400, "The plain HTTP request was sent to HTTPS port"), "write https:// in the URL")]
#[case::another_server(page(404, "<html>not found</html>"), "the part before /v1.1/")]
#[case::a_web_page(page(200, "<html>welcome</html>"), "the part before /v1.1/")]
#[case::late(page(200, "{}").set_delay(Duration::from_secs(5)), "--timeout")]
#[tokio::test(flavor = "multi_thread")]
async fn the_hint_names_the_cause_of_a_response(#[case] response: ResponseTemplate, #[case] hint: &str) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(response).mount(&server).await;
    assert_hints(&run(&server.uri(), ACCOUNT_KEY, &["--timeout", "1"]), 6, hint);
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_to_another_scheme_and_to_another_host_have_different_hints() {
    let server = MockServer::start().await;
    let there = server.uri().replace("http:", "https:");
    let respond = |to: String| Mock::given(any()).respond_with(page(301, "").insert_header("Location", to));
    let scheme = respond(there.clone()).mount_as_scoped(&server).await;
    assert_hints(&run(&server.uri(), ACCOUNT_KEY, &[]), 6, &format!("begin the URL with {there}"));
    drop(scheme);
    respond("https://elsewhere.example/".to_owned()).mount(&server).await;
    assert_hints(&run(&server.uri(), ACCOUNT_KEY, &[]), 6, "if https://elsewhere.example is the deployment");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hint_names_the_cause_of_a_failed_connection() {
    assert_hints(&run("http://127.0.0.1:1", ACCOUNT_KEY, &[]), 6, "check the host and the port");
    let closing = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", closing.local_addr().unwrap());
    tokio::spawn(async move { while closing.accept().await.is_ok() {} });
    assert_hints(&run(&url, ACCOUNT_KEY, &[]), 6, "write https:// in the URL");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_wrong_kind_is_recognised_by_its_form() {
    let served = Served::start(&[]);
    let user_key = served.ready["users"][0]["user_key"].as_str().unwrap();
    for (key, hint) in [
        (served.ready["api_keys"]["plain"].as_str().unwrap(), "and this is an API key, because its last digit is odd"),
        (user_key, "it is the key of a user or of another deployment"),
        ("not-a-key", "an account key was expected, which is forty hexadecimal digits"),
        ("not\u{1}a-key", "a key is forty hexadecimal digits"),
    ] {
        assert_hints(&run(served.url(), key, &[]), 6, hint);
    }
    let account_key = served.ready["account"]["account_key"].as_str().unwrap();
    for (key, hint) in [
        (account_key, "this is an account key or a user key, because its last digit is even"),
        (user_key, "this is an account key or a user key, because its last digit is even"),
        (API_KEY, "one of another instance or deployment"),
        ("not-a-key", "an API key was expected, which is forty hexadecimal digits"),
    ] {
        assert_hints(&run(served.url(), key, &["--instance", "demo", "--api-key", "plain=env:A_KEY"]), 6, hint);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_instance_is_one_error_before_the_first_scenario() {
    let served = Served::start(&[]);
    let account_key = served.ready["account"]["account_key"].as_str().unwrap();
    let api_key = served.ready["api_keys"]["plain"].as_str().unwrap();
    let cases = [(account_key, vec!["--allow-writes"]), (api_key, vec!["--api-key", "plain=env:A_KEY"])];
    for (key, args) in cases {
        let output = run(served.url(), key, &[&["--instance", "nope"], &args[..]].concat());
        assert!(error(&output, 6).contains("there is no instance nope"), "{output:?}");
        assert_hints(&output, 6, "check the name in --instance");
    }
    let registered = run(served.url(), "", &["--instance", "nope", "--allow-writes", "--register"]);
    assert_hints(&registered, 2, "leave out --instance");
}

#[rstest]
#[case::an_unknown_option(&["--account-key", "ACCOUNT"], "SYNCANO_ACCOUNT_KEY")]
#[case::with_an_equals_sign(&["--account-key=ACCOUNT"], "SYNCANO_ACCOUNT_KEY")]
#[case::in_place_of_a_file(&["--account-key-file", "ACCOUNT"], "SYNCANO_ACCOUNT_KEY")]
#[case::in_place_of_a_target(&["--target", "ACCOUNT"], "SYNCANO_ACCOUNT_KEY")]
#[case::in_place_of_a_word(&["ACCOUNT"], "SYNCANO_ACCOUNT_KEY")]
#[case::in_place_of_a_name(&["--instance", "demo", "--api-key", "plain=env:API"], "plain=env:NAME")]
#[case::in_place_of_a_source(&["--instance", "demo", "--api-key", "plain=API"], "plain=env:NAME")]
#[case::in_the_url(&["--url", "https://API@a.example"], "plain=env:NAME")]
#[case::in_the_query(&["--url", "https://a.example/?api_key=API"], "plain=env:NAME")]
fn a_key_on_the_command_line_is_exposed_and_the_hint_says_where_it_belongs(#[case] args: &[&str], #[case] place: &str) {
    let args = args.iter().map(|arg| arg.replace("ACCOUNT", ACCOUNT_KEY).replace("API", API_KEY)).collect::<Vec<_>>();
    let url: &[&str] = if args[0] == "--url" { &[] } else { &["--url", "http://127.0.0.1:1"] };
    let words: &[&str] = if args[0] == ACCOUNT_KEY { &[] } else { &[only!("user/reads")] };
    let output =
        program().arg("run").args(words).args(url).args(args).env("SYNCANO_ACCOUNT_KEY", "x").output().unwrap();
    let error = error(&output, if words.is_empty() { 4 } else { 2 });
    for part in ["is exposed now", "the list of processes", "replace it", place] {
        assert!(error.contains(part), "{part} is missing: {error}");
    }
    let hint = error.split_once("hint: ").unwrap().1;
    assert!(!hint.contains("--account-key-file"), "{error}");
    assert!(!error.contains(ACCOUNT_KEY) && !error.contains(API_KEY), "{error}");
}

#[rstest]
#[case::a_short_key(&["--account-key", "bcdfghjk"], "no option takes a key itself")]
#[case::a_password(&["--instance", "demo", "--user", "alice=bcdfghjk"], "if the value is a password")]
#[case::of_a_proxy(&["--proxy", "http://a.example", "--proxy-user", "alice=bcdfghjk"], "if the value is a password")]
#[case::in_the_url(&["--url", "https://alice:bcdfghjk@a.example"], "If this was a password")]
fn a_password_on_the_command_line_is_exposed_too(#[case] args: &[&str], #[case] hint: &str) {
    let url: &[&str] = if args[0] == "--url" { &[] } else { &["--url", "http://127.0.0.1:1"] };
    let output = program().args(["run", only!("user/reads")]).args(url).args(args).output().unwrap();
    assert_hints(&output, 2, hint);
    let error = error(&output, 2);
    assert!(error.contains("is exposed now") && !error.contains("bcdfghjk"), "{error}");
}
