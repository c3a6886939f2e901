//! Effects of a request on later requests.

use std::thread;

use serde_json::{Value, json};

use crate::cast::{As, Cast, forbidden, got, no_such_key, not_found, text};

#[test]
fn equal_seeds_and_requests_give_identical_answers() {
    let run = || {
        let cast = Cast::new();
        (cast.account.clone(), cast.get(cast.alice(), "user/").body.to_string(), cast.bob.to_string())
    };
    assert_eq!(run(), run());
}

#[test]
fn a_reset_invalidates_only_the_old_key() {
    let cast = Cast::new();
    let old = cast.get(cast.alice(), "user/").body;
    let new = cast.post(cast.alice(), "users/1/reset_key/", json!({})).body;
    let with_new = As { user: new["user_key"].as_str(), ..cast.app() };

    assert_ne!(new["user_key"], old["user_key"]);
    assert_eq!((&new["id"], &new["profile"], &new["groups"]), (&old["id"], &old["profile"], &old["groups"]));
    assert_eq!(cast.get(cast.alice(), "user/"), forbidden());
    assert_eq!(cast.post(cast.alice(), "users/1/reset_key/", json!({})), forbidden());
    assert_eq!(cast.get(with_new, "user/").body, new);
    assert_eq!(cast.login("alice", "pw-alice").body["user_key"], new["user_key"]);
    assert_eq!(cast.get(cast.bob(), "user/").status, 200);
    assert_eq!(cast.post(cast.bob(), "users/1/reset_key/", json!({})), not_found());
    assert_eq!(cast.post(cast.app(), "users/1/reset_key/", json!({})), forbidden());
}

#[test]
fn a_new_name_or_password_keeps_the_key() {
    let cast = Cast::new();
    cast.put(cast.alice(), "user/", json!({"username": "ellen", "password": "new"}));
    assert_eq!(cast.get(cast.alice(), "user/").body["username"], "ellen");
    assert_eq!(cast.login("alice", "new"), got(401, json!({"detail": "Invalid username."})));
    assert_eq!(cast.login("ellen", "pw-alice"), got(401, json!({"detail": "Invalid password."})));
    assert_eq!(cast.login("Ellen", "new").status, 200);
}

#[test]
fn a_deleted_user_leaves_only_a_gap_in_the_ids() {
    let cast = Cast::new();
    assert_eq!(cast.delete(cast.owner(), "users/1/"), got(204, json!("")));
    assert_eq!(cast.get(cast.owner(), "users/1/"), not_found());
    assert_eq!(cast.get(cast.alice(), "user/"), forbidden());
    assert_eq!(cast.login("alice", "pw-alice").status, 401);
    assert_eq!(cast.get(cast.owner(), "users/1/groups/"), got(404, json!({"detail": "User was not found."})));
    let members = cast.get(cast.owner(), "groups/1/users/?fields=user,username").body;
    assert_eq!(members["objects"], json!([{"user": {"username": "bob"}}]));
    let again = cast.post(cast.owner(), "users/", json!({"username": "alice", "password": "x"})).body;
    assert_eq!(again["id"], 3);
}

#[test]
fn the_members_of_a_deleted_group_stay() {
    let cast = Cast::new();
    assert_eq!(cast.delete(cast.owner(), "groups/1/").status, 204);
    assert_eq!(cast.get(cast.owner(), "groups/1/users/"), got(404, json!({"detail": "Group was not found."})));
    assert_eq!(cast.get(cast.alice(), "user/").body["groups"], json!([]));
    assert_eq!(cast.get(cast.alice(), "users/1/groups/").body["objects"], json!([]));
}

#[test]
fn a_membership_exists_and_ends_on_both_sides() {
    let cast = Cast::new();
    let group = cast.post(cast.owner(), "groups/", json!({"label": "marines"})).body["id"].clone();
    let made = cast.post(cast.owner(), "users/1/groups/", json!({"group": group})).body;
    assert_eq!(made["links"]["self"], "/v1.1/instances/nostromo/users/1/groups/2/");
    assert_eq!(cast.get(cast.owner(), "groups/2/users/1/").body["user"]["id"], 1);
    assert_eq!(cast.get(cast.alice(), "user/").body["groups"][1]["label"], "marines");
    assert_eq!(cast.delete(cast.owner(), "groups/2/users/1/").status, 204);
    assert_eq!(cast.get(cast.owner(), "users/1/groups/2/"), not_found());
    assert_eq!(cast.delete(cast.owner(), "groups/2/users/1/"), not_found());
}

#[test]
fn an_api_key_becomes_invalid_when_reset_or_deleted() {
    let cast = Cast::new();
    let new = text(&cast.post(cast.owner(), "api_keys/1/reset_key/", json!({})).body["api_key"]);
    assert_eq!(cast.get(cast.alice(), "user/"), no_such_key());
    assert_eq!(cast.get(cast.app(), "/v1.1/instances/"), no_such_key());
    let with_new = As { api: Some(&new), ..cast.alice() };
    assert_eq!(cast.get(with_new, "user/").body["username"], "alice");
    assert_eq!(cast.get(with_new, "/v1.1/instances/").status, 200);
    assert_eq!(cast.delete(cast.owner(), "api_keys/1/").status, 204);
    assert_eq!(cast.get(with_new, "user/"), no_such_key());
}

#[test]
fn an_account_key_becomes_invalid_when_reset() {
    let cast = Cast::new();
    let new = text(&cast.post(cast.owner(), "/v1.1/account/reset_key/", json!({})).body["account_key"]);
    assert_eq!(cast.get(cast.owner(), "/v1.1/account/"), no_such_key());
    assert_eq!(cast.get(As { api: Some(&new), user: None }, "users/").status, 200);
}

#[test]
fn a_renamed_instance_keeps_its_keys() {
    let cast = Cast::new();
    let renamed = cast.post(cast.owner(), "rename/", json!({"new_name": "Sulaco"}));
    assert_eq!((renamed.status.as_u16(), &renamed.body["name"]), (200, &json!("Sulaco")));
    assert_eq!(cast.get(cast.alice(), "user/"), got(404, json!({"detail": "Instance was not found."})));
    let user = cast.get(cast.alice(), "/v1.1/instances/SULACO/user/").body;
    assert_eq!(user["links"]["self"], "/v1.1/instances/sulaco/users/1/");
    let rejected = got(400, json!({"new_name": ["This field may not be null."]}));
    assert_eq!(cast.post(cast.owner(), "/v1.1/instances/sulaco/rename/", json!({})), rejected);
}

#[test]
fn deleting_an_instance_invalidates_its_keys_and_frees_its_name() {
    let cast = Cast::new();
    assert_eq!(cast.delete(cast.owner(), "/v1.1/instances/nostromo/").status, 204);
    assert_eq!(cast.get(cast.owner(), "/v1.1/instances/nostromo/"), not_found());
    assert_eq!(cast.get(cast.app(), "/v1.1/instances/"), no_such_key());
    assert_eq!(cast.post(cast.owner(), "/v1.1/instances/", json!({"name": "nostromo"})).status, 201);
    assert_eq!(cast.get(cast.owner(), "users/").body["objects"], json!([]));
}

#[test]
fn the_password_of_an_account_changes_if_the_current_one_is_right() {
    let cast = Cast::new();
    let change = |current: &str| {
        cast.post(cast.owner(), "/v1.1/account/password/", json!({"current_password": current, "new_password": "new"}))
    };
    assert_eq!(change("wrong"), got(400, json!({"current_password": ["Invalid password."]})));
    assert_eq!(change("secret").status, 204);
    let login = |password: &str| {
        let body = json!({"email": "OWNER@example.com", "password": password});
        cast.post(As::default(), "/v1.1/account/auth/", body)
    };
    assert_eq!(login("secret"), got(401, json!({"detail": "Invalid password."})));
    assert_eq!(login("new").body["account_key"], json!(cast.account));
}

#[test]
fn instances_are_independent() {
    let cast = Cast::new();
    let names: Vec<String> = (0..8).map(|number| format!("ship{number}")).collect();
    thread::scope(|scope| {
        for name in &names {
            let cast = &cast;
            scope.spawn(move || {
                cast.post(cast.owner(), "/v1.1/instances/", json!({"name": name}));
                for user in 0..20 {
                    let body = json!({"username": format!("u{user}"), "password": "x"});
                    cast.post(cast.owner(), &format!("/v1.1/instances/{name}/users/"), body);
                }
                cast.post(
                    cast.owner(),
                    &format!("/v1.1/instances/{name}/rename/"),
                    json!({"new_name": format!("{name}-ii")}),
                );
            });
        }
    });
    for name in &names {
        let users = cast.get(cast.owner(), &format!("/v1.1/instances/{name}-ii/users/")).body;
        let last: Option<&Value> = users["objects"].as_array().and_then(|users| users.last());
        assert_eq!(last.map(|user| &user["id"]), Some(&json!(20)), "{name}");
    }
}
