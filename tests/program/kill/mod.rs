//! Tests that the resources of a run are deleted on a shared deployment, however the run ends.

mod interrupted;
mod journal;
mod killed;
mod links;
mod sweep;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use syncano_simulator::server::{Listener, Running};
use tempfile::TempDir;

/// Scenario files that create resources of every kind.
const SCENARIOS: [&str; 7] = [
    "groups/created.yaml",
    "groups/roles.yaml",
    "users/created.yaml",
    "batch/objects.yaml",
    "batch/writes.yaml",
    "classes/defaults.yaml",
    "instances/renamed.yaml",
];

/// A scenario for cases that the suite lacks: an instance of another account, and a resource that
/// only a batch creates.
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

/// A scenario that does not end by itself.
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

/// A scenario that needs only API keys.
const APP: &str = r#"
title: A user reads herself
given: {users: [alice]}
steps:
  - name: alice reads herself
    as: alice
    send: GET /user/
    checks: [{id: app/is-the-caller, at: $.username, equals: '"{{alice.username}}"'}]
"#;

/// A deployment with a demo instance that others use.
struct UsedDeployment {
    simulator: Simulator,
    running: Running,
    world: DemoWorld,
    /// Holds the suite, the journals and the key.
    folder: TempDir,
}

impl UsedDeployment {
    async fn new() -> UsedDeployment {
        let simulator = Simulator::builder().build();
        let world = DemoWorld::create(&simulator).unwrap();
        let running = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap().spawn(simulator.clone());
        let folder = TempDir::new().unwrap();
        let deployment = UsedDeployment { simulator, running, world, folder };
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
        let mut program = Command::new(crate::binary::path());
        program.env("XDG_STATE_HOME", self.folder.path());
        program.env("SYNCANO_ACCOUNT_KEY", self.world.account.account_key.to_string());
        program.args(args).args(["--url", url]).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    }

    /// Starts a run of all scenarios that end by themselves, with this journal name.
    fn run(&self, journal: &str, options: &[&str]) -> Child {
        self.held(journal, &[options, &["groups", "users", "batch", "classes", "instances", "kill"]].concat())
    }

    /// Starts a run that does not end by itself.
    fn held(&self, journal: &str, options: &[&str]) -> Child {
        let mut program = self.program(self.running.url(), &["run", "--allow-writes", "--access-table", "off"]);
        program.arg("--scenarios").arg(self.suite()).arg("--journal").arg(self.journals().join(journal));
        program.args(options).spawn().unwrap()
    }

    /// Runs `sweep` once, and returns the number of leftover resources.
    fn sweep(&self) -> usize {
        let output = self.program(self.running.url(), &["sweep"]).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(self.files(), Vec::<PathBuf>::new(), "no journal and no seed is left: {said}");
        let counts =
            said.lines().filter_map(|line| line.strip_suffix(" left")?.rsplit(' ').next()?.parse::<usize>().ok());
        counts.sum()
    }

    /// Returns everything that the owner of the instance sees.
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

    /// Returns the journals and their seeds. Files without an extension belong to runs that were
    /// killed during startup and do not count.
    fn files(&self) -> Vec<PathBuf> {
        let paths = fs::read_dir(self.journals()).unwrap().map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some()).collect()
    }

    /// Returns the content of all journals.
    fn written(&self) -> String {
        let journals = self.files().into_iter().filter(|path| path.extension().unwrap() == "jsonl");
        journals.map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// Starts a run, kills it after it has created an API key, a user and a group, and returns its
    /// journal.
    fn killed(&self) -> PathBuf {
        let journal = self.journals().join("killed.jsonl");
        let mut run = self.held("killed.jsonl", &["--instance", "demo", "--jobs", "1"]);
        wait_for_lines(&mut run, &journal, 8);
        run.kill().unwrap();
        run.wait().unwrap();
        journal
    }

    /// Returns true if no account has an instance of this name.
    fn is_free(&self, instance: &str) -> bool {
        let (made, _) = self.ask(Method::POST, "/v1.1/instances/", Some(&json!({"name": instance})));
        self.ask(Method::DELETE, &format!("/v1.1/instances/{instance}/"), None);
        made == StatusCode::CREATED
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Waits until the journal has this number of lines or the run ends.
fn wait_for_lines(run: &mut Child, journal: &Path, lines: usize) {
    let has = || fs::read(journal).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count());
    while has() < lines && run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
}
