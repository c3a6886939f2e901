//! A run is ended in the middle, in whatever way; what it has made on a deployment that others use is removed all the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use regex::Regex;
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value, json};
use syncano_conformance::harness::{
    self, Credentials, Event, Handles, JournalError, Leftovers, Plan, Selection, SweepKeys, Target, begin_journal,
    sweep,
};
use syncano_conformance::judge::Verdict;
use syncano_conformance::scenario::SuiteFiles;
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use syncano_simulator::server::{Listener, Running};
use tempfile::TempDir;
use tokio::sync::{Notify, watch};
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// So many runs go on at a time, and so often that is done.
const SIDE_BY_SIDE: usize = 4;
const ROUNDS: usize = 25;

/// Files of the suite that make something of every kind.
const SCENARIOS: [&str; 7] = [
    "groups/created.yaml",
    "groups/roles.yaml",
    "users/created.yaml",
    "batch/objects.yaml",
    "batch/writes.yaml",
    "classes/defaults.yaml",
    "instances/renamed.yaml",
];

/// What the suite has no file for: an instance of another account, and something that is made by a batch alone.
const STRANGER: &str = r#"
title: A stranger has an instance
needs: [own_instance]
steps:
  - name: an instance of a stranger
    as: account:stranger
    send: POST {{root}}/instances/
    json: '{"name": "conformance-{{unique.theirs}}"}'
    checks: [{id: kill/a-stranger-makes-an-instance, status: 201}]
  - name: a user in it
    as: account:stranger
    send: POST {{root}}/instances/conformance-{{unique.theirs}}/users/
    json: '{"username": "ripley", "password": "jones"}'
    checks: [{id: kill/with-a-user, status: 201}]
"#;
const BATCH: &str = r#"
title: A batch makes two groups
steps:
  - name: two groups
    as: account
    send: POST /batch/
    json: |
      {"requests": [
        {"method": "POST", "path": "{{instance.path}}/groups/", "body": {"label": "{{unique.crew}}"}},
        {"method": "GET", "path": "{{instance.path}}/groups/"},
        {"method": "POST", "path": "{{instance.path}}/groups/", "body": {"label": "{{unique.staff}}"}}
      ]}
    checks: [{id: kill/makes-groups, at: "$[*].code", equals: '[201, 200, 201]'}]
  - name: they are there
    as: account
    send: GET /groups/?ordering=desc
    checks: [{id: kill/shows-groups, at: "$.objects[*].label", contains: '["{{unique.crew}}", "{{unique.staff}}"]'}]
"#;

/// One that does not come to its end by itself.
const HELD: &str = r#"
title: Somebody waits for what never comes
given: {users: [alice], groups: {crew: []}}
steps:
  - name: alice is somebody else
    as: alice
    send: GET /user/
    eventually: 60s
    checks: [{id: held/waits, at: $.username, equals: '"nobody"'}]
"#;

/// One for which API keys are enough.
const APP: &str = r#"
title: A user reads herself
given: {users: [alice]}
steps:
  - name: alice reads herself
    as: alice
    send: GET /user/
    checks: [{id: app/is-the-caller, at: $.username, equals: '"{{alice.username}}"'}]
"#;

/// A key or a password, or a part of one.
static HEXADECIMAL: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9a-fA-F]{16}").unwrap());
/// An instance of a run.
static INSTANCE: LazyLock<Regex> = LazyLock::new(|| Regex::new("/instances/(conformance-[^/]*)/").unwrap());

/// A deployment that somebody uses.
struct Deployment {
    simulator: Simulator,
    running: Running,
    world: DemoWorld,
    /// With the suite, the journals and the key.
    folder: TempDir,
}

impl Deployment {
    async fn new() -> Deployment {
        let simulator = Simulator::builder().build();
        let world = DemoWorld::create(&simulator).unwrap();
        let running = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap().spawn(simulator.clone());
        let folder = TempDir::new().unwrap();
        let deployment = Deployment { simulator, running, world, folder };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let place = |name: &str, text: String| {
            let path = deployment.suite().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for name in SCENARIOS.into_iter().chain(["rules.toml"]) {
            place(name, fs::read_to_string(source.join(name)).unwrap());
        }
        place("kill/stranger.yaml", STRANGER.to_owned());
        place("kill/batch.yaml", BATCH.to_owned());
        place("a-held/waits.yaml", HELD.to_owned());
        place("app/user.yaml", APP.to_owned());
        fs::create_dir_all(deployment.journals()).unwrap();
        deployment.ask(Method::POST, "/v1.1/instances/demo/classes/", Some(&json!({"name": "orders", "schema": []})));
        deployment
    }

    fn journals(&self) -> PathBuf {
        self.folder.path().join("syncano-conformance")
    }

    fn suite(&self) -> PathBuf {
        self.folder.path().join("suite")
    }

    fn program(&self, url: &str, args: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_syncano-conformance"));
        program.env("XDG_STATE_HOME", self.folder.path());
        program.env("SYNCANO_ACCOUNT_KEY", self.world.account.account_key.to_string());
        program.args(args).args(["--url", url]).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    }

    /// A run of all that comes to an end, whose journal has this name.
    fn run(&self, journal: &str, options: &[&str]) -> Child {
        self.held(journal, &[options, &["groups", "users", "batch", "classes", "instances", "kill"]].concat())
    }

    /// A run that does not end by itself.
    fn held(&self, journal: &str, options: &[&str]) -> Child {
        let mut program = self.program(self.running.url(), &["run", "--allow-writes", "--access-table", "off"]);
        program.arg("--scenarios").arg(self.suite()).arg("--journal").arg(self.journals().join(journal));
        program.args(options).spawn().unwrap()
    }

    /// Sweeps once, and says how many things were left.
    fn sweep(&self) -> usize {
        let output = self.program(self.running.url(), &["sweep"]).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(self.files(), Vec::<PathBuf>::new(), "no journal and no seed is left: {said}");
        let counts =
            said.lines().filter_map(|line| line.strip_suffix(" left")?.rsplit(' ').next()?.parse::<usize>().ok());
        counts.sum()
    }

    /// What the owner of the instance sees.
    fn snapshot(&self) -> Vec<Value> {
        let group = format!("/v1.1/instances/demo/groups/{}/users/", self.world.group.id);
        let lists = ["", "demo/", "demo/users/", "demo/groups/", "demo/api_keys/", "demo/classes/", "demo/admins/"];
        let paths = lists.into_iter().map(|list| format!("/v1.1/instances/{list}")).chain([group]);
        paths.map(|path| self.ask(Method::GET, &path, None).1).collect()
    }

    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.header("X-API-KEY", self.world.account.account_key.to_string());
        let response =
            self.simulator.handle(request.body(body.map(Value::to_string).unwrap_or_default().into()).unwrap());
        (response.status(), serde_json::from_slice::<Value>(response.body() as &Bytes).unwrap_or_default())
    }

    /// The journals that there are, and their seeds. What a run was about to begin when it was killed is none.
    fn files(&self) -> Vec<PathBuf> {
        let paths = fs::read_dir(self.journals()).unwrap().map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some()).collect()
    }

    /// All that the journals say.
    fn written(&self) -> String {
        let journals = self.files().into_iter().filter(|path| path.extension().unwrap() == "jsonl");
        journals.map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// A journal of a run that was killed when it had made all that it makes: an API key, a user and a group.
    fn killed(&self) -> PathBuf {
        let journal = self.journals().join("killed.jsonl");
        let mut run = self.held("killed.jsonl", &["--instance", "demo", "--jobs", "1"]);
        wait_for_lines(&mut run, &journal, 8);
        run.kill().unwrap();
        run.wait().unwrap();
        journal
    }

    /// Whether the name can be taken: nobody has an instance of this name.
    fn is_free(&self, instance: &str) -> bool {
        let (made, _) = self.ask(Method::POST, "/v1.1/instances/", Some(&json!({"name": instance})));
        self.ask(Method::DELETE, &format!("/v1.1/instances/{instance}/"), None);
        made == StatusCode::CREATED
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Waits until a journal has so many lines, or the run is over.
fn wait_for_lines(run: &mut Child, journal: &Path, lines: usize) {
    let has = || fs::read(journal).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count());
    while has() < lines && run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_has_left_is_swept_away_and_nothing_else() {
    let now = || std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = std::env::var("KILL_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap());
    println!("KILL_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let deployment = Deployment::new().await;
    let before = deployment.snapshot();
    let mut swept = 0;
    for round in 0..ROUNDS {
        std::thread::scope(|scope| {
            for number in 0..SIDE_BY_SIDE {
                let (lines, moment) =
                    (random.random_range(0..140), Duration::from_micros(random.random_range(0..5000)));
                let options: &[&str] = match random.random_range(0..4) {
                    0 | 1 => &["--instance", "demo"],
                    2 => &["--more-accounts"],
                    _ => &["--register", "--more-accounts"],
                };
                let deployment = &deployment;
                scope.spawn(move || {
                    let journal = format!("{number}.jsonl");
                    let mut run = deployment.run(&journal, options);
                    wait_for_lines(&mut run, &deployment.journals().join(journal), lines);
                    std::thread::sleep(moment);
                    run.kill().unwrap();
                    run.wait().unwrap();
                });
            }
        });
        let written = deployment.written();
        assert!(!HEXADECIMAL.is_match(&written), "no key and no password stands in a journal: {written}");
        swept += deployment.sweep();
        assert_eq!(deployment.snapshot(), before, "round {round}");
        // The owner does not see the instances of the accounts that the runs have registered.
        for instance in INSTANCE.captures_iter(&written).map(|found| found[1].to_owned()).collect::<BTreeSet<_>>() {
            assert!(deployment.is_free(&instance), "{instance} is gone in round {round}");
        }
    }
    assert!(swept > ROUNDS, "there was something to sweep: {swept}");
}

#[cfg(unix)]
#[rstest]
#[case::ctrl_c("INT")]
#[case::terminated("TERM")]
#[case::terminal_closed("HUP")]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_leaves_nothing(
    #[case] signal: &str,
    #[values(&[], &["--instance", "demo"])] options: &[&str],
) {
    let deployment = Deployment::new().await;
    let before = deployment.snapshot();
    let mut run = deployment.held("run.jsonl", options);
    wait_for_lines(&mut run, &deployment.journals().join("run.jsonl"), 20);
    send(signal, &run);
    if signal == "HUP" {
        // The terminal sends it, and so does its shell.
        send(signal, &run);
    }
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!(deployment.snapshot(), before);
    assert_eq!(deployment.files(), Vec::<PathBuf>::new(), "no journal is left");
}

#[cfg(unix)]
fn send(signal: &str, run: &Child) {
    let status = Command::new("kill").args(["-s", signal, &run.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_started_with_nohup_outlives_its_terminal() {
    let deployment = Deployment::new().await;
    let journal = deployment.journals().join("run.jsonl");
    let url = deployment.running.url();
    let program = deployment.program(url, &["run", "a-held", "--allow-writes", "--access-table", "off"]);
    let mut nohup = Command::new("nohup");
    nohup.arg(program.get_program()).args(program.get_args());
    nohup.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    nohup.arg("--scenarios").arg(deployment.suite()).arg("--journal").arg(&journal);
    let mut run = nohup.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_lines(&mut run, &journal, 8);
    send("HUP", &run);
    std::thread::sleep(Duration::from_millis(200));
    assert!(run.try_wait().unwrap().is_none(), "it goes on");
    send("TERM", &run);
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!(said(&output).matches("interrupted: what was made is being removed").count(), 1, "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_side_by_side_in_one_instance_leave_each_other_and_everybody_alone() {
    let deployment = Deployment::new().await;
    let before = deployment.snapshot();
    let runs = ["1.jsonl", "2.jsonl", "3.jsonl"].map(|journal| deployment.run(journal, &["--instance", "demo"]));
    // Runs that go on are not swept.
    let swept = deployment.program(deployment.running.url(), &["sweep"]).output().unwrap();
    assert_eq!(swept.status.code(), Some(0), "{}", said(&swept));
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    assert_eq!(deployment.snapshot(), before);
    assert_eq!(deployment.files(), Vec::<PathBuf>::new(), "no journal is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_cannot_remove_a_sweep_removes_later() {
    let deployment = Deployment::new().await;
    let before = deployment.snapshot();
    let server = MockServer::start().await;
    let unwilling = Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(503)).with_priority(1);
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
async fn the_command_that_sweeps_is_quoted_and_a_journal_does_nothing_to_a_terminal() {
    let deployment = Deployment::new().await;
    let killed = fs::read_to_string(deployment.killed()).unwrap();
    let journal = deployment.journals().join("it's; a $(journal) \u{202e}x.jsonl");
    fs::rename(deployment.journals().join("killed.jsonl"), &journal).unwrap();
    let program = |args: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_syncano-conformance"));
        program.env("XDG_STATE_HOME", deployment.folder.path().join("other")).env_remove("SYNCANO_ACCOUNT_KEY");
        program.arg("sweep").arg("--journal").arg(&journal).args(args).output().unwrap()
    };
    let output = program(&[]);
    let command = stdout_line(&output, "  to delete them: syncano-conformance ");
    let read = Command::new("bash").args(["-c", &format!("printf '%s\\n' {command}")]).output().unwrap();
    let url = deployment.running.url();
    let words = format!("sweep\n--url\n{url}\n--journal\n{}\n", journal.display());
    assert_eq!(String::from_utf8(read.stdout).unwrap(), words, "{}", said(&output));

    // Somebody else has written it.
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

/// What follows this in a line of stdout.
fn stdout_line(output: &Output, begin: &str) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    stdout.lines().find_map(|line| line.strip_prefix(begin)).unwrap_or_else(|| panic!("{}", said(output))).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn users_whom_an_app_cannot_delete_are_swept_away_with_a_key_that_can() {
    let deployment = Deployment::new().await;
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
async fn nothing_is_sent_to_a_deployment_that_nobody_has_named() {
    let deployment = Deployment::new().await;
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
async fn a_line_that_was_torn_is_left_out_and_one_that_was_changed_is_shown() {
    let deployment = Deployment::new().await;
    let before = deployment.snapshot();
    let journal = deployment.killed();
    let whole = fs::read_to_string(&journal).unwrap();
    let sweep = || deployment.program(deployment.running.url(), &["sweep"]).output().unwrap();
    for (from, to, line, what) in [
        ("{\"event\":\"creating\"", "{\"event\":\"crea", 3, "this is no line of a journal"),
        ("/v1.1/instances/demo/", "/v1.1/instances/demo/../", 3, "is no path of an instance"),
        ("journal/1", "journal/2", 1, "a journal of the form"),
        ("\"run\":\"", "\"run\":\"x", 1, "is no id of a run"),
    ] {
        fs::write(&journal, whole.replacen(from, to, 1)).unwrap();
        let output = sweep();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        let place = format!("killed.jsonl:{line}: ");
        assert!(said(&output).contains(&place) && said(&output).contains(what), "{}", said(&output));
        assert_eq!(fs::read_to_string(&journal).unwrap(), whole.replacen(from, to, 1), "it stays as it is");
    }
    fs::write(&journal, format!("{whole}{{\"event\":\"creating\",\"number\":99,\"scen")).unwrap();
    assert!(deployment.sweep() > 0);
    assert_eq!(deployment.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_carries_the_id_of_the_run_in_its_name_is_removed() {
    let deployment = Deployment::new().await;
    let before = deployment.snapshot();
    let journal = deployment.killed();
    // Somebody makes the journal name a group of the instance that no run has made.
    let group = format!("/v1.1/instances/demo/groups/{}/", deployment.world.group.id);
    let creating = json!({"event": "creating", "number": 1000, "scenario": 0, "collection": "/v1.1/instances/demo/groups/",
        "path": group, "by": deployment.world.account.email});
    fs::write(&journal, format!("{}{creating}\n", fs::read_to_string(&journal).unwrap())).unwrap();
    let output = deployment.program(deployment.running.url(), &["sweep"]).output().unwrap();
    assert_eq!(output.status.code(), Some(8), "{}", said(&output));
    let told = said(&output).lines().filter(|line| line.contains("left behind")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains(&group) && told[0].contains("so it is not removed"), "{told:?}");
    assert_eq!(deployment.snapshot(), before, "all else is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_journal_can_be_written_nothing_is_sent() {
    let deployment = Deployment::new().await;
    let server = MockServer::start().await;
    let taken = deployment.journals().join("taken.jsonl");
    fs::write(&taken, "").unwrap();
    let suite = deployment.suite().display().to_string();
    for (journal, what) in
        [("/nowhere/at/all.jsonl", "cannot be written"), (taken.to_str().unwrap(), "there is a journal already")]
    {
        let args = ["run", "--allow-writes", "--register", "--scenarios", &suite, "--journal", journal];
        let output = deployment.program(&server.uri(), &args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(what) && said(&output).contains("--journal"), "{}", said(&output));
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

/// The simulator, but for the links of what it shows: in their place stands something else, or nothing.
fn lying(simulator: &Simulator, link: Option<Value>) -> Target {
    fn put(value: &mut Value, link: &Option<Value>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::Object(links)) = members.get_mut("links") {
                    match link {
                        Some(link) => drop(links.insert("self".to_owned(), link.clone())),
                        None => drop(links.remove("self")),
                    }
                }
                members.values_mut().for_each(|value| put(value, link));
            }
            Value::Array(items) => items.iter_mut().for_each(|value| put(value, link)),
            _ => {}
        }
    }
    let simulator = simulator.clone();
    Target::in_process("liar", move |request| {
        simulator.handle(request).map(|body| match serde_json::from_slice::<Value>(&body) {
            Ok(mut answer) => {
                put(&mut answer, &link);
                Bytes::from(answer.to_string())
            }
            Err(_) => body,
        })
    })
}

/// What stands in a simulator of a run, beside the accounts that it has registered.
fn left_of(simulator: &Simulator, run: &str) -> Vec<String> {
    let accounts = Regex::new(&format!("conformance-[a-z]+-{run}@example.com")).unwrap();
    let dump = accounts.replace_all(&simulator.dump(), "").into_owned();
    dump.split('"').filter(|word| word.contains(run)).map(str::to_owned).collect()
}

#[rstest]
#[case::of_another_instance(Some(json!("/v1.1/instances/demo/")))]
#[case::of_nothing(Some(json!("/v1.1/instances/nobodys/users/999999/")))]
#[case::absolute(Some(json!("https://elsewhere.example.com/v1.1/instances/demo/")))]
#[case::a_number(Some(json!(17)))]
#[case::long(Some(json!(format!("/v1.1/instances/{}/", "a".repeat(1 << 16)))))]
#[case::missing(None)]
#[tokio::test]
async fn what_a_run_has_made_is_removed_whatever_its_links_say(
    #[case] link: Option<Value>,
    #[values(None, Some("demo"))] instance: Option<&str>,
) {
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let read = |path: &str| (path.to_owned(), fs::read_to_string(source.join(path)).unwrap());
    let own = [("kill/stranger.yaml", STRANGER), ("kill/batch.yaml", BATCH)];
    let own = own.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let files = SuiteFiles {
        scenarios: SCENARIOS.into_iter().chain(["rules.toml"]).map(read).chain(own).collect(),
        ..SuiteFiles::default()
    };
    let suite = Arc::new(files.read().unwrap());
    let before = simulator.dump();
    let target = lying(&simulator, link);
    let key = world.account.account_key.to_string();
    let plan = Plan {
        credentials: Credentials::AccountKey(key.into()),
        instance: instance.map(str::to_owned),
        ..Plan::default()
    };
    let run = plan.id.to_string();
    let (_stop, stopped) = watch::channel(false);
    let mut left_behind = Vec::new();
    let mut ran = 0;
    harness::run(suite, &Selection::default(), target, plan, stopped, |event| match event {
        Event::Scenario(scenario) => {
            ran += scenario.checks.iter().filter(|check| check.verdict() == Verdict::Pass).count();
            left_behind.extend(scenario.left_behind);
        }
        Event::Finished(finished) => left_behind.extend(finished.left_behind),
        Event::Started(_) => {}
    })
    .await
    .unwrap();
    assert!(ran > 10, "worlds are made whatever the links say: {ran}");
    assert_eq!(left_behind, Vec::<String>::new());
    assert_eq!(left_of(&simulator, &run), Vec::<String>::new());
    let names = |dump: &str| dump.matches("\"demo\"").count();
    assert_eq!(names(&simulator.dump()), names(&before), "the instance of others is there");
}

#[tokio::test]
async fn a_sweep_removes_what_a_run_has_made_whatever_its_links_say() {
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).unwrap();
    let folder = TempDir::new().unwrap();
    let journal = folder.path().join("run.jsonl");
    let liar = lying(&simulator, Some(json!("/v1.1/instances/demo/users/1/")));
    // The run is killed when it begins to remove.
    let killed = Arc::new(Notify::new());
    let unwilling = Target::in_process("unwilling", {
        let (liar, killed) = (liar.clone(), Arc::clone(&killed));
        move |request| match *request.method() == Method::DELETE {
            true => {
                killed.notify_one();
                http::Response::builder().status(503).body(Bytes::new()).unwrap()
            }
            false => at_once(liar.send(request)).unwrap().response,
        }
    });
    let suite =
        SuiteFiles { scenarios: [("kill/batch.yaml".to_owned(), BATCH.to_owned())].into(), ..Default::default() };
    let suite = Arc::new(suite.read().unwrap());
    for instance in [None, Some("demo".to_owned())] {
        let key = SecretString::from(world.account.account_key.to_string());
        let plan = Plan { credentials: Credentials::AccountKey(key.clone()), instance, ..Plan::default() };
        let begun = begin_journal(Some(&journal), &unwilling, &plan).unwrap();
        let run = plan.id.to_string();
        let (_stop, stop) = watch::channel(false);
        let handles = Handles { journal: Some(begun), ..stop.into() };
        let (suite, selection) = (Arc::clone(&suite), Selection::default());
        tokio::select! {
            _ = harness::run(suite, &selection, unwilling.clone(), plan, handles, drop) => panic!("it is killed before"),
            () = killed.notified() => {}
        }
        assert_ne!(left_of(&simulator, &run), Vec::<String>::new());
        let keys = SweepKeys { account: Some(key), ..SweepKeys::default() };
        // Its tasks end when it is their turn.
        let leftovers = loop {
            match Leftovers::read(&journal) {
                Err(JournalError::InUse(_)) => tokio::task::yield_now().await,
                read => break read.unwrap(),
            }
        };
        let left = sweep(&leftovers, &liar, &keys).await.unwrap();
        assert_eq!(left, Vec::<String>::new());
        assert_eq!(left_of(&simulator, &run), Vec::<String>::new());
        assert!(!journal.exists());
    }
}

/// An in-process target answers at once.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an in-process target waits for nothing"),
    }
}
