//! World files contain what quirks leave behind in a world.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use syncano_simulator::{Quirk, Quirks, Simulator};

use super::ask::{As, SampleWorld, raw};

const BASE: &str = "/v1.1/instances/nostromo/";

/// Requests of the administrator that end something which a quirk may keep.
fn ending_requests() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("PATCH", "users/1/", json!({"username": "ellen", "password": "new"})),
        ("POST", "users/1/reset_key/", Value::Null),
        ("PATCH", "api_keys/1/", json!({"allow_user_create": true})),
        ("POST", "api_keys/2/reset_key/", Value::Null),
        ("DELETE", "api_keys/3/", Value::Null),
        ("DELETE", "users/1/groups/1/", Value::Null),
        ("DELETE", "users/2/", Value::Null),
        ("DELETE", "groups/1/", Value::Null),
    ]
}

/// Returns answers, with the old keys, that show what ended.
fn observations(simulator: &Simulator, world: &SampleWorld) -> Vec<String> {
    let login = |password| Some(json!({"username": "alice", "password": password}));
    let keys = ["account", "api", "ignore_acl", "allow_user_create"];
    let paths = ["user/", "users/", "users/1/groups/", "users/2/groups/", "groups/1/users/", "api_keys/"];
    let mut answers = Vec::new();
    for api in keys {
        for user in [None, Some("alice"), Some("bob")] {
            let who = As { api: Some(world.key(api)), user: user.map(|user| world.key(user)) };
            let mut ask = |method, path: &str, body| {
                answers.push(format!("{:?}", raw(simulator, who, method, &format!("{BASE}{path}"), body)));
            };
            paths.iter().for_each(|path| ask("GET", path, None));
            ask("POST", "user/auth/", login("pw-alice"));
            ask("POST", "user/auth/", login("new"));
            ask("POST", "users/", Some(json!({"username": "bob", "password": "x"})));
        }
    }
    answers
}

#[test]
fn effects_of_quirks_continue_in_a_loaded_world() {
    let mut left = BTreeSet::new();
    for quirk in Quirk::ALL {
        let quirks = Quirks::none().with(*quirk);
        let world = SampleWorld::new(Quirks::none());
        world.simulator.set_quirks(quirks);
        for (method, path, body) in ending_requests() {
            let who = As { api: Some(world.key("account")), user: None };
            raw(&world.simulator, who, method, &format!("{BASE}{path}"), Some(body));
        }
        let file = world.simulator.dump();
        let loaded = Simulator::builder().quirks(quirks).build();
        loaded.load(&file).unwrap_or_else(|error| panic!("{quirk}: {error}"));
        assert!(loaded.dump() == file, "{quirk}");

        let file: Value = serde_json::from_str(&file).expect("JSON");
        let Some(remains) = file["instances"][0]["remains"].as_object() else { continue };
        left.extend(remains.keys().cloned());
        assert_eq!(observations(&loaded, &world), observations(&world.simulator, &world), "{quirk}");
    }
    assert_eq!(left, ["groups", "users"].map(str::to_owned).into(), "the quirks leave both kinds of remains");
}
