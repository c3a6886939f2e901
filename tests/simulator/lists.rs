//! Lists: every page of them.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use crate::cast::{Cast, got, text};

const NAMES: [&str; 9] = ["ash", "brett", "dallas", "jones", "kane", "lambert", "mother", "parker", "ripley"];

fn ids(page: &Value) -> Vec<u64> {
    let objects = page["objects"].as_array().expect("a list");
    objects.iter().map(|object| object["id"].as_u64().expect("an id")).collect()
}

/// A cast with nine more users than alice and bob, of whom the third is gone again.
fn crowded() -> Cast {
    let cast = Cast::new();
    for name in NAMES {
        cast.post(cast.owner(), "users/", json!({"username": name, "password": "x"}));
    }
    cast.delete(cast.owner(), "users/5/");
    cast
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn pages_show_everything_once_and_lead_back(size in 1_usize..14, descending: bool) {
        let cast = crowded();
        let mut all = ids(&cast.get(cast.owner(), "users/").body);
        let order = if descending { "desc" } else { "asc" };
        if descending {
            all.reverse();
        }
        let mut page = cast.get(cast.owner(), &format!("users/?page_size={size}&ordering={order}")).body;
        let mut seen = ids(&page);
        prop_assert_eq!(&page["prev"], &Value::Null);
        while let Some(next) = page["next"].as_str() {
            let before = ids(&page);
            page = cast.get(cast.owner(), next).body;
            seen.extend(ids(&page));
            let back = text(&page["prev"]);
            if !ids(&page).is_empty() {
                prop_assert_eq!(ids(&cast.get(cast.owner(), &back).body), before);
            }
        }
        prop_assert_eq!(seen, all);
    }
}

#[rstest]
#[case::a_full_page_has_a_next("page_size=2", json!([1, 2]), json!("page_size=2&direction=1&last_pk=2"), json!(null))]
#[case::after_an_id("page_size=2&direction=1&last_pk=2", json!([3, 4]), json!("page_size=2&direction=1&last_pk=4"), json!("page_size=2&direction=0&last_pk=3"))]
#[case::before_an_id("page_size=2&direction=0&last_pk=4", json!([2, 3]), json!("page_size=2&direction=1&last_pk=3"), json!("page_size=2&direction=0&last_pk=2"))]
#[case::the_first_page_from_behind("page_size=2&direction=0&last_pk=2", json!([1]), json!("page_size=2"), json!(null))]
#[case::past_the_end("page_size=2&direction=1&last_pk=99", json!([]), json!(null), json!("page_size=2&direction=0"))]
#[case::nothing("page_size=0", json!([]), json!(null), json!(null))]
#[case::an_id_without_direction("last_pk=2&page_size=1", json!([1]), json!("page_size=1&direction=1&last_pk=1"), json!(null))]
#[case::keys_do_not_travel("page_size=1&api_key=x&fields=id", json!([1]), json!("page_size=1&direction=1&last_pk=1"), json!(null))]
#[case::by_the_beginning_of_a_name("username__startswith=pa", json!([10]), json!(null), json!(null))]
fn a_page_has_neighbours(#[case] query: &str, #[case] shown: Value, #[case] next: Value, #[case] prev: Value) {
    let cast = crowded();
    let page = cast.get(cast.owner(), &format!("users/?{query}")).body;
    let link = |query: &Value| query.as_str().map(|query| format!("/v1.1/instances/nostromo/users/?{query}"));
    assert_eq!(json!(ids(&page)), shown);
    assert_eq!(page["next"].as_str().map(str::to_owned), link(&next));
    assert_eq!(page["prev"].as_str().map(str::to_owned), link(&prev));
}

#[rstest]
#[case("page_size=-1")]
#[case("page_size=")]
#[case("page_size=1.5")]
#[case("direction=2")]
#[case("direction=1&last_pk=-1")]
#[case("direction=1&last_pk=abc")]
fn a_page_that_makes_no_sense_is_refused(#[case] query: &str) {
    let cast = Cast::new();
    let refused = got(400, json!({"detail": "Incorrect page parameter provided."}));
    assert_eq!(cast.get(cast.owner(), &format!("users/?{query}")), refused);
}

#[rstest]
#[case("users/1/?fields=id,profile", json!({"id": 1, "profile": {"id": 1}}))]
#[case("users/1/?fields=groups", json!({"groups": [{}]}))]
#[case("users/1/?fields=id,username&excluded_fields=id", json!({"username": "alice"}))]
#[case("users/1/?fields=%20id", json!({}))]
#[case("users/1/groups/1/?fields=group", json!({"group": {}}))]
fn members_are_chosen_at_every_depth(#[case] path: &str, #[case] shown: Value) {
    let cast = Cast::new();
    assert_eq!(cast.get(cast.owner(), path).body, shown);
}

#[test]
fn writing_answers_in_full_whatever_is_chosen() {
    let cast = Cast::new();
    let answer = cast.patch(cast.owner(), "users/1/?fields=id", json!({}));
    assert_eq!(answer.body["username"], "alice");
}
