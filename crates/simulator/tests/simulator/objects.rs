//! Data objects: the values of their fields, and permissions.

use bytes::Bytes;
use http::Request;
use rstest::rstest;
use serde_json::{Value, json};

use crate::cast::{As, Cast, forbidden, got, not_found, read, text, whole};

const LOG: &str = "classes/log/objects/";

/// A world with a class `log` that has a field of each type, named after it, and a unique field.
fn with_log() -> Cast {
    let cast = Cast::new();
    let types = ["string", "text", "integer", "float", "boolean", "datetime", "file", "object", "array", "geopoint"];
    let mut schema: Vec<Value> = types.iter().map(|kind| json!({"name": kind, "type": kind})).collect();
    schema.push(json!({"name": "reference", "type": "reference", "target": "user"}));
    schema.push(json!({"name": "relation", "type": "relation", "target": "self"}));
    schema.push(json!({"name": "badge", "type": "string", "unique": true}));
    let made = cast.post(cast.owner(), "classes/", json!({"name": "log", "schema": schema}));
    assert_eq!(made.status, 201);
    cast
}

fn path(object: &Value) -> String {
    format!("{LOG}{}/", object["id"])
}

#[rstest]
#[case("string", json!(5), json!("5"))]
#[case("string", json!(" x "), json!(" x "))]
#[case("text", json!(""), json!(""))]
#[case("integer", json!("7"), json!(7))]
#[case("integer", json!(7.0), json!(7))]
#[case("float", json!("1.5"), json!(1.5))]
#[case("float", json!(1), json!(1.0))]
#[case("boolean", json!("true"), json!(true))]
#[case("boolean", json!(0), json!(false))]
#[case("datetime", json!("2016-05-24T10:00:00.5Z"), json!({"type": "datetime", "value": "2016-05-24T10:00:00.500000Z"}))]
#[case("reference", json!("2"), json!({"type": "reference", "target": "user", "value": 2}))]
#[case("relation", json!([9, 3, 3]), json!({"type": "relation", "target": "self", "value": [3]}))]
#[case("relation", json!([]), Value::Null)]
#[case("object", json!("{\"a\": [1]}"), json!({"a": [1]}))]
#[case("array", json!([1, "a", true, 0.5]), json!([1, "a", true, 0.5]))]
#[case("array", json!("[1]"), json!([1]))]
#[case("geopoint", json!({"longitude": 1, "latitude": -2}), json!({"type": "geopoint", "longitude": 1.0, "latitude": -2.0}))]
#[case("string", Value::Null, Value::Null)]
fn a_field_accepts_values_of_its_type(#[case] field: &str, #[case] sent: Value, #[case] shown: Value) {
    let cast = with_log();
    let first = cast.post(cast.owner(), LOG, json!({})).body;
    assert_eq!(first["id"], 3, "the profiles of alice and bob come before it");
    let object = cast.post(cast.owner(), LOG, json!({field: sent}));
    assert_eq!((object.status.as_u16(), &object.body[field]), (201, &shown));
    assert_eq!(cast.get(cast.owner(), &path(&object.body)).body, object.body);
    assert_eq!(cast.patch(cast.owner(), &path(&object.body), json!({field: sent})).body, object.body, "no change");
}

#[rstest]
#[case("string", json!(true), "Not a valid string.")]
#[case("string", json!("x".repeat(129)), "Ensure this field has no more than 128 characters.")]
#[case("text", json!("x".repeat(32001)), "Ensure this field has no more than 32000 characters.")]
#[case("integer", json!(1.5), "A valid integer is required.")]
#[case("integer", json!(2147483648_u64), "Ensure this value is less than or equal to 2147483647.")]
#[case("integer", json!({"_increment": 1}), "A valid integer is required.")]
#[case("float", json!("nan"), "A valid number is required.")]
#[case("boolean", json!("zz"), "Not a valid boolean.")]
#[case("datetime", json!("2016-05-24"), "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm:ss.uuuuuuZ.")]
#[case("reference", json!("x"), "A valid integer is required.")]
#[case("reference", json!(99), "Target with specified id does not exist.")]
#[case("relation", json!(1), "Not a valid relation.")]
#[case("relation", json!("x"), "Not a valid array.")]
#[case("relation", json!(["x"]), "Relation can only contain integers (object ids).")]
#[case("object", json!([]), "Not a valid object.")]
#[case("array", json!({}), "Not a valid array.")]
#[case("array", json!("null"), "Not a valid array.")]
#[case("object", json!("null"), "Not a valid object.")]
#[case("relation", json!("null"), "Not a valid relation.")]
#[case("array", json!([[]]), "Array can only contain strings, booleans, integers and floats.")]
#[case("geopoint", json!({"longitude": 181, "latitude": 0}), "Not a valid geopoint.")]
#[case("file", json!(1), "The submitted data was not a file. Check the encoding type on the form.")]
#[case("file", json!("x"), "File URL is invalid.")]
#[case("owner", json!(99), "Invalid pk \"99\" - object does not exist.")]
#[case("other_permissions", json!("all"), "\"all\" is not a valid choice.")]
fn a_field_rejects_other_values(#[case] field: &str, #[case] sent: Value, #[case] fault: &str) {
    let cast = with_log();
    assert_eq!(cast.post(cast.owner(), LOG, json!({field: sent})), got(400, json!({field: [fault]})));
    assert_eq!(cast.post(cast.owner(), LOG, json!({})).body["id"], 3, "a rejected object uses up no id");
}

#[rstest]
#[case("integer", json!({"_increment": 3}), json!(10))]
#[case("float", json!({"_increment": "-0.5"}), json!(-0.5))]
#[case("array", json!({"_add": 2}), json!([1, "a", 2]))]
#[case("array", json!({"_addunique": [1, "b"], "_remove": "a"}), json!([1, "b"]))]
#[case("array", json!("{\"_remove\": [1, \"a\"]}"), json!([]))]
#[case("relation", json!({"_add": [3]}), json!({"type": "relation", "target": "self", "value": [3]}))]
fn a_value_can_be_an_operation(#[case] field: &str, #[case] sent: Value, #[case] shown: Value) {
    let cast = with_log();
    let object = cast.post(cast.owner(), LOG, json!({"integer": 7, "array": [1, "a"]})).body;
    let changed = cast.patch(cast.owner(), &path(&object), json!({field: sent}));
    assert_eq!((changed.status.as_u16(), &changed.body[field]), (200, &shown));
    assert_eq!(changed.body["revision"], 2);
    let unknown = cast.patch(cast.owner(), &path(&object), json!({field: {"_multiply": 2}}));
    assert_eq!(unknown.status, 400);
}

/// Creates an object of bob's, and returns the answers when alice reads, changes and deletes it.
fn rights_of_alice(permissions: Value) -> [u16; 3] {
    let cast = with_log();
    let object = cast.post(cast.bob(), LOG, permissions).body;
    let seen = cast.get(cast.alice(), &path(&object)).status;
    let listed = cast.get(cast.alice(), LOG).body["objects"].as_array().map(Vec::len);
    assert_eq!(listed == Some(1), seen == 200, "the list shows the object if alice can read it");
    let changed = cast.patch(cast.alice(), &path(&object), json!({"string": "hers"})).status;
    let deleted = cast.delete(cast.alice(), &path(&object)).status;
    [seen, changed, deleted].map(|status| status.as_u16())
}

#[rstest]
#[case("none", [404, 404, 404])]
#[case("read", [200, 403, 403])]
#[case("write", [200, 200, 403])]
#[case("full", [200, 200, 204])]
fn others_have_the_permissions_of_the_object(#[case] level: &str, #[case] rights: [u16; 3]) {
    assert_eq!(rights_of_alice(json!({"other_permissions": level})), rights);
    assert_eq!(rights_of_alice(json!({"group": 1, "group_permissions": level})), rights);
}

#[test]
fn a_caller_cannot_grant_more_than_their_own_permission() {
    let cast = with_log();
    let object = cast.post(cast.bob(), LOG, json!({"other_permissions": "write"})).body;
    let more = json!({"other_permissions": "full", "group_permissions": "full", "owner_permissions": "full"});
    let changed = cast.patch(cast.alice(), &path(&object), more).body;
    for route in ["owner_permissions", "group_permissions", "other_permissions"] {
        assert_eq!(changed[route], "write", "{route}");
    }
    let locked =
        cast.patch(cast.bob(), &path(&object), json!({"owner_permissions": "none", "other_permissions": "none"}));
    assert_eq!((locked.status.as_u16(), &locked.body["owner_permissions"]), (200, &json!("none")));
    assert_eq!(cast.get(cast.bob(), &path(&object)), not_found());
}

#[test]
fn a_user_owns_the_objects_that_they_create() {
    let cast = with_log();
    let object = cast.post(cast.alice(), LOG, json!({"owner": 2})).body;
    assert_eq!(object["owner"], 1);
    let theft = got(400, json!({"owner": ["Cannot change owner of Data Object."]}));
    assert_eq!(cast.patch(cast.alice(), &path(&object), json!({"owner": 2})), theft);
    assert_eq!(cast.patch(cast.owner(), &path(&object), json!({"owner": 2})).body["owner"], 2);
    assert_eq!(cast.get(cast.alice(), &path(&object)), not_found());
    cast.delete(cast.owner(), "groups/1/users/1/");
    let foreign = got(400, json!({"group": ["Invalid group specified."]}));
    assert_eq!(cast.post(cast.alice(), LOG, json!({"group": 1})), foreign);
    assert_eq!(cast.post(cast.bob(), LOG, json!({"group": 1})).status, 201);
}

#[test]
fn an_api_key_without_a_user_key_needs_a_flag() {
    let cast = with_log();
    let reader = cast.post(cast.owner(), "api_keys/", json!({"allow_anonymous_read": true})).body;
    let reader = text(&reader["api_key"]);
    let (reader, any) = (As { api: Some(&reader), user: None }, As { api: Some(&cast.ignore_acl), user: None });
    let hidden = cast.post(cast.alice(), LOG, json!({})).body;
    let open = cast.post(any, LOG, json!({"other_permissions": "read", "owner": 2})).body;
    assert_eq!(open["owner"], 2);
    assert_eq!(cast.get(cast.app(), LOG), forbidden());
    assert_eq!(cast.get(reader, LOG).body["objects"], json!([open]));
    assert_eq!(cast.get(reader, &path(&hidden)), not_found());
    assert_eq!(cast.patch(reader, &path(&open), json!({})), forbidden());
    assert_eq!(cast.delete(any, &path(&hidden)).status, 204);
    cast.patch(cast.owner(), "classes/log/", json!({"other_permissions": "none"}));
    assert_eq!(cast.get(reader, LOG), forbidden());
}

#[test]
fn post_on_an_object_resets_permissions_and_put_is_not_allowed() {
    let cast = with_log();
    let object = cast.post(cast.owner(), LOG, json!({"string": "a", "other_permissions": "read"})).body;
    let wrong = got(400, json!({"expected_revision": "Revision mismatch. Expected 5, got 1."}));
    assert_eq!(cast.post(cast.owner(), &path(&object), json!({"expected_revision": 5})), wrong);
    let posted = cast.post(cast.owner(), &path(&object), json!({"integer": 1, "expected_revision": 1})).body;
    assert_eq!((&posted["string"], &posted["integer"], &posted["revision"]), (&json!("a"), &json!(1), &json!(2)));
    assert_eq!(posted["other_permissions"], "none");
    let rejected = got(405, json!({"detail": "Method \"PUT\" not allowed."}));
    assert_eq!(cast.put(cast.owner(), &path(&object), json!({})), rejected);
}

#[test]
fn a_unique_value_belongs_to_one_object() {
    let cast = with_log();
    let taken = got(400, json!({"badge": ["This field must be unique."]}));
    let first = cast.post(cast.alice(), LOG, json!({"badge": "x"})).body;
    assert_eq!(cast.post(cast.bob(), LOG, json!({"badge": "x"})), taken);
    let second = cast.post(cast.bob(), LOG, json!({"badge": null})).body;
    assert_eq!(cast.patch(cast.bob(), &path(&second), json!({"badge": "x"})), taken);
    assert_eq!(cast.patch(cast.alice(), &path(&first), json!({"badge": "x", "integer": 1})).status, 200);
    assert_eq!(cast.patch(cast.alice(), &path(&first), json!({"badge": "y"})).status, 200);
    assert_eq!(cast.patch(cast.bob(), &path(&second), json!({"badge": "x"})).status, 200);
    cast.delete(cast.owner(), "users/2/");
    assert_eq!(cast.post(cast.alice(), LOG, json!({"badge": "x"})).status, 201);
}

#[test]
fn objects_are_deleted_with_their_owner_and_class_but_not_with_their_group() {
    let cast = with_log();
    let hers = cast.post(cast.alice(), LOG, json!({"group": 1, "group_permissions": "read"})).body;
    assert_eq!(hers["links"]["group"], "/v1.1/instances/nostromo/groups/1/");
    let his = cast.post(cast.bob(), LOG, json!({"other_permissions": "read"})).body;
    cast.delete(cast.owner(), "users/2/");
    assert_eq!(cast.get(cast.owner(), &path(&his)), not_found());
    cast.delete(cast.owner(), "groups/1/");
    let left = cast.get(cast.alice(), &path(&hers)).body;
    assert_eq!((&left["group"], &left["links"]["group"]), (&Value::Null, &Value::Null));
    assert_eq!(cast.get(cast.owner(), "classes/log/").body["objects_count"], 1);
    assert_eq!(cast.delete(cast.owner(), "classes/log/").status, 204);
    assert_eq!(cast.get(cast.alice(), &path(&hers)), got(404, json!({"detail": "Class was not found."})));
    cast.post(cast.owner(), "classes/", json!({"name": "log"}));
    assert_eq!(cast.get(cast.owner(), LOG).body["objects"], json!([]));
}

#[test]
fn the_selection_does_not_apply_inside_field_values() {
    let cast = Cast::new();
    let schema = json!([{"name": "user", "type": "reference", "target": "user"}, {"name": "title", "type": "string"}]);
    cast.post(cast.owner(), "classes/", json!({"name": "log", "schema": schema}));
    let object = cast.post(cast.alice(), LOG, json!({"user": 2, "title": "a"})).body;
    let shown = cast.get(cast.alice(), &format!("{}?fields=user", path(&object)));
    assert_eq!(shown, got(200, json!({"user": {"type": "reference", "target": "user", "value": 2}})));
}

/// An object with a number in that notation.
fn number(text: &str) -> Value {
    serde_json::from_str(&format!("{{\"a\": {text}}}")).expect("JSON")
}

#[test]
fn values_that_differ_in_their_last_digit_are_different() {
    let cast = Cast::new();
    cast.post(cast.owner(), "classes/", json!({"name": "log", "schema": [{"name": "value", "type": "object"}]}));
    let object = cast.post(cast.owner(), LOG, json!({"value": number("9007199254740993")})).body;
    let changed = cast.patch(cast.owner(), &path(&object), json!({"value": number("9007199254740992")})).body;
    assert_eq!((&changed["value"], &changed["revision"]), (&number("9007199254740992"), &json!(2)));
}

#[rstest]
#[case(r#"{"owner": 123456789012345678901234567890}"#, json!({"owner": ["Invalid pk \"123456789012345678901234567890\" - object does not exist."]}))]
#[case(r#"{"other_permissions": -123456789012345678901}"#, json!({"other_permissions": ["\"-123456789012345678901\" is not a valid choice."]}))]
#[case(r#"{"expected_revision": 123456789012345678901}"#, json!({"expected_revision": "Revision mismatch. Expected 123456789012345678901, got 1."}))]
#[case(r#"{"expected_revision": "-00123456789012345678901"}"#, json!({"expected_revision": "Revision mismatch. Expected -123456789012345678901, got 1."}))]
#[case(r#"{"value": 123456789012345678901}"#, json!({"value": ["Ensure this value is less than or equal to 2147483647."]}))]
#[case(r#"{"value": 1e400}"#, json!({"detail": "JSON parse error - Parse error at offset 10: Number too big to be stored in double."}))]
fn whole_numbers_keep_their_digits_in_errors(#[case] body: &str, #[case] errors: Value) {
    let cast = Cast::new();
    cast.post(cast.owner(), "classes/", json!({"name": "log", "schema": [{"name": "value", "type": "integer"}]}));
    let object = cast.post(cast.owner(), LOG, json!({})).body;
    let request = Request::patch(whole(&path(&object)))
        .header("X-API-KEY", cast.owner().api.expect("a key"))
        .header("Content-Type", "application/json")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .expect("a request");
    assert_eq!(read(&cast.simulator.handle(request)), got(400, errors));
}

#[rstest]
#[case("float", json!(123456789.12345679), json!(123456789.12345679))]
#[case("float", json!(0.1), json!(0.1))]
#[case("object", json!({"a": 5e-324}), json!({"a": 5e-324}))]
#[case("object", json!({"a": 9007199254740993_u64}), json!({"a": 9007199254740993_u64}))]
#[case("object", number("123456789012345678901234567890"), number("123456789012345678901234567890"))]
#[case("object", number("-0"), number("0"))]
#[case("object", number("1.10"), number("1.1"))]
#[case("object", number("0.1234567890123456789"), number("0.12345678901234568"))]
fn numbers_are_shown_as_on_the_platform(#[case] kind: &str, #[case] sent: Value, #[case] kept: Value) {
    let cast = Cast::new();
    cast.post(cast.owner(), "classes/", json!({"name": "log", "schema": [{"name": "value", "type": kind}]}));
    let made = cast.post(cast.owner(), LOG, json!({"value": sent}));
    assert_eq!(made.body["value"], kept);
}

#[rstest]
#[case(json!(1e15), "Ensure this value is less than or equal to 2147483647.")]
#[case(json!(1e30), "A valid integer is required.")]
#[case(json!("100000000000000000000"), "Ensure this value is less than or equal to 2147483647.")]
#[case(json!(1.5), "A valid integer is required.")]
fn a_whole_number_that_is_too_large_is_rejected(#[case] sent: Value, #[case] reason: &str) {
    let cast = Cast::new();
    cast.post(cast.owner(), "classes/", json!({"name": "log", "schema": [{"name": "value", "type": "integer"}]}));
    let rejected = cast.post(cast.owner(), LOG, json!({"value": sent}));
    assert_eq!(rejected, got(400, json!({"value": [reason]})));
}
