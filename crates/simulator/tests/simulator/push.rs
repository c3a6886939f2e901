//! Push notifications: whose devices a user sees, and where messages go.

use http::Method;
use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::{PushOutcome, Quirk, Quirks, Simulator};

use crate::cast::{As, Cast, Got, forbidden, got, not_found, text};

const GCM: &str = "push_notifications/gcm/devices/";
const MESSAGES: &str = "push_notifications/gcm/messages/";
const CONFIG: &str = "push_notifications/gcm/config/";

/// A world in which alice, bob and nobody have a device each.
fn with_devices(quirks: Quirks) -> Cast {
    let cast = Cast::with(quirks);
    assert_eq!(register(&cast, cast.alice(), "of-alice").body["user"], cast.alice["id"]);
    assert_eq!(register(&cast, cast.bob(), "of-bob").body["user"], cast.bob["id"]);
    assert_eq!(register(&cast, cast.owner(), "of-nobody").body["user"], Value::Null);
    cast
}

fn register(cast: &Cast, who: As<'_>, token: &str) -> Got {
    cast.post(who, GCM, json!({ "registration_id": token }))
}

fn tokens(list: &Got) -> Vec<&str> {
    let devices = list.body["objects"].as_array().into_iter().flatten();
    devices.filter_map(|device| device["registration_id"].as_str()).collect()
}

fn one(token: &str) -> String {
    format!("{GCM}{token}/")
}

/// The key of a new API key with a flag.
fn key_with(cast: &Cast, flag: &str) -> String {
    text(&cast.post(cast.owner(), "api_keys/", json!({ flag: true })).body["api_key"])
}

#[test]
fn a_user_sees_and_changes_their_own_devices_only() {
    let cast = with_devices(Quirks::none());
    assert_eq!(tokens(&cast.get(cast.alice(), GCM)), ["of-alice"]);
    assert_eq!(tokens(&cast.get(cast.bob(), GCM)), ["of-bob"]);
    assert_eq!(tokens(&cast.get(cast.owner(), GCM)), ["of-alice", "of-bob", "of-nobody"]);
    for hidden in ["of-bob", "of-nobody", "of-ALICE"] {
        assert_eq!(cast.get(cast.alice(), &one(hidden)), not_found());
        assert_eq!(cast.patch(cast.alice(), &one(hidden), json!({"label": "mine"})), not_found());
        assert_eq!(cast.post(cast.alice(), &format!("{}send_message/", one(hidden)), json!({})), not_found());
        assert_eq!(cast.delete(cast.alice(), &one(hidden)), not_found());
    }
    assert_eq!(cast.patch(cast.alice(), &one("of-alice"), json!({"label": "mine"})).body["label"], "mine");
    assert_eq!(cast.delete(cast.alice(), &one("of-alice")).status, 204);
    assert_eq!(tokens(&cast.get(cast.owner(), GCM)), ["of-bob", "of-nobody"]);
}

#[test]
fn a_user_registers_no_device_for_another_and_gives_none_away() {
    let cast = with_devices(Quirks::none());
    let rejected = got(400, json!({"user": ["Cannot change owner of Device."]}));
    let for_bob = json!({"registration_id": "new", "user": cast.bob["id"]});
    assert_eq!(cast.post(cast.alice(), GCM, for_bob.clone()), rejected);
    for user in [&cast.bob["id"], &Value::Null] {
        assert_eq!(cast.patch(cast.alice(), &one("of-alice"), json!({ "user": user })), rejected);
    }
    let unchanged = cast.patch(cast.alice(), &one("of-alice"), json!({"user": cast.alice["id"]}));
    assert_eq!(unchanged.status, 200);
    assert_eq!(cast.patch(cast.owner(), &one("of-alice"), json!({"user": cast.bob["id"]})).status, 200);
    assert_eq!(tokens(&cast.get(cast.bob(), GCM)), ["of-alice", "of-bob"]);

    let quirky = with_devices(Quirks::none().with(Quirk::DeviceForOther));
    assert_eq!(quirky.post(quirky.alice(), GCM, for_bob).body["user"], quirky.bob["id"]);
}

#[test]
fn an_app_alone_has_no_devices_unless_it_ignores_permissions() {
    let cast = with_devices(Quirks::none());
    let reads = key_with(&cast, "allow_anonymous_read");
    for key in [&cast.api, &reads] {
        let app = As { api: Some(key), user: None };
        assert_eq!(cast.get(app, GCM), forbidden());
        assert_eq!(cast.get(app, &one("of-alice")), forbidden());
        assert_eq!(register(&cast, app, "new"), forbidden());
    }
    for user in [None, cast.alice["user_key"].as_str()] {
        let app = As { api: Some(&cast.ignore_acl), user };
        assert_eq!(tokens(&cast.get(app, GCM)), ["of-alice", "of-bob", "of-nobody"]);
        assert_eq!(cast.patch(app, &one("of-bob"), json!({"label": "theirs"})).status, 200);
    }
    let quirky = with_devices(Quirks::none().with(Quirk::DeviceAnon));
    let reads = key_with(&quirky, "allow_anonymous_read");
    let app = As { api: Some(&reads), user: None };
    assert_eq!(tokens(&quirky.get(app, GCM)).len(), 3);
    assert_eq!(register(&quirky, app, "new"), forbidden());
}

#[test]
fn the_devices_of_a_deleted_user_are_gone_and_their_tokens_are_free() {
    let cast = with_devices(Quirks::none());
    let taken = got(400, json!({"registration_id": ["GCM Device with this registration id already exists."]}));
    assert_eq!(register(&cast, cast.bob(), "of-alice"), taken);
    cast.delete(cast.owner(), &format!("users/{}/", cast.alice["id"]));
    assert_eq!(cast.get(cast.owner(), &one("of-alice")), not_found());
    assert_eq!(register(&cast, cast.bob(), "of-alice").status, 201);
    assert_eq!(tokens(&cast.get(cast.bob(), GCM)), ["of-bob", "of-alice"]);
    // The numbers of rejected registrations are used up.
    assert_eq!(
        cast.get(cast.bob(), &format!("{GCM}?page_size=2")).body["next"],
        "/v1.1/instances/nostromo/push_notifications/gcm/devices/?page_size=2&direction=1&last_pk=5"
    );
}

#[rstest]
#[case("gcm", json!({"registration_id": "a b"}), json!({"registration_id": ["Registration ID (device token) is invalid."]}))]
#[case("gcm", json!({"registration_id": "a:b|c", "device_id": 5}), json!({"device_id": ["Device ID is not a valid hex number."]}))]
#[case("gcm", json!({}), json!({"registration_id": ["This field is required."]}))]
#[case("apns", json!({"registration_id": "ab"}), json!({"registration_id": ["Registration ID (device token) is invalid.Device tokens should be represented as a hexadecimal string, 64 characters long, without spaces or other separators."]}))]
#[case("apns", json!({"registration_id": "a".repeat(64), "device_id": "zz"}), json!({"device_id": ["\"zz\" is not a valid UUID."]}))]
#[case("apns", json!({"registration_id": "a".repeat(64), "user": 99, "is_active": "x"}), json!({"user": ["Invalid pk \"99\" - object does not exist."], "is_active": ["\"x\" is not a valid boolean."]}))]
fn an_invalid_device_is_rejected(#[case] service: &str, #[case] device: Value, #[case] errors: Value) {
    let cast = Cast::new();
    let devices = format!("push_notifications/{service}/devices/");
    assert_eq!(cast.post(cast.owner(), &devices, device), got(400, errors));
}

#[test]
fn a_list_of_devices_is_filtered() {
    let cast = with_devices(Quirks::none());
    cast.patch(cast.owner(), &one("of-bob"), json!({"is_active": false, "device_id": "0x1F"}));
    let filtered = |who, filter: &str| cast.get(who, &format!("{GCM}?{filter}"));
    assert_eq!(tokens(&filtered(cast.owner(), "is_active=false")), ["of-bob"]);
    assert_eq!(tokens(&filtered(cast.owner(), "device_id=1f")), ["of-bob"]);
    let of_bob = format!("user={}", cast.bob["id"]);
    assert_eq!(tokens(&filtered(cast.owner(), &of_bob)), ["of-bob"]);
    assert_eq!(tokens(&filtered(cast.alice(), &of_bob)), [""; 0], "a filter shows nobody more");
    assert_eq!(filtered(cast.alice(), "user=99").status, 400);
}

#[test]
fn only_administrators_see_configurations_and_messages() {
    let cast = Cast::new();
    for service in ["gcm", "apns"] {
        for path in ["config/", "messages/", "messages/1/"] {
            let path = format!("push_notifications/{service}/{path}");
            for app in [cast.app(), cast.alice(), As { api: Some(&cast.ignore_acl), user: None }] {
                assert_eq!(cast.get(app, &path), forbidden());
                assert_eq!(cast.put(app, &path, json!({})), forbidden());
                assert_eq!(cast.post(app, &path, json!({})), forbidden());
            }
        }
        assert_eq!(cast.get(cast.owner(), &format!("push_notifications/{service}/config/")).status, 200);
    }
}

#[test]
fn a_message_of_apns_needs_a_certificate() {
    const CONFIG: &str = "push_notifications/apns/config/";
    const MESSAGES: &str = "push_notifications/apns/messages/";
    const CERTIFICATE: &str = "0\u{5}\u{2}\u{1}\u{3}0\u{0}";
    let cast = Cast::new();
    let sent = |content: &str, file: &str| {
        let part = [("production_certificate", content, Some(file))];
        cast.form(cast.owner(), Method::PATCH, CONFIG, &part)
    };
    let rejected = |texts: &[&str]| got(400, json!({ "production_certificate": texts }));
    assert_eq!(sent("x", "a.p12"), rejected(&["Invalid file."]));
    assert_eq!(sent("x", "a.txt"), rejected(&["Invalid content type. Please upload different file.", "Invalid file."]));
    assert_eq!(sent("", "a.p12"), rejected(&["The submitted file is empty."]));
    let long = "x".repeat(209_713);
    assert_eq!(sent(&long, "a.p12"), rejected(&["Please keep filesize under 209712.", "Invalid file."]));

    let content = json!({"environment": "production", "registration_ids": ["a"], "aps": {"alert": "hello"}});
    let message = || cast.post(cast.owner(), MESSAGES, json!({ "content": content }));
    let missing = |what: &str| {
        got(400, json!({"non_field_errors": [format!("APNS {what} for \"production\" environment is required.")]}))
    };
    assert_eq!(message(), missing("certificate"));
    assert_eq!(sent(CERTIFICATE, "a.p12").body["production_certificate"], true);
    assert_eq!(message(), missing("bundle identifier"));
    cast.patch(cast.owner(), CONFIG, json!({"production_bundle_identifier": "com.example"}));
    assert_eq!(message().status, 201);
    cast.post(cast.owner(), &format!("{CONFIG}remove_certificate/"), json!({"production_certificate": true}));
    assert_eq!(message(), missing("certificate"));
}

#[test]
fn a_message_to_a_device_reaches_that_device_only() {
    let cast = with_devices(Quirks::none());
    let message = json!({"content": {"environment": "development", "registration_ids": ["of-bob"], "data": {"x": 1}}});
    let path = format!("{}send_message/", one("of-alice"));
    let not_configured = json!({"non_field_errors": ["GCM api key for \"development\" environment is required."]});
    assert_eq!(cast.post(cast.alice(), &path, message.clone()), got(400, not_configured));
    cast.patch(cast.owner(), CONFIG, json!({"development_api_key": "key"}));
    let sent = cast.post(cast.alice(), &path, message);
    assert_eq!((sent.status.as_u16(), &sent.body["status"]), (200, &json!("scheduled")));
    assert_eq!(sent.body["content"]["registration_ids"], json!(["of-alice"]));
    let read = cast.get(cast.owner(), &format!("{MESSAGES}1/")).body;
    assert_eq!((&read["status"], &read["content"]), (&json!("delivered"), &sent.body["content"]));
    assert_eq!(cast.get(cast.owner(), MESSAGES).body["objects"], json!([read]));
}

#[test]
fn a_message_ends_in_the_state_that_the_simulator_was_told() {
    let cast = Cast::new();
    cast.patch(cast.owner(), CONFIG, json!({"production_api_key": "key"}));
    cast.simulator.set_push_outcome(PushOutcome::Error);
    let message = json!({"content": {"environment": "production", "registration_ids": ["x"]}});
    assert_eq!(cast.post(cast.owner(), MESSAGES, message).body["status"], "scheduled");
    cast.simulator.set_push_outcome(PushOutcome::Delivered);
    assert_eq!(cast.get(cast.owner(), MESSAGES).body["objects"][0]["status"], "error", "a message that ended stays so");
}

#[test]
fn the_newest_thousand_messages_are_kept() {
    let cast = Cast::new();
    cast.patch(cast.owner(), CONFIG, json!({"production_api_key": "key"}));
    let message = json!({"content": {"environment": "production", "registration_ids": []}});
    for number in 1..=1001 {
        assert_eq!(cast.post(cast.owner(), MESSAGES, message.clone()).body["id"], number);
    }
    assert_eq!(cast.get(cast.owner(), &format!("{MESSAGES}1/")), not_found());
    assert_eq!(cast.get(cast.owner(), &format!("{MESSAGES}?page_size=1")).body["objects"][0]["id"], 2);
}

#[test]
fn devices_configurations_and_messages_are_saved_and_loaded_with_the_world() {
    let cast = with_devices(Quirks::none());
    cast.patch(cast.owner(), CONFIG, json!({"production_api_key": "key"}));
    cast.patch(cast.owner(), "push_notifications/apns/config/", json!({"production_bundle_identifier": "com.example"}));
    cast.post(cast.owner(), MESSAGES, json!({"content": {"environment": "production", "registration_ids": ["x"]}}));
    let loaded = Simulator::builder().build();
    loaded.load(cast.simulator.dump()).expect("a world");
    assert_eq!(loaded.dump(), cast.simulator.dump());
    let all = |cast: &Cast| {
        let paths = [GCM, MESSAGES, CONFIG, "push_notifications/apns/config/"];
        paths.map(|path| cast.get(cast.owner(), path))
    };
    let before = all(&cast);
    let loaded = Cast { simulator: loaded, ..cast };
    assert_eq!(all(&loaded), before);
    assert_eq!(tokens(&loaded.get(loaded.alice(), GCM)), ["of-alice"]);
}

#[rstest]
#[case("push_devices", "/gcm/devices/1/registration_id", json!("of-alice"))]
#[case("push_devices", "/gcm/last_number", json!(2))]
#[case("push_messages", "/gcm/last_id", json!(0))]
fn a_world_file_with_devices_or_messages_that_cannot_be_is_rejected(
    #[case] document: &str,
    #[case] member: &str,
    #[case] value: Value,
) {
    let cast = with_devices(Quirks::none());
    cast.patch(cast.owner(), CONFIG, json!({"production_api_key": "key"}));
    cast.post(cast.owner(), MESSAGES, json!({"content": {"environment": "production", "registration_ids": ["x"]}}));
    let mut file: Value = serde_json::from_str(&cast.simulator.dump()).expect("JSON");
    *file["instances"][0]["documents"][document].pointer_mut(member).expect("a member") = value;
    let error = Simulator::builder().build().load(file.to_string()).expect_err("an error").to_string();
    assert!(error.starts_with(&format!("instances[0].documents.{document}")), "{error}");
}
