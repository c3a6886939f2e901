//! What `Simulator::handle` costs, by endpoint and by the size of the world: `cargo bench --bench simulator`.
//!
//! Every request is written down before it is timed. Worlds are made once a size; 32 groups have 32 members each.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use bytes::Bytes;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use http::{Method, Request};
use serde_json::{Value, json};
use syncano_conformance::api::Key;
use syncano_conformance::arrange::World;
use syncano_conformance::simulator::Simulator;

/// How many users there are.
const SIZES: [u64; 4] = [10, 100, 10_000, 1_000_000];
const GROUPS: u64 = 32;
const MEMBERS: u64 = 32;

/// A world of some size, and the keys to it.
#[derive(Clone)]
struct Town {
    simulator: Simulator,
    world: World,
    /// Of a user in the middle.
    user: u64,
    username: String,
    user_key: Key,
}

static TOWNS: LazyLock<Mutex<HashMap<u64, Town>>> = LazyLock::new(Mutex::default);

fn town(users: u64) -> Town {
    let mut towns = TOWNS.lock().unwrap();
    towns.entry(users).or_insert_with(|| Town::new(users)).clone()
}

impl Town {
    fn new(users: u64) -> Town {
        let simulator = Simulator::builder().build();
        let world = World::in_instance("town").on(&simulator).unwrap();
        let administrator = world.as_administrator();
        let mut middle = None;
        for number in 0..users {
            let body = json!({ "username": format!("user-{number}"), "password": "secret" });
            let made = administrator.post("/users/", body).unwrap().body;
            if number == users / 2 {
                let user_key = made["user_key"].as_str().unwrap().parse().unwrap();
                middle = Some((made["id"].as_u64().unwrap(), made["username"].as_str().unwrap().to_owned(), user_key));
            }
        }
        let (user, username, user_key) = middle.unwrap();
        for number in 0..GROUPS {
            let group = administrator.post("/groups/", json!({ "label": format!("group-{number}") })).unwrap().body;
            for member in 0..MEMBERS.min(users) {
                let path = format!("/groups/{}/users/", group["id"]);
                administrator.post(&path, json!({ "user": 1 + (number + member) % users })).unwrap();
            }
        }
        Town { simulator, world, user, username, user_key }
    }

    fn request(&self, method: Method, path: &str, keys: &[(&str, Key)], body: Option<Value>) -> Request<Bytes> {
        let mut request = Request::builder().method(method).uri(format!("/v1.1/instances/town{path}"));
        for (name, key) in keys {
            request = request.header(*name, key.to_string());
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        request.body(Bytes::from(body.map(|body| body.to_string()).unwrap_or_default())).unwrap()
    }

    fn as_administrator(&self, method: Method, path: &str, body: Option<Value>) -> Request<Bytes> {
        self.request(method, path, &[("x-api-key", self.world.administrator.account_key)], body)
    }

    fn as_user(&self, method: Method, path: &str) -> Request<Bytes> {
        self.request(method, path, &[("x-api-key", self.world.plain_key), ("x-user-key", self.user_key)], None)
    }
}

fn bench(bencher: Bencher<'_, '_>, town: &Town, request: &Request<Bytes>, status: u16) {
    assert_eq!(town.simulator.handle(request.clone()).status(), status, "{request:?}");
    bencher
        .counter(ItemsCount::new(1u32))
        .with_inputs(|| request.clone())
        .bench_values(|request| town.simulator.handle(black_box(request)));
}

#[divan::bench(args = SIZES)]
fn get_user(bencher: Bencher<'_, '_>, users: u64) {
    let town = town(users);
    bench(bencher, &town, &town.as_user(Method::GET, "/user/"), 200);
}

#[divan::bench(args = SIZES)]
fn get_users_as_user(bencher: Bencher<'_, '_>, users: u64) {
    let town = town(users);
    bench(bencher, &town, &town.as_user(Method::GET, "/users/"), 200);
}

#[divan::bench(args = SIZES)]
fn a_page_of_100_users_as_administrator(bencher: Bencher<'_, '_>, users: u64) {
    let town = town(users);
    bench(bencher, &town, &town.as_administrator(Method::GET, "/users/?page_size=100", None), 200);
}

#[divan::bench(args = SIZES)]
fn a_page_of_group_members(bencher: Bencher<'_, '_>, users: u64) {
    let town = town(users);
    bench(bencher, &town, &town.as_administrator(Method::GET, "/groups/7/users/?page_size=100", None), 200);
}

#[divan::bench(args = SIZES)]
fn login(bencher: Bencher<'_, '_>, users: u64) {
    let town = town(users);
    let body = json!({ "username": town.username, "password": "secret" });
    let keys = [("x-api-key", town.world.plain_key)];
    bench(bencher, &town, &town.request(Method::POST, "/user/auth/", &keys, Some(body)), 200);
}

#[divan::bench(args = SIZES)]
fn reset_key(bencher: Bencher<'_, '_>, users: u64) {
    // Of somebody else than the one whose key is read.
    let town = town(users);
    let path = format!("/users/{}/reset_key/", 1 + town.user % users);
    bench(bencher, &town, &town.as_administrator(Method::POST, &path, None), 200);
}

#[divan::bench(args = SIZES)]
fn refused(bencher: Bencher<'_, '_>, users: u64) {
    let town = town(users);
    bench(bencher, &town, &town.as_administrator(Method::GET, "/user/", None), 403);
}

fn main() {
    divan::main();
}
