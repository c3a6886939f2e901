//! Batches.

use http::Method;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::cast::{As, Cast, Got, forbidden, got, whole};

fn item(method: &str, path: &str) -> Value {
    json!({"method": method, "path": whole(path)})
}

fn batch(cast: &Cast, who: As<'_>, requests: Value) -> Got {
    cast.post(who, "batch/", json!({"requests": requests}))
}

/// A request with its body that changes no keys.
fn request() -> impl Strategy<Value = (&'static str, &'static str, Option<Value>)> {
    let bodies = [
        None,
        Some(json!({"username": "Parker", "password": "x"})),
        Some(json!({"label": "x"})),
        Some(json!({"user": 1})),
        Some(json!({"group": 1})),
        Some(json!({"username": " "})),
    ];
    let paths = [
        "user/",
        "users/",
        "users/?page_size=1",
        "users/1/",
        "users/2/",
        "users/1/groups/",
        "users/9/groups/",
        "groups/",
        "groups/?fields=id",
        "groups/1/users/",
        "groups/1/users/2/",
        "groups/2/",
        "api_keys/",
        "admins/",
        "channels/",
        "",
    ];
    (select(&["GET", "POST", "PUT", "PATCH", "DELETE"][..]), select(paths.to_vec()), select(bodies.to_vec()))
        .prop_filter(
            "a body is needed by writes alone, and deleting a user would end the session",
            |(method, path, body)| {
                let writes = matches!(*method, "POST" | "PUT" | "PATCH");
                writes == body.is_some() && !(*method == "DELETE" && (path.starts_with("users/") || path.is_empty()))
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn a_batch_answers_like_separate_requests(
        requests in prop::collection::vec(request(), 0..12),
        who in 0_usize..4,
    ) {
        let (one_by_one, together) = (Cast::new(), Cast::new());
        let who = |cast| -> As<'_> {
            let cast: &Cast = cast;
            [cast.owner(), cast.app(), cast.alice(), As { api: Some(&cast.ignore_acl), ..cast.bob() }][who]
        };
        let expected: Vec<Value> = requests.iter().map(|(method, path, body)| {
            let method: Method = method.parse().expect("a method");
            let answer = one_by_one.send(who(&one_by_one), method, path, body.clone());
            let code = answer.status.as_u16();
            if code == 204 { json!({"code": code}) } else { json!({"code": code, "content": answer.body}) }
        }).collect();
        let items: Vec<Value> = requests.iter().map(|(method, path, body)| match body {
            Some(body) => json!({"method": method, "path": whole(path), "body": body}),
            None => item(method, path),
        }).collect();
        prop_assert_eq!(batch(&together, who(&together), json!(items)), got(200, json!(expected)));
    }
}

#[test]
fn batch_items_use_the_keys_of_the_batch() {
    let cast = Cast::new();
    let id = &cast.alice["id"];
    let mine = format!("user/?fields=id&api_key={}", cast.account);
    let requests =
        json!([item("POST", &format!("users/{id}/reset_key/")), item("GET", &mine), item("GET", "users/2/")]);
    let answer = batch(&cast, cast.alice(), requests).body;
    assert_eq!(answer[0]["code"], 200);
    assert_eq!(answer[1], json!({"code": 200, "content": {"id": id}}));
    assert_eq!(answer[2], json!({"code": 404, "content": {"detail": "Not found."}}));
    assert_eq!(cast.get(cast.alice(), "user/"), forbidden());
}

#[test]
fn an_invalid_item_keeps_the_whole_batch_from_running() {
    let cast = Cast::new();
    let create = json!({"method": "POST", "path": whole("groups/"), "body": {"label": "x"}});
    let invalid = [
        (item("GET", "users"), json!({"path": ["Invalid path specified."]})),
        (item("GET", "users/?a?b"), json!({"path": ["Invalid path specified."]})),
        (item("get", "users/"), json!({"method": ["\"get\" is not a valid choice."]})),
        (
            item("GET", "/v1/instances/nostromo/users/"),
            json!({"path": ["Path needs to point to an endpoint within current instance and API version."]}),
        ),
        (
            json!({"method": "POST", "path": whole("users/"), "body": "{"}),
            json!({"body": ["Not a valid JSON string."]}),
        ),
    ];
    for (request, reason) in invalid {
        let answer = batch(&cast, cast.owner(), json!([create, request]));
        assert_eq!(answer, got(400, json!({"requests": [{}, reason]})));
    }
    let many: Vec<Value> = (0..51).map(|_| create.clone()).collect();
    let answer = batch(&cast, cast.owner(), json!(many));
    assert_eq!(answer, got(400, json!({"detail": "Max requests per batch exceeded (50)."})));
    assert_eq!(cast.get(cast.owner(), "groups/").body["objects"].as_array().map(Vec::len), Some(1));
}

#[test]
fn nested_batches_are_limited() {
    let cast = Cast::new();
    let mut request = item("GET", "user/");
    for _ in 0..30 {
        request = json!({"method": "POST", "path": whole("batch/"), "body": {"requests": [request]}});
    }
    assert_eq!(batch(&cast, cast.alice(), json!([request])).body[0]["code"], 200);
}

#[test]
fn items_of_nested_batches_count() {
    let cast = Cast::new();
    let inner = |count: usize| {
        let requests: Vec<Value> = (0..count).map(|_| item("GET", "user/")).collect();
        json!({"method": "POST", "path": whole("batch/"), "body": {"requests": requests}})
    };
    let answer = batch(&cast, cast.alice(), json!([inner(24), inner(24), inner(1)])).body;
    assert_eq!((&answer[0]["code"], &answer[1]["code"], &answer[2]["code"]), (&json!(200), &json!(400), &json!(200)));
}
