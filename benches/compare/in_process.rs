//! Measures the simulator without a socket: the cost by the size of the world, the gain of a second
//! core, and the time and memory of creating users. Prints JSON for `benches/compare/run`.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

#[path = "../town/mod.rs"]
mod town;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use syncano_simulator::Simulator;
use town::{MeasuredRequest, Town};

/// The numbers of users.
const SIZES: [u64; 4] = [10, 100, 10_000, 1_000_000];
const ENDPOINTS: [(&str, MeasuredRequest); 7] = [
    ("GET /user/", MeasuredRequest::User),
    ("GET /users/ as a user", MeasuredRequest::UsersAsUser),
    ("GET /users/, a page of 100", MeasuredRequest::PageOfUsers),
    ("GET /groups/<id>/users/, a page of 100", MeasuredRequest::PageOfMembers),
    ("POST /user/auth/", MeasuredRequest::Login),
    ("POST /users/<id>/reset_key/", MeasuredRequest::ResetKey),
    ("GET /user/, rejected", MeasuredRequest::Rejected),
];
/// The number of measurements of each endpoint.
const ROUNDS: usize = 15;
/// The duration of one measurement.
const SLICE: Duration = Duration::from_millis(60);

fn main() {
    let (created, towns) = towns();
    let measured = json!({
        "created": created,
        "handle": by_size(&towns),
        "one_user": by_size_for_one_user(&towns),
        "cores": by_cores(),
    });
    println!("{measured}");
}

/// Returns a simulator with a town of each size, and the cost of creating the largest.
fn towns() -> (Value, BTreeMap<u64, (Simulator, Town)>) {
    let mut created = Value::Null;
    let towns = SIZES.iter().map(|&size| {
        let simulator = Simulator::builder().build();
        let (before, begun) = (resident(), Instant::now());
        let town = Town::new(&simulator, "town", size);
        created = json!({
            "users": size,
            "seconds": begun.elapsed().as_secs_f64(),
            "bytes": resident().saturating_sub(before),
        });
        (size, (simulator, town.with_groups()))
    });
    let towns = towns.collect();
    (created, towns)
}

/// Returns the nanoseconds per request of every round, by endpoint and by the size of the world.
fn by_size(towns: &BTreeMap<u64, (Simulator, Town)>) -> BTreeMap<&'static str, BTreeMap<String, Vec<f64>>> {
    let mut nanoseconds: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
    for round in 0..ROUNDS {
        for (name, endpoint) in ENDPOINTS {
            for (size, (simulator, town)) in towns {
                let measured = nanoseconds_each(simulator, town, endpoint, &AtomicBool::new(true), SLICE);
                let of_size: &mut Vec<f64> = nanoseconds.entry(name).or_default().entry(size.to_string()).or_default();
                // The first round warms up.
                if round > 0 {
                    of_size.push(measured);
                }
            }
        }
    }
    nanoseconds
}

/// Returns the nanoseconds of `GET /user/` by a single user, by the size of the world.
fn by_size_for_one_user(towns: &BTreeMap<u64, (Simulator, Town)>) -> BTreeMap<String, Vec<f64>> {
    let mut nanoseconds: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for (size, (simulator, town)) in towns {
            let requests = vec![town.requests(MeasuredRequest::User).swap_remove(0); 4096];
            let measured = nanoseconds_of(simulator, &requests, MeasuredRequest::User, &AtomicBool::new(true), SLICE);
            nanoseconds.entry(size.to_string()).or_default().push(measured);
        }
    }
    nanoseconds
}

/// Returns the requests per second of one thread, and of two threads that use one instance each of
/// the same simulator.
fn by_cores() -> Value {
    let simulator = Simulator::builder().build();
    let towns = ["left", "right"].map(|name| Town::new(&simulator, name, 1000).with_groups());
    let per_second = |towns: &[Town]| -> f64 {
        let go = AtomicBool::new(false);
        thread::scope(|scope| {
            let measuring = |town| nanoseconds_each(&simulator, town, MeasuredRequest::User, &go, 10 * SLICE);
            let threads = towns.iter().map(|town| scope.spawn(move || measuring(town))).collect::<Vec<_>>();
            go.store(true, Ordering::Release);
            threads.into_iter().map(|thread| 1e9 / thread.join().expect("a figure")).sum()
        })
    };
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        one.push(per_second(&towns[..1]));
        two.push(per_second(&towns));
    }
    json!({ "one": one, "two": two })
}

/// Sends requests one after the other until the time is over. The time includes dropping the
/// responses, but not copying the requests.
fn nanoseconds_each(
    simulator: &Simulator,
    town: &Town,
    endpoint: MeasuredRequest,
    go: &AtomicBool,
    time: Duration,
) -> f64 {
    nanoseconds_of(simulator, &town.requests(endpoint), endpoint, go, time)
}

fn nanoseconds_of(
    simulator: &Simulator,
    requests: &[Request<Bytes>],
    endpoint: MeasuredRequest,
    go: &AtomicBool,
    time: Duration,
) -> f64 {
    let mut spent = Duration::ZERO;
    let mut sent = 0usize;
    while !go.load(Ordering::Acquire) {
        thread::yield_now();
    }
    let begun = Instant::now();
    for batch in requests.chunks(256).cycle() {
        let batch = batch.to_vec();
        sent += batch.len();
        let begun_batch = Instant::now();
        for request in batch {
            let answer = simulator.handle(request);
            assert_eq!(answer.status(), endpoint.status());
        }
        spent += begun_batch.elapsed();
        if begun.elapsed() > time {
            break;
        }
    }
    spent.as_nanos() as f64 / sent as f64
}

/// Returns the memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a figure") * 1024
}
