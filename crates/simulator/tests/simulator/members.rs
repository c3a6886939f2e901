//! Members of bodies: accepted values, rejected values and their error texts.

use bytes::Bytes;
use http::{Method, Request};
use rstest::rstest;
use serde_json::{Value, json};

use crate::cast::{As, Cast, got, read, whole};

fn long(length: usize) -> String {
    "x".repeat(length)
}

#[rstest]
#[case::nothing(json!({}), json!({"username": ["This field is required."], "password": ["This field is required."]}))]
#[case::blank(json!({"username": " ", "password": ""}), json!({"username": ["This field may not be blank."], "password": ["This field may not be blank."]}))]
#[case::null(json!({"username": null, "password": "x"}), json!({"username": ["This field may not be null."]}))]
#[case::no_text(json!({"username": true, "password": {}}), json!({"username": ["Not a valid string."], "password": ["Not a valid string."]}))]
#[case::too_long(json!({"username": long(65), "password": long(129)}), json!({"username": ["Ensure this field has no more than 64 characters."], "password": ["Ensure this field has no more than 128 characters."]}))]
#[case::taken(json!({"username": " ALICE ", "password": "x"}), json!({"username": ["This field must be unique."]}))]
#[case::a_taken_name_is_reported_last(json!({"username": "alice"}), json!({"password": ["This field is required."]}))]
#[case::nul(json!({"username": "a\u{0}b", "password": "x"}), json!({"username": ["Null characters are not allowed."]}))]
#[case::no_choice(json!({"username": "u", "password": "x", "profile": {"group_permissions": "nope"}}), json!({"profile": {"group_permissions": ["\"nope\" is not a valid choice."]}}))]
#[case::no_group(json!({"username": "u", "password": "x", "profile": {"group": 99}}), json!({"profile": {"group": ["Invalid pk \"99\" - object does not exist."]}}))]
#[case::no_channel(json!({"username": "u", "password": "x", "profile": {"channel": "x"}}), json!({"profile": {"channel": ["Object with name=x does not exist."]}}))]
#[case::no_room(json!({"username": "u", "password": "x", "profile": {"channel": "default"}}), json!({"profile": {"non_field_errors": ["Channel room field is required for channels with separate rooms."]}}))]
#[case::no_profile(json!({"username": "u", "password": "x", "profile": "p"}), json!({"profile": {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}}))]
#[case::null_profile(json!({"username": "u", "password": "x", "profile": null}), json!({"profile": ["This field may not be null."]}))]
#[case::no_object(json!([]), json!({"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}))]
#[case::null_body(json!(null), json!({"non_field_errors": ["No data provided"]}))]
fn an_invalid_user_is_rejected(#[case] body: Value, #[case] errors: Value) {
    let cast = Cast::new();
    assert_eq!(cast.post(cast.owner(), "users/", body), got(400, errors));
}

#[rstest]
#[case::a_space(json!("Gordon Freeman"), "gordon freeman")]
#[case::trimmed(json!("  ripley\n"), "ripley")]
#[case::a_number(json!(42), "42")]
#[case::anything(json!("ä/😀\n?"), "ä/😀\n?")]
#[case::the_maximum_length(json!("y".repeat(64)), &"y".repeat(64))]
fn a_username_is_accepted(#[case] name: Value, #[case] kept: &str) {
    let cast = Cast::new();
    let made = cast.post(cast.owner(), "users/", json!({"username": name, "password": " pw "}));
    assert_eq!(made.status, 201, "{:?}", made.body);
    let id = &made.body["id"];
    assert_eq!(cast.get(cast.owner(), &format!("users/{id}/")).body["username"], kept);
    assert_eq!(cast.login(&kept.to_uppercase(), "pw").status, 200, "name and password are trimmed, case is ignored");
}

#[test]
fn the_answer_to_a_change_shows_the_name_as_sent() {
    let cast = Cast::new();
    assert_eq!(cast.patch(cast.alice(), "user/", json!({"username": "ALICE L."})).body["username"], "ALICE L.");
    assert_eq!(cast.get(cast.alice(), "user/").body["username"], "alice l.");
}

#[test]
fn a_taken_name_uses_up_three_user_ids_and_no_profile_id() {
    let cast = Cast::new();
    cast.post(cast.owner(), "users/", json!({"username": "alice", "password": "x"}));
    cast.patch(cast.owner(), "users/2/", json!({"username": "alice"}));
    let next = cast.post(cast.owner(), "users/", json!({"username": "carol", "password": "x"})).body;
    assert_eq!((&next["id"], &next["profile"]["id"]), (&json!(6), &json!(3)));
}

#[rstest]
#[case(json!({"name": ""}), json!({"name": ["This field may not be blank."]}))]
#[case(json!({"name": "a b!"}), json!({"name": ["Value has to end with a letter or a number.", "Enter a valid value consisting of letters, numbers, underscores, hyphens."]}))]
#[case(json!({"name": "a".repeat(65)}), json!({"name": ["Ensure this value has at most 64 characters (it has 65)."]}))]
#[case(json!({"label": null, "description": long(257)}), json!({"label": ["This field may not be null."], "description": ["Ensure this field has no more than 256 characters."]}))]
fn an_invalid_group_is_rejected(#[case] body: Value, #[case] errors: Value) {
    let cast = Cast::new();
    assert_eq!(cast.post(cast.owner(), "groups/", body), got(400, errors));
}

#[rstest]
#[case(json!({}), json!({"user": ["This field is required."]}))]
#[case(json!({"user": null}), json!({"user": ["This field may not be null."]}))]
#[case(json!({"user": ""}), json!({"user": ["This field may not be null."]}))]
#[case(json!({"user": 99}), json!({"user": ["Invalid pk \"99\" - object does not exist."]}))]
#[case(json!({"user": "x"}), json!({"user": ["Incorrect type. Expected pk value, received str."]}))]
#[case(json!({"user": []}), json!({"user": ["Incorrect type. Expected pk value, received list."]}))]
#[case(json!({"user": true}), json!({"detail": "User is already a part of that group."}))]
#[case(json!({"user": "1"}), json!({"detail": "User is already a part of that group."}))]
fn an_invalid_membership_is_rejected(#[case] body: Value, #[case] errors: Value) {
    let cast = Cast::new();
    assert_eq!(cast.post(cast.owner(), &format!("groups/{}/users/", cast.crew), body), got(400, errors));
}

#[test]
fn a_user_can_be_in_at_most_32_groups() {
    let cast = Cast::new();
    let join = |group: &Value| cast.post(cast.owner(), "users/1/groups/", json!({"group": group}));
    for _ in 1..32 {
        let group = cast.post(cast.owner(), "groups/", json!({})).body["id"].clone();
        assert_eq!(join(&group).status, 201);
    }
    let group = cast.post(cast.owner(), "groups/", json!({})).body["id"].clone();
    assert_eq!(join(&group), got(400, json!({"detail": "User's group count exceeded (32)."})));
}

#[rstest]
#[case(json!({"ignore_acl": "zzz"}), json!({"ignore_acl": ["\"zzz\" is not a valid boolean."]}))]
#[case(json!({"ignore_acl": []}), json!({"ignore_acl": ["\"[]\" is not a valid boolean."]}))]
#[case(json!({"ignore_acl": null, "allow_user_create": 5}), json!({"ignore_acl": ["This field may not be null."], "allow_user_create": ["\"5\" is not a valid boolean."]}))]
fn an_invalid_api_key_is_rejected(#[case] body: Value, #[case] errors: Value) {
    let cast = Cast::new();
    assert_eq!(cast.post(cast.owner(), "api_keys/", body), got(400, errors));
}

#[test]
fn put_turns_missing_flags_off() {
    let cast = Cast::new();
    let on = json!({"ignore_acl": "yes", "allow_group_create": 1, "description": "d"});
    let path = format!("api_keys/{}/", cast.post(cast.owner(), "api_keys/", on).body["id"]);
    let patched = cast.patch(cast.owner(), &path, json!({"ignore_acl": "off"})).body;
    assert_eq!((&patched["ignore_acl"], &patched["allow_group_create"]), (&json!(false), &json!(true)));
    let put = cast.put(cast.owner(), &path, json!({})).body;
    assert_eq!((&put["allow_group_create"], &put["description"]), (&json!(false), &json!("d")));
}

#[rstest]
#[case(json!({}), json!({"name": ["This field is required."]}))]
#[case(json!({"name": 1}), json!({"name": ["Value has to start with a letter.", "Ensure this field has at least 5 characters."]}))]
#[case(json!({"name": "admin"}), json!({"name": ["Unable to use that value. Please choose a different one."]}))]
#[case(json!({"name": " Nostromo "}), json!({"name": ["This field must be unique."]}))]
#[case(json!({"name": "sulaco", "metadata": []}), json!({"metadata": ["Metadata passed in invalid format."]}))]
#[case(json!({"name": "sulaco", "metadata": "{"}), json!({"metadata": ["Not a valid JSON string."]}))]
#[case(json!({"name": "sulaco", "metadata": {"a key that is too long": 1}}), json!({"metadata": ["Too long key defined (exceeds 16)."]}))]
#[case(json!({"name": "sulaco", "metadata": {"a": long(4096)}}), json!({"metadata": ["Too long value defined for key a (exceeds 4096)."]}))]
fn an_invalid_instance_is_rejected(#[case] body: Value, #[case] errors: Value) {
    let cast = Cast::new();
    assert_eq!(cast.post(cast.owner(), "/v1.1/instances/", body), got(400, errors));
}

#[rstest]
#[case(json!({}), 400, json!({"email": ["This field is required."], "password": ["This field is required."]}))]
#[case(json!({"email": "x", "password": "x"}), 400, json!({"email": ["Enter a valid email address."]}))]
#[case(json!({"email": "Owner@Example.com", "password": "x"}), 400, json!({"email": ["This field must be unique."]}))]
#[case(json!({"email": "n@example.com", "password": "x", "invitation_key": "k"}), 400, json!({"invitation_key": "Invitation not found."}))]
fn an_invalid_account_is_rejected(#[case] body: Value, #[case] status: u16, #[case] errors: Value) {
    let cast = Cast::new();
    assert_eq!(cast.post(As::default(), "/v1.1/account/register/", body), got(status, errors));
}

#[rstest]
#[case::a_form("application/x-www-form-urlencoded", "username=carol&password=x&profile.other_permissions=read")]
#[case::several_parts(
    "multipart/form-data; boundary=b",
    "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\ncarol\r\n--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"profile.other_permissions\"\r\n\r\nread\r\n--b--\r\n"
)]
#[case::text("text/plain", r#"{"username": "carol", "password": "x", "profile": {"other_permissions": "read"}}"#)]
fn a_body_can_have_several_media_types(#[case] content_type: &str, #[case] body: &'static str) {
    let cast = Cast::new();
    let request =
        Request::post(whole("users/")).header("X-API-KEY", &cast.account).header("Content-Type", content_type);
    let made = read(&cast.simulator.handle(request.body(Bytes::from_static(body.as_bytes())).expect("a request")));
    assert_eq!((made.status.as_u16(), &made.body["profile"]["other_permissions"]), (201, &json!("read")));
}

#[test]
fn read_only_members_are_ignored() {
    let cast = Cast::new();
    let body = json!({"id": 9, "user_key": "f".repeat(40), "groups": [], "links": {}, "nonsense": 1});
    assert_eq!(cast.patch(cast.alice(), "user/", body).body, cast.get(cast.alice(), "user/").body);
    let instance = cast.put(cast.owner(), "/v1.1/instances/nostromo/", json!({"name": "sulaco", "role": "read"}));
    assert_eq!((&instance.body["name"], &instance.body["role"]), (&json!("nostromo"), &json!("full")));
}

#[test]
fn a_profile_can_be_changed_with_its_user() {
    let cast = Cast::new();
    let before = cast.alice["profile"].clone();
    let change = json!({"profile": {"group": cast.crew, "group_permissions": "read"}});
    let after = cast.patch(cast.alice(), "user/", change).body["profile"].clone();
    assert_eq!((&after["group"], &after["group_permissions"]), (&json!(cast.crew), &json!("read")));
    assert_eq!(after["revision"], before["revision"]);
    assert_ne!(after["updated_at"], before["updated_at"]);
    assert_eq!(after["links"]["group"], "/v1.1/instances/nostromo/groups/1/");
    let same = cast.patch(cast.alice(), "users/1/", json!({"profile": {}})).body["profile"].clone();
    assert_eq!(same, after);

    let foreign = cast.post(cast.owner(), "groups/", json!({})).body["id"].clone();
    let rejected = got(400, json!({"profile": {"group": ["Invalid group specified."]}}));
    assert_eq!(cast.patch(cast.alice(), "user/", json!({"profile": {"group": foreign}})), rejected);
    assert_eq!(cast.patch(cast.owner(), "users/1/", json!({"profile": {"group": foreign}})).status, 200);
    cast.delete(cast.owner(), &format!("groups/{foreign}/"));
    assert_eq!(cast.get(cast.alice(), "user/").body["profile"]["group"], Value::Null);
}

#[test]
fn put_without_a_name_removes_the_name_of_a_group_and_patch_keeps_it() {
    let cast = Cast::new();
    let group = json!({"name": "crew", "label": "Crew", "description": "all hands"});
    cast.patch(cast.owner(), "groups/1/", group.clone());
    let kept = cast.patch(cast.owner(), "groups/1/", json!({})).body;
    assert_eq!(
        (&kept["name"], &kept["label"], &kept["description"]),
        (&group["name"], &group["label"], &group["description"])
    );
    let put = cast.put(cast.owner(), "groups/1/", json!({})).body;
    assert_eq!(
        (&put["name"], &put["label"], &put["description"]),
        (&Value::Null, &group["label"], &group["description"])
    );
    assert_eq!(cast.post(cast.owner(), "groups/", json!({"name": "crew"})).status, 201, "the name is free again");
}

#[rstest]
#[case(json!({}))]
#[case(json!({"group_permissions": "none"}))]
fn put_resets_missing_members_of_a_profile_and_patch_keeps_them(#[case] sent: Value) {
    let cast = Cast::new();
    let profile = json!({
        "owner_permissions": "read", "group": cast.crew, "group_permissions": "none", "other_permissions": "write",
    });
    let shown = |user: Value| {
        ["owner_permissions", "group", "group_permissions", "other_permissions"]
            .map(|name| user["profile"][name].clone())
    };
    let changed = shown(cast.patch(cast.owner(), "users/1/", json!({"profile": profile})).body);
    assert_eq!(shown(cast.patch(cast.owner(), "users/1/", json!({"profile": sent})).body), changed);
    let put = json!({"username": "alice", "password": "x"});
    assert_eq!(shown(cast.put(cast.owner(), "users/1/", put).body), changed, "PUT without a profile");
    let put = json!({"username": "alice", "password": "x", "profile": sent});
    assert_eq!(
        shown(cast.put(cast.owner(), "users/1/", put).body),
        [json!("full"), Value::Null, json!("none"), json!("none")]
    );
}

#[test]
fn the_body_of_a_key_reset_is_ignored() {
    let cast = Cast::new();
    let request = Request::builder().method(Method::POST).uri(whole("users/1/reset_key/"));
    let request = request.header("X-API-KEY", &cast.account).header("Content-Type", "application/json");
    let answer = cast.simulator.handle(request.body(Bytes::from_static(b"{")).expect("a request"));
    assert_eq!(answer.status(), 200);
}

#[rstest]
#[case::no_address(json!({"email": "zz"}), json!({"email": ["Enter a valid email address."]}))]
#[case::an_unknown_email(json!({"email": "nobody@example.com"}), json!({"email": ["Email not found."]}))]
fn a_password_reset_for_an_unknown_email_is_rejected(#[case] body: Value, #[case] errors: Value) {
    let cast = Cast::new();
    assert_eq!(cast.post(As::default(), "/v1.1/account/password/reset/", body), got(400, errors));
}
