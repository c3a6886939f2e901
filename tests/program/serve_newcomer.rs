//! Tests for the first use of `serve`: a command to paste, stable keys, tolerant addresses, and
//! clear error messages.

#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary::{self, Served, output, program, stderr, stdout};

/// Maximum time that a test waits, so that a hang fails the test.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts `serve` with this state directory.
fn serve(state: &Path, args: &[&str]) -> Served {
    let mut command = program();
    command.env("XDG_STATE_HOME", state).arg("serve").args(args);
    Served::of({
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    })
}

/// Returns the startup output without its URL, whose port differs at each start.
fn world(served: &Served) -> Value {
    let mut world = served.ready.clone();
    world.as_object_mut().unwrap().remove("url");
    world
}

/// Sends an HTTP/1.1 request without changes, and returns the status and the body.
fn ask(url: &str, head: &str, fields: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut request = format!("{head} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in fields {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

fn control(served: &Served, head: &str, body: &str) -> (u16, Value) {
    let (status, body) = ask(served.url(), head, &[("Host", "localhost")], body);
    (status, serde_json::from_str(&body).unwrap_or_default())
}

/// Returns the last entry of the request log.
fn last_request(served: &Served) -> Value {
    control(served, "GET /__simulator/requests?limit=1", "").1["requests"][0].take()
}

/// Runs `serve` on a terminal and checks its output once `is_whole` accepts it.
fn on_a_terminal(args: &str, is_whole: impl Fn(&str) -> bool, check: impl FnOnce(&str)) {
    let command = format!("exec {} serve {args}", binary::path());
    let state = TempDir::new().unwrap();
    let typescript = state.path().join("typescript");
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", &command]).arg(&typescript).env("XDG_STATE_HOME", state.path());
    let started = terminal.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut started) = started else { return println!("skipped: there is no `script`") };
    let begun = Instant::now();
    let shown = loop {
        let shown = fs::read_to_string(&typescript).unwrap_or_default().replace("\r\n", "\n");
        if is_whole(&shown) {
            break shown;
        }
        assert!(begun.elapsed() < PATIENCE, "{shown}");
        std::thread::sleep(Duration::from_millis(20));
    };
    check(&shown);
    // Sends Ctrl-C.
    started.stdin.take().unwrap().write_all(b"\x03").unwrap();
    started.wait().unwrap();
}

#[test]
fn a_terminal_shows_a_command_that_signs_in() {
    let is_whole = |shown: &str| shown.contains("/__simulator/\n");
    on_a_terminal("--user \"o'hara=a b&c\"", is_whole, |shown| {
        let command = shown.lines().find(|line| line.trim_start().starts_with("curl ")).unwrap();
        let pasted = Command::new("bash").args(["-c", &format!("{command} -sf")]).output().unwrap();
        let user: Value = serde_json::from_str(&stdout(&pasted)).unwrap();
        assert_eq!(user["username"], "o'hara", "{command}\n{}", stderr(&pasted));
        assert_eq!(shown.lines().filter(|line| line.contains("{\"url\":")).count(), 1, "{shown}");
        assert!(!shown.contains("10.0.2.2"), "nobody else reaches it: {shown}");
    });
}

#[test]
fn a_terminal_shows_the_urls_for_emulators_if_other_machines_can_connect() {
    on_a_terminal(
        "--listen 0.0.0.0",
        |shown| shown.contains("10.0.2.2"),
        |shown| {
            let ready = shown.lines().find(|line| line.contains("{\"url\":")).unwrap();
            let ready: Value = serde_json::from_str(&ready[ready.find('{').unwrap()..]).unwrap();
            let port = ready["url"].as_str().unwrap().rsplit(':').next().unwrap();
            assert!(shown.contains(&format!("http://10.0.2.2:{port}\n")), "{shown}");
        },
    );
}

#[test]
fn the_output_for_scripts_is_stable() {
    let state = TempDir::new().unwrap();
    let mut served = serve(state.path(), &[]);
    assert_eq!(served.stderr(), "");
}

#[test]
fn a_user_keeps_their_keys_and_passwords_over_restarts() {
    let [one, other] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let first = world(&serve(one.path(), &[]));
    assert_eq!(world(&serve(one.path(), &[])), first);
    let others = world(&serve(other.path(), &[]));
    assert_ne!(others["api_keys"]["plain"], first["api_keys"]["plain"]);
    assert_ne!(others["users"][0]["password"], first["users"][0]["password"]);
    assert_ne!(first["users"][0]["password"], "demo-alice", "a page cannot know it");

    let file = one.path().join("syncano-conformance/demo.seed");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_reset_restores_the_keys_and_keeps_the_system_clock() {
    let state = TempDir::new().unwrap();
    let served = serve(state.path(), &[]);
    let account_key = served.ready["account"]["account_key"].as_str().unwrap().to_owned();
    let (user_key, api_key) = (&served.ready["users"][0]["user_key"], &served.ready["api_keys"]["plain"]);
    let owner = [("Host", "localhost"), ("X-API-KEY", account_key.as_str())];
    let (status, user) = ask(served.url(), "POST /v1.1/instances/demo/users/1/reset_key/", &owner, "");
    assert_eq!(status, 200);
    assert!(!user.contains(user_key.as_str().unwrap()), "{user}");
    assert_eq!(control(&served, "POST /__simulator/reset", "").0, 204);
    let alice = [("X-API-KEY", api_key.as_str().unwrap()), ("X-USER-KEY", user_key.as_str().unwrap())];
    assert_eq!(ask(served.url(), "GET /v1.1/instances/demo/user/", &alice, "").0, 200);

    let (_, instance) = ask(served.url(), "GET /v1.1/instances/demo/", &owner, "");
    let instance: Value = serde_json::from_str(&instance).unwrap();
    assert!(!instance["created_at"].as_str().unwrap().starts_with("2016"), "{instance}");
}

#[test]
fn new_keys_at_each_start_are_an_option() {
    let state = TempDir::new().unwrap();
    let [one, other] = [(); 2].map(|()| world(&serve(state.path(), &["--random"])));
    assert_ne!(one["api_keys"]["plain"], other["api_keys"]["plain"]);
    assert!(fs::read_dir(state.path()).unwrap().next().is_none(), "nothing is kept");
    let both = output(&["serve", "--random", "--seed", "1"]);
    assert_eq!(both.status.code(), Some(2), "{}", stderr(&both));
}

#[test]
fn without_a_writable_folder_keys_are_new_and_a_note_says_so() {
    // A file takes the place of the state directory.
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut served = serve(file.path(), &[]);
    assert_eq!(served.ready["users"][0]["username"], "alice");
    let note = served.stderr();
    assert!(note.starts_with("note: keys and passwords are new at each start"), "{note}");
}

#[rstest]
#[case::damaged("nonsense", 0o600, "holds no seed")]
#[case::for_others("0123456789abcdef\n", 0o644, "chmod 600")]
fn an_untrusted_seed_exits_with_2_and_a_hint(#[case] text: &str, #[case] mode: u32, #[case] said: &str) {
    let state = TempDir::new().unwrap();
    let folder = state.path().join("syncano-conformance");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("demo.seed");
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    let ended = program().env("XDG_STATE_HOME", state.path()).arg("serve").output().unwrap();
    let error = stderr(&ended);
    assert_eq!(ended.status.code(), Some(2), "{error}");
    assert!(error.contains(said) && error.contains(file.to_str().unwrap()) && error.contains("--random"), "{error}");
    // These options need no stored seed.
    serve(state.path(), &["--empty"]);
    serve(state.path(), &["--random"]);
}

#[test]
fn the_demo_world_takes_another_instance_and_other_users() {
    let state = TempDir::new().unwrap();
    let served = serve(state.path(), &["--instance", "shop", "--user", "carol=secret", "--user", "dave=a=b"]);
    assert_eq!(served.ready["instance"], "shop");
    let users = served.ready["users"].as_array().unwrap();
    let users = users.iter().map(|user| json!([user["username"], user["password"]])).collect::<Vec<_>>();
    assert_eq!(users, [json!(["carol", "secret"]), json!(["dave", "a=b"])]);
    let key = served.ready["api_keys"]["plain"].as_str().unwrap();
    let fields = [("X-API-KEY", key), ("Content-Type", "application/json")];
    let login = json!({ "username": "carol", "password": "secret" }).to_string();
    assert_eq!(ask(served.url(), "POST /v1.1/instances/shop/user/auth/", &fields, &login).0, 200);
}

#[rstest]
#[case::an_instance(&["--instance", "My Shop"], "Value has to start with a letter")]
#[case::a_long_name(&["--user", &format!("{}=x", "a".repeat(500))], "username")]
#[case::the_same_twice(&["--user", "carol=x", "--user", "carol=y"], "must be unique")]
#[case::no_password(&["--user", "carol"], "carol=secret")]
#[case::nothing_to_name(&["--instance", "shop", "--empty"], "--empty")]
#[case::a_world_of_its_own(&["--user", "carol=x", "--world", "world.json"], "--world")]
fn invalid_names_exit_with_2(#[case] args: &[&str], #[case] said: &str) {
    let ended = output(&[&["serve"], args].concat());
    assert_eq!(ended.status.code(), Some(2), "{}", stderr(&ended));
    assert!(stderr(&ended).contains(said), "{}", stderr(&ended));
}

/// Returns a port that was free when the function checked it.
fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[rstest]
#[case::a_port(&["--listen", "PORT"])]
#[case::a_port_with_a_colon(&["--listen", ":PORT"])]
#[case::a_name_and_a_port(&["--listen", "localhost:PORT"])]
#[case::a_port_of_its_own(&["--port", "PORT"])]
#[case::a_host_and_a_port_of_its_own(&["--listen", "127.0.0.1", "--port", "PORT"])]
#[case::all_addresses(&["--listen", "0.0.0.0:PORT"])]
fn an_address_may_be_written_in_the_usual_forms(#[case] args: &[&str]) {
    let port = free_port();
    let args = args.iter().map(|arg| arg.replace("PORT", &port)).collect::<Vec<_>>();
    let args = [&["--empty"], args.iter().map(String::as_str).collect::<Vec<_>>().as_slice()].concat();
    let served = Served::start(&args);
    let url = served.url();
    assert!([format!("http://127.0.0.1:{port}"), format!("http://[::1]:{port}")].contains(&url.to_owned()), "{url}");
    assert_eq!(ask(url, "GET /v1.1/", &[], "").0, 200);
}

#[test]
fn a_name_without_a_port_gets_a_free_port() {
    let served = Served::start(&["--empty", "--listen", "localhost"]);
    assert_eq!(ask(served.url(), "GET /v1.1/", &[], "").0, 200);
}

#[test]
fn two_ports_are_an_error() {
    let ended = output(&["serve", "--listen", "localhost:8080", "--port", "8081"]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(stderr(&ended).contains("both name a port"), "{}", stderr(&ended));
}

#[rstest]
#[case::on_all_addresses("0.0.0.0", 200)]
#[case::on_one("127.0.0.1", 403)]
fn the_control_api_accepts_an_emulator_if_other_machines_can_connect(#[case] listen: &str, #[case] status: u16) {
    let served = Served::start(&["--empty", "--listen", listen]);
    let control = |fields: &[(&str, &str)]| ask(served.url(), "GET /__simulator/", fields, "").0;
    assert_eq!(control(&[("Host", "10.0.2.2:8080")]), status);
    assert_eq!(control(&[("Host", "10.0.2.2:8080"), ("Origin", "http://evil.example")]), 403);
    assert_eq!(control(&[("Host", "evil.example")]), 403);
}

#[rstest]
#[case("/v1.1/instances/demo/user", "no endpoint has this path; `/user/` ends with a slash")]
#[case("/v1.1/instances/demo/users/1", "no endpoint has this path; `/users/{user}/` ends with a slash")]
#[case("/v1.1", "no endpoint has this path; `/{version}/` ends with a slash")]
#[case("/instances/demo/user/", "no endpoint has this path; paths begin with `/v1.1/`")]
#[case("/instances/demo/user", "no endpoint has this path; paths begin with `/v1.1/`")]
#[case("/v1.1/instances/demo/usr/", "no endpoint has this path")]
fn the_log_explains_a_wrong_path(#[case] path: &str, #[case] why: &str) {
    let mut command = program();
    command.args(["serve", "--verbose"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut served = Served::of(command);
    assert_eq!(ask(served.url(), &format!("GET {path}"), &[], "").0, 404);
    assert_eq!(last_request(&served)["why"], why);
    let line = served.stderr();
    assert_eq!(line, format!("404 GET {path} keys not checked: {why}\n"));
}

#[test]
fn the_log_has_a_line_for_each_tls_connection_and_one_warning() {
    let state = TempDir::new().unwrap();
    let mut served = serve(state.path(), &[]);
    for _ in 0..3 {
        let mut stream = TcpStream::connect(served.url().strip_prefix("http://").unwrap()).unwrap();
        // Sends the start of a TLS ClientHello.
        stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let (_, requests) = control(&served, "GET /__simulator/requests", "");
    let whys = requests["requests"].as_array().unwrap().iter().map(|entry| &entry["why"]).collect::<Vec<_>>();
    assert_eq!(whys, ["A client spoke TLS to this port; use http://"; 3]);
    let warnings = served.stderr();
    assert_eq!(warnings.lines().count(), 1, "{warnings}");
    assert!(warnings.contains("A client spoke TLS to this port; use http://"), "{warnings}");
}

#[test]
fn a_fault_accepts_the_whole_path_and_an_unknown_one_suggests_the_nearest() {
    let state = TempDir::new().unwrap();
    let served = serve(state.path(), &[]);
    let put = |endpoint: &str| {
        let faults = json!({ "faults": [{ "endpoint": endpoint, "status": 503 }] }).to_string();
        control(&served, "PUT /__simulator/faults", &faults)
    };
    assert_eq!(put("/v1.1/instances/demo/user/auth/").0, 200);
    let (status, answer) = ask(served.url(), "POST /v1.1/instances/demo/user/auth/", &[], "");
    assert_eq!((status, answer.as_str()), (503, r#"{"detail":"Fault injected by the simulator."}"#));
    let (status, error) = put("/v1.1/instances/demo/usr/auth/");
    assert_eq!(status, 400);
    let detail = error["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("faults[0].endpoint: the API has no such endpoint; did you mean `/user/auth/`?"),
        "{detail}"
    );
}

#[test]
fn the_help_is_short_and_begins_with_the_common_options() {
    let help: Output = output(&["serve", "-h"]);
    let help = stdout(&help);
    let summaries = help.lines().filter(|line| line.starts_with("  ")).collect::<Vec<_>>();
    assert!(summaries[0].contains("--listen"), "{help}");
    let text = stdout(&output(&["serve", "--help"]));
    // The first line below an option is its summary.
    let lines = text.lines().collect::<Vec<_>>();
    for pair in lines.windows(2).filter(|pair| pair[0].trim_start().starts_with('-')) {
        assert!(pair[1].trim().chars().count() <= 80, "{}", pair[1]);
    }
}
