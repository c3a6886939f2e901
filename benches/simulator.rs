//! Measures `Simulator::handle` by endpoint and by the size of the world: `cargo bench --bench
//! simulator`.
//!
//! Requests are built before they are timed, and come from users spread over the world.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

mod town;

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use syncano_simulator::Simulator;
use town::{MeasuredRequest, Town};

/// The numbers of users.
const SIZES: [u64; 4] = [10, 100, 10_000, 1_000_000];
/// The endpoints that are measured for each size.
const ENDPOINTS: [MeasuredRequest; 7] = [
    MeasuredRequest::User,
    MeasuredRequest::UsersAsUser,
    MeasuredRequest::PageOfUsers,
    MeasuredRequest::PageOfMembers,
    MeasuredRequest::Login,
    MeasuredRequest::ResetKey,
    MeasuredRequest::Rejected,
];

/// The towns, created once for all endpoints.
static TOWNS: LazyLock<Mutex<BTreeMap<u64, (Simulator, Town)>>> = LazyLock::new(Mutex::default);

#[divan::bench(args = ENDPOINTS, consts = SIZES)]
fn handle<const SIZE: u64>(bencher: Bencher<'_, '_>, endpoint: MeasuredRequest) {
    let mut towns = TOWNS.lock().unwrap();
    let (simulator, town) = towns.entry(SIZE).or_insert_with(|| {
        let simulator = Simulator::builder().build();
        let town = Town::new(&simulator, "town", SIZE).with_groups();
        (simulator, town)
    });
    let requests = town.requests(endpoint);
    for request in &requests {
        assert_eq!(simulator.handle(request.clone()).status(), endpoint.status(), "{request:?}");
    }
    let mut next = requests.iter().cycle();
    bencher
        .counter(ItemsCount::new(1u32))
        .with_inputs(|| next.next().unwrap().clone())
        // Dropping the response is part of the cost.
        .bench_local_values(|request| drop(black_box(simulator.handle(request))));
}

fn main() {
    divan::main();
}
