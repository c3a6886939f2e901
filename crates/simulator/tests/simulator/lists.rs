//! Lists: pages, links, selected members.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use crate::cast::{Cast, got, text, whole};

const NAMES: [&str; 9] = ["ash", "brett", "dallas", "jones", "kane", "lambert", "mother", "parker", "ripley"];

fn ids(page: &Value) -> Vec<u64> {
    let objects = page["objects"].as_array().expect("a list");
    objects.iter().map(|object| object["id"].as_u64().expect("an id")).collect()
}

/// A world with nine more users than alice and bob, the third of whom is deleted.
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
    fn pages_show_every_item_once_and_link_back(size in 1_usize..14, descending: bool) {
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
#[case::the_first_page_backwards("page_size=2&direction=0&last_pk=2", json!([1]), json!("page_size=2"), json!(null))]
#[case::a_page_after_the_last("page_size=2&direction=1&last_pk=99", json!([]), json!(null), json!("page_size=2&direction=0"))]
#[case::nothing("page_size=0", json!([]), json!(null), json!(null))]
#[case::an_id_without_direction("last_pk=2&page_size=1", json!([1]), json!("page_size=1&direction=1&last_pk=1"), json!(null))]
#[case::keys_do_not_travel("page_size=1&api_key=x&fields=id", json!([1]), json!("page_size=1&direction=1&last_pk=1"), json!(null))]
#[case::by_the_beginning_of_a_name("username__startswith=pa", json!([10]), json!(null), json!(null))]
fn a_page_links_to_its_neighbours(#[case] query: &str, #[case] shown: Value, #[case] next: Value, #[case] prev: Value) {
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
fn an_invalid_page_parameter_is_rejected(#[case] query: &str) {
    let cast = Cast::new();
    let rejected = got(400, json!({"detail": "Incorrect page parameter provided."}));
    assert_eq!(cast.get(cast.owner(), &format!("users/?{query}")), rejected);
}

#[rstest]
#[case("users/1/?fields=id,profile", json!({"id": 1, "profile": {"id": 1}}))]
#[case("users/1/?fields=groups", json!({"groups": [{}]}))]
#[case("users/1/?fields=id,username&excluded_fields=id", json!({"username": "alice"}))]
#[case("users/1/?fields=%20id", json!({}))]
#[case("users/1/groups/1/?fields=group", json!({"group": {}}))]
fn members_are_selected_at_every_depth(#[case] path: &str, #[case] shown: Value) {
    let cast = Cast::new();
    assert_eq!(cast.get(cast.owner(), path).body, shown);
}

#[rstest]
#[case("users/1/groups/1/?fields=zzz", json!({"group": {}}))]
#[case("users/1/groups/1/?fields=id", json!({"group": {"id": 1}}))]
#[case("users/1/groups/1/?fields=id&excluded_fields=group", json!({"group": {"id": 1}}))]
#[case("groups/1/users/1/?fields=user", json!({"user": {}}))]
#[case("groups/1/users/1/?fields=group", json!({"user": {}}))]
#[case("groups/1/users/1/?fields=profile,group", json!({"user": {"profile": {"group": null}}}))]
#[case("groups/1/users/?fields=id", json!([{"user": {"id": 1}}, {"user": {"id": 2}}]))]
#[case("users/1/groups/?fields=label", json!([{"group": {"label": "crew"}}]))]
fn the_user_or_group_of_a_membership_is_always_shown(#[case] path: &str, #[case] shown: Value) {
    let body = Cast::new().get(Cast::new().owner(), path).body;
    assert_eq!(*body.get("objects").unwrap_or(&body), shown);
}

#[rstest]
#[case("users/1/groups/1/?excluded_fields=group", &["group", "links"])]
#[case("groups/1/users/?excluded_fields=user,id", &["user", "links"])]
fn an_excluded_user_or_group_of_a_membership_is_shown_in_full(#[case] path: &str, #[case] members: &[&str]) {
    let cast = Cast::new();
    let body = cast.get(cast.owner(), path).body;
    let shown = body.get("objects").map_or(&body, |objects| &objects[0]);
    assert!(members.iter().all(|member| shown.get(member).is_some()), "{shown}");
    assert!(shown[members[0]]["links"]["self"].is_string());
}

#[rstest]
#[case("users/1/?format=json", "/links/self", "users/1/?format=json")]
#[case("users/1/?format=json", "/links/reset-key", "users/1/reset_key/?format=json")]
#[case("users/1/?format=json", "/profile/links/self", "classes/user_profile/objects/1/?format=json")]
#[case("users/1/?format=json", "/groups/0/links/users", "groups/1/users/?format=json")]
#[case("users/1/?format=", "/links/self", "users/1/?format=")]
#[case("users/1.json?format=json", "/links/self", "users/1/?format=json")]
#[case("users/1.json?format=a%20b", "/links/self", "users/1/?format=a+b")]
#[case("users/1.json", "/links/self", "users/1/")]
#[case("users/1/?fields=links&format=json", "/links/self", "users/1/?format=json")]
#[case("groups/1/users/?format=json", "/objects/0/user/profile/links/owner", "users/1/?format=json")]
#[case("groups/1/users/?format=json", "/objects/0/links/self", "groups/1/users/1/?format=json")]
#[case("snippets/?format=json", "/links/config", "snippets/config/?format=json")]
#[case("push_notifications/?format=json", "/links/gcm/links/devices", "push_notifications/gcm/devices/?format=json")]
#[case("users/?page_size=1&format=json", "/next", "users/?page_size=1&direction=1&last_pk=1")]
fn links_repeat_the_format_and_pages_do_not(#[case] path: &str, #[case] pointer: &str, #[case] link: &str) {
    let cast = Cast::new();
    let body = cast.get(cast.owner(), path).body;
    assert_eq!(body.pointer(pointer), Some(&json!(whole(link))), "{body}");
}

#[test]
fn links_in_values_do_not_get_the_format() {
    let cast = Cast::new();
    let metadata = json!({"links": {"self": "mine"}});
    let instance = "/v1/instances/nostromo/?format=json";
    let answer = cast.patch(cast.owner(), instance, json!({"metadata": metadata})).body;
    assert_eq!((&answer["metadata"], &answer["links"]["self"]), (&metadata, &json!(instance)));
}

#[test]
fn answers_to_writes_ignore_the_selection() {
    let cast = Cast::new();
    let answer = cast.patch(cast.owner(), "users/1/?fields=id", json!({}));
    assert_eq!(answer.body["username"], "alice");
}
