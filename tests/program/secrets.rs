//! Tests that no output of a run contains a key or a password that the run knew, in any encoding
//! and after any error.
//!
//! The program runs with every output enabled against a simulator behind a recorder. The recorder
//! collects every key and password in requests and answers, and can change answers. The tests then
//! search all outputs for them.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aho_corasick::{AhoCorasick, Match};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rstest::rstest;
use serde_json::Value;
use syncano_conformance::defects;
use syncano_simulator::{PollWait, Simulator};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::binary::{self, whole_suite};

/// Options for every output of a run besides stdout and stderr. `{}` is a folder; the tests search
/// all files in it.
const OUTPUTS: &[[&str; 2]] = &[
    ["--log", "trace"],
    ["--trace", "{}/trace.jsonl"],
    ["--report", "json={}/report.json"],
    ["--report", "junit={}/report.xml"],
    ["--report", "tap={}/report.tap"],
    ["--report", "markdown={}/report.md"],
    ["--report", "github={}/report.txt"],
    ["--report", "html={}/report.html"],
];

/// Returns the answer to a request, or `None` to close the connection. The function argument
/// returns the simulator's own answer.
type SpoiledAnswer = fn(&Parts, &Bytes, Simulated<'_>) -> Option<Response<Bytes>>;
type Simulated<'a> = &'a dyn Fn() -> Response<Bytes>;

#[tokio::test(flavor = "multi_thread")]
async fn a_passing_run_shows_no_secret() {
    let deployment = WatchedDeployment::spoiled(|_, _, answer| Some(answer())).await;
    let run = Run::of(
        &deployment,
        if whole_suite() { &[] } else { &["user/reads", "user/password", "reset-key/", "login/guesses"] },
    );
    assert_eq!(run.code, Some(0), "{}", run.end());
    assert!(run.said.contains(" TRACE scenario{name=user/reads}:step{who=alice}: sent GET /v1.1/"), "all is logged");
    assert!(deployment.known().len() > 100, "the run knew secrets: {}", deployment.known().len());
    run.shows_none_of(&deployment.known());
}

/// Defects that leak keys and passwords.
const LEAKS: [&str; 6] = [
    "failed-login-shows-password",
    "groups-show-keys-of-members",
    "instance-shows-owners-key",
    "links-carry-keys",
    "password-shown",
    "user-key-survives-reset",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_run_against_a_leaking_target_shows_no_secret() {
    let leaks = LEAKS.map(|name| defects::named(name).unwrap());
    let deployment = defects::around(&Simulator::builder().build(), &leaks);
    let deployment = WatchedDeployment::serve(deployment, |_, _, answer| Some(answer())).await;
    let mut words = vec!["format/", "instances/apart", "login/wrong", "reset-key/by-the-user", "user/password"];
    if !whole_suite() {
        words.push("--no-diagnosis");
    }
    let run = Run::of(&deployment, &words);
    assert_eq!(run.code, Some(1), "{}", run.end());
    run.shows_none_of(&deployment.known());
}

#[rstest]
#[case::plain(|sent: String| sent)]
#[case::in_capitals(|sent: String| sent.to_uppercase())]
#[case::backwards(|sent: String| sent.chars().rev().collect())]
#[case::for_a_url(|sent: String| sent.bytes().map(|byte| format!("%{byte:02X}")).collect())]
#[case::for_json(|sent: String| sent.chars().map(|c| format!("\\u{:04x}", c as u32)).collect())]
#[case::for_html(|sent: String| sent.chars().map(|c| format!("&#{};", c as u32)).collect())]
#[case::as_digits(|sent: String| sent.bytes().map(|byte| format!("{byte:02x}")).collect())]
#[case::in_base64(|sent: String| BASE64_STANDARD_NO_PAD.encode(sent))]
#[case::in_base64_after_one(|sent: String| BASE64_STANDARD_NO_PAD.encode(format!("a{sent}")))]
#[case::in_base64_after_two(|sent: String| BASE64_STANDARD_NO_PAD.encode(format!("ab{sent}")))]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_against_an_echoing_target_shows_no_secret(#[case] write: fn(String) -> String) {
    let deployment = WatchedDeployment::spoiled(move |request, body, answer| {
        let path = request.uri.path();
        let spoilt = path.ends_with("/user/") || path.ends_with("/user/auth/") || path.ends_with("/reset_key/");
        if spoilt { rejection(write(sent(request, body))) } else { Some(answer()) }
    })
    .await;
    let words = ["user/reads", "login/guesses", "reset-key/by-the-administrator", "--no-diagnosis"];
    let run = Run::of(&deployment, &words);
    assert_eq!(run.code, Some(1), "{}", run.end());
    run.shows_none_of(&deployment.known());
}

#[rstest]
#[case(6, nobody_can_register)]
#[case(6, an_account_has_no_key)]
#[case(6, no_world_can_be_made)]
#[case(1, no_answer_comes)]
#[case(8, nothing_can_be_removed)]
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_run_shows_no_secret(#[case] code: i32, #[case] spoil: SpoiledAnswer) {
    let deployment = WatchedDeployment::spoiled(spoil).await;
    let run = Run::of(&deployment, &["user/reads", "user/password", "--no-diagnosis"]);
    assert_eq!(run.code, Some(code), "{}", run.end());
    run.shows_none_of(&deployment.known());
}

fn nobody_can_register(request: &Parts, body: &Bytes, answer: Simulated<'_>) -> Option<Response<Bytes>> {
    let spoilt = request.uri.path().ends_with("/account/register/");
    if spoilt { rejection(sent(request, body)) } else { Some(answer()) }
}

fn an_account_has_no_key(request: &Parts, _: &Bytes, answer: Simulated<'_>) -> Option<Response<Bytes>> {
    let spoilt = request.uri.path().ends_with("/account/register/");
    let renamed = |body: Bytes| String::from_utf8_lossy(&body).replace("account_key", "key_of_the_account").into();
    Some(if spoilt { answer().map(renamed) } else { answer() })
}

fn no_world_can_be_made(request: &Parts, body: &Bytes, answer: Simulated<'_>) -> Option<Response<Bytes>> {
    if request.uri.path().ends_with("/users/") { rejection(sent(request, body)) } else { Some(answer()) }
}

fn no_answer_comes(request: &Parts, _: &Bytes, answer: Simulated<'_>) -> Option<Response<Bytes>> {
    if request.uri.path().ends_with("/user/") { None } else { Some(answer()) }
}

fn nothing_can_be_removed(request: &Parts, body: &Bytes, answer: Simulated<'_>) -> Option<Response<Bytes>> {
    let spoilt = request.method == Method::DELETE && request.uri.path().split('/').count() == 5;
    if spoilt { removal_rejection(sent(request, body)) } else { Some(answer()) }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_shows_no_secret() {
    let (seen, mut sees) = tokio::sync::mpsc::unbounded_channel();
    let deployment = WatchedDeployment::spoiled(move |_, _, answer| {
        let _ = seen.send(());
        Some(answer())
    })
    .await;
    let folder = TempDir::new().unwrap();
    let running = start(&deployment, &[], folder.path());
    for _ in 0..300 {
        sees.recv().await.unwrap();
    }
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    let run = Run::ended(running, folder.path());
    assert_eq!(run.code, Some(130), "{}", run.end());
    run.shows_none_of(&deployment.known());
}

/// Workflow commands of GitHub Actions, and characters that reverse text or end a line.
const HOSTILE: &str = "\n::error::pwned\n \t::add-mask::a\n\u{a0}::stop-commands::x\nb ##[group]c ##[add-mask]d\n\
    \u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{2028}\u{2029}\u{200e}\u{200f}\u{61c}\u{9b}31m\u{1b}[2J";

#[tokio::test(flavor = "multi_thread")]
async fn text_of_a_target_is_no_workflow_command_and_cannot_reverse_text() {
    let hostile = |text: &str| {
        // The text is longer than a line, so that each wrapped line starts with a command.
        let words = "::error::pwned ".repeat(40);
        format!("{words}{HOSTILE}{text}")
    };
    let deployment = WatchedDeployment::spoiled(move |request, _, answer| match request.uri.path() {
        path if path.ends_with("/user/") => rejection(hostile("")),
        path if path.ends_with("/groups/") && request.method == Method::POST => rejection(hostile("no")),
        path if request.method == Method::DELETE && path.split('/').count() == 5 => removal_rejection(hostile("never")),
        _ => Some(answer()),
    })
    .await;
    let run = Run::of(&deployment, &["user/reads", "groups/created", "--no-diagnosis"]);
    assert!(run.files["stdout"].contains("pwned"), "{}", run.end());
    for file in ["stdout", "stderr"] {
        is_no_command(&run.files[file]);
    }
    for (file, text) in &run.files {
        // A trace keeps the original answers, so that `judge` can read them again.
        let hidden = text.chars().find(|c| HOSTILE.contains(*c) && !c.is_ascii() && *c != '\u{a0}');
        assert!(hidden.is_none() || file == "trace.jsonl", "{file}: {hidden:?}");
        assert!(!text.contains('\u{1b}'), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_report_is_no_workflow_command_and_cannot_reverse_text() {
    let deployment = WatchedDeployment::spoiled(|request, _, answer| match request.uri.path().ends_with("/user/") {
        true => rejection("the answer of the target".to_owned()),
        false => Some(answer()),
    })
    .await;
    let folder = TempDir::new().unwrap();
    Run::ended(start(&deployment, &["user/reads", "--no-diagnosis"], folder.path()), folder.path());
    let path = folder.path().join("report.json");
    let written = serde_json::to_string(HOSTILE).unwrap();
    let report = std::fs::read_to_string(&path).unwrap();
    let report = report.replace("the answer of the target", written.trim_matches('"'));
    let mut report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let cause =
        serde_json::json!({"names": [HOSTILE], "wrong": HOSTILE, "right": HOSTILE, "explains": [HOSTILE], "checks": 1});
    report["diagnosis"] = serde_json::json!({"failures": 2, "causes": [cause], "unexplained": [HOSTILE]});
    std::fs::write(&path, report.to_string()).unwrap();
    for format in [None, Some("json"), Some("junit"), Some("tap"), Some("markdown"), Some("html"), Some("github")] {
        let mut program = Command::new(binary::path());
        program.args(["report", "-v"]).arg(&path).args(format.map(|format| format!("--format={format}")));
        let output = program.env("GITHUB_ACTIONS", "true").output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(format == Some("github") || said.contains("pwned"), "{said}");
        match format {
            // The format `github` prints its own workflow commands.
            Some("github") => {
                assert!(said.starts_with("::error title=what is broken::"), "{said}");
                assert!(
                    said.lines().all(|line| line.starts_with("::error ") || line.starts_with("::notice")),
                    "{said}"
                );
                assert!(!said.contains("##["), "{said}");
            }
            _ => is_no_command(&said),
        }
        assert!(!said.chars().any(|c| c != '\u{a0}' && !c.is_ascii() && HOSTILE.contains(c)), "{format:?}: {said}");
        assert!(!said.contains('\u{1b}'), "{format:?}: {said}");
        if format == Some("json") {
            serde_json::from_str::<Value>(&said).unwrap();
        }
    }
}

/// Checks that the output has no workflow command. GitHub Actions reads `::` at the start of a line
/// and `##[` anywhere.
fn is_no_command(printed: &str) {
    for line in printed.split(['\n', '\r']) {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line:?}");
    }
}

const KEY: &str = "00112233445566778899aabbccddeeff00112233";

#[rstest]
#[case::a_word(&["run", KEY], 4)]
#[case::a_url_with_a_password(&["run", "--register", "--url", "https://me:sesame-4711@example.invalid"], 2)]
#[case::a_url_with_a_query(&["run", "--register", "--url", "https://example.invalid?api_key=sesame-4711"], 2)]
#[case::an_instance(&["run", "--allow-writes", "--url", "http://127.0.0.1:1/", "--instance", KEY], 6)]
#[case::an_instance_with_a_query(&["run", "--url", "http://127.0.0.1:1/", "--instance", "i?api_key=sesame-4711"], 2)]
#[case::the_key_for_its_file(&["run", "--url", "http://127.0.0.1:1/", "--account-key-file", KEY], 2)]
#[case::a_number(&["run", "--seed", KEY], 2)]
#[case::a_report(&["run", "--report", KEY], 2)]
#[case::an_unknown_option(&["run", "--account-key=sesame-4711"], 2)]
#[case::an_unknown_option_and_a_key(&["run", &format!("--{KEY}")], 2)]
#[case::an_unknown_command(&[KEY], 2)]
fn a_secret_in_the_wrong_place_of_the_command_line_is_not_printed(#[case] args: &[&str], #[case] code: i32) {
    let folder = TempDir::new().unwrap();
    let output = Command::new(binary::path())
        .args(args)
        .env("SYNCANO_ACCOUNT_KEY", KEY)
        .env("HOME", folder.path())
        .env("XDG_STATE_HOME", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.starts_with("error: "), "{said}");
    assert!(!said.contains(KEY) && !said.contains("sesame"), "{said}");
}

#[test]
fn the_search_finds_a_secret_in_each_form() {
    let secret = "pw4711-Jones";
    for form in forms(secret) {
        assert!(!found(&format!("before {form} after"), &[secret.to_owned()].into()).is_empty(), "{form}");
    }
    for before in ["", "a", "ab", "abc"] {
        let text = BASE64_STANDARD_NO_PAD.encode(format!("{before}{secret}{before}"));
        assert!(!found(&text, &[secret.to_owned()].into()).is_empty(), "{text}");
    }
}

/// How long a poll waits.
const POLL_LIMIT: Duration = Duration::from_secs(2);

/// A simulator on a port, behind a recorder of secrets.
struct WatchedDeployment {
    url: String,
    known: Arc<Mutex<BTreeSet<String>>>,
}

impl WatchedDeployment {
    async fn spoiled(
        spoil: impl Fn(&Parts, &Bytes, Simulated<'_>) -> Option<Response<Bytes>> + Send + Sync + 'static,
    ) -> WatchedDeployment {
        WatchedDeployment::serve(defects::around(&Simulator::builder().build(), &[]), spoil).await
    }

    async fn serve(
        simulator: Arc<dyn defects::Deployment>,
        spoil: impl Fn(&Parts, &Bytes, Simulated<'_>) -> Option<Response<Bytes>> + Send + Sync + 'static,
    ) -> WatchedDeployment {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let known = Arc::<Mutex<BTreeSet<String>>>::default();
        let notes = Arc::clone(&known);
        let spoil = Arc::new(spoil);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (simulator, notes, spoil) = (Arc::clone(&simulator), Arc::clone(&notes), Arc::clone(&spoil));
                let answer = service_fn(move |request: Request<Incoming>| {
                    let (simulator, notes, spoil) = (Arc::clone(&simulator), Arc::clone(&notes), Arc::clone(&spoil));
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        let simulated = || simulator.respond(Request::from_parts(parts.clone(), body.clone()));
                        let answer = match spoil(&parts, &body, &simulated) {
                            Some(answer) => Some(PollWait::finish(answer, tokio::time::sleep(POLL_LIMIT)).await),
                            None => None,
                        };
                        let mut known = notes.lock().unwrap();
                        note(&sent(&parts, &body), &body, &mut known);
                        let came = answer.as_ref().map_or(&[][..], |answer| answer.body());
                        note(&String::from_utf8_lossy(came), came, &mut known);
                        answer.map(|answer| answer.map(Full::new)).ok_or("closed")
                    }
                });
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        WatchedDeployment { url, known }
    }

    fn known(&self) -> BTreeSet<String> {
        self.known.lock().unwrap().clone()
    }
}

/// Collects the keys in a text and the passwords in a body or a query. Generated passwords have 24
/// letters and digits, or 32 for accounts. Other passwords are literals of a scenario and not
/// secret.
fn note(text: &str, body: &[u8], known: &mut BTreeSet<String>) {
    let words = |text: &str, length: usize, is: fn(char) -> bool| {
        text.split(|c| !is(c)).filter(|word| word.len() == length).map(str::to_owned).collect::<Vec<_>>()
    };
    known.extend(words(text, 40, |c| c.is_ascii_hexdigit()));
    let json = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let query = text.lines().next().and_then(|line| line.split_once('?')).map_or("", |(_, query)| query);
    let fields = form_urlencoded::parse(body).chain(form_urlencoded::parse(query.as_bytes()));
    let fields = fields.filter(|(name, _)| name == "password").map(|(_, value)| value.into_owned());
    for password in fields.chain(json["password"].as_str().map(str::to_owned)) {
        known.extend([24, 32].into_iter().flat_map(|length| words(&password, length, |c| c.is_ascii_alphanumeric())));
    }
}

/// Returns a request as text: its first line, its headers and its body.
fn sent(request: &Parts, body: &Bytes) -> String {
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    let headers = headers.collect::<String>();
    format!("{} {}\n{headers}\n{}", request.method, request.uri, String::from_utf8_lossy(body))
}

fn rejection(text: String) -> Option<Response<Bytes>> {
    Some(Response::builder().status(500).header("x-note", "rejected").body(Bytes::from(text)).unwrap())
}

/// Returns a rejection of a removal. The clean-up does not try again after this status.
fn removal_rejection(text: String) -> Option<Response<Bytes>> {
    let mut rejection = rejection(text)?;
    *rejection.status_mut() = StatusCode::FORBIDDEN;
    Some(rejection)
}

/// The exit code and all output of a run.
struct Run {
    code: Option<i32>,
    /// All output in one text.
    said: String,
    /// Output by file name.
    files: HashMap<String, String>,
}

fn start(deployment: &WatchedDeployment, words: &[&str], folder: &Path) -> Child {
    let outputs = OUTPUTS.as_flattened().iter().map(|word| word.replace("{}", &folder.display().to_string()));
    let mut program = Command::new(binary::path());
    program
        .args(["run", "-v"])
        .args(words)
        .args(["--url", &deployment.url, "--register", "--allow-writes"])
        .args(outputs);
    program.env("GITHUB_ACTIONS", "true");
    // The state directory is in the searched folder too.
    program.env("HOME", folder).env("XDG_STATE_HOME", folder).env_remove("SYNCANO_ACCOUNT_KEY");
    // A full pipe without a reader would block the program, so the output goes to files.
    let file = |name: &str| Stdio::from(std::fs::File::create(folder.join(name)).unwrap());
    program.stdout(file("stdout")).stderr(file("stderr")).spawn().unwrap()
}

impl Run {
    fn of(deployment: &WatchedDeployment, words: &[&str]) -> Run {
        let folder = TempDir::new().unwrap();
        Run::ended(start(deployment, words, folder.path()), folder.path())
    }

    fn ended(mut running: Child, folder: &Path) -> Run {
        let code = running.wait().unwrap().code();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let written = files(folder).into_iter().map(|path| (name(&path), std::fs::read_to_string(path).unwrap()));
        let files = written.collect::<HashMap<_, _>>();
        Run { code, said: files.values().map(String::as_str).collect(), files }
    }

    /// Returns the end of the output, for assertion messages.
    fn end(&self) -> &str {
        let end = self.said.len().saturating_sub(3000);
        self.said.get(end..).unwrap_or(&self.said)
    }

    fn shows_none_of(&self, known: &BTreeSet<String>) {
        assert!(!known.is_empty(), "the run knew secrets");
        let found = found(&self.said, known);
        assert!(found.is_empty(), "{} of {} secrets are shown: {:#?}", found.len(), known.len(), &found[..1]);
    }
}

/// Returns all files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Returns the encodings of a secret to search for, compared without case.
fn forms(secret: &str) -> Vec<String> {
    let bytes = |write: fn(u8) -> String| secret.bytes().map(write).collect::<String>();
    let mut forms = vec![
        secret.to_owned(),
        secret.chars().rev().collect(),
        bytes(|byte| format!("%{byte:02x}")),
        bytes(|byte| format!("{byte:02x}")),
        bytes(|byte| format!("\\u{byte:04x}")),
        bytes(|byte| format!("&#{byte};")),
        bytes(|byte| format!("&#x{byte:x};")),
    ];
    // The bytes around a secret change the first and last characters of its Base64 form, so they
    // are left out.
    for before in 0..3 {
        let text = BASE64_STANDARD_NO_PAD.encode([vec![0; before], secret.as_bytes().to_vec()].concat());
        let end = text.len() - usize::from(!(before + secret.len()).is_multiple_of(3));
        forms.push(text[[0, 2, 3][before]..end].to_owned());
    }
    forms
}

/// Returns the occurrences of secrets in a text, with their context.
fn found(text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let forms = known.iter().flat_map(|secret| forms(secret));
    let search = AhoCorasick::builder().ascii_case_insensitive(true).build(forms).unwrap();
    let around = |found: Match| {
        let around = &text.as_bytes()[found.start().saturating_sub(300)..(found.start() + 200).min(text.len())];
        String::from_utf8_lossy(around).into_owned()
    };
    search.find_iter(text).map(around).collect()
}
