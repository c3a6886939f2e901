//! Quirks: each reproduces a bug of the reference deployment, only if it is on.

use http::Method;
use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::{Quirk, Quirks};

use crate::cast::{As, Cast, whole};

/// Sends requests to one endpoint and returns the status and a part of the answer.
type Observation = fn(&Cast) -> (u16, Value);

fn own_profile(cast: &Cast) -> (u16, Value) {
    let answer = cast.patch(cast.alice(), "user/", json!({"profile": {"other_permissions": "read"}}));
    (answer.status.as_u16(), cast.get(cast.alice(), "user/").body["profile"]["other_permissions"].clone())
}

fn head_of_an_own_object(cast: &Cast) -> (u16, Value) {
    cast.post(cast.owner(), "classes/", json!({"name": "log"}));
    let object = cast.post(cast.alice(), "classes/log/objects/", json!({})).body;
    let answer = cast.send(cast.alice(), Method::HEAD, &format!("classes/log/objects/{}/", object["id"]), None);
    (answer.status.as_u16(), Value::Null)
}

fn new_instance(cast: &Cast) -> (u16, Value) {
    let answer = cast.post(cast.owner(), "/v1.1/instances/", json!({"name": "sulaco"}));
    (answer.status.as_u16(), answer.body["role"].clone())
}

fn foreign_email(cast: &Cast) -> (u16, Value) {
    cast.post(As::default(), "/v1.1/account/register/", json!({"email": "other@example.com", "password": "x"}));
    let answer = cast.patch(cast.owner(), "/v1.1/account/", json!({"email": "other@example.com"}));
    (answer.status.as_u16(), answer.body["email"][0].clone())
}

fn nul_in_user_key(cast: &Cast) -> (u16, Value) {
    (cast.get(cast.app(), "user/?user_key=%00").status.as_u16(), Value::Null)
}

fn login_by_stranger(cast: &Cast) -> (u16, Value) {
    let body = json!({"email": "other@example.com", "password": "x"});
    let stranger = cast.post(As::default(), "/v1.1/account/register/", body).body;
    let who = As { api: stranger["account_key"].as_str(), user: None };
    let login = json!({"username": "alice", "password": "pw-alice"});
    (cast.send(who, Method::POST, "user/auth/", Some(login)).status.as_u16(), Value::Null)
}

fn list_for_a_permission_of_a_profile(cast: &Cast) -> (u16, Value) {
    let answer = cast.patch(cast.owner(), "users/1/", json!({"profile": {"other_permissions": []}}));
    (answer.status.as_u16(), answer.body["profile"]["other_permissions"][0].clone())
}

fn object_for_a_permission_of_a_class(cast: &Cast) -> (u16, Value) {
    let answer = cast.post(cast.owner(), "classes/", json!({"name": "", "group_permissions": {}}));
    (answer.status.as_u16(), answer.body["group_permissions"][0].clone())
}

fn list_for_a_permission_in_a_batch(cast: &Cast) -> (u16, Value) {
    let object = whole("classes/user_profile/objects/1/");
    let item = json!({"method": "PATCH", "path": object, "body": {"owner_permissions": [1], "owner": 99}});
    let answer = cast.post(cast.owner(), "batch/", json!({"requests": [item]}));
    (
        answer.body[0]["code"].as_u64().unwrap_or_default() as u16,
        answer.body[0]["content"]["owner_permissions"][0].clone(),
    )
}

fn list_for_a_role(cast: &Cast) -> (u16, Value) {
    let answer = cast.post(cast.owner(), "invitations/", json!({"email": "kane@example.com", "role": ["full"]}));
    (answer.status.as_u16(), answer.body["role"][0].clone())
}

fn members_after_a_delete(cast: &Cast) -> (u16, Value) {
    cast.delete(cast.owner(), "users/1/");
    let members = cast.get(cast.owner(), "groups/1/users/").body;
    (200, json!(members["objects"].as_array().map(Vec::len)))
}

fn groups_after_a_delete(cast: &Cast) -> (u16, Value) {
    cast.delete(cast.owner(), "groups/1/");
    let groups = cast.get(cast.alice(), "users/1/groups/").body;
    (200, json!(groups["objects"].as_array().map(Vec::len)))
}

fn new_name_with_blanks(cast: &Cast) -> (u16, Value) {
    cast.post(cast.owner(), "endpoints/data/", json!({"name": "crew", "class": "user_profile"}));
    let answer = cast.post(cast.owner(), "endpoints/data/crew/rename/", json!({"new_name": " Hands "}));
    (answer.status.as_u16(), json!([answer.body["name"], answer.body["links"]["get"]]))
}

fn configuration_for_an_app(cast: &Cast) -> (u16, Value) {
    let answer = cast.get(cast.app(), "snippets/config/");
    (answer.status.as_u16(), answer.body["config"].clone())
}

fn administrators_without_a_key(cast: &Cast) -> (u16, Value) {
    let answer = cast.get(As::default(), "admins/");
    (answer.status.as_u16(), answer.body["objects"][0]["email"].clone())
}

fn unknown_route_in_a_batch(cast: &Cast) -> (u16, Value) {
    let answer = cast.post(cast.app(), "batch/", json!({"requests": [{"method": "GET", "path": whole("nosuch/")}]}));
    (answer.status.as_u16(), answer.body[0].clone())
}

#[rstest]
#[case(Quirk::UserProfile500, own_profile, (200, json!("read")), (500, json!("none")))]
#[case(Quirk::ObjectHead403, head_of_an_own_object, (200, json!(null)), (403, json!(null)))]
#[case(Quirk::InstanceCreateRole, new_instance, (201, json!("full")), (201, json!("api_key")))]
#[case(Quirk::AdminsOpen, administrators_without_a_key, (403, json!(null)), (200, json!("owner@example.com")))]
#[case(Quirk::ConfigOpen, configuration_for_an_app, (403, json!(null)), (200, json!({})))]
#[case(Quirk::BatchUnknownRoute, unknown_route_in_a_batch, (200, json!({"code": 404, "content": "Invalid endpoint specified."})), (200, json!("code")))]
#[case(Quirk::AccountEmail500, foreign_email, (400, json!("This field must be unique.")), (500, json!(null)))]
#[case(Quirk::Nul500, nul_in_user_key, (403, json!(null)), (500, json!(null)))]
#[case(Quirk::StrangerLogin, login_by_stranger, (403, json!(null)), (200, json!(null)))]
#[case(Quirk::Choice500, list_for_a_permission_of_a_profile, (400, json!("\"[]\" is not a valid choice.")), (500, json!(null)))]
#[case(Quirk::Choice500, object_for_a_permission_of_a_class, (400, json!("\"{}\" is not a valid choice.")), (500, json!(null)))]
#[case(Quirk::Choice500, list_for_a_permission_in_a_batch, (400, json!("\"[1]\" is not a valid choice.")), (500, json!(null)))]
#[case(Quirk::Choice500, list_for_a_role, (400, json!("\"['full']\" is not a valid choice.")), (500, json!(null)))]
#[case(Quirk::RenameEcho, new_name_with_blanks, (200, json!(["Hands", "/v1.1/instances/nostromo/endpoints/data/Hands/get/"])), (200, json!([" Hands ", "/v1.1/instances/nostromo/endpoints/data/%20Hands%20/get/"])))]
#[case(Quirk::LateDeletes, members_after_a_delete, (200, json!(1)), (200, json!(2)))]
#[case(Quirk::LateDeletes, groups_after_a_delete, (200, json!(0)), (200, json!(1)))]
fn a_quirk_changes_the_answer_only_if_it_is_on(
    #[case] quirk: Quirk,
    #[case] ask: Observation,
    #[case] right: (u16, Value),
    #[case] quirky: (u16, Value),
) {
    assert_eq!(ask(&Cast::new()), right, "without {quirk}");
    assert_eq!(ask(&Cast::with(Quirks::none().with(quirk))), quirky, "with {quirk}");
}
