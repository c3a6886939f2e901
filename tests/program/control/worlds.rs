//! Tests for worlds: reset, download, upload, and world files.

use std::path::Path;

use http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::Simulator;
use syncano_simulator::server::CONTROL;
use syncano_simulator::server::demo::DemoWorld;

use super::{Tool, client, read, status};
use crate::binary::{Served, output, stderr};

#[tokio::test]
async fn a_reset_restores_the_initial_world_with_its_keys() {
    let tool = Tool::start().await;
    let carol = tool.add_user("carol").await;
    assert_eq!(status(tool.as_owner("DELETE", "/users/1/")).await, 204);
    assert_eq!(status(tool.as_alice("GET", "/user/")).await, 403);
    tool.control("PUT", "variations", json!({ "defects": ["users-list-unscoped"] })).await;
    tool.control("PUT", "faults", json!({ "faults": [{ "endpoint": "/user/", "status": 503 }] })).await;

    assert_eq!(tool.control("POST", "reset", Value::Null).await.0, 204);
    assert_eq!(tool.users().await, ["alice", "bob"]);
    assert_eq!(status(tool.as_alice("GET", "/user/")).await, 200, "the old key, and no fault any more");
    let (_, variations) = tool.control("GET", "variations", Value::Null).await;
    assert_eq!(variations, json!({ "defects": [], "quirks": [] }));
    assert_eq!(tool.add_user("carol").await["user_key"], carol["user_key"], "a seed goes on from where it was");
}

#[tokio::test]
async fn a_saved_world_loads_into_another_simulator() {
    let (tool, other) = (Tool::start().await, Tool::start().await);
    tool.add_user("carol").await;
    let (_, world) = tool.control("GET", "world", Value::Null).await;
    assert_eq!(other.users().await, ["alice", "bob"]);
    assert_eq!(other.control("PUT", "world", world.clone()).await.0, 204);
    assert_eq!(other.users().await, ["alice", "bob", "carol"]);
    assert_eq!(other.control("GET", "world", Value::Null).await.1, world);
    assert_eq!(other.add_user("dave").await, tool.add_user("dave").await);
}

/// Each case changes a valid world file into an invalid one.
#[rstest]
#[case::invalid_json("", Value::Null, "line 1, column 0: EOF")]
#[case::another_format("/format", json!("syncano-conformance-world/2"), "format (line 2")]
#[case::a_text_for_a_number("/instances/0/users/0/id", json!("hunter2"), "instances[0].users[0].id (line ")]
#[case::no_key("/instances/0/users/0/user_key", json!("hunter2"), "expected a key of forty hexadecimal digits")]
#[case::not_a_time("/instances/0/created_at", json!("hunter2"), "instances[0].created_at (line ")]
#[case::another_role("/instances/0/administrators/0/role", json!("hunter2"), "expected one of `read`, `write`")]
#[case::a_name_twice("/instances/0/users/0/username", json!("bob"), "instances[0].users[1].username: already used by another item")]
#[case::capitals("/instances/0/users/0/username", json!("Alice"), "instances[0].users[0].username: expected lower case")]
#[case::an_unknown_owner("/instances/0/owner", json!(9), "instances[0].owner: no such account")]
#[case::an_id_from_the_future("/instances/0/groups/0/id", json!(9), "instances[0].groups[0].id: expected an id from 1")]
#[case::an_id_that_leaves_no_room("/instances/0/last_ids/user", json!(u32::MAX), "instances[0].last_ids: expected at most")]
#[case::an_unknown_member_of_a_group("/instances/0/memberships/0/user", json!(9), "instances[0].memberships[0].user: no such user")]
#[case::a_value_without_a_field("/instances/0/users/0/profile/values", json!({"age": 3}), "profile.values.age: no such field in the class")]
#[case::no_schema("/instances/0/classes/0/schema", json!([{"name": "age"}]), "instances[0].classes[0].schema: ")]
#[case::keys_without_end("/keys/made", json!(u64::MAX), "keys.made: expected at most")]
#[tokio::test]
async fn an_invalid_world_file_is_rejected_with_the_place_and_changes_nothing(
    #[case] place: &str,
    #[case] wrong: Value,
    #[case] said: &str,
) {
    let tool = Tool::start().await;
    let (_, world) = tool.control("GET", "world", Value::Null).await;
    let mut bad = world.clone();
    *bad.pointer_mut(place).unwrap() = wrong;
    let text = if bad.is_null() { String::new() } else { serde_json::to_string_pretty(&bad).unwrap() };
    let request = tool.request("PUT", &format!("{CONTROL}world")).body(text);
    let (status, answer) = read(request.send().await.unwrap()).await;
    let detail = answer["detail"].as_str().unwrap();
    assert_eq!(status, 400, "{detail}");
    assert!(detail.contains(said), "{detail}");
    assert!(!detail.contains("hunter2"), "{detail}");
    assert_eq!(tool.control("GET", "world", Value::Null).await.1, world);
}

#[test]
fn the_passwords_of_the_demo_world_are_random_without_a_seed() {
    let passwords = |simulator: Simulator| {
        let DemoWorld { account, users, .. } = DemoWorld::create(&simulator).unwrap();
        [account.password, users[0].password.clone(), users[1].password.clone()]
    };
    let [one, other] = [(); 2].map(|()| passwords(Simulator::builder().build()));
    for password in &one {
        assert!(password.len() >= 20 && !other.contains(password), "{password}");
    }
    let seeded = || passwords(Simulator::builder().seed(1).build());
    assert_eq!(seeded(), seeded());
}

/// The test runtime has one thread, so a blocking download would stop all other requests.
#[tokio::test]
async fn requests_are_answered_while_a_large_world_is_saved() {
    let tool = Tool::start().await;
    let (_, mut world) = tool.control("GET", "world", Value::Null).await;
    let users = world["instances"][0]["users"].as_array_mut().unwrap();
    let pattern = users[0].clone();
    for id in 1000..11_000 {
        let mut user = pattern.clone();
        user["id"] = json!(id);
        user["username"] = json!(format!("user-{id}"));
        user["user_key"] = json!(format!("{id:039}0"));
        user["profile"]["id"] = json!(id);
        users.push(user);
    }
    for last in ["user", "object"] {
        world["instances"][0]["last_ids"][last] = json!(20_000);
    }
    assert_eq!(tool.control("PUT", "world", world).await, (StatusCode::NO_CONTENT, json!("")));
    let dump = tool.control("GET", "world", Value::Null);
    let other = async {
        tokio::task::yield_now().await;
        status(tool.as_alice("GET", "/user/")).await
    };
    tokio::pin!(dump);
    tokio::select! {
        biased;
        _ = &mut dump => panic!("the world came first"),
        status = other => assert_eq!(status, 200),
    }
    assert_eq!(dump.await.0, 200);
}

#[cfg(unix)]
#[tokio::test]
async fn a_world_is_saved_on_exit_and_served_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    let file = file.to_str().unwrap();
    let served = Served::start(&["--save-on-exit", file]);
    let keys = [
        served.ready["api_keys"]["plain"].as_str().unwrap().to_owned(),
        served.ready["users"][0]["user_key"].as_str().unwrap().to_owned(),
    ];
    assert!(!Path::new(file).exists());
    assert_eq!(served.end(), Some(0));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "and nothing beside it");
    let saved = std::fs::read(file).unwrap();

    // The file is readable for other users, and a killed process has left a partial file beside it.
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(file, [b"\xef\xbb\xbf", saved.as_slice()].concat()).unwrap();
    std::fs::write(folder.path().join(".syncano-conformance-killed.partial"), "keys").unwrap();
    let served = Served::start(&["--world", file, "--save-on-exit", file]);
    assert_eq!(served.ready.as_object().unwrap().keys().collect::<Vec<_>>(), ["url"]);
    let [api_key, user_key] = &keys;
    let request = client().get(format!("{}/v1.1/instances/demo/user/", served.url()));
    let (_, user) =
        read(request.header("X-API-KEY", api_key).header("X-USER-KEY", user_key).send().await.unwrap()).await;
    assert_eq!(user["username"], "alice");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "what was left is removed at the start");
    assert_eq!(served.end(), Some(0));
    assert_eq!(std::fs::read(file).unwrap(), saved);
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_unusable_file_is_an_error_before_serve_starts() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.json");
    std::fs::write(&bad, r#"{"format": "syncano-conformance-world/1", "accounts": 7}"#).unwrap();
    let (bad, nowhere) = (bad.to_str().unwrap(), folder.path().join("no/folder.json"));
    let endless = folder.path().join("endless.json");
    std::fs::File::create(&endless).unwrap().set_len((1 << 30) + 1).unwrap();
    for (args, code, said) in [
        (["serve", "--world", endless.to_str().unwrap()], 2, "larger than 1024 MiB"),
        (["serve", "--world", bad], 5, "accounts (line 1, column 55): expected a sequence"),
        (["serve", "--world", nowhere.to_str().unwrap()], 2, "cannot read"),
        (["serve", "--save-on-exit", nowhere.to_str().unwrap()], 2, "a folder that exists"),
    ] {
        let output = output(&args);
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
}
