//! Tests for `sweep`: the resources it deletes, and its messages when it deletes nothing.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::json;
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{UsedDeployment, said};

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_deletes_the_resources_that_a_run_could_not() {
    let deployment = UsedDeployment::new().await;
    let before = deployment.snapshot();
    let server = MockServer::start().await;
    let unwilling = Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(403)).with_priority(1);
    let unwilling = unwilling.mount_as_scoped(&server).await;
    Mock::given(any()).respond_with(deployment.simulator.clone()).mount(&server).await;
    let (url, suite) = (server.uri(), deployment.suite().display().to_string());
    let run = |args: &[&str]| deployment.program(&url, args).output().unwrap();
    let output = run(&[
        "run",
        "kill/batch",
        "--allow-writes",
        "--access-table",
        "off",
        "--scenarios",
        &suite,
        "--instance",
        "demo",
    ]);
    assert_eq!(output.status.code(), Some(8), "{}", said(&output));
    let command = format!("syncano-conformance sweep --url {url}");
    let words = said(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("this command deletes the remaining resources: {command}")), "{words}");
    assert!(said(&output).contains(&format!("{command}\n")), "a command is not broken: {}", said(&output));

    let output = run(&["sweep"]);
    assert_eq!(output.status.code(), Some(8), "{}", said(&output));
    drop(unwilling);
    let output = run(&["sweep"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(deployment.snapshot(), before);
    assert_eq!(said(&run(&["sweep"])), "no run left any resources behind\n");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_command_is_quoted_and_a_journal_cannot_control_a_terminal() {
    let deployment = UsedDeployment::new().await;
    let killed = fs::read_to_string(deployment.killed()).unwrap();
    let journal = deployment.journals().join("it's; a $(journal) \u{202e}x.jsonl");
    fs::rename(deployment.journals().join("killed.jsonl"), &journal).unwrap();
    let program = |args: &[&str]| {
        let mut program = Command::new(crate::binary::path());
        program.env("XDG_STATE_HOME", deployment.folder.path().join("other")).env_remove("SYNCANO_ACCOUNT_KEY");
        program.arg("sweep").arg("--journal").arg(&journal).args(args).output().unwrap()
    };
    let output = program(&[]);
    let command = stdout_line(&output, "  to delete them: syncano-conformance ");
    let read = Command::new("bash").args(["-c", &format!("printf '%s\\n' {command}")]).output().unwrap();
    let url = deployment.running.url();
    let words = format!("sweep\n--url\n{url}\n--journal\n{}\n", journal.display());
    assert_eq!(String::from_utf8(read.stdout).unwrap(), words, "{}", said(&output));

    // A journal can come from another author and hold hostile text.
    let hostile = "https://a.example/;touch x\\u001b[2J\\u202e\\n::error::";
    let email = json!({"event": "account", "email": "a\u{1b}[2J\n\u{2028}b", "registered": true});
    fs::write(&journal, format!("{}{email}\n", killed.replacen(url, hostile, 1))).unwrap();
    let output = program(&[]);
    let shown = said(&output);
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{2028}', '\r']), "{shown:?}");
    assert!(shown.contains("a\\u{1b}[2J\\u{a}\\u{2028}b may have been registered"), "{shown}");
    assert!(
        shown.contains(r"--url $'https://a.example/;touch x\033[2J\342\200\256\012::error::' --journal "),
        "{shown}"
    );
}

/// Returns the rest of the first stdout line that starts with `begin`.
fn stdout_line(output: &Output, begin: &str) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    stdout.lines().find_map(|line| line.strip_prefix(begin)).unwrap_or_else(|| panic!("{}", said(output))).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_with_a_stronger_key_deletes_the_users_that_an_app_cannot() {
    let deployment = UsedDeployment::new().await;
    let before = deployment.snapshot();
    let profile = |ignore_acl: &str| {
        let path = deployment.folder.path().join("conformance.toml");
        let keys = "api_keys.plain = { env = \"PLAIN\" }\napi_keys.allow_user_create = { env = \"MAKER\" }\n";
        let url = deployment.running.url();
        let text = format!("[target.shop]\nurl = \"{url}\"\ninstance = \"demo\"\nwrites = true\n{keys}{ignore_acl}");
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let run = |args: &[&str]| {
        let mut program = deployment.program(deployment.running.url(), args);
        program.env_remove("SYNCANO_ACCOUNT_KEY");
        program.env("PLAIN", deployment.world.api_keys.plain.to_string());
        program.env("MAKER", deployment.world.api_keys.allow_user_create.to_string());
        program.env("REMOVER", deployment.world.api_keys.ignore_acl.to_string());
        program.output().unwrap()
    };
    let suite = deployment.suite().display().to_string();
    let (config, target) = (profile(""), ["--target", "shop", "--config"]);
    let output = run(&[&["run", "app", "--scenarios", &suite], &target[..], &[&config]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let words = said(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("such a key cannot delete it"), "{words}");
    assert!(said(&output).contains("sweep --target shop\n"), "{}", said(&output));

    let output = run(&[&["sweep"], &target[..], &[&config]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("or an API key with ignore_acl"), "{}", said(&output));
    let config = profile("api_keys.ignore_acl = { env = \"REMOVER\" }\n");
    let output = run(&[&["sweep"], &target[..], &[&config]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(deployment.files(), Vec::<PathBuf>::new());
    assert_eq!(deployment.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_sends_nothing_to_a_deployment_that_was_not_named() {
    let deployment = UsedDeployment::new().await;
    let journal = deployment.killed();
    let world = deployment.snapshot();
    let elsewhere = MockServer::start().await;
    let url = deployment.running.url();
    let command = format!("to delete them: syncano-conformance sweep --url {url}\n");
    let here = deployment.program(url, &["sweep", "--dry-run"]).output().unwrap();
    let elsewhere_named = deployment.program(&elsewhere.uri(), &["sweep"]).output().unwrap();
    for (output, code) in [(here, 8), (elsewhere_named, 0)] {
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(said(&output).contains(&command), "{}", said(&output));
    }
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
    assert_eq!(deployment.snapshot(), world, "and where it was made nothing was removed");
    assert!(journal.exists());
    assert!(deployment.sweep() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_writable_journal_nothing_is_sent() {
    let deployment = UsedDeployment::new().await;
    let server = MockServer::start().await;
    let taken = deployment.journals().join("taken.jsonl");
    fs::write(&taken, "").unwrap();
    let suite = deployment.suite().display().to_string();
    for (journal, what) in [("/nowhere/at/all.jsonl", "cannot be written"), (taken.to_str().unwrap(), "exists already")]
    {
        let args = ["run", "--allow-writes", "--register", "--scenarios", &suite, "--journal", journal];
        let output = deployment.program(&server.uri(), &args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(what) && said(&output).contains("--journal"), "{}", said(&output));
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}
