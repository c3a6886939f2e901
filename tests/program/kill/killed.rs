//! Tests for killed runs, and for runs in parallel on one instance.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use regex::Regex;

use super::{UsedDeployment, said, wait_for_lines};

/// Number of runs in parallel.
const SIDE_BY_SIDE: usize = 4;

/// Matches a key, a password, or a part of one.
static HEXADECIMAL: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9a-fA-F]{16}").unwrap());

/// Matches the name of an instance that a run created.
static INSTANCE: LazyLock<Regex> = LazyLock::new(|| Regex::new("/instances/(conformance-[^/]*)/").unwrap());

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_deletes_exactly_the_resources_of_a_killed_run() {
    let now = || std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = std::env::var("KILL_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap());
    // The gate runs 25 rounds, which kill 100 runs.
    let rounds = std::env::var("KILL_ROUNDS").map_or(2, |rounds| rounds.parse().unwrap());
    println!("KILL_SEED={seed} KILL_ROUNDS={rounds}");
    let mut random = StdRng::seed_from_u64(seed);
    let deployment = UsedDeployment::new().await;
    let before = deployment.snapshot();
    let mut swept = 0;
    for round in 0..rounds {
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
        // The owner does not see the instances of the extra accounts, so the test checks that their
        // names are free.
        for instance in INSTANCE.captures_iter(&written).map(|found| found[1].to_owned()).collect::<BTreeSet<_>>() {
            assert!(deployment.is_free(&instance), "{instance} is gone in round {round}");
        }
    }
    assert!(swept > rounds, "there was something to sweep: {swept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_runs_in_one_instance_do_not_interfere() {
    let deployment = UsedDeployment::new().await;
    let before = deployment.snapshot();
    let runs = ["1.jsonl", "2.jsonl", "3.jsonl"].map(|journal| deployment.run(journal, &["--instance", "demo"]));
    // Sweep skips the journals of active runs.
    let swept = deployment.program(deployment.running.url(), &["sweep"]).output().unwrap();
    assert_eq!(swept.status.code(), Some(0), "{}", said(&swept));
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    assert_eq!(deployment.snapshot(), before);
    assert_eq!(deployment.files(), Vec::<PathBuf>::new(), "no journal is left");
}
