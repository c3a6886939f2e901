//! Classes: schemas, access, profiles.

use rstest::rstest;
use serde_json::{Value, json};

use crate::cast::{Cast, forbidden, got, not_found};

fn names(cast: &Cast, who: crate::cast::As<'_>) -> Vec<String> {
    let classes = cast.get(who, "classes/").body;
    let classes = classes["objects"].as_array().expect("a list");
    classes.iter().map(|class| class["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn an_app_sees_readable_classes_and_changes_none() {
    let cast = Cast::new();
    cast.delete(cast.owner(), &format!("groups/{}/users/2/", cast.crew));
    cast.post(cast.owner(), "classes/", json!({"name": "Open"}));
    let of_crew = json!({"name": "crew", "group": cast.crew, "group_permissions": "read", "other_permissions": "none"});
    cast.post(cast.owner(), "classes/", of_crew);
    cast.post(cast.owner(), "classes/", json!({"name": "closed", "other_permissions": "none"}));

    assert_eq!(names(&cast, cast.owner()), ["user_profile", "open", "crew", "closed"]);
    assert_eq!(names(&cast, cast.app()), ["user_profile", "open"]);
    assert_eq!(names(&cast, cast.alice()), ["user_profile", "open", "crew"]);
    assert_eq!(names(&cast, cast.bob()), ["user_profile", "open"]);
    assert_eq!(cast.get(cast.bob(), "classes/crew/"), not_found());
    assert_eq!(cast.get(cast.bob(), "classes/crew/objects/"), forbidden());
    assert_eq!(cast.get(cast.alice(), "classes/crew/objects/").status, 200);
    assert_eq!(cast.post(cast.alice(), "classes/crew/objects/", json!({})), forbidden());
    assert_eq!(cast.get(cast.alice(), "classes/CREW/").body["links"]["self"], "/v1.1/instances/nostromo/classes/CREW/");
    assert_eq!(cast.patch(cast.alice(), "classes/open/", json!({"description": "mine"})), forbidden());
    assert_eq!(cast.get(cast.owner(), "classes/nosuch/objects/"), got(404, json!({"detail": "Class was not found."})));
}

#[rstest]
#[case(json!({}), "Schema passed in invalid format.")]
#[case(json!("["), "Not a valid JSON string.")]
#[case(json!([{"name": "a"}]), "Error processing field definition \"a\" #0: Field name and type is required.")]
#[case(json!([{"name": "a", "type": "text"}, {"type": "text", "name": 1}]), "Error processing field definition \"1\" #1: Invalid type of field name. Expected string.")]
#[case(json!([{"name": "Owner", "type": "text"}]), "Error processing field definition \"Owner\" #0: Field name \"Owner\" is reserved.")]
#[case(json!([{"name": "a", "type": "text", "unique": true}]), "Error processing field definition \"a\" #0: Field text definition can only consist of name, type.")]
#[case(json!([{"name": "a", "type": "string", "order_index": "yes"}]), "Error processing field definition \"a\" #0: Invalid type of field \"order index\". Expected boolean.")]
#[case(json!([{"name": "title", "type": "string", "unique": true}]), "Error processing field definition \"title\" #0: Unique index can only be set on a new field. Delete field first.")]
#[case(json!([{"name": "a", "type": "relation", "target": "nosuch"}]), "Error processing field definition \"a\" #0: Class specified by target is missing.")]
fn an_invalid_schema_is_rejected_with_its_first_error(#[case] schema: Value, #[case] fault: &str) {
    let cast = Cast::new();
    let class = json!({"name": "log", "schema": [{"name": "title", "type": "string"}]});
    let class = cast.post(cast.owner(), "classes/", class).body;
    assert_eq!(
        cast.patch(cast.owner(), "classes/log/", json!({"schema": schema})),
        got(400, json!({"schema": [fault]}))
    );
    assert_eq!(cast.get(cast.owner(), "classes/log/").body, class);
}

#[test]
fn patch_keeps_missing_members_and_put_resets_them() {
    let cast = Cast::new();
    let class = json!({
        "name": "log", "description": "entries", "metadata": {"a": 1}, "other_permissions": "read",
        "schema": r#"[{"name": "title", "type": "STRING", "filter_index": false, "unique": true}]"#,
    });
    let made = cast.post(cast.owner(), "classes/", class).body;
    let schema = json!([{"name": "title", "type": "string", "unique": true, "filter_index": true}]);
    assert_eq!((&made["schema"], &made["revision"]), (&schema, &json!(1)));
    assert_eq!(made["status"], "migrating");

    let patched = cast.patch(cast.owner(), "classes/log/", json!({"description": "other", "name": "ignored"})).body;
    assert_eq!((&patched["schema"], &patched["metadata"]), (&schema, &json!({"a": 1})));
    assert_eq!(
        (&patched["name"], &patched["revision"], &patched["status"]),
        (&json!("log"), &json!(1), &json!("ready"))
    );

    let mismatch = json!({"expected_revision": "Revision mismatch. Expected 7, got 1."});
    assert_eq!(cast.put(cast.owner(), "classes/log/", json!({"expected_revision": 7})), got(400, mismatch));
    let put = cast.put(cast.owner(), "classes/log/", json!({"expected_revision": 1})).body;
    assert_eq!((&put["schema"], &put["metadata"], &put["revision"]), (&json!([]), &json!({}), &json!(2)));
    assert_eq!((&put["description"], &put["other_permissions"]), (&json!("other"), &json!("create_objects")));
}

#[test]
fn a_field_that_was_removed_or_changed_its_type_is_empty() {
    let cast = Cast::new();
    let schema = |title: &str| json!({"schema": [{"name": "title", "type": title}, {"name": "stays", "type": "text"}]});
    cast.post(cast.owner(), "classes/", json!({"name": "log"}));
    cast.patch(cast.owner(), "classes/log/", schema("string"));
    let object = cast.post(cast.owner(), "classes/log/objects/", json!({"title": "a", "stays": "b"})).body;
    let path = format!("classes/log/objects/{}/", object["id"]);

    cast.patch(cast.owner(), "classes/log/", schema("text"));
    let object = cast.get(cast.owner(), &path).body;
    assert_eq!((&object["title"], &object["stays"]), (&Value::Null, &json!("b")));
    cast.patch(cast.owner(), "classes/log/", schema("string"));
    assert_eq!(cast.get(cast.owner(), &path).body["title"], Value::Null);
}

#[test]
fn profiles_have_the_fields_of_their_class() {
    let cast = Cast::new();
    let schema = json!([{"name": "age", "type": "integer"}, {"name": "badge", "type": "string", "unique": true}]);
    assert_eq!(cast.patch(cast.owner(), "classes/user_profile/", json!({"schema": schema})).status, 200);
    assert_eq!(cast.delete(cast.owner(), "classes/user_profile/"), forbidden());
    assert_eq!(cast.get(cast.alice(), "user/").body["profile"]["age"], Value::Null);

    let changed = cast.patch(cast.alice(), "user/", json!({"profile": {"age": "37", "badge": "x"}})).body;
    assert_eq!((&changed["profile"]["age"], &changed["profile"]["revision"]), (&json!(37), &json!(2)));
    let own = format!("classes/user_profile/objects/{}/", changed["profile"]["id"]);
    assert_eq!(cast.get(cast.alice(), &own).body, changed["profile"]);
    let older = cast.patch(cast.alice(), &own, json!({"age": {"_increment": 1}})).body;
    assert_eq!(cast.get(cast.alice(), "user/").body["profile"], older);
    assert_eq!(older["age"], 38);

    let badge = json!({"profile": {"badge": "x"}});
    let taken = got(400, json!({"profile": {"badge": ["This field must be unique."]}}));
    assert_eq!(cast.patch(cast.bob(), "users/2/", badge.clone()), taken);
    let newcomer = json!({"username": "kane", "password": "x", "profile": {"badge": "x"}});
    assert_eq!(cast.post(cast.owner(), "users/", newcomer), taken);
    let wrong = got(400, json!({"profile": {"age": ["A valid integer is required."]}}));
    assert_eq!(cast.patch(cast.bob(), "users/2/", json!({"profile": {"age": "old"}})), wrong);

    assert_eq!(cast.delete(cast.owner(), &own), forbidden());
    assert_eq!(cast.post(cast.owner(), "classes/user_profile/objects/", json!({})), forbidden());
    let theft = json!({"owner": ["Cannot change owner of User Profile object."]});
    assert_eq!(cast.patch(cast.owner(), &own, json!({"owner": 2})), got(400, theft));
    cast.delete(cast.owner(), "users/1/");
    assert_eq!(cast.get(cast.owner(), &own), not_found());
    assert_eq!(cast.patch(cast.bob(), "users/2/", badge).status, 200);
}
