//! Templates: what they make of an answer, and that they show nobody more than the answer does.

use bytes::Bytes;
use http::{Method, Request, Response};
use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::{Quirk, Quirks, Simulator};

use crate::cast::{As, Cast, forbidden, got, not_found, read, whole};

const TEMPLATES: &str = "snippets/templates/";
const FAILED: &str = "Template rendering failed: 'nope' is undefined";

/// A world with a template of the content.
fn with(content: &str) -> Cast {
    let cast = Cast::new();
    add(&cast, "mine", content);
    cast
}

fn add(cast: &Cast, name: &str, content: &str) {
    let template = json!({"name": name, "content": content, "content_type": "text/plain", "context": {"x": "stored"}});
    let added = cast.post(cast.owner(), TEMPLATES, template);
    assert_eq!(added.status, 201, "{}", added.body);
}

/// Sends a request with headers.
fn send(cast: &Cast, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(whole(path)).header("Content-Type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    cast.simulator.handle(request.body(Bytes::from(body.to_owned())).expect("a request"))
}

fn render(cast: &Cast, who: As<'_>, body: Value) -> Value {
    let rendered = cast.post(who, "snippets/templates/mine/render/", body);
    assert_eq!(rendered.status, 200, "{}", rendered.body);
    rendered.body
}

#[test]
fn a_new_instance_has_two_templates() {
    let cast = Cast::new();
    let templates = cast.get(cast.app(), TEMPLATES).body;
    let shown: Vec<_> = templates["objects"].as_array().unwrap().iter().collect();
    let name_and_type = |template: &&Value| json!([template["name"], template["content_type"]]);
    assert_eq!(
        shown.iter().map(name_and_type).collect::<Vec<_>>(),
        [json!(["objects_html_table", "text/html"]), json!(["objects_csv", "text/csv"])]
    );
    assert_eq!(shown[1]["context"]["delimiter"], ",");
    assert_eq!(cast.get(cast.alice(), "snippets/templates/objects_csv/").body, *shown[1]);
    let table = cast.get(cast.owner(), "groups/?template_response=objects_html_table&fields=label").body;
    assert_eq!(
        table.as_str().unwrap().split_whitespace().collect::<String>(),
        "<table><tr><th>label</th></tr><tr><td>crew</td></tr></table>"
    );
    let csv = cast.get(cast.owner(), "users/?template_response=objects_csv&fields=username").body;
    assert_eq!(csv, "username\n\"alice\"        \n\"bob\"        \n");
}

#[test]
fn everyone_with_a_key_sees_templates_and_administrators_from_full_on_change_them() {
    let cast = with("Hello {{ x }}");
    let own = "/v1.1/instances/nostromo/snippets/templates/mine/";
    let expected = json!({
        "name": "mine", "content": "Hello {{ x }}", "content_type": "text/plain", "context": {"x": "stored"},
        "description": "", "links": {"self": own, "rename": format!("{own}rename/")},
    });
    assert_eq!(cast.get(cast.app(), own), got(200, expected));
    assert_eq!(cast.get(As::default(), own), forbidden());
    assert_eq!(cast.get(As::default(), TEMPLATES), forbidden());
    for who in [cast.app(), cast.alice(), As { api: Some(&cast.ignore_acl), user: None }] {
        assert_eq!(cast.post(who, TEMPLATES, json!({"name": "x"})), forbidden());
        assert_eq!(cast.patch(who, own, json!({})), forbidden());
        assert_eq!(cast.delete(who, own), forbidden());
        assert_eq!(cast.post(who, &format!("{own}rename/"), json!({"new_name": "x"})), forbidden());
    }
    assert_eq!(cast.delete(As::default(), "snippets/templates/missing/"), not_found());
    let put = cast.put(cast.owner(), own, json!({"content": " Hi ", "content_type": "TEXT/html", "name": "ignored"}));
    assert_eq!(
        (&put.body["content"], &put.body["context"], &put.body["name"]),
        (&json!("Hi"), &json!({}), &json!("mine"))
    );
    let renamed = cast.post(cast.owner(), &format!("{own}rename/"), json!({"new_name": " yours "}));
    assert_eq!(renamed.body["links"]["self"], "/v1.1/instances/nostromo/snippets/templates/yours/");
    assert_eq!(cast.get(cast.app(), own), not_found());
    assert_eq!(cast.delete(cast.owner(), "snippets/templates/YOURS/").status, 204);
    assert_eq!(cast.get(cast.app(), "groups/?template_response=yours").status, 406);
}

#[rstest]
#[case(json!({"name": "objects_csv"}), json!({"name": ["ResponseTemplate with this name already exists."]}))]
#[case(json!({"name": "Big"}), json!({"name": ["Value has to start with a letter.", "Enter a valid value consisting of letters, numbers, underscores, hyphens."]}))]
#[case(json!({"content": " "}), json!({"content": ["This field may not be blank."]}))]
#[case(json!({"content": "{% zz %}"}), json!({"content": ["Encountered unknown tag 'zz'."]}))]
#[case(json!({"content_type": "text/html; charset=utf-8"}), json!({"content_type": ["Not a valid content_type."]}))]
#[case(json!({"content_type": format!("text/{}", "x".repeat(251))}), json!({"content_type": ["Ensure this field has no more than 255 characters."]}))]
#[case(json!({"context": {"User": 1}}), json!({"context": ["Reserved key \"User\" used."]}))]
#[case(json!({"context": {"k": "v".repeat(4097)}}), json!({"context": ["Too long value defined for key k (exceeds 4096)."]}))]
fn an_invalid_template_is_rejected(#[case] change: Value, #[case] errors: Value) {
    let cast = Cast::new();
    let mut template = json!({"name": "new", "content": "c", "content_type": "text/plain"});
    template.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    assert_eq!(cast.post(cast.owner(), TEMPLATES, template), got(400, errors));
}

#[test]
fn a_template_is_rendered_with_what_is_sent_and_with_the_name_of_the_caller() {
    let cast = with("{{ instance }} {{ action }} {{ user }} {{ x }}|{{ response }}");
    assert_eq!(render(&cast, cast.alice(), json!({})), "nostromo render alice stored|");
    assert_eq!(render(&cast, cast.bob(), json!({"context": {}})), "nostromo render bob stored|");
    assert_eq!(
        render(&cast, cast.app(), json!({"context": {"y": 1}})),
        "nostromo render  |",
        "the sent context replaces the stored one"
    );
    assert_eq!(
        render(&cast, cast.owner(), json!({"context": {"user": "me", "x": [1, null]}})),
        "nostromo render me [1,null]|"
    );
    let path = "snippets/templates/mine/render/";
    assert_eq!(cast.post(As::default(), path, json!({})), forbidden());
    assert_eq!(cast.get(cast.owner(), path).status, 405);
    assert_eq!(send(&cast, "POST", path, &[("X-API-KEY", &cast.api), ("Accept", "text/plain")], "{}").status(), 406);
    let rejected = json!({"context": ["Context passed in invalid format."]});
    assert_eq!(cast.post(cast.app(), path, json!({"context": []})), got(400, rejected));
}

#[test]
fn a_rendered_answer_cannot_run_scripts_in_the_name_of_the_simulator() {
    let cast = with("<script>alert(1)</script>");
    let answer = send(&cast, "POST", "snippets/templates/mine/render/", &[("X-API-KEY", &cast.api)], "{}");
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(answer.headers()["content-security-policy"], "sandbox");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
}

#[test]
fn a_list_by_template_shows_what_the_caller_sees_without_it() {
    let cast = with("{{ action }} {{ user }}: {% for one in response.objects %}{{ one.username }} {% endfor %}");
    let list = |who| cast.get(who, "users/?template_response=mine");
    assert_eq!(list(cast.owner()), got(200, json!("list : alice bob ")));
    assert_eq!(list(cast.alice()), got(200, json!("list alice: alice ")));
    assert_eq!(list(cast.bob()), got(200, json!("list bob: bob ")));
    assert_eq!(list(cast.app()), forbidden());
    assert_eq!(list(As::default()), forbidden());
}

#[rstest]
#[case("groups/?template=mine", &[], "mine")]
#[case("groups/?template_response=MINE", &[], "mine")]
#[case("groups/?template_response=mine&template=other", &[], "other")]
#[case("groups/?template_response=other&template=", &[], "other")]
#[case("groups/", &[("X-Template", "mine"), ("X-Template-Response", "other")], "mine")]
#[case("groups/?template=mine", &[("X-Template-Response", "other")], "other")]
fn a_template_is_named_in_one_of_four_places(#[case] path: &str, #[case] headers: &[(&str, &str)], #[case] name: &str) {
    let cast = with("mine");
    add(&cast, "other", "other");
    let headers = [&[("X-API-KEY", cast.api.as_str()), ("Accept", "image/png")], headers].concat();
    assert_eq!(read(&send(&cast, "GET", path, &headers, "")), got(200, json!(name)));
}

#[rstest]
#[case("GET", "groups/1/", "", 200, "retrieve crew")]
#[case("POST", "groups/", r#"{"label": "new"}"#, 201, "create new")]
#[case("PUT", "groups/1/", r#"{"label": "new"}"#, 200, "update new")]
#[case("PATCH", "groups/1/", r#"{"label": "new"}"#, 200, "partial_update new")]
#[case("POST", "users/1/reset_key/", "", 200, "reset_key ")]
#[case("OPTIONS", "groups/", "", 200, "metadata ")]
fn a_template_knows_the_operation(
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: &str,
    #[case] status: u16,
    #[case] text: &str,
) {
    let cast = with("{{ action }} {{ response.label }}");
    let headers = [("X-API-KEY", cast.account.as_str()), ("X-Template", "mine")];
    assert_eq!(read(&send(&cast, method, path, &headers, body)), got(status, json!(text)));
}

#[test]
fn a_template_that_fails_does_not_undo_the_request() {
    let cast = with("{{ nope.a }}");
    let failed = got(400, json!({"detail": FAILED}));
    assert_eq!(cast.post(cast.owner(), "groups/?template=mine", json!({"label": "made"})), failed);
    assert_eq!(cast.get(cast.owner(), "groups/2/").body["label"], "made");
    assert_eq!(cast.delete(cast.owner(), "groups/2/?template=mine"), failed);
    assert_eq!(cast.get(cast.owner(), "groups/2/").status, 404);
    add(&cast, "fine", "gone{{ response }}");
    assert_eq!(cast.delete(cast.owner(), "groups/1/?template=fine"), got(204, json!("")));
}

#[test]
fn errors_stay_json_and_an_unknown_template_comes_before_the_key() {
    let cast = with("x");
    assert_eq!(cast.get(cast.owner(), "groups/9/?template=mine"), not_found());
    let unacceptable = got(406, json!({"detail": "Could not satisfy the request Accept header."}));
    assert_eq!(cast.get(As { api: Some("garbage"), user: None }, "groups/?template=missing"), unacceptable);
    assert_eq!(cast.get(cast.owner(), "/v1.1/instances/?template=missing").status, 200);
}

#[rstest]
#[case(Method::GET, "user/")]
#[case(Method::POST, "user/auth/")]
#[case(Method::GET, "snippets/")]
#[case(Method::POST, "batch/")]
fn some_endpoints_have_no_templates(#[case] method: Method, #[case] path: &str) {
    let cast = with("x");
    let body = json!({"username": "alice", "password": "pw-alice", "requests": []});
    let rejected = got(400, json!({"detail": "This endpoint does not support templates."}));
    assert_eq!(cast.send(cast.alice(), method, &format!("{path}?template=mine"), Some(body)), rejected);
    assert_eq!(cast.get(cast.owner(), "snippets/config/?template=mine"), rejected);
}

#[test]
fn a_batch_is_never_rendered() {
    let cast = with("x");
    let item = |method: &str, path: &str| json!({"method": method, "path": format!("/v1.1/instances/nostromo/{path}")});
    let items = json!([
        item("GET", "groups/1/?template=mine&fields=label"),
        item("GET", "groups/?template=missing"),
        item("POST", "snippets/templates/mine/render/"),
    ]);
    let answers = cast.post(cast.app(), "batch/", json!({"requests": items})).body;
    assert_eq!(answers[0], json!({"code": 200, "content": {"label": "crew"}}));
    assert_eq!(answers[1]["code"], 406);
}

#[test]
fn templates_are_saved_and_loaded_with_the_world() {
    let cast = with("{{ x }}");
    cast.delete(cast.owner(), "snippets/templates/objects_csv/");
    let before = cast.get(cast.owner(), TEMPLATES);
    let loaded = Simulator::builder().build();
    loaded.load(cast.simulator.dump()).expect("a world");
    let loaded = Cast { simulator: loaded, ..cast };
    assert_eq!(loaded.get(loaded.owner(), TEMPLATES), before);
    assert_eq!(render(&loaded, loaded.app(), json!({})), "stored");
}

#[rstest]
#[case("3", "template 3: expected an id from 1 to last_id", json!({"last_id": 2}))]
#[case("3", "template 3: Not a valid content_type.", json!({"content_type": "a\nb"}))]
#[case("3", "template 3: another one has its name", json!({"name": "objects_csv"}))]
fn a_world_file_with_an_invalid_template_is_rejected(#[case] id: &str, #[case] text: &str, #[case] change: Value) {
    let cast = with("x");
    let mut file: Value = serde_json::from_str(&cast.simulator.dump()).expect("JSON");
    let templates = &mut file["instances"][0]["documents"]["templates"];
    for (name, value) in change.as_object().unwrap() {
        if name == "last_id" { templates[name] = value.clone() } else { templates["by_id"][id][name] = value.clone() }
    }
    let rejected = Simulator::builder().build().load(file.to_string());
    assert_eq!(rejected.expect_err("an error").to_string(), format!("instances[0].documents.templates: {text}"));
}

#[test]
fn with_the_quirk_anyone_creates_templates() {
    let cast = Cast::with(Quirks::none().with(Quirk::TemplatesOpen));
    let template = json!({"name": "open", "content": "c", "content_type": "text/plain"});
    assert_eq!(cast.post(As::default(), TEMPLATES, template).status, 201);
    assert_eq!(cast.get(As::default(), TEMPLATES).body["objects"].as_array().unwrap().len(), 3);
    assert_eq!(cast.get(As::default(), "snippets/templates/open/"), forbidden());
}
