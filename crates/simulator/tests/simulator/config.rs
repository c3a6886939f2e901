//! The configuration of an instance.

use rstest::rstest;
use serde_json::{Map, Value, json};
use syncano_simulator::Simulator;

use crate::cast::{As, Cast, forbidden, got, not_found, text};

const CONFIG: &str = "snippets/config/";

/// Registers an account with a role in the instance, or without one, and returns its key.
fn account(cast: &Cast, role: Option<&str>) -> String {
    let body = json!({"email": "dallas@example.com", "password": "secret"});
    let key = text(&cast.post(As::default(), "/v1.1/account/register/", body).body["account_key"]);
    if let Some(role) = role {
        let invitation = cast.post(cast.owner(), "invitations/", json!({"email": "dallas@example.com", "role": role}));
        let accepted = json!({"invitation_key": invitation.body["key"]});
        let who = As { api: Some(&key), user: None };
        assert_eq!(cast.post(who, "/v1.1/account/invitations/accept/", accepted).status, 204);
    }
    key
}

#[test]
fn administrators_write_the_configuration_and_apps_do_not_see_it() {
    let cast = Cast::new();
    assert_eq!(cast.get(cast.owner(), CONFIG), got(200, json!({"config": {}})), "a new instance has an empty one");
    let config = json!({"config": {"theme": "dark", "limits": [1, null]}});
    assert_eq!(cast.put(cast.owner(), CONFIG, config.clone()), got(200, config.clone()));
    assert_eq!(cast.get(cast.owner(), CONFIG), got(200, config.clone()));
    for app in [cast.app(), cast.alice()] {
        assert_eq!(cast.get(app, CONFIG), forbidden());
        assert_eq!(cast.put(app, CONFIG, json!({})), forbidden());
    }
    assert_eq!(cast.get(As::default(), CONFIG), forbidden());
    assert_eq!(cast.patch(cast.owner(), CONFIG, json!({})), got(200, config), "PATCH keeps what is left out");
    assert_eq!(cast.put(cast.owner(), CONFIG, json!({})), got(200, json!({"config": {}})), "PUT does not");
}

#[rstest]
#[case(Some("read"), 200, 403)]
#[case(Some("write"), 200, 403)]
#[case(Some("full"), 200, 200)]
#[case(None, 404, 404)]
fn every_role_reads_the_configuration_and_full_writes_it(
    #[case] role: Option<&str>,
    #[case] read: u16,
    #[case] written: u16,
) {
    let cast = Cast::new();
    let key = account(&cast, role);
    let who = As { api: Some(&key), user: None };
    assert_eq!(cast.get(who, CONFIG).status, read);
    assert_eq!(cast.put(who, CONFIG, json!({})).status, written);
    if role.is_none() {
        assert_eq!(cast.get(who, CONFIG), not_found());
    }
    assert_eq!(cast.delete(who, CONFIG).status, 405);
}

#[rstest]
#[case(json!("zz"), "Not a valid JSON string.")]
#[case(json!(5), "Config passed in invalid format.")]
#[case(json!([]), "Config passed in invalid format.")]
#[case(json!(null), "This field may not be null.")]
#[case(json!({"k".repeat(65): 1}), "Too long key defined (exceeds 64).")]
#[case((0..1025).map(|number| (format!("k{number}"), json!(0))).collect::<Map<_, _>>().into(), "Too many keys defined (exceeds 1024).")]
#[case(json!(format!("{{\"a\": \"{}\"}}", "v".repeat(262_144))), "Too big object defined (exceeds 262144).")]
fn an_invalid_configuration_is_rejected(#[case] config: Value, #[case] text: &str) {
    let cast = Cast::new();
    let rejected = got(400, json!({"config": [text]}));
    assert_eq!(cast.put(cast.owner(), CONFIG, json!({"config": config})), rejected);
}

#[test]
fn the_configuration_is_saved_and_loaded_with_the_world() {
    let cast = Cast::new();
    let config = json!({"config": {"theme": "dark"}});
    cast.put(cast.owner(), CONFIG, config.clone());
    let loaded = Simulator::builder().build();
    loaded.load(cast.simulator.dump()).expect("a world");
    let loaded = Cast { simulator: loaded, ..cast };
    assert_eq!(loaded.get(loaded.owner(), CONFIG), got(200, config));
}

#[rstest]
#[case(json!({"config": []}), "instances[0].documents.config: Config passed in invalid format.")]
#[case(json!({"config": {"k".repeat(65): 1}}), "instances[0].documents.config: Too long key defined (exceeds 64).")]
#[case(json!({"colour": {}}), "instances[0].documents.colour: unknown value; expected config, ")]
fn a_world_file_with_an_invalid_configuration_is_rejected(#[case] documents: Value, #[case] text: &str) {
    let cast = Cast::new();
    let mut file: Value = serde_json::from_str(&cast.simulator.dump()).expect("JSON");
    file["instances"][0]["documents"] = documents;
    let rejected = Simulator::builder().build().load(file.to_string());
    let error = rejected.expect_err("an error").to_string();
    // The last case goes on with the names of other documents.
    assert!(error.starts_with(text), "{error}");
}
