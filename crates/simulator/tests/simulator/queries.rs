//! Lists of objects: filters, order, counts.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::Simulator;

use crate::cast::{Cast, Got, got};

const SHIPS: &str = "classes/ship/objects/";

/// A world with a class `ship` and these objects.
fn with_ships(ships: &[Value]) -> Cast {
    let cast = Cast::new();
    let indexed =
        |name: &str, kind: &str| json!({"name": name, "type": kind, "order_index": true, "filter_index": true});
    let schema = json!([
        indexed("name", "string"), indexed("mass", "integer"), indexed("launched", "datetime"),
        {"name": "notes", "type": "text"},
        {"name": "crew", "type": "array", "filter_index": true},
        {"name": "port", "type": "geopoint", "filter_index": true},
        {"name": "captain", "type": "reference", "target": "user", "filter_index": true},
        {"name": "fleet", "type": "relation", "target": "self", "filter_index": true},
    ]);
    cast.post(cast.owner(), "classes/", json!({"name": "ship", "schema": schema}));
    for ship in ships {
        assert_eq!(cast.post(cast.owner(), SHIPS, ship.clone()).status, 201);
    }
    cast
}

fn ask(cast: &Cast, query: &str) -> Got {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    cast.get(cast.owner(), &format!("{SHIPS}?query={query}"))
}

fn names(list: &Value) -> Vec<&str> {
    let objects = list["objects"].as_array().expect("a list");
    objects.iter().map(|object| object["name"].as_str().expect("a name")).collect()
}

fn three_ships() -> Cast {
    // The ids 1 and 2 belong to the profiles of alice and bob.
    with_ships(&[
        json!({"name": "Nostromo", "mass": 63, "launched": "2101-01-01T00:00:00.0Z", "crew": ["ash", 7], "captain": 1}),
        json!({"name": "Sulaco", "mass": 78, "port": {"longitude": 21.0122, "latitude": 52.2297}, "fleet": [3]}),
        json!({"name": "auriga", "captain": 2, "fleet": [3, 4]}),
    ])
}

#[rstest]
#[case(json!({"mass": {"_eq": "63"}}), &["Nostromo"])]
#[case(json!({"mass": {"_gt": 63}}), &["Sulaco"])]
#[case(json!({"mass": {"_gte": 63, "_lt": 78}}), &["Nostromo"])]
#[case(json!({"mass": {"_neq": 63}}), &["Sulaco", "auriga"])]
#[case(json!({"mass": {"_nin": [63, 78]}}), &["auriga"])]
#[case(json!({"mass": {"_in": []}}), &[])]
#[case(json!({"mass": {"_exists": false}}), &["auriga"])]
#[case(json!({"name": {"_startswith": "N"}}), &["Nostromo"])]
#[case(json!({"name": {"_icontains": "A"}}), &["Sulaco", "auriga"])]
#[case(json!({"name": {"_like": "_u%"}}), &["Sulaco", "auriga"])]
#[case(json!({"name": {"_ieq": "AURIGA"}}), &["auriga"])]
#[case(json!({"name": {"_contains": ".*"}}), &[])]
#[case(json!({"launched": {"_lte": "2101-01-01T00:00:00.000000Z"}}), &["Nostromo"])]
#[case(json!({"crew": {"_contains": ["ash", 7.0]}}), &["Nostromo"])]
#[case(json!({"fleet": {"_contains": [3]}}), &["Sulaco", "auriga"])]
#[case(json!({"fleet": {"_is": {"mass": {"_gt": 70}}}}), &["auriga"])]
#[case(json!({"captain": {"_is": {"username": {"_startswith": "al"}}}}), &["Nostromo"])]
#[case(json!({"port": {"_near": {"longitude": 19.456, "latitude": 51.7592}}}), &["Sulaco"])]
#[case(json!({"port": {"_near": {"longitude": 19.456, "latitude": 51.7592, "distance_in_kilometers": 118}}}), &[])]
#[case(json!({"id": {"_lt": 5}, "owner": {"_exists": false}}), &["Nostromo", "Sulaco"])]
#[case(json!({"channel_room": {"_neq": "x"}}), &["Nostromo", "Sulaco", "auriga"])]
fn a_query_finds_matching_objects(#[case] query: Value, #[case] found: &[&str]) {
    let cast = three_ships();
    assert_eq!(names(&ask(&cast, &query.to_string()).body), found);
}

#[rstest]
#[case("{", json!({"query": "Not a valid JSON string."}))]
#[case("[]", json!(["Query passed in invalid format."]))]
#[case(r#"{"nope": {"_eq": 1}}"#, json!({"query": "Invalid field name defined: \"nope\"."}))]
#[case(r#"{"notes": {"_eq": 1}}"#, json!({"query": "Field \"notes\" cannot be used in a query as it is not indexed."}))]
#[case(r#"{"name": 1}"#, json!({"query": "Invalid field \"name\" lookup type. Expected JSON object."}))]
#[case(r#"{"mass": {"_like": "x"}}"#, json!({"query": "Invalid lookup \"_like\" defined for field \"mass\"."}))]
#[case(r#"{"mass": {"_eq": null}}"#, json!({"query": "Invalid value type provided for \"eq\" lookup of field \"mass\"."}))]
#[case(r#"{"mass": {"_eq": "x"}}"#, json!({"query": "Validation of value provided for \"eq\" lookup of field \"mass\" failed: 'x' value must be an integer."}))]
#[case(r#"{"owner": {"_eq": "1"}}"#, json!({"query": "Invalid value type provided for \"eq\" lookup of field \"owner\"."}))]
#[case(r#"{"owner": {"_lt": {}}}"#, json!({"query": "Invalid value type provided for \"lt\" lookup of field \"owner\"."}))]
#[case(r#"{"group": {"_neq": []}}"#, json!({"query": "Invalid value type provided for \"neq\" lookup of field \"group\"."}))]
#[case(r#"{"group": {"_in": [1, "x"]}}"#, json!({"query": "Invalid value type provided for \"in\" lookup of field \"group\"."}))]
#[case(r#"{"group": {"_eq": -1}}"#, json!({"query": "Validation of value provided for \"eq\" lookup of field \"group\" failed: Ensure this value is greater than or equal to 0."}))]
#[case(r#"{"captain": {"_is": {"id": {"_eq": "x"}}}}"#, json!({"query": "Invalid value type provided for \"eq\" lookup of field \"id\"."}))]
#[case(r#"{"id": {"_eq": "x"}}"#, json!({"query": "Validation of value provided for \"eq\" lookup of field \"id\" failed: 'x' value must be an integer."}))]
#[case(r#"{"captain": {"_is": {"captain": {"_is": {}}}}}"#, json!(["Double nested queries are not allowed."]))]
fn an_invalid_query_is_rejected(#[case] query: &str, #[case] body: Value) {
    assert_eq!(ask(&three_ships(), query), got(400, body));
}

#[rstest]
#[case("nope", "Incorrect order_by parameter provided.")]
#[case("", "Incorrect order_by parameter provided.")]
#[case("notes", "Cannot use specified order_by field. Set required index on schema first.")]
#[case("-owner", "Cannot use specified order_by field.")]
fn an_invalid_order_is_rejected(#[case] order: &str, #[case] fault: &str) {
    let cast = three_ships();
    assert_eq!(cast.get(cast.owner(), &format!("{SHIPS}?order_by={order}")), got(400, json!({"detail": fault})));
}

#[test]
fn a_count_covers_the_objects_that_the_caller_sees() {
    let cast = three_ships();
    cast.post(cast.alice(), SHIPS, json!({"name": "Narcissus"}));
    let page = cast.get(cast.owner(), &format!("{SHIPS}?include_count=true&page_size=1")).body;
    assert_eq!((names(&page).len(), &page["objects_count"]), (1, &json!(4)));
    let counted = cast.get(cast.alice(), &format!("{SHIPS}?include_count=1")).body;
    assert_eq!((names(&counted), &counted["objects_count"]), (vec!["Narcissus"], &json!(1)));
    assert_eq!(cast.get(cast.alice(), &format!("{SHIPS}?include_count=no")).body.get("objects_count"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn ordered_pages_show_every_object_once_and_link_back(
        masses in prop::collection::vec(prop::option::of(-2_i32..3), 1..12),
        size in 1_usize..6,
        descending: bool,
    ) {
        let ships: Vec<Value> = masses.iter().map(|mass| json!({"name": "x", "mass": mass})).collect();
        let cast = with_ships(&ships);
        // Null sorts after all numbers, and equal values are sorted by id.
        let mut expected: Vec<(bool, Option<i32>, u64)> =
            masses.iter().zip(3..).map(|(mass, id)| (mass.is_none(), *mass, id)).collect();
        expected.sort();
        if descending {
            expected.reverse();
        }
        let expected: Vec<u64> = expected.into_iter().map(|(_, _, id)| id).collect();
        let ids = |page: &Value| -> Vec<u64> {
            page["objects"].as_array().expect("a list").iter().filter_map(|object| object["id"].as_u64()).collect()
        };
        let order = if descending { "-mass" } else { "mass" };
        let mut page = cast.get(cast.owner(), &format!("{SHIPS}?page_size={size}&order_by={order}")).body;
        let mut seen = ids(&page);
        while let Some(next) = page["next"].as_str() {
            let before = ids(&page);
            let following = cast.get(cast.owner(), next).body;
            seen.extend(ids(&following));
            if !ids(&following).is_empty() {
                let back = following["prev"].as_str().expect("a way back");
                prop_assert_eq!(ids(&cast.get(cast.owner(), back).body), before);
            }
            page = following;
        }
        prop_assert_eq!(seen, expected);
    }
}

#[test]
fn pages_ordered_by_time_show_every_object_once_with_any_clock() {
    let ticks = std::sync::atomic::AtomicI64::new(0);
    // Two readings can fall into the same microsecond.
    let clock = move || {
        let nanoseconds = ticks.fetch_add(501, std::sync::atomic::Ordering::Relaxed);
        jiff::Timestamp::from_nanosecond(1_464_084_000_000_000_000 + i128::from(nanoseconds)).expect("a time")
    };
    let cast = Cast::on(Simulator::builder().seed(7).clock(clock).build());
    cast.post(cast.owner(), "classes/", json!({"name": "ship", "schema": []}));
    let made = (0..7).map(|_| cast.post(cast.owner(), SHIPS, json!({})).body["id"].clone()).collect::<Vec<_>>();
    for order in ["created_at", "updated_at"] {
        let mut next = json!(format!("/v1.1/instances/nostromo/{SHIPS}?page_size=2&order_by={order}"));
        let mut seen = Vec::new();
        while let (Some(path), true) = (next.as_str(), seen.len() < 20) {
            let page = cast.get(cast.owner(), path).body;
            seen.extend(page["objects"].as_array().expect("a list").iter().map(|object| object["id"].clone()));
            next = page["next"].clone();
        }
        assert_eq!(seen, made, "{order}");
    }
    let first = cast.get(cast.owner(), &format!("{SHIPS}?page_size=1")).body["objects"][0].clone();
    let found = ask(&cast, &json!({"created_at": {"_lte": first["created_at"]}}).to_string());
    assert_eq!(found.body["objects"][0]["id"], first["id"]);
}
