//! Data endpoints: lists of objects with stored parameters, under the rights of the caller.

use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::Simulator;

use crate::cast::{As, Cast, forbidden, got, not_found, text};

const DATA: &str = "endpoints/data/";

/// Adds a class of authors and one of books, which refer to an author, to another book and to a
/// user.
fn library() -> Cast {
    let cast = Cast::new();
    let name = json!([{"name": "name", "type": "string"}]);
    add(&cast, "classes/", json!({"name": "author", "schema": name}));
    let schema = json!([
        {"name": "title", "type": "string", "filter_index": true, "order_index": true},
        {"name": "year", "type": "integer", "filter_index": true, "order_index": true},
        {"name": "by", "type": "reference", "target": "author"},
        {"name": "after", "type": "reference", "target": "self"},
        {"name": "reader", "type": "reference", "target": "user"},
    ]);
    add(&cast, "classes/", json!({"name": "book", "schema": schema}));
    add(&cast, DATA, json!({"name": "books", "class": "book"}));
    cast
}

fn add(cast: &Cast, path: &str, body: Value) -> Value {
    let added = cast.post(cast.owner(), path, body);
    assert_eq!(added.status, 201, "{path}: {}", added.body);
    added.body
}

/// Adds an object of a class that everyone may read, or only the user `owner`.
fn add_to(cast: &Cast, class: &str, mut object: Value, owner: Option<&Value>) -> Value {
    match owner {
        Some(owner) => object["owner"] = owner["id"].clone(),
        None => object["other_permissions"] = json!("read"),
    }
    add(cast, &format!("classes/{class}/objects/"), object)
}

/// Returns one member of each object of a list.
fn all(list: &Value, member: &str) -> Vec<Value> {
    list["objects"].as_array().into_iter().flatten().map(|object| object[member].clone()).collect()
}

/// Returns the titles that `get/` of the data endpoint `books` shows.
fn titles(cast: &Cast, who: As<'_>, query: &str) -> Vec<Value> {
    all(&cast.get(who, &format!("{DATA}books/get/{query}")).body, "title")
}

#[test]
fn everyone_with_a_key_sees_data_endpoints_and_administrators_change_them() {
    let cast = library();
    let books = cast.get(cast.owner(), "endpoints/data/books/").body;
    let own = "/v1.1/instances/nostromo/endpoints/data/books/";
    let links = json!({"self": own, "get": format!("{own}get/"), "post": format!("{own}post/"), "rename": format!("{own}rename/")});
    let expected = json!({
        "name": "books", "description": "", "query": {}, "excluded_fields": null, "order_by": null, "page_size": null,
        "expand": null, "links": links, "class": "book",
    });
    assert_eq!(books, expected);
    for who in [cast.app(), cast.alice(), cast.owner()] {
        assert_eq!(cast.get(who, DATA).body["objects"], json!([books]));
    }
    for who in [cast.app(), cast.alice(), As { api: Some(&cast.ignore_acl), user: None }] {
        assert_eq!(cast.post(who, DATA, json!({"name": "x", "class": "book"})), forbidden());
        assert_eq!(cast.patch(who, "endpoints/data/books/", json!({})), forbidden());
        assert_eq!(cast.post(who, "endpoints/data/books/rename/", json!({"new_name": "x"})), forbidden());
        assert_eq!(cast.delete(who, "endpoints/data/books/"), forbidden());
    }
    let changed = json!({"page_size": 5, "description": "All books", "name": "ignored"});
    let changed = cast.patch(cast.owner(), "endpoints/data/books/", changed).body;
    assert_eq!((&changed["page_size"], &changed["name"]), (&json!(5), &json!("books")));
    let reset = cast.put(cast.owner(), "endpoints/data/books/", json!({"class": "author"})).body;
    assert_eq!((&reset["page_size"], &reset["class"]), (&json!(null), &json!("author")), "PUT resets what is left out");
    assert_eq!(reset["description"], "All books", "but the description");
    assert_eq!(cast.delete(cast.owner(), "endpoints/data/books/").status, 204);
    assert_eq!(cast.get(cast.app(), "endpoints/data/books/"), not_found());
}

#[test]
fn users_see_through_a_data_endpoint_what_they_see_in_the_class() {
    let cast = library();
    add_to(&cast, "book", json!({"title": "public"}), None);
    add_to(&cast, "book", json!({"title": "of alice"}), Some(&cast.alice));
    add_to(&cast, "book", json!({"title": "of bob"}), Some(&cast.bob));
    assert_eq!(titles(&cast, cast.alice(), ""), ["public", "of alice"]);
    assert_eq!(titles(&cast, cast.bob(), ""), ["public", "of bob"]);
    for sees_all in [cast.owner(), As { api: Some(&cast.ignore_acl), user: None }] {
        assert_eq!(titles(&cast, sees_all, ""), ["public", "of alice", "of bob"]);
    }
    assert_eq!(cast.get(cast.alice(), "endpoints/data/books/get/?include_count=1").body["objects_count"], 2);
    for refused in [cast.app(), As::default()] {
        assert_eq!(cast.get(refused, "endpoints/data/books/get/"), forbidden());
    }
    cast.patch(cast.owner(), "classes/book/", json!({"other_permissions": "none"}));
    assert_eq!(cast.get(cast.alice(), "endpoints/data/books/get/"), forbidden());
    assert_eq!(cast.get(cast.alice(), "endpoints/data/books/").status, 200);
}

#[test]
fn expand_shows_objects_that_the_caller_can_read() {
    let cast = library();
    let shared = add_to(&cast, "author", json!({"name": "shared"}), None);
    let secret = add_to(&cast, "author", json!({"name": "secret"}), Some(&cast.bob));
    for author in [&shared, &secret] {
        add_to(&cast, "book", json!({"by": author["id"]}), None);
    }
    let by = |who| all(&cast.get(who, "endpoints/data/books/get/?expand=by,nosuch&fields=by").body, "by");
    let reference = json!({"type": "reference", "target": "author", "value": secret["id"]});
    assert_eq!(by(cast.alice()), [shared.clone(), reference.clone()]);
    assert_eq!(by(cast.bob()), [shared.clone(), secret.clone()]);
    assert_eq!(by(cast.owner()), [shared.clone(), secret.clone()]);

    cast.delete(cast.owner(), &format!("classes/author/objects/{}/", secret["id"]));
    assert_eq!(by(cast.owner()), [shared, reference], "the reference to a deleted object stays");
    cast.patch(cast.owner(), "classes/author/", json!({"other_permissions": "none"}));
    assert_eq!(cast.get(cast.alice(), "endpoints/data/books/get/?expand=by"), forbidden());
    cast.delete(cast.owner(), "classes/author/");
    let missing = got(404, json!({"detail": "Class was not found."}));
    assert_eq!(cast.get(cast.owner(), "endpoints/data/books/get/?expand=by"), missing);
    assert_eq!(cast.get(cast.owner(), "endpoints/data/books/get/").status, 200);
}

#[test]
fn expand_shows_a_user_no_other_user() {
    let cast = library();
    for reader in [&cast.alice, &cast.bob] {
        add_to(&cast, "book", json!({"reader": reader["id"]}), None);
    }
    cast.patch(cast.owner(), "endpoints/data/books/", json!({"expand": "reader"}));
    let readers = |who| all(&cast.get(who, "endpoints/data/books/get/").body, "reader");
    let user = |id: &Value| cast.get(cast.owner(), &format!("users/{id}/")).body;
    let (alice, bob) = (user(&cast.alice["id"]), user(&cast.bob["id"]));
    let reference = |user: &Value| json!({"type": "reference", "target": "user", "value": user["id"]});
    assert_eq!(readers(cast.owner()), [alice.clone(), bob.clone()]);
    assert_eq!(readers(As { api: Some(&cast.ignore_acl), user: None }), [alice.clone(), bob.clone()]);
    let with_alice = As { api: Some(&cast.ignore_acl), user: cast.alice["user_key"].as_str() };
    for who in [cast.alice(), with_alice] {
        assert_eq!(readers(who), [alice.clone(), reference(&bob)]);
    }
    assert_eq!(readers(cast.bob()), [reference(&alice), bob]);
    let anonymous = text(&add(&cast, "api_keys/", json!({"allow_anonymous_read": true}))["api_key"]);
    let anonymous = As { api: Some(&anonymous), user: None };
    assert_eq!(cast.get(anonymous, "endpoints/data/books/get/"), forbidden());
}

#[test]
fn expanded_objects_of_one_answer_are_limited() {
    let cast = library();
    let text = json!([{"name": "words", "type": "text"}]);
    cast.put(cast.owner(), "classes/author/", json!({"schema": text}));
    let author = add_to(&cast, "author", json!({"words": "\u{1}".repeat(32_000)}), None);
    for _ in 0..30 {
        add_to(&cast, "book", json!({"by": author["id"]}), None);
    }
    let of = |query: &str| cast.get(cast.alice(), &format!("endpoints/data/books/get/?expand=by{query}"));
    assert_eq!(of("&page_size=5").status, 200);
    let too_large = "The expanded objects are too large; reduce page_size or expand.";
    assert_eq!(of(""), got(400, json!({"detail": too_large})));
}

#[test]
fn parameters_of_the_request_win_and_queries_are_joined() {
    let cast = library();
    for (title, year) in [("one", 1990), ("two", 2000), ("three", 2010), ("four", 2020)] {
        add_to(&cast, "book", json!({"title": title, "year": year}), None);
    }
    let stored =
        json!({"query": {"year": {"_gt": 1995}}, "order_by": "-year", "page_size": 2, "excluded_fields": "links,id"});
    cast.patch(cast.owner(), "endpoints/data/books/", stored);
    let page = cast.get(cast.alice(), "endpoints/data/books/get/").body;
    assert_eq!(all(&page, "title"), ["four", "three"]);
    assert_eq!((all(&page, "id"), all(&page, "links")), (vec![Value::Null; 2], vec![Value::Null; 2]));
    let next = text(&page["next"]);
    assert!(next.contains("/endpoints/data/books/get/?page_size=2&order_by=-year&direction=1&last_pk="), "{next}");
    assert_eq!(all(&cast.get(cast.alice(), &next).body, "title"), ["two"]);
    assert_eq!(titles(&cast, cast.alice(), "?order_by=year&page_size=3"), ["two", "three", "four"]);
    assert_eq!(titles(&cast, cast.alice(), "?order_by=&page_size="), ["four", "three"], "an empty one is none");
    assert_eq!(titles(&cast, cast.alice(), "?query=%7B%22title%22:%7B%22_eq%22:%22two%22%7D%7D"), ["two"]);
    assert_eq!(titles(&cast, cast.alice(), "?query=%7B%22title%22:%7B%22_eq%22:%22one%22%7D%7D"), [""; 0]);
    assert!(all(&cast.get(cast.alice(), "endpoints/data/books/get/?excluded_fields=year").body, "id")[0].is_u64());

    cast.patch(cast.owner(), "endpoints/data/books/", json!({"order_by": "nosuch", "query": {"nosuch": {"_eq": 1}}}));
    let invalid = got(400, json!({"query": "Invalid field name defined: \"nosuch\"."}));
    assert_eq!(cast.get(cast.alice(), "endpoints/data/books/get/"), invalid);
}

#[test]
fn a_user_owns_what_they_post() {
    let cast = library();
    let posted =
        cast.post(cast.alice(), "endpoints/data/books/post/", json!({"title": "mine", "owner": cast.bob["id"]}));
    assert_eq!((posted.status.as_u16(), &posted.body["owner"]), (201, &cast.alice["id"]));
    assert_eq!(
        posted.body["links"]["self"],
        format!("/v1.1/instances/nostromo/classes/book/objects/{}/", posted.body["id"])
    );
    assert_eq!(titles(&cast, cast.alice(), ""), ["mine"]);
    assert_eq!(titles(&cast, cast.bob(), ""), [""; 0]);
    for refused in [cast.app(), As::default()] {
        assert_eq!(cast.post(refused, "endpoints/data/books/post/", json!({})), forbidden());
    }
    add(&cast, DATA, json!({"name": "profiles", "class": "user_profile"}));
    assert_eq!(cast.post(cast.alice(), "endpoints/data/profiles/post/", json!({})), forbidden());
    assert_eq!(all(&cast.get(cast.alice(), "endpoints/data/profiles/get/").body, "owner"), [cast.alice["id"].clone()]);
}

#[test]
fn options_of_post_describe_the_data_endpoint_to_everyone() {
    let cast = library();
    for who in [As::default(), cast.app(), cast.owner()] {
        let described = cast.send(who, http::Method::OPTIONS, "endpoints/data/books/post/", None);
        let limits = json!({"type": "integer", "required": false, "read_only": false, "label": "page_size", "min_value": 0, "max_value": 100});
        assert_eq!((described.status.as_u16(), &described.body["actions"]["POST"]["page_size"]), (200, &limits));
    }
}

#[test]
fn a_renamed_data_endpoint_has_its_new_name_only() {
    let cast = library();
    add(&cast, DATA, json!({"name": "other", "class": "book"}));
    let rename = |from: &str, to: Value| {
        cast.post(cast.owner(), &format!("endpoints/data/{from}/rename/"), json!({"new_name": to}))
    };
    let renamed = rename("BOOKS", json!(" Novels "));
    assert_eq!((renamed.status.as_u16(), &renamed.body["name"]), (200, &json!("Novels")));
    assert_eq!(renamed.body["links"]["self"], "/v1.1/instances/nostromo/endpoints/data/Novels/");
    assert_eq!(cast.get(cast.app(), "endpoints/data/books/"), not_found());
    assert_eq!(cast.get(cast.app(), "endpoints/data/novels/").body["name"], "novels");
    assert_eq!(rename("novels", json!("Other")), got(400, json!({"new_name": ["This field must be unique."]})));
    assert_eq!(rename("novels", json!("novels")).status, 200);
    assert_eq!(rename("novels", json!(null)), got(400, json!({"new_name": ["This field may not be null."]})));
}

#[test]
fn data_endpoints_go_with_their_class() {
    let cast = library();
    add(&cast, DATA, json!({"name": "authors", "class": "author"}));
    cast.delete(cast.owner(), "classes/book/");
    assert_eq!(all(&cast.get(cast.app(), DATA).body, "name"), ["authors"]);
    assert_eq!(cast.get(cast.owner(), "endpoints/data/books/get/"), not_found());
}

#[test]
fn v1_shows_the_same_data_endpoints_at_another_path() {
    let cast = library();
    let own = "/v1/instances/nostromo/api/objects/books/";
    let shown = cast.get(cast.app(), own).body;
    assert_eq!((&shown["class"], &shown["links"]["self"]), (&json!("book"), &json!(own)));
    let posted = cast.post(cast.alice(), &format!("{own}post/"), json!({"title": "in v1"}));
    assert_eq!(posted.status, 201);
    assert_eq!(titles(&cast, cast.alice(), ""), ["in v1"]);
    let in_v1 = cast.get(cast.alice(), &format!("{own}get/")).body;
    assert!(text(&in_v1["objects"][0]["links"]["self"]).starts_with("/v1/instances/nostromo/classes/book/"));
    assert_eq!(cast.get(cast.owner(), "api/objects/").status, 404);
    assert_eq!(cast.get(cast.owner(), "/v1/instances/nostromo/endpoints/data/").status, 404);
}

#[test]
fn a_name_that_is_taken_uses_up_a_number_of_the_list() {
    let cast = library();
    for name in ["books", "BOOKS"] {
        let taken = got(400, json!({"name": ["This field must be unique."]}));
        assert_eq!(cast.post(cast.owner(), DATA, json!({"name": name, "class": "book"})), taken);
    }
    add(&cast, DATA, json!({"name": "more", "class": "book"}));
    let next = text(&cast.get(cast.app(), "endpoints/data/?page_size=2").body["next"]);
    assert_eq!(next, "/v1.1/instances/nostromo/endpoints/data/?page_size=2&direction=1&last_pk=4");
}

#[rstest]
#[case(json!({}), json!({"name": ["This field is required."], "class": ["This field is required."]}))]
#[case(json!({"name": "1a", "class": ""}), json!({"name": ["Value has to start with a letter."], "class": ["This field may not be null."]}))]
#[case(json!({"name": "a", "class": "nope"}), json!({"class": ["Object with name=nope does not exist."]}))]
#[case(json!({"name": "a", "class": "book", "query": []}), json!({"query": ["Query passed in invalid format."]}))]
#[case(json!({"name": "a", "class": "book", "query": {"by": {"_is": {"a": {"_is": {}}}}}}), json!({"query": ["Double nested queries are not allowed."]}))]
#[case(json!({"name": "a", "class": "book", "expand": "by, after", "excluded_fields": "a".repeat(257)}), json!({"excluded_fields": ["Ensure this field has no more than 256 characters."], "expand": ["Enter a comma separated list."]}))]
#[case(json!({"name": "a", "class": "book", "page_size": 101}), json!({"page_size": ["Ensure this value is less than or equal to 100."]}))]
#[case(json!({"name": "a", "class": "book", "page_size": "-1"}), json!({"page_size": ["Ensure this value is greater than or equal to 0."]}))]
#[case(json!({"name": "a", "class": "book", "page_size": 1.5}), json!({"page_size": ["A valid integer is required."]}))]
fn an_invalid_data_endpoint_is_rejected(#[case] body: Value, #[case] errors: Value) {
    let cast = library();
    assert_eq!(cast.post(cast.owner(), DATA, body), got(400, errors));
}

#[test]
fn data_endpoints_are_saved_and_loaded_with_the_world() {
    let cast = library();
    cast.patch(cast.owner(), "endpoints/data/books/", json!({"query": {"year": {"_gt": 1995}}, "page_size": 7}));
    cast.post(cast.alice(), "endpoints/data/books/post/", json!({"title": "kept", "year": 2000}));
    let before = cast.get(cast.app(), DATA);
    let loaded = Simulator::builder().build();
    loaded.load(cast.simulator.dump()).expect("a world");
    let loaded = Cast { simulator: loaded, ..cast };
    assert_eq!(loaded.get(loaded.app(), DATA), before);
    assert_eq!(titles(&loaded, loaded.alice(), ""), ["kept"]);
}

#[rstest]
#[case(json!({"last_id": 0, "by_id": {"1": "a"}}), "data endpoint 1: expected an id from 1 to last_id")]
#[case(json!({"last_id": 2, "by_id": {"1": "a", "2": "a"}}), "data endpoint 2: another one has its name")]
#[case(json!({"last_id": u32::MAX, "by_id": {}}), "expected a last_id of at most 2147483647")]
#[case(json!({"last_id": 1, "by_id": {"1": "A"}}), "data endpoint 1: Value has to start with a letter.")]
fn a_world_file_with_an_invalid_data_endpoint_is_rejected(#[case] mut document: Value, #[case] reason: &str) {
    let cast = Cast::new();
    for endpoint in document["by_id"].as_object_mut().expect("an object").values_mut() {
        *endpoint = json!({
            "name": endpoint, "description": "", "class": 1, "query": {}, "excluded_fields": null, "order_by": null,
            "page_size": null, "expand": null,
        });
    }
    let mut file: Value = serde_json::from_str(&cast.simulator.dump()).expect("JSON");
    file["instances"][0]["documents"] = json!({"data_endpoints": document});
    let rejected = Simulator::builder().build().load(file.to_string());
    let text = format!("instances[0].documents.data_endpoints: {reason}");
    assert_eq!(rejected.map_err(|error| error.to_string()), Err(text));
}
