//! Measures how often the diagnosis names the bugs of a deployment: each defect and quirk alone,
//! and random pairs of them. `cargo bench --bench diagnosis [-- NUMBER_OF_PAIRS [SEED]]`

#![expect(clippy::unwrap_used, reason = "a benchmark ends with its first error")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use syncano_conformance::diagnosis::diagnose;
use syncano_conformance::harness::{self, Access, Selection};
use syncano_conformance::selftest::{Wrong, in_process, never_stopped};
use syncano_conformance::{Diagnosis, Plan, Report};
use syncano_suite::Suite;

#[tokio::main]
async fn main() {
    let numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok()).collect::<Vec<_>>();
    let pairs = numbers.first().map_or(100, |number| *number as usize);
    let seed = numbers.get(1).copied().unwrap_or(1);
    let suite = Arc::new(syncano_conformance::embedded::suite_files().read().unwrap());
    let all = Wrong::all().collect::<Vec<_>>();

    let (mut right, mut longest, mut total) = (0, Duration::ZERO, Duration::ZERO);
    for wrong in &all {
        let (diagnosis, time) = diagnosed(&suite, &[*wrong]).await;
        (longest, total) = (longest.max(time), total + time);
        let causes = diagnosis.map(|diagnosis| diagnosis.causes).unwrap_or_default();
        let is_right =
            causes.len() == 1 && causes.iter().flat_map(|cause| &cause.names).any(|name| name == wrong.name());
        right += usize::from(is_right);
        if !is_right {
            let names = causes.iter().map(|cause| cause.names.join(" or ")).collect::<Vec<_>>();
            println!("{}: {}", wrong.name(), names.join(", "));
        }
    }
    println!(
        "single bugs: {right} of {} diagnosed, on average in {:?}, at most {longest:?}",
        all.len(),
        total / all.len() as u32
    );

    let mut random = StdRng::seed_from_u64(seed);
    let (mut right, mut longest) = (0, Duration::ZERO);
    for _ in 0..pairs {
        let pair = all.sample(&mut random, 2).copied().collect::<Vec<_>>();
        let (diagnosis, time) = diagnosed(&suite, &pair).await;
        longest = longest.max(time);
        let causes = diagnosis.map(|diagnosis| diagnosis.causes).unwrap_or_default();
        let is_named = |wrong: &Wrong| causes.iter().any(|cause| cause.names.iter().any(|name| name == wrong.name()));
        let is_right = pair.iter().all(is_named);
        right += usize::from(is_right);
        if !is_right {
            let names = causes.iter().map(|cause| cause.names.join(" or ")).collect::<Vec<_>>();
            let pair = pair.iter().map(Wrong::name).collect::<Vec<_>>();
            println!("{}: {}", pair.join(" and "), names.join(", "));
        }
    }
    println!("pairs of seed {seed}: {right} of {pairs} diagnosed, at most {longest:?}");
}

/// Runs the suite on a deployment with these bugs, and diagnoses the run.
async fn diagnosed(suite: &Arc<Suite>, wrong: &[Wrong]) -> (Option<Diagnosis>, Duration) {
    let plan = Plan { access: Access::ReadOnly, patience: Duration::ZERO, ..Plan::default() };
    let mut events = Vec::new();
    let everything = Selection::default();
    let run = harness::run(Arc::clone(suite), &everything, in_process(wrong), plan, never_stopped(), |event| {
        events.push(event);
    });
    // A bug in the set-up makes checks fail, too.
    let _ = run.await;
    let report = Report::new(&events, false);
    let begun = Instant::now();
    (diagnose(suite, &report).await, begun.elapsed())
}
