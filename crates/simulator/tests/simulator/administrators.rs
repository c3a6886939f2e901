//! Administrators: invitations, the rights of each role, removal.

use http::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::cast::{As, Cast, forbidden, got, not_found, text};

const PLACE: &str = "/v1.1/account/invitations/";

/// Registers an account and returns its key, or the errors.
fn register(cast: &Cast, email: &str, invitation: Option<&str>) -> Result<String, Value> {
    let mut body = json!({"email": email, "password": "secret"});
    if let Some(key) = invitation {
        body["invitation_key"] = json!(key);
    }
    let answer = cast.post(As::default(), "/v1.1/account/register/", body);
    if answer.status == 201 { Ok(text(&answer.body["account_key"])) } else { Err(answer.body) }
}

fn invite(cast: &Cast, email: &str, role: &str) -> Value {
    cast.post(cast.owner(), "invitations/", json!({"email": email, "role": role})).body
}

fn accept(cast: &Cast, who: As<'_>, invitation: &Value) -> u16 {
    cast.post(who, &format!("{PLACE}accept/"), json!({"invitation_key": invitation["key"]})).status.as_u16()
}

fn account(key: &str) -> As<'_> {
    As { api: Some(key), user: None }
}

/// Registers an account that accepts an invitation, and returns its key.
fn administrator(cast: &Cast, role: &str) -> String {
    let key = register(cast, "dallas@example.com", None).expect("an account");
    assert_eq!(accept(cast, account(&key), &invite(cast, "dallas@example.com", role)), 204);
    key
}

fn roles(cast: &Cast) -> Vec<(Value, Value)> {
    let list = cast.get(cast.owner(), "admins/").body;
    let list = list["objects"].as_array().expect("a list").clone();
    list.into_iter().map(|one| (one["email"].clone(), one["role"].clone())).collect()
}

#[test]
fn accepting_an_invitation_makes_an_account_an_administrator() {
    let cast = Cast::new();
    let key = register(&cast, "dallas@example.com", None).expect("an account");
    let dallas = account(&key);
    let invitation = invite(&cast, "Dallas@Example.com", "write");
    assert_eq!((&invitation["email"], &invitation["state"]), (&json!("Dallas@Example.com"), &json!("new")));
    assert_eq!(cast.get(dallas, "users/"), forbidden());

    let seen = cast.get(dallas, PLACE).body["objects"][0].clone();
    assert_eq!(seen["key"], invitation["key"]);
    assert_eq!((&seen["instance"], &seen["inviter"]), (&json!("nostromo"), &json!("owner@example.com")));

    assert_eq!(accept(&cast, dallas, &invitation), 204);
    assert_eq!(cast.get(dallas, "users/").status, 200);
    assert_eq!(cast.get(dallas, "/v1.1/instances/").body["objects"][0]["role"], "write");
    assert_eq!(
        roles(&cast),
        [(json!("owner@example.com"), json!("full")), (json!("dallas@example.com"), json!("write"))]
    );
    assert_eq!(cast.get(dallas, PLACE).body["objects"], json!([]));
    assert_eq!(cast.get(cast.owner(), "invitations/").body["objects"][0]["state"], "accepted");
}

#[test]
fn an_account_can_register_with_an_invitation() {
    let cast = Cast::new();
    let invitation = text(&invite(&cast, "dallas@example.com", "read")["key"]);
    let unknown = json!({"invitation_key": "Invitation not found."});
    assert_eq!(register(&cast, "dallas@example.com", Some(&"f".repeat(40))), Err(unknown.clone()));
    assert_eq!(
        register(&cast, "owner@example.com", Some(&invitation)),
        Err(json!({"email": ["This field must be unique."]}))
    );
    let key = register(&cast, "dallas@example.com", Some(&invitation)).expect("an account");
    assert_eq!(cast.get(account(&key), "users/").status, 200);
    assert_eq!(register(&cast, "lambert@example.com", Some(&invitation)), Err(unknown));
}

#[rstest]
#[case("read", &[])]
#[case("write", &["users/", "groups/"])]
#[case("full", &["users/", "groups/", "api_keys/", "invitations/", "instance", "admins/2/"])]
fn each_role_reads_everything_and_changes_what_it_may(#[case] role: &str, #[case] changes: &[&str]) {
    let cast = Cast::new();
    let key = administrator(&cast, role);
    let dallas = account(&key);
    let cases = [
        ("users/", Method::POST, "users/", json!({"username": "parker", "password": "x"})),
        ("groups/", Method::PATCH, "groups/1/", json!({"label": "x"})),
        ("api_keys/", Method::POST, "api_keys/", json!({})),
        ("invitations/", Method::POST, "invitations/", json!({"email": "parker@example.com"})),
        ("instance", Method::PATCH, "", json!({"description": "x"})),
        ("rename", Method::POST, "rename/", json!({"new_name": "sulaco"})),
        ("admins/1/", Method::PATCH, "admins/1/", json!({"role": "read"})),
        ("instance", Method::PUT, "", json!({})),
        ("admins/2/", Method::PATCH, "admins/2/", json!({"role": role})),
    ];
    for (what, method, path, body) in cases {
        let answer = cast.send(dallas, method.clone(), path, Some(body));
        let may = changes.contains(&what);
        assert_eq!(answer.status.is_success(), may, "{role} {method} {path}: {answer:?}");
        assert!(may || answer == forbidden(), "{role} {method} {path}: {answer:?}");
    }
    for path in ["users/", "groups/", "admins/", "invitations/", ""] {
        assert_eq!(cast.get(dallas, path).status, 200, "{role} {path}");
    }
    assert_eq!(cast.delete(dallas, ""), forbidden());
}

#[test]
fn administrators_can_leave_but_the_owner_cannot() {
    let cast = Cast::new();
    let key = administrator(&cast, "read");
    let dallas = account(&key);
    assert_eq!(cast.delete(cast.owner(), "admins/1/"), forbidden());
    assert_eq!(cast.delete(dallas, "admins/1/"), forbidden());
    assert_eq!(cast.delete(dallas, "admins/2/").status, 204);
    assert_eq!(cast.get(dallas, ""), not_found());
    assert_eq!(cast.get(dallas, "users/"), forbidden());
    assert_eq!(cast.get(dallas, "/v1.1/instances/").body["objects"], json!([]));
}

#[test]
fn an_invitation_can_be_used_once() {
    let cast = Cast::new();
    let key = register(&cast, "dallas@example.com", None).expect("an account");
    let dallas = account(&key);
    let again = || cast.post(cast.owner(), "invitations/", json!({"email": "dallas@example.com"}));

    let declined = invite(&cast, "dallas@example.com", "full");
    assert_eq!(again(), got(400, json!({"detail": "Admin with specified Email already has an invitation created."})));
    assert_eq!(cast.delete(dallas, &format!("{PLACE}{}/", declined["id"])).status, 204);
    assert_eq!(accept(&cast, dallas, &declined), 400);

    let withdrawn = again().body;
    assert_eq!(cast.delete(cast.owner(), &format!("invitations/{}/", withdrawn["id"])).status, 204);
    assert_eq!(accept(&cast, dallas, &withdrawn), 400);

    let accepted = again().body;
    assert_eq!(accept(&cast, dallas, &accepted), 204);
    assert_eq!(accept(&cast, dallas, &accepted), 400);
    let reason = "Admin with specified Email is already a part of this Instance.";
    assert_eq!(again(), got(400, json!({"email": reason})));
}

#[test]
fn invitations_of_a_deleted_instance_are_invalid() {
    let cast = Cast::new();
    let key = register(&cast, "dallas@example.com", None).expect("an account");
    let invitation = invite(&cast, "dallas@example.com", "full");
    assert_eq!(cast.delete(cast.owner(), "").status, 204);
    assert_eq!(accept(&cast, account(&key), &invitation), 400);
    assert_eq!(cast.get(account(&key), PLACE).body["objects"], json!([]));
}
