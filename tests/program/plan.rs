//! Tests for `plan`: its estimate matches the run that follows.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use crate::binary::only;

/// A deployment with a shared instance, and a profile for it.
struct PlannedDeployment {
    server: MockServer,
    world: DemoWorld,
    folder: TempDir,
}

impl PlannedDeployment {
    async fn start() -> PlannedDeployment {
        let simulator = Simulator::builder().build();
        let world = DemoWorld::create(&simulator).unwrap();
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(simulator).mount(&server).await;
        PlannedDeployment { server, world, folder: TempDir::new().unwrap() }
    }

    /// Runs the program with this profile in `conformance.toml`.
    fn program(&self, profile: &str, args: &[&str]) -> Output {
        let file = format!("[target.shop]\nurl = \"{}\"\n{profile}", self.server.uri());
        fs::write(self.folder.path().join("conformance.toml"), file).unwrap();
        let mut program = Command::new(crate::binary::path());
        let keys = &self.world.api_keys;
        program
            .args(args)
            .current_dir(self.folder.path())
            .env("XDG_STATE_HOME", self.folder.path().join("state"))
            .env("ACCOUNT_KEY", self.world.account.account_key.to_string())
            .env("PLAIN_KEY", keys.plain.to_string())
            .env("USERS_KEY", keys.allow_user_create.to_string())
            .env("ALICE", &self.world.users[0].password)
            .env("BOB", &self.world.users[1].password);
        program.output().unwrap()
    }

    async fn requests(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }
}

const ADMINISTRATOR: &str = "account_key = { env = \"ACCOUNT_KEY\" }\nwrites = true\n";
const READER: &str = "instance = \"demo\"\napi_keys.plain = { env = \"PLAIN_KEY\" }\n\
                      users.alice = { username = \"alice\", password = { env = \"ALICE\" } }\n\
                      users.bob = { username = \"bob\", password = { env = \"BOB\" } }\n";
const MAKER: &str = "instance = \"demo\"\nwrites = true\napi_keys.plain = { env = \"PLAIN_KEY\" }\n\
                     api_keys.allow_user_create = { env = \"USERS_KEY\" }\n";

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test]
async fn a_plan_sends_nothing_and_its_run_sends_the_estimated_requests() {
    let cases = [
        (ADMINISTRATOR, ["user/reads", "group-users/only-the-caller", "access/groups"].as_slice()),
        (READER, ["user", "login", "users"].as_slice()),
        (MAKER, ["user", "login"].as_slice()),
    ];
    for (profile, words) in cases {
        let deployment = PlannedDeployment::start().await;
        let plan = deployment.program(profile, &[&["plan", "--target", "shop", "--format", "json"], words].concat());
        assert_eq!(plan.status.code(), Some(0), "{}", String::from_utf8_lossy(&plan.stderr));
        assert_eq!(deployment.requests().await, 0, "nothing is sent");
        let plan: Value = serde_json::from_str(&stdout(&plan)).unwrap();
        let run = deployment.program(profile, &[&["run", "--target", "shop"], words].concat());
        assert_eq!(run.status.code(), Some(0), "{}{}", stdout(&run), String::from_utf8_lossy(&run.stderr));
        assert_eq!(plan["requests"], deployment.requests().await, "{profile}");
    }
}

#[tokio::test]
async fn a_plan_shows_skipped_checks_remaining_resources_and_the_shortest_time() {
    let deployment = PlannedDeployment::start().await;
    let plan = deployment.program(&format!("{MAKER}rate = 0.5\n"), &["plan", "--target", "shop", "user"]);
    let said = stdout(&plan);
    assert!(said.contains("shop, API v1.1, in the instance demo; nothing was sent"), "{said}");
    assert!(said.contains("it needs an administrator's key"), "{said}");
    assert!(said.contains("these keys cannot delete them"), "{said}");
    let requests = |line: &str| line.strip_prefix("send ")?.split_whitespace().next()?.parse::<u64>().ok();
    let seconds = said.lines().find_map(requests).unwrap() * 2;
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    assert!(said.contains(&format!("take   at least {minutes} min {seconds} s, at 0.5 requests per second")), "{said}");

    let all = deployment.program(MAKER, &["plan", "--target", "shop", "--all", "user"]);
    let line = "skip   user/flags (";
    assert!(stdout(&all).lines().any(|said| said.starts_with(line) && said.contains("ignore_acl")), "{}", stdout(&all));
}

#[tokio::test]
async fn a_plan_needs_no_secret_and_names_each_missing_one() {
    let deployment = PlannedDeployment::start().await;
    let profile = "instance = \"demo\"\naccount_key = { env = \"NO_SUCH_KEY\" }\nwrites = true\n\
                   users.alice = { username = { env = \"NO_SUCH_NAME\" }, password = { file = \"gone\" } }\n\
                   proxy = \"http://127.0.0.1:9\"\n\
                   proxy_user = { username = \"al\", password = { env = \"NO_SUCH_PASSWORD\" } }\n";
    let args = ["plan", "--target", "shop", only!("user/reads"), "--format", "json"];
    let without = deployment.program(profile, &args);
    let notes = String::from_utf8(without.stderr.clone()).unwrap();
    assert_eq!(without.status.code(), Some(0), "{notes}");
    for name in ["NO_SUCH_KEY is not set", "NO_SUCH_NAME is not set", "gone: No such", "NO_SUCH_PASSWORD is not set"] {
        let line = |line: &&str| line.starts_with("note: ") && line.contains(name) && line.contains("`run` needs it");
        assert_eq!(notes.lines().filter(line).count(), 1, "{name}: {notes}");
    }
    let with = deployment.program(&format!("instance = \"demo\"\n{ADMINISTRATOR}"), &args);
    assert!(with.stderr.is_empty(), "nothing is missing: {with:?}");
    assert_eq!(stdout(&without), stdout(&with), "the plan is as if the secrets were there");

    let run = deployment.program(profile, &["run", "--target", "shop", only!("user/reads")]);
    assert_eq!(run.status.code(), Some(2), "{run:?}");
    assert_eq!(deployment.requests().await, 0);
}

#[tokio::test]
async fn the_exit_code_of_a_plan_says_whether_the_run_is_possible() {
    let deployment = PlannedDeployment::start().await;
    let code = |profile: &str, args: &[&str]| deployment.program(profile, args).status.code();
    assert_eq!(code(ADMINISTRATOR, &["plan", "--target", "shop", "--no-writes", only!("user/reads")]), Some(4));
    assert_eq!(code(READER, &["plan", "--target", "shop", "batch"]), Some(4));
    assert_eq!(code(READER, &["plan", "--target", "shop", "no-such-word"]), Some(4));
    assert_eq!(code("api_keys.plain = { env = \"PLAIN_KEY\" }\n", &["plan", "--target", "shop"]), Some(2));
    assert_eq!(code("api_keys.plane = { env = \"PLAIN_KEY\" }\n", &["plan", "--target", "shop"]), Some(5));
    assert_eq!(deployment.requests().await, 0);
}

/// Returns the number of requests and of instances that a run of these words takes.
fn cost(words: &[&str]) -> (u64, u64) {
    let mut program = crate::binary::program();
    program.args(["plan", "--url", "https://staging.example.com", "--allow-writes", "--format", "json"]).args(words);
    let plan: Value = serde_json::from_str(&stdout(&program.output().unwrap())).unwrap();
    (plan["requests"].as_u64().unwrap(), plan["created"]["instances"].as_u64().unwrap())
}

#[test]
fn a_run_stays_within_the_limits_of_a_stock_deployment() {
    let (requests, instances) = cost(&[]);
    assert!(requests <= 11_700 && instances <= 60, "{requests} requests, {instances} instances");
    let (requests, instances) = cost(&["--level", "seed"]);
    assert!(requests <= 1_300 && instances <= 15, "{requests} requests, {instances} instances");
}
