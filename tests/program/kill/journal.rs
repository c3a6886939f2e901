//! Tests for recovery journals that are truncated, changed or forged.

use std::fs;

use serde_json::json;

use super::{UsedDeployment, said};

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_last_line_is_ignored_and_a_changed_line_is_an_error() {
    let deployment = UsedDeployment::new().await;
    let before = deployment.snapshot();
    let journal = deployment.killed();
    let whole = fs::read_to_string(&journal).unwrap();
    let sweep = || deployment.program(deployment.running.url(), &["sweep"]).output().unwrap();
    for (from, to, line, what) in [
        ("{\"event\":\"creating\"", "{\"event\":\"crea", 3, "this is not a line of a journal"),
        ("/v1.1/instances/demo/", "/v1.1/instances/demo/../", 3, "is not a path below /VERSION/instances/"),
        ("journal/1", "journal/2", 1, "unknown journal format"),
        ("\"run\":\"", "\"run\":\"x", 1, "is not the id of a run"),
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
async fn a_sweep_deletes_only_resources_named_after_the_run() {
    let deployment = UsedDeployment::new().await;
    let before = deployment.snapshot();
    let journal = deployment.killed();
    // The forged entry names a group that no run has created.
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
