//! Tests for runs that are interrupted by a signal.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rstest::rstest;

use super::{UsedDeployment, said, wait_for_lines};

#[cfg(unix)]
#[rstest]
#[case::ctrl_c("INT")]
#[case::the_term_signal("TERM")]
#[case::terminal_closed("HUP")]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_leaves_no_resources_behind(
    #[case] signal: &str,
    #[values(&[], &["--instance", "demo"])] options: &[&str],
) {
    let deployment = UsedDeployment::new().await;
    let before = deployment.snapshot();
    let mut run = deployment.held("run.jsonl", options);
    wait_for_lines(&mut run, &deployment.journals().join("run.jsonl"), 20);
    send(signal, &run);
    if signal == "HUP" {
        // A run can receive SIGHUP twice: from the terminal and from its shell.
        send(signal, &run);
    }
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!(deployment.snapshot(), before);
    assert_eq!(deployment.files(), Vec::<PathBuf>::new(), "no journal is left");
    let shown = String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(shown.matches("checks: the run was interrupted").count(), 1, "what was not run is one line: {shown}");
    assert!(!shown.contains("untestable") && !shown.contains("0 passed"), "{shown}");
}

#[cfg(unix)]
fn send(signal: &str, run: &Child) {
    let status = Command::new("kill").args(["-s", signal, &run.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_started_with_nohup_outlives_its_terminal() {
    let deployment = UsedDeployment::new().await;
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
    assert_eq!(said(&output).matches("interrupted: deleting the created resources").count(), 1, "{}", said(&output));
}
