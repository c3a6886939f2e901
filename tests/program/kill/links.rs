//! Tests for answers with wrong or missing links.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::Method;
use regex::Regex;
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value, json};
use syncano_conformance::harness::{
    self, Credentials, Event, Handles, JournalError, Leftovers, Plan, Selection, SweepKeys, Target, begin_journal,
    sweep,
};
use syncano_conformance::judge::Verdict;
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use syncano_suite::SuiteFiles;
use tempfile::TempDir;
use tokio::sync::{Notify, watch};

use super::{BATCH, SCENARIOS, STRANGER};

/// Returns a target whose answers have their links replaced, or removed if `link` is `None`.
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

/// Returns the resources of a run that remain in the simulator, without its registered accounts.
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
async fn a_run_deletes_its_resources_regardless_of_their_links(
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
async fn a_sweep_deletes_the_resources_of_a_run_regardless_of_their_links() {
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).unwrap();
    let folder = TempDir::new().unwrap();
    let journal = folder.path().join("run.jsonl");
    let liar = lying(&simulator, Some(json!("/v1.1/instances/demo/users/1/")));
    let suite =
        SuiteFiles { scenarios: [("kill/batch.yaml".to_owned(), BATCH.to_owned())].into(), ..Default::default() };
    let suite = Arc::new(suite.read().unwrap());
    for instance in [None, Some("demo".to_owned())] {
        // Kills the run at its first DELETE request.
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
        // The tasks of the killed run hold the journal until the scheduler drops them.
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

/// Returns the result of a future that is ready at the first poll, as with an in-process target.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an in-process target waits for nothing"),
    }
}
