//! Measures the suite without a target: reading it, normalising responses, judging. `cargo bench
//! --bench suite`.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

#[expect(dead_code, reason = "other benchmarks use the rest")]
mod town;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use divan::{Bencher, black_box};
use http::{Request, Response};
use serde_json::{Value, json};
use syncano_conformance::judge::{Bindings, Exchange, Judge, Normaliser, Outcome, Placeholders, Scope, ValueKind};
use syncano_simulator::Simulator;
use syncano_simulator::api::Resource;
use syncano_suite::SuiteFiles;
use town::{MeasuredRequest, Town};

/// One read with three checks.
const SCENARIO: &str = r#"
title: One read
given: {users: [alice]}
steps:
  - name: alice
    as: alice
    send: GET /user/
    checks:
      - {id: one/status, status: 200}
      - {id: one/name, at: $.username, equals: '"{{alice.username}}"'}
      - {id: one/id, at: $.id, equals: '"{{alice.id}}"'}
"#;

/// Returns a request with the response of the simulator.
fn exchange(endpoint: MeasuredRequest) -> (Request<Bytes>, Response<Bytes>) {
    let simulator = Simulator::builder().build();
    let town = Town::new(&simulator, "town", 200).with_groups();
    let request = town.requests(endpoint).remove(0);
    (request.clone(), simulator.handle(request))
}

/// Returns the values of alice, the user in the response.
fn bindings(answer: &Value) -> Bindings {
    let mut bindings = Bindings::default();
    bindings.bind("root", json!("/v1.1"), ValueKind::Word);
    bindings.bind("instance.name", json!("town"), ValueKind::Word);
    bindings.bind("alice.id", answer["id"].clone(), ValueKind::Id(Resource::User, Scope::Own));
    bindings.bind("alice.username", answer["username"].clone(), ValueKind::Word);
    bindings.bind("alice.user_key", answer["user_key"].clone(), ValueKind::Key);
    bindings
}

#[divan::bench]
fn read_the_whole_suite() {
    black_box(syncano_conformance::embedded::suite_files().read().expect("a suite"));
}

#[divan::bench(args = [MeasuredRequest::User, MeasuredRequest::PageOfUsers])]
fn normalise(bencher: Bencher<'_, '_>, endpoint: MeasuredRequest) {
    let alice = serde_json::from_slice(exchange(MeasuredRequest::User).1.body()).expect("alice");
    let bindings = bindings(&alice);
    let (request, response) = exchange(endpoint);
    let path = request.uri().to_string();
    bencher.bench_local(|| {
        let mut placeholders = Placeholders::default();
        Normaliser::new(&path, &bindings, &mut placeholders).answer(black_box(&response))
    });
}

#[divan::bench]
fn judge_one_read_with_three_checks(bencher: Bencher<'_, '_>) {
    let scenarios = BTreeMap::from([("one/read.yaml".to_owned(), SCENARIO.to_owned())]);
    let suite = SuiteFiles { scenarios, ..SuiteFiles::default() }.read().expect("a scenario");
    let scenario = &suite.scenarios[0];
    let (request, response) = exchange(MeasuredRequest::User);
    let bindings = bindings(&serde_json::from_slice(response.body()).expect("alice"));
    let outcome =
        Outcome::Answered(Arc::new(Exchange { request, response, retries: Vec::new(), astray: None, too_large: None }));
    let judged = || {
        let mut judge = Judge::new(scenario, bindings.clone(), &suite.snapshots);
        judge.step(&scenario.steps[0], black_box(&outcome));
        judge.finish()
    };
    assert!(judged().checks.iter().all(|check| check.verdict().holds()));
    bencher.bench_local(judged);
}

fn main() {
    divan::main();
}
