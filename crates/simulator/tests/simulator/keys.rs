//! Keys: where they can be sent, which one counts, and what each gives access to.

use bytes::Bytes;
use http::Request;
use rstest::rstest;
use serde_json::json;

use crate::cast::{As, Cast, Got, forbidden, no_such_key, not_found, read, whole};

/// Sends a GET to `/user/`, with `{api}`, `{alice}` and `{bob}` replaced by their keys.
fn user_as(cast: &Cast, headers: &[(&str, &str)], query: &str, body: &str) -> Got {
    let key = |user: &serde_json::Value| user["user_key"].as_str().expect("a key").to_owned();
    let (alice, bob) = (key(&cast.alice), key(&cast.bob));
    let fill = |text: &str| {
        let text = text.replace("{api}", &cast.api).replace("{API}", &cast.api.to_uppercase());
        text.replace("{account}", &cast.account).replace("{alice}", &alice).replace("{bob}", &bob)
    };
    let mut request = Request::get(format!("{}?{}", whole("user/"), fill(query)));
    for (name, value) in headers {
        request = request.header(*name, fill(value));
    }
    read(&cast.simulator.handle(request.body(Bytes::from(fill(body))).expect("a request")))
}

#[rstest]
#[case::in_headers(&[("X-API-KEY", "{api}"), ("X-USER-KEY", "{alice}")], "", "", "alice")]
#[case::in_either_case(&[("X-API-KEY", "{API}"), ("X-USER-KEY", "{alice}")], "", "", "alice")]
#[case::in_the_query(&[], "api_key={api}&user_key={alice}", "", "alice")]
#[case::in_the_query_by_other_names(&[], "apikey={api}&userkey={alice}", "", "alice")]
#[case::after_any_word(&[("Authorization", "whatever {api}"), ("X-USER-KEY", "{alice}")], "", "", "alice")]
#[case::in_the_body(&[("Content-Type", "application/json")], "", r#"{"_api_key": "{api}", "_user_key": "{alice}"}"#, "alice")]
#[case::spaces_around_a_user_key(&[("X-API-KEY", "{api}")], "user_key=%20{alice}%20", "", "alice")]
#[case::the_header_wins(&[("X-API-KEY", "{api}"), ("X-USER-KEY", "{alice}")], "user_key={bob}&api_key=nonsense", "", "alice")]
#[case::an_empty_header_does_not(&[("X-API-KEY", "{api}"), ("X-USER-KEY", "")], "user_key={bob}", "", "bob")]
#[case::of_two_parameters_the_last_counts(&[("X-API-KEY", "{api}")], "user_key={bob}&user_key={alice}", "", "alice")]
#[case::the_query_wins_over_the_body(&[("X-API-KEY", "{api}"), ("Content-Type", "application/json")], "userkey={alice}", r#"{"_user_key": "{bob}"}"#, "alice")]
fn a_user_is_recognised_by_keys(
    #[case] headers: &[(&str, &str)],
    #[case] query: &str,
    #[case] body: &str,
    #[case] username: &str,
) {
    let answer = user_as(&Cast::new(), headers, query, body);
    assert_eq!((answer.status.as_u16(), &answer.body["username"]), (200, &json!(username)));
}

#[rstest]
#[case::no_key(&[], "", forbidden())]
#[case::a_user_key_alone(&[("X-USER-KEY", "{alice}")], "", forbidden())]
#[case::an_account_key_beside_it(&[("X-API-KEY", "{account}"), ("X-USER-KEY", "{alice}")], "", forbidden())]
#[case::a_bare_authorization(&[("Authorization", "{api}"), ("X-USER-KEY", "{alice}")], "", forbidden())]
#[case::an_authorization_of_three_words(&[("Authorization", "a b {api}"), ("X-USER-KEY", "{alice}")], "", forbidden())]
#[case::an_unknown_user_key(&[("X-API-KEY", "{api}"), ("X-USER-KEY", "garbage")], "", forbidden())]
#[case::a_user_key_as_api_key(&[("X-API-KEY", "{alice}")], "", no_such_key())]
#[case::a_good_key_in_the_query(&[("X-API-KEY", "bad"), ("X-USER-KEY", "{alice}")], "api_key={api}", no_such_key())]
#[case::a_space_after_an_api_key(&[("X-USER-KEY", "{alice}")], "api_key={api}%20", no_such_key())]
fn other_keys_are_rejected(#[case] headers: &[(&str, &str)], #[case] query: &str, #[case] rejected: Got) {
    assert_eq!(user_as(&Cast::new(), headers, query, ""), rejected);
}

#[test]
fn a_plain_text_body_can_contain_keys_and_method() {
    let cast = Cast::new();
    let user_key = &cast.alice["user_key"];
    let body = json!({"_method": "PATCH", "_api_key": cast.api, "_user_key": user_key, "username": "ellen"});
    let request = Request::post(whole("user/")).header("Content-Type", "text/plain");
    let answer = read(&cast.simulator.handle(request.body(Bytes::from(body.to_string())).expect("a request")));
    assert_eq!((answer.status.as_u16(), &answer.body["username"]), (200, &json!("ellen")));
}

#[test]
fn keys_of_one_instance_are_invalid_in_another() {
    let cast = Cast::new();
    cast.post(cast.owner(), "/v1.1/instances/", json!({"name": "sulaco"}));
    let key = cast.post(cast.owner(), "/v1.1/instances/sulaco/api_keys/", json!({})).body["api_key"].clone();
    let stranger = As { api: key.as_str(), user: cast.alice().user };

    assert_eq!(cast.get(cast.app(), "/v1.1/instances/sulaco/groups/"), no_such_key());
    let in_the_query = format!("/v1.1/instances/sulaco/groups/?api_key={}", cast.api);
    assert_eq!(cast.get(As::default(), &in_the_query), no_such_key());
    assert_eq!(cast.get(cast.app(), "/v1.1/instances/sulaco/"), not_found());
    assert_eq!(cast.get(stranger, "/v1.1/instances/sulaco/user/"), forbidden());
    let own = cast.get(cast.app(), "/v1.1/instances/?fields=name").body;
    assert_eq!(own["objects"], json!([{"name": "nostromo"}]));
}

#[test]
fn an_api_key_sees_only_itself() {
    let cast = Cast::new();
    let own = json!([{"api_key": cast.api}]);
    assert_eq!(cast.get(cast.app(), "api_keys/?fields=api_key").body["objects"], own);
    assert_eq!(cast.get(cast.owner(), "api_keys/?fields=api_key").body["objects"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_user_sees_only_themselves() {
    let cast = Cast::new();
    let (alice, bob) = (&cast.alice["id"], &cast.bob["id"]);
    let only = json!([{"id": alice}]);
    assert_eq!(cast.get(cast.alice(), "users/?fields=id").body["objects"], only);
    let with_ignore_acl = As { api: Some(&cast.ignore_acl), ..cast.alice() };
    assert_eq!(cast.get(with_ignore_acl, "users/?fields=id").body["objects"], only);
    assert_eq!(cast.get(cast.alice(), &format!("users/{bob}/")), not_found());
    assert_eq!(cast.get(cast.alice(), &format!("users/{bob}/groups/")), forbidden());
    let members = cast.get(cast.alice(), &format!("groups/{}/users/?fields=user,id", cast.crew)).body;
    assert_eq!(members["objects"], json!([{"user": {"id": alice}}]));
    assert_eq!(cast.get(cast.alice(), &format!("groups/{}/users/{bob}/", cast.crew)), not_found());
    assert_eq!(cast.patch(cast.alice(), &format!("users/{bob}/"), json!({"password": "mine"})), not_found());
    assert_eq!(cast.login("bob", "pw-bob").status, 200);
}
