//! A run is ended in the middle, in whatever way; what it has made on a deployment that others use is removed all the same.

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
