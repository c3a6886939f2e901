//! Concurrency: nothing is lost or duplicated, and there are no deadlocks.

use std::collections::BTreeSet;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use syncano_simulator::Quirks;

use super::ask::{As, ParsedAnswer, SampleWorld, ask, text};

const THREADS: usize = 8;
const BASE: &str = "/v1.1/instances/nostromo/";
/// Much longer than any test takes; a deadlock fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs an action in many threads that start at the same time, and returns the results.
fn at_once<T: Send + 'static>(
    world: &Arc<SampleWorld>,
    action: impl Fn(&SampleWorld, usize) -> T + Send + Sync + 'static,
) -> Vec<T> {
    let (world, action) = (Arc::clone(world), Arc::new(action));
    let (done, finished) = mpsc::channel();
    let start = Arc::new(Barrier::new(THREADS));
    for thread in 0..THREADS {
        let (world, action, done, start) = (Arc::clone(&world), Arc::clone(&action), done.clone(), Arc::clone(&start));
        thread::spawn(move || {
            start.wait();
            // The receiver is gone if another thread failed.
            let _ = done.send(action(&world, thread));
        });
    }
    drop(done);
    let result = |_| match finished.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => panic!("the threads wait for each other"),
        Err(RecvTimeoutError::Disconnected) => panic!("a thread failed"),
    };
    (0..THREADS).map(result).collect()
}

fn world() -> Arc<SampleWorld> {
    Arc::new(SampleWorld::new(Quirks::none()))
}

fn send(world: &SampleWorld, api: &str, method: &str, path: &str, body: Option<Value>) -> ParsedAnswer {
    let path = if path.starts_with('/') { path.to_owned() } else { format!("{BASE}{path}") };
    ask(&world.simulator, As { api: Some(api), user: None }, method, &path, body)
}

fn as_owner(world: &SampleWorld, method: &str, path: &str, body: Value) -> ParsedAnswer {
    send(world, world.key("account"), method, path, Some(body))
}

/// Returns all items of a list, from all pages.
fn list(world: &SampleWorld, path: &str) -> Vec<Value> {
    let (mut all, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = as_owner(world, "GET", &path, Value::Null).body;
        all.extend(page["objects"].as_array().expect("a list").clone());
        next = page["next"].as_str().map(str::to_owned);
    }
    all
}

fn ids(objects: &[Value]) -> BTreeSet<u64> {
    objects.iter().map(id).collect()
}

fn id(object: &Value) -> u64 {
    object["id"].as_u64().expect("an id")
}

fn how_many(answers: &[ParsedAnswer], status: u16) -> usize {
    answers.iter().filter(|got| got.status == status).count()
}

/// Returns the keys in the answers and checks that they differ.
fn keys(answers: &[ParsedAnswer], member: &str) -> Vec<String> {
    let keys: Vec<String> = answers.iter().map(|got| text(&got.body[member])).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "a key was assigned twice");
    keys
}

#[test]
fn one_of_several_concurrent_creations_gets_the_name() {
    let world = world();
    for round in 0..20 {
        let name = format!("name-{round}");
        let user = json!({"username": name, "password": "x"});
        let created = at_once(&world, move |world, _| as_owner(world, "POST", "users/", user.clone()));
        assert_eq!((how_many(&created, 201), how_many(&created, 400)), (1, THREADS - 1));
        assert_eq!(list(&world, &format!("users/?username__startswith={name}")).len(), 1);

        let group = json!({"name": name});
        let created = at_once(&world, move |world, _| as_owner(world, "POST", "groups/", group.clone()));
        assert_eq!((how_many(&created, 201), how_many(&created, 400)), (1, THREADS - 1));

        let instance = json!({"name": name});
        let created = at_once(&world, move |world, _| as_owner(world, "POST", "/v1.1/instances/", instance.clone()));
        assert_eq!((how_many(&created, 201), how_many(&created, 400)), (1, THREADS - 1));

        let account = json!({"email": format!("{name}@example.com"), "password": "x"});
        let register =
            move |world: &SampleWorld, _| as_owner(world, "POST", "/v1.1/account/register/", account.clone());
        let created = at_once(&world, register);
        assert_eq!((how_many(&created, 201), how_many(&created, 400)), (1, THREADS - 1));
    }
}

#[test]
fn one_of_several_concurrent_renames_gets_the_name() {
    let world = world();
    let users: Vec<u64> = (0..THREADS)
        .map(|user| {
            id(&as_owner(&world, "POST", "users/", json!({"username": format!("u{user}"), "password": "x"})).body)
        })
        .collect();
    for round in 0..20 {
        let users = users.clone();
        let renamed = at_once(&world, move |world, thread| {
            let body = json!({"username": format!("Wanted-{round}")});
            as_owner(world, "PATCH", &format!("users/{}/", users[thread]), body)
        });
        assert_eq!((how_many(&renamed, 200), how_many(&renamed, 400)), (1, THREADS - 1));
    }
    let names: BTreeSet<String> = list(&world, "users/").iter().map(|user| text(&user["username"])).collect();
    assert_eq!(names.len(), 2 + THREADS);
}

#[test]
fn one_key_is_valid_after_concurrent_resets() {
    let world = world();
    let reset = at_once(&world, |world, _| {
        (0..25).map(|_| as_owner(world, "POST", "users/1/reset_key/", Value::Null)).collect::<Vec<_>>()
    });
    let mut given = keys(&reset.into_iter().flatten().collect::<Vec<_>>(), "user_key");
    given.push(world.key("alice").to_owned());
    let opens = |key: &&String| {
        let who = As { api: Some(world.key("api")), user: Some(key) };
        ask(&world.simulator, who, "GET", &format!("{BASE}user/"), None).status == 200
    };
    let valid: Vec<&String> = given.iter().filter(opens).collect();
    let shown = text(&as_owner(&world, "GET", "users/1/", Value::Null).body["user_key"]);
    assert_eq!(valid, [&shown]);
}

#[test]
fn one_api_key_is_valid_after_concurrent_resets() {
    let world = world();
    let reset = at_once(&world, |world, _| {
        (0..25).map(|_| as_owner(world, "POST", "api_keys/1/reset_key/", Value::Null)).collect::<Vec<_>>()
    });
    let given = keys(&reset.into_iter().flatten().collect::<Vec<_>>(), "api_key");
    let shown = text(&as_owner(&world, "GET", "api_keys/1/", Value::Null).body["api_key"]);
    for path in ["groups/", "/v1.1/instances/"] {
        let valid: Vec<&String> =
            given.iter().filter(|key| send(&world, key, "GET", path, None).status == 200).collect();
        assert_eq!(valid, [&shown], "{path}");
    }
}

#[test]
fn a_key_can_be_used_for_one_reset() {
    let world = world();
    for _ in 0..20 {
        let key = text(&as_owner(&world, "GET", "users/1/", Value::Null).body["user_key"]);
        let reset = at_once(&world, move |world, _| {
            let who = As { api: Some(world.key("api")), user: Some(&key) };
            ask(&world.simulator, who, "POST", &format!("{BASE}users/1/reset_key/"), None)
        });
        assert_eq!((how_many(&reset, 200), how_many(&reset, 403)), (1, THREADS - 1));
    }
    let mut key = world.key("account").to_owned();
    for _ in 0..20 {
        let reset = at_once(&world, move |world, _| send(world, &key, "POST", "/v1.1/account/reset_key/", None));
        assert_eq!((how_many(&reset, 200), how_many(&reset, 403)), (1, THREADS - 1));
        key = reset.iter().find(|got| got.status == 200).map(|got| text(&got.body["account_key"])).expect("a key");
    }
}

#[test]
fn concurrent_creations_and_deletions_are_consistent() {
    const EACH: usize = 30;
    let world = world();
    let kept = at_once(&world, |world, thread| {
        let mut kept = Vec::new();
        for number in 0..EACH {
            let user = json!({"username": format!("u-{thread}-{number}"), "password": "x"});
            let user = id(&as_owner(world, "POST", "users/", user).body);
            assert_eq!(as_owner(world, "POST", "groups/1/users/", json!({"user": user})).status, 201);
            if number % 2 == 0 {
                assert_eq!(as_owner(world, "DELETE", &format!("users/{user}/"), Value::Null).status, 204);
            } else {
                kept.push(user);
            }
        }
        kept
    });
    let kept: BTreeSet<u64> = kept.into_iter().flatten().chain([1, 2]).collect();
    assert_eq!(kept.len(), 2 + THREADS * EACH / 2);
    assert_eq!(ids(&list(&world, "users/")), kept);
    let members: Vec<Value> =
        list(&world, "groups/1/users/").into_iter().map(|member| member["user"].clone()).collect();
    assert_eq!(ids(&members), kept);
    let deleted = at_once(&world, |world, _| as_owner(world, "DELETE", "users/1/", Value::Null));
    assert_eq!((how_many(&deleted, 204), how_many(&deleted, 404)), (1, THREADS - 1));
}

#[test]
fn both_sides_of_memberships_agree_after_concurrent_changes() {
    let world = world();
    for number in 0..6 {
        as_owner(&world, "POST", "users/", json!({"username": format!("u{number}"), "password": "x"}));
        as_owner(&world, "POST", "groups/", json!({}));
    }
    at_once(&world, |world, thread| {
        for step in 0..200 {
            let (user, group) = ((step * 7 + thread * 3) % 8 + 1, (step * 5 + thread) % 7 + 1);
            match (step + thread) % 5 {
                0 | 1 => as_owner(world, "POST", &format!("users/{user}/groups/"), json!({"group": group})),
                2 => as_owner(world, "POST", &format!("groups/{group}/users/"), json!({"user": user})),
                3 => as_owner(world, "DELETE", &format!("users/{user}/groups/{group}/"), Value::Null),
                _ if step % 50 == 4 => as_owner(world, "DELETE", &format!("groups/{group}/"), Value::Null),
                _ if step % 50 == 9 => as_owner(world, "DELETE", &format!("users/{user}/"), Value::Null),
                _ => as_owner(world, "DELETE", &format!("groups/{group}/users/{user}/"), Value::Null),
            };
        }
    });
    let end = |list: Vec<Value>, member: &str| -> Vec<u64> { list.iter().map(|object| id(&object[member])).collect() };
    let mut of_users = BTreeSet::new();
    for user in list(&world, "users/") {
        let groups = end(list(&world, &format!("users/{}/groups/", id(&user))), "group");
        let shown: Vec<u64> = user["groups"].as_array().expect("a list").iter().map(id).collect();
        assert_eq!(groups.iter().collect::<BTreeSet<_>>(), shown.iter().collect());
        of_users.extend(groups.into_iter().map(|group| (id(&user), group)));
    }
    let mut of_groups = BTreeSet::new();
    for group in list(&world, "groups/") {
        let users = end(list(&world, &format!("groups/{}/users/", id(&group))), "user");
        of_groups.extend(users.into_iter().map(|user| (user, id(&group))));
    }
    assert_eq!(of_users, of_groups);
}

#[test]
fn a_user_is_in_at_most_32_groups_after_concurrent_joins() {
    let world = world();
    for _ in 0..2 * 32 {
        as_owner(&world, "POST", "groups/", json!({}));
    }
    let joined = at_once(&world, |world, thread| {
        let join = |group| as_owner(world, "POST", "users/1/groups/", json!({"group": group})).status;
        (0..8).filter(|number| join(2 + thread * 8 + number) == 201).count()
    });
    assert_eq!(joined.into_iter().sum::<usize>(), 31, "alice was in one");
    assert_eq!(list(&world, "users/1/groups/").len(), 32);
}

#[test]
fn an_instance_can_be_created_and_deleted_under_load() {
    let world = world();
    let statuses = at_once(&world, |world, thread| {
        let mut statuses = BTreeSet::new();
        for step in 0..150 {
            let got = match (thread, step % 5) {
                (0, 0) => as_owner(world, "DELETE", "/v1.1/instances/nostromo/", Value::Null),
                (0, 1) => as_owner(world, "POST", "/v1.1/instances/", json!({"name": "nostromo"})),
                (1, 0) => as_owner(world, "POST", "rename/", json!({"new_name": "auriga"})),
                (1, 1) => as_owner(world, "POST", "/v1.1/instances/auriga/rename/", json!({"new_name": "nostromo"})),
                (2, _) => as_owner(world, "GET", "/v1.1/instances/", Value::Null),
                (3, 0) => as_owner(world, "POST", "api_keys/", json!({})),
                (3, _) => send(world, world.key("api"), "GET", "/v1.1/instances/", None),
                (4, 0) => as_owner(world, "PATCH", "/v1.1/account/", json!({"first_name": "x"})),
                (_, 1) => as_owner(world, "POST", "groups/", json!({})),
                (_, 2) => as_owner(world, "GET", "users/", Value::Null),
                (_, 3) => as_owner(world, "GET", "/v1.1/instances/nostromo/", Value::Null),
                _ => {
                    as_owner(world, "POST", "users/", json!({"username": format!("u{thread}-{step}"), "password": "x"}))
                }
            };
            statuses.insert(got.status);
        }
        statuses
    });
    let statuses: BTreeSet<u16> = statuses.into_iter().flatten().collect();
    assert!(statuses.iter().all(|status| [200, 201, 204, 400, 403, 404].contains(status)), "{statuses:?}");
    for instance in list(&world, "/v1.1/instances/") {
        let path = text(&instance["links"]["self"]);
        assert_eq!(as_owner(&world, "DELETE", &path, Value::Null).status, 204);
    }
    assert_eq!(list(&world, "/v1.1/instances/"), Vec::<Value>::new());
    assert_eq!(send(&world, world.key("api"), "GET", "/v1.1/instances/", None).status, 403, "the key is invalid");
}
