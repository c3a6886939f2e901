//! Tests for the memory use of a run with hostile answers.

#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use rstest::rstest;
use serde_json::Value;
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use tempfile::TempDir;
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::binary::program;

/// Each case is the answer to every read of a scenario, and the expected message.
#[rstest]
#[case::small_objects(format!("[{}0]", "{},".repeat(3_500_000)), "the answer is longer than 2097152 bytes")]
#[case::small_values(format!("[{}0]", "1,".repeat(900_000)), "the answer is JSON of more than 65536 values")]
#[case::no_text((0..200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>(), "not JSON")]
#[tokio::test(flavor = "multi_thread")]
async fn large_answers_take_little_memory(#[case] body: impl Into<Vec<u8>>, #[case] why: &str) {
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).unwrap();
    let key = world.account.account_key.to_string();
    let before = instances(&simulator, &key);
    let server = MockServer::builder().disable_request_recording().start().await;
    let is_below_an_instance = |request: &wiremock::Request| request.url.path().split('/').nth(4) > Some("");
    let large = ResponseTemplate::new(200).set_body_bytes(body);
    Mock::given(method("GET")).and(is_below_an_instance).respond_with(large).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(simulator.clone()).mount(&server).await;

    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut run = program();
    run.args(["run", "user-groups/own", "reset-key/by-the-administrator"]);
    run.arg("--no-diagnosis");
    run.args(["--url", &server.uri(), "--allow-writes", "--access-table", "off", "--log", "trace", "--jobs", "4"]);
    run.args(["--trace", &path("trace"), "--report", &format!("json={}", path("report.json"))]);
    let (exit, most) = run_to_its_end(run.env("SYNCANO_ACCOUNT_KEY", &key), &folder.path().join("out"));
    assert_eq!(exit.code(), Some(1), "answers are wrong");
    assert!(0 < most && most < 300 << 10, "the run took {most} KiB");
    let report = fs::read_to_string(path("report.json")).unwrap();
    assert!(report.contains(why), "{report}");
    assert!(fs::metadata(path("trace")).unwrap().len() > 0);
    assert_eq!(instances(&simulator, &key), before, "what the run made is removed");
}

/// Runs a command, and returns its exit status and its peak memory in KiB.
fn run_to_its_end(command: &mut Command, out: &Path) -> (ExitStatus, u64) {
    let mut child = command.stdout(File::create(out).unwrap()).stderr(Stdio::null()).spawn().unwrap();
    let mut most = 0;
    loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(peak.unwrap_or(0_u64));
        if let Some(exit) = child.try_wait().unwrap() {
            return (exit, most);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the number of instances of an account.
fn instances(simulator: &Simulator, key: &str) -> usize {
    let list = Request::get("/v1.1/instances/").header("X-API-KEY", key).body(Bytes::new()).unwrap();
    let list: Value = serde_json::from_slice(simulator.handle(list).body()).unwrap();
    list["objects"].as_array().unwrap().len()
}
