//! HTTP: which error wins, headers, methods, versions, formats.

use bytes::Bytes;
use http::{Method, Request, Response};
use rstest::rstest;
use serde_json::json;

use crate::cast::{As, Cast, forbidden, got, not_found, read, whole};

fn send(cast: &Cast, method: &str, path: &str, headers: &[(&str, &str)], body: &'static str) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(whole(path));
    for (name, value) in headers {
        request = request.header(*name, value.replace("{account}", &cast.account).replace("{api}", &cast.api));
    }
    cast.simulator.handle(request.body(Bytes::from_static(body.as_bytes())).expect("a request"))
}

const ACCOUNT: (&str, &str) = ("X-API-KEY", "{account}");
const BAD_KEY: (&str, &str) = ("X-API-KEY", "bad");
const HTML: (&str, &str) = ("Accept", "text/html");
const JSON: (&str, &str) = ("Content-Type", "application/json");

#[rstest]
#[case::route("POST", "nosuch/", &[ACCOUNT, JSON], "{", 404, "<h1>Not Found</h1><p>The requested resource was not found on this server.</p>")]
#[case::body_over_all_else("POST", "/v1.1/instances/nowhere/users/", &[BAD_KEY, JSON, HTML], "{", 400, "{\"detail\":\"JSON parse error - Parse error at offset 1: Missing a name for object member.\"}")]
#[case::media_type("DELETE", "users/", &[ACCOUNT, ("Content-Type", "text/html")], "x", 415, "{\"detail\":\"Unsupported media type \\\"text/html\\\" in request.\"}")]
#[case::instance("GET", "/v1.1/instances/nowhere/users/99/groups/", &[BAD_KEY, HTML], "", 404, "{\"detail\":\"Instance was not found.\"}")]
#[case::parent("GET", "users/99/groups/", &[BAD_KEY, HTML], "", 404, "{\"detail\":\"User was not found.\"}")]
#[case::parent_that_is_not_a_number("GET", "groups/abc/users/", &[], "", 404, "{\"detail\":\"Group was not found.\"}")]
#[case::negotiation("GET", "users/", &[BAD_KEY, HTML], "", 406, "{\"detail\":\"Could not satisfy the request Accept header.\"}")]
#[case::format("GET", "users/?format=xml", &[BAD_KEY], "", 404, "{\"detail\":\"Not found.\"}")]
#[case::key("DELETE", "users/", &[BAD_KEY], "", 403, "{\"detail\":\"No such API Key.\"}")]
#[case::access("DELETE", "users/99/", &[], "", 403, "{\"detail\":\"You do not have permission to perform this action.\"}")]
#[case::method("POST", "users/99/", &[ACCOUNT], "", 405, "{\"detail\":\"Method \\\"POST\\\" not allowed.\"}")]
#[case::object("PATCH", "users/99/", &[ACCOUNT, JSON], r#"{"username": ""}"#, 404, "{\"detail\":\"Not found.\"}")]
#[case::unknown_method("FOO", "users/", &[ACCOUNT], "", 405, "{\"detail\":\"Method \\\"FOO\\\" not allowed.\"}")]
fn the_first_failing_check_decides_the_answer(
    #[case] method: &str,
    #[case] path: &str,
    #[case] headers: &[(&str, &str)],
    #[case] body: &'static str,
    #[case] status: u16,
    #[case] text: &str,
) {
    let answer = send(&Cast::new(), method, path, headers, body);
    assert_eq!((answer.status().as_u16(), String::from_utf8_lossy(answer.body()).as_ref()), (status, text));
}

#[test]
fn an_invalid_body_is_ignored_if_it_is_not_read() {
    let cast = Cast::new();
    let user_key = cast.alice["user_key"].as_str().expect("a key");
    let with_both = [("X-API-KEY", "{api}"), ("X-USER-KEY", user_key), JSON];
    assert_eq!(send(&cast, "GET", "user/", &with_both, "{").status(), 200);
    // Without a user key in the headers, the body is searched for one.
    assert_eq!(send(&cast, "GET", "groups/", &[("X-API-KEY", "{api}"), JSON], "{").status(), 400);
    assert_eq!(send(&cast, "GET", "/v1.1/instances/", &[("X-API-KEY", "{api}"), JSON], "{").status(), 200);
}

#[test]
fn every_answer_has_its_headers() {
    let cast = Cast::new();
    let ok = send(&cast, "GET", "users/1/", &[ACCOUNT, ("Origin", "http://a.b")], "");
    let header = |answer: &Response<Bytes>, name: &str| {
        answer.headers().get(name).map(|value| value.to_str().expect("a text").to_owned())
    };
    assert_eq!(header(&ok, "content-type").as_deref(), Some("application/json; charset=utf-8"));
    assert_eq!(header(&ok, "allow").as_deref(), Some("GET, PUT, PATCH, DELETE, HEAD, OPTIONS"));
    assert_eq!(header(&ok, "vary").as_deref(), Some("Origin"));
    assert_eq!(header(&ok, "access-control-allow-origin").as_deref(), Some("*"));

    let gone = send(&cast, "DELETE", "users/1/", &[ACCOUNT], "");
    assert_eq!((header(&gone, "content-type"), header(&gone, "access-control-allow-origin")), (None, None));
    assert!(header(&gone, "allow").is_some());

    let page = send(&cast, "GET", "nosuch/", &[], "");
    assert_eq!(
        (header(&page, "content-type").as_deref(), header(&page, "allow")),
        (Some("text/html; charset=utf-8"), None)
    );

    let head = send(&cast, "HEAD", "groups/", &[ACCOUNT], "");
    let get = send(&cast, "GET", "groups/", &[ACCOUNT], "");
    assert!(head.body().is_empty());
    assert_eq!(header(&head, "content-length"), Some(get.body().len().to_string()));
}

#[test]
fn a_preflight_is_answered_for_any_path() {
    let cast = Cast::new();
    let asks = [("Origin", "http://a.b"), ("Access-Control-Request-Method", "PUT")];
    let answer = send(&cast, "OPTIONS", "/no/such/path", &asks, "");
    assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
    assert_eq!(answer.headers()["access-control-allow-methods"], "DELETE, GET, OPTIONS, PATCH, POST, PUT");
    assert_eq!(answer.headers()["access-control-max-age"], "86400");
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
}

#[rstest]
#[case("users/01/")]
#[case("users/+1/")]
#[case("users/1%20/")]
#[case("users/1.json")]
#[case("//users//1/")]
#[case("users/1/?format=json")]
fn an_id_can_be_written_in_several_ways(#[case] path: &str) {
    let cast = Cast::new();
    let path =
        path.strip_prefix("//").map_or(whole(path), |rest| whole("").replace("/nostromo/", "//nostromo//") + rest);
    assert_eq!(cast.get(cast.owner(), &path).body["username"], "alice");
}

#[rstest]
#[case("users/abc/")]
#[case("users/0/")]
#[case("users/-1/")]
#[case("users/1.5/")]
#[case("users/99999999999999999999/")]
#[case("users/me/")]
fn other_notations_are_not_ids(#[case] path: &str) {
    let cast = Cast::new();
    assert_eq!(cast.get(cast.owner(), path), not_found());
}

#[test]
fn v1_differs_from_v1_1_only_in_its_links() {
    let cast = Cast::new();
    for path in ["user/", "users/", "groups/1/", "api_keys/"] {
        let new = cast.get(cast.alice(), path).body.to_string();
        let old = cast.get(cast.alice(), &format!("/v1/instances/nostromo/{path}")).body.to_string();
        assert_eq!(old, new.replace("/v1.1/", "/v1/"), "{path}");
    }
    let links =
        |version: &str| cast.get(cast.owner(), &format!("/{version}/instances/nostromo/")).body["links"].clone();
    assert_eq!(links("v1")["runtimes"], "/v1/instances/nostromo/codeboxes/runtimes/");
    assert_eq!(links("v1.1")["push_notification"], "/v1.1/instances/nostromo/push_notifications/");
}

#[test]
fn options_lists_members_for_callers_with_write_access() {
    let cast = Cast::new();
    let options = |who, path| cast.send(who, Method::OPTIONS, path, None);
    let owner = options(cast.owner(), "groups/99/").body;
    assert_eq!(
        (&owner["name"], &owner["actions"]["PUT"]["label"]["max_length"]),
        (&json!("Group Instance"), &json!(64))
    );
    assert_eq!(options(cast.app(), "groups/").body["actions"], json!(null));
    assert_eq!(options(cast.app(), "users/"), forbidden());
}

#[test]
fn the_root_links_to_the_versions_on_the_requested_host() {
    let cast = Cast::new();
    let answer = read(&send(&cast, "GET", "/", &[("Host", "api.test")], ""));
    let links = json!({"v1": "http://api.test/v1/", "v1.1": "http://api.test/v1.1/", "v2": "http://api.test/v2/"});
    assert_eq!(answer, got(200, json!({"links": links})));
    assert_eq!(cast.get(As::default(), "/v1/").body["links"]["account"], "/v1/account/");
}

#[test]
fn an_answer_can_be_indented_or_a_table() {
    let cast = Cast::new();
    let indented = send(&cast, "GET", "groups/1/?fields=id", &[ACCOUNT, ("Accept", "application/json; indent=2")], "");
    assert_eq!(indented.body().as_ref(), b"{\n  \"id\": 1\n}");
    let table = send(&cast, "GET", "groups/?template_response=objects_html_table", &[ACCOUNT], "");
    assert_eq!(table.headers()["content-type"], "text/html; charset=utf-8");
    assert!(String::from_utf8_lossy(table.body()).contains("<td>crew</td>"));
    assert_eq!(cast.get(cast.owner(), "groups/?template_response=nosuch").status, 406);
    let rejected = got(400, json!({"detail": "This endpoint does not support templates."}));
    assert_eq!(cast.get(cast.alice(), "user/?template_response=objects_html_table"), rejected);
}

#[rstest]
#[case("facebook", json!({}), 401, "Invalid authorization token.")]
#[case("nosuch", json!({}), 401, "Invalid authorization token.")]
#[case("nosuch", json!({"access_token": "t"}), 400, "Unsupported social backend.")]
#[case("twitter", json!({"access_token": "t"}), 401, "Invalid authorization token.")]
fn all_tokens_of_social_networks_are_rejected(
    #[case] backend: &str,
    #[case] body: serde_json::Value,
    #[case] status: u16,
    #[case] detail: &str,
) {
    let cast = Cast::new();
    for path in [format!("user/auth/{backend}/"), format!("/v1.1/account/auth/{backend}/")] {
        assert_eq!(cast.post(cast.app(), &path, body.clone()), got(status, json!({"detail": detail})), "{path}");
    }
}
