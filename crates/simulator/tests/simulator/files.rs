//! Files in data objects and profiles: who sees their URLs, what the URLs answer, and what ends
//! them.

use bytes::Bytes;
use http::{Method, Request, Response};
use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::{FileLimits, Quirk, Quirks, Simulator};

use crate::cast::{As, Cast, FormPart, Got, forbidden, got, not_found, text};

const OBJECTS: &str = "classes/doc/objects/";
const NO_FILE: &str = "Existing file does not exist.";

fn cast() -> Cast {
    with_files(Cast::new())
}

fn with_files(cast: Cast) -> Cast {
    let schema = json!([{"name": "f", "type": "file"}, {"name": "t", "type": "string"}]);
    assert_eq!(cast.post(cast.owner(), "classes/", json!({"name": "doc", "schema": schema})).status, 201);
    let schema = json!({"schema": [{"name": "avatar", "type": "file"}]});
    assert_eq!(cast.patch(cast.owner(), "classes/user_profile/", schema).status, 200);
    cast
}

fn upload(cast: &Cast, who: As<'_>, content: &str, name: &str) -> Got {
    cast.form(who, Method::POST, OBJECTS, &[("f", content, Some(name))])
}

/// Returns the URL of the file in an object.
fn url(object: &Value) -> String {
    assert_eq!(object["f"]["type"], "file", "{object}");
    text(&object["f"]["value"])
}

fn fetch(simulator: &Simulator, method: Method, url: &str) -> Response<Bytes> {
    simulator.handle(Request::builder().method(method).uri(url).body(Bytes::new()).expect("a request"))
}

fn fetched(cast: &Cast, url: &str) -> Option<Bytes> {
    let response = fetch(&cast.simulator, Method::GET, url);
    (response.status() == 200).then(|| response.into_body())
}

fn copy(cast: &Cast, who: As<'_>, url: &str) -> Got {
    cast.post(who, OBJECTS, json!({"f": url}))
}

fn rejected(text: &str) -> Got {
    got(400, json!({"f": [text]}))
}

#[test]
fn anyone_with_the_url_gets_the_file_and_no_browser_runs_it() {
    let cast = cast();
    let page = url(&upload(&cast, cast.alice(), "<script>", "Page.HTML").body);
    assert!(page.ends_with(".html"));
    let response = fetch(&cast.simulator, Method::GET, &page);
    assert_eq!((response.status().as_u16(), &**response.body()), (200, &b"<script>"[..]));
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("content-type"), Some("application/octet-stream"));
    assert_eq!(header("x-content-type-options"), Some("nosniff"));
    assert_eq!(header("content-security-policy"), Some("default-src 'none'; sandbox"));
    let head = fetch(&cast.simulator, Method::HEAD, &page);
    assert_eq!((head.headers()["content-length"].as_bytes(), head.body().len()), (&b"8"[..], 0));
    assert_eq!(fetch(&cast.simulator, Method::POST, &page).status(), 404);
    let picture = url(&upload(&cast, cast.alice(), "png", "me.PNG").body);
    let picture = fetch(&cast.simulator, Method::GET, &picture);
    assert_eq!(picture.headers()["content-type"], "image/png");
}

#[test]
fn a_url_says_nothing_about_the_name_of_the_file() {
    let cast = cast();
    let object = upload(&cast, cast.alice(), "x", "../../etc/secret.name.Wd").body;
    let url = url(&object);
    let name = url.rsplit('/').next().unwrap();
    let (hex, extension) = name.split_once('.').unwrap();
    assert!(hex.len() == 40 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) && extension == "wd", "{url}");
}

#[test]
fn a_replaced_cleared_or_deleted_file_is_gone() {
    let cast = cast();
    let object = upload(&cast, cast.alice(), "one", "a.txt").body;
    let path = format!("{OBJECTS}{}/", object["id"]);
    let first = url(&object);
    assert_eq!(cast.patch(cast.alice(), &path, json!({"t": "x"})).body["f"], object["f"], "other fields keep it");
    let second = url(&cast.form(cast.alice(), Method::PATCH, &path, &[("f", "two", Some("b.txt"))]).body);
    assert_eq!(fetched(&cast, &second).as_deref(), Some(&b"two"[..]));
    let renamed = url(&cast.patch(cast.alice(), &path, json!({"f": second})).body);
    assert_eq!(fetched(&cast, &renamed).as_deref(), Some(&b"two"[..]));
    assert_eq!(cast.patch(cast.alice(), &path, json!({"f": null})).body["f"], Value::Null);
    let last = url(&cast.form(cast.alice(), Method::PATCH, &path, &[("f", "three", Some("b.txt"))]).body);
    assert_eq!(cast.delete(cast.alice(), &path).status, 204);
    for gone in [first, second, renamed, last] {
        assert_eq!(fetched(&cast, &gone), None);
        assert_eq!(copy(&cast, cast.alice(), &gone), rejected(NO_FILE));
    }
}

#[test]
fn the_files_of_a_deleted_user_class_or_instance_are_gone() {
    let cast = cast();
    let of_user = url(&upload(&cast, cast.alice(), "x", "a").body);
    let profile = [("profile.avatar", "x", Some("a.png"))];
    let user = format!("users/{}/", cast.alice["id"]);
    let user_body = cast.form(cast.alice(), Method::PATCH, &user, &profile).body;
    let avatar = text(&user_body["profile"]["avatar"]["value"]);
    let of_class = url(&upload(&cast, cast.bob(), "x", "a").body);
    assert!([&of_user, &avatar, &of_class].iter().all(|url| fetched(&cast, url).is_some()));
    assert_eq!(cast.delete(cast.owner(), &user).status, 204);
    assert!([&of_user, &avatar].iter().all(|url| fetched(&cast, url).is_none()));
    assert_eq!(cast.delete(cast.owner(), "classes/doc/").status, 204);
    assert_eq!(fetched(&cast, &of_class), None);
    let bob = format!("users/{}/", cast.bob["id"]);
    let avatar = cast.form(cast.bob(), Method::PATCH, &bob, &profile).body;
    let avatar = text(&avatar["profile"]["avatar"]["value"]);
    assert!(fetched(&cast, &avatar).is_some());
    assert_eq!(cast.delete(cast.owner(), "/v1.1/instances/nostromo/").status, 204);
    assert_eq!(fetched(&cast, &avatar), None);
}

#[test]
fn a_user_cannot_see_or_change_the_file_of_another_users_object() {
    let cast = cast();
    let object = upload(&cast, cast.alice(), "mine", "a.txt").body;
    let path = format!("{OBJECTS}{}/", object["id"]);
    let replace = |who| cast.form(who, Method::PATCH, &path, &[("f", "theirs", Some("b.txt"))]);
    assert_eq!(replace(cast.bob()), not_found());
    assert_eq!(cast.get(cast.bob(), OBJECTS).body["objects"], json!([]));
    cast.patch(cast.alice(), &path, json!({"other_permissions": "read"}));
    assert_eq!(replace(cast.bob()), forbidden());
    assert_eq!(cast.patch(cast.bob(), &path, json!({"f": null})), forbidden());
    assert_eq!(cast.get(cast.alice(), &path).body["f"], object["f"]);
    assert_eq!(fetched(&cast, &url(&object)).as_deref(), Some(&b"mine"[..]));
    assert_eq!(upload(&cast, cast.app(), "x", "a"), forbidden());
}

#[test]
fn a_user_changes_their_own_picture_and_everybody_who_sees_the_user_sees_it() {
    let cast = cast();
    let alice = format!("users/{}/", cast.alice["id"]);
    let picture = [("profile.avatar", "png", Some("me.png"))];
    let shown = cast.form(cast.alice(), Method::PATCH, &alice, &picture).body["profile"]["avatar"].clone();
    assert_eq!(shown["type"], "file");
    assert_eq!(cast.form(cast.bob(), Method::PATCH, &alice, &picture), not_found());
    assert_eq!(cast.get(cast.alice(), "user/").body["profile"]["avatar"], shown);
    assert_eq!(cast.get(cast.owner(), &alice).body["profile"]["avatar"], shown);
    assert_eq!(cast.login("alice", "pw-alice").body["profile"]["avatar"], shown);
    let empty = cast.form(cast.alice(), Method::PATCH, &alice, &[("profile.avatar", "", Some("me.png"))]);
    assert_eq!(empty, got(400, json!({"profile": {"avatar": ["The submitted file is empty."]}})));
    let wrong = cast.patch(cast.alice(), &alice, json!({"profile": {"avatar": "zz"}}));
    assert_eq!(wrong, got(400, json!({"profile": {"avatar": ["File URL is invalid."]}})));
    cast.simulator.set_quirks(Quirks::none().with(Quirk::FileUrlError));
    let wrong = cast.patch(cast.alice(), &alice, json!({"profile": {"avatar": "zz"}}));
    assert_eq!(wrong, got(400, json!({"avatar": ["File URL is invalid."]})));
}

#[test]
fn a_user_is_created_with_a_picture_or_not_at_all() {
    let cast = cast();
    let create = |avatar: FormPart<'_>| {
        let parts = [("username", "carol", None), ("password", "x", None), avatar];
        cast.form(cast.owner(), Method::POST, "users/", &parts)
    };
    assert_eq!(create(("profile.avatar", "/media/0/1/zz", None)).status, 400);
    let carol = create(("profile.avatar", "png", Some("me.png")));
    assert_eq!(carol.body["profile"]["avatar"]["type"], "file");
    assert_eq!(carol.body["id"], json!(4), "the rejected request used up an id");
}

/// Adds a second instance, with an object that has a file; returns the URL.
fn file_elsewhere(cast: &Cast) -> String {
    let base = "/v1.1/instances/sulaco/";
    cast.post(cast.owner(), "/v1.1/instances/", json!({"name": "sulaco"}));
    let class = json!({"name": "doc", "schema": [{"name": "f", "type": "file"}]});
    cast.post(cast.owner(), &format!("{base}classes/"), class);
    let parts = [("f", "theirs", Some("a.txt"))];
    url(&cast.form(cast.owner(), Method::POST, &format!("{base}{OBJECTS}"), &parts).body)
}

#[test]
fn the_file_of_another_instance_cannot_be_copied_in_any_spelling() {
    let cast = cast();
    let theirs = file_elsewhere(&cast);
    let rest = theirs.strip_prefix("/media/2/").unwrap();
    let dotted = format!("/media/1/../2/{rest}");
    let spellings = [
        theirs.clone(),
        dotted.clone(),
        format!("/media/1/%2e%2e/2/{rest}"),
        format!("/media//1/../2/{rest}"),
        format!("http://localhost{theirs}"),
    ];
    for spelling in &spellings {
        assert_eq!(copy(&cast, cast.alice(), spelling), rejected("File URL is invalid."), "{spelling}");
    }
    cast.simulator.set_quirks(Quirks::none().with(Quirk::FileTraversal));
    let copied = url(&copy(&cast, cast.alice(), &dotted).body);
    assert_eq!(fetched(&cast, &copied).as_deref(), Some(&b"theirs"[..]));
    assert_eq!(copy(&cast, cast.alice(), &theirs), rejected("File URL is invalid."));
}

#[rstest]
#[case(json!({"f": 5}))]
#[case(json!({"f": {"type": "file", "value": "/media/1/3/x"}}))]
fn other_values_are_no_files(#[case] body: Value) {
    let cast = cast();
    let text = "The submitted data was not a file. Check the encoding type on the form.";
    assert_eq!(cast.post(cast.alice(), OBJECTS, body), rejected(text));
}

#[test]
fn a_file_for_another_field_is_rejected() {
    let cast = cast();
    let answer = cast.form(cast.alice(), Method::POST, OBJECTS, &[("t", "x", Some("a.txt"))]);
    assert_eq!(answer, got(400, json!({"t": ["Not a valid string."]})));
}

#[test]
fn files_are_saved_and_loaded_with_the_world() {
    let cast = cast();
    let file = url(&upload(&cast, cast.alice(), "\u{ff}\0bytes", "a.txt").body);
    let saved = cast.simulator.dump();
    let loaded = Simulator::builder().seed(8).build();
    loaded.load(&saved).expect("a world");
    assert_eq!(loaded.dump(), saved);
    let loaded = Cast { simulator: loaded, ..cast };
    assert_eq!(fetched(&loaded, &file).as_deref(), Some("\u{ff}\0bytes".as_bytes()));
    let copied = url(&copy(&loaded, loaded.alice(), &file).body);
    assert_ne!(copied, file);
    let broken = saved.replace("\"base64\": \"", "\"base64\": \"?");
    let rejected = loaded.simulator.load(broken).map_err(|error| error.to_string());
    assert_eq!(rejected, Err("instances[0].classes[1].objects[0].values.f: expected a value of type file".to_owned()));
    assert!(fetched(&loaded, &file).is_some(), "the world is unchanged");
}

#[test]
fn a_file_over_a_limit_is_rejected_and_nothing_is_stored() {
    let limits = FileLimits { one: 5, total: 12 };
    let cast = with_files(Cast::on(Simulator::builder().seed(7).file_limits(limits).build()));
    let too_large = |text: &str| got(413, json!({ "detail": text }));
    let one = "The file has more than 5 bytes (--max-file).";
    assert_eq!(upload(&cast, cast.alice(), "123456", "a"), too_large(one));
    let first = upload(&cast, cast.alice(), "12345", "a");
    assert_eq!(first.status, 201);
    assert_eq!(copy(&cast, cast.alice(), &url(&first.body)).status, 201, "copies count too");
    let total = "All files together would have more than 12 bytes (--max-files-total).";
    assert_eq!(upload(&cast, cast.alice(), "123", "a"), too_large(total));
    assert_eq!(cast.get(cast.owner(), OBJECTS).body["objects"].as_array().map(Vec::len), Some(2));
    cast.delete(cast.alice(), &format!("{OBJECTS}{}/", first.body["id"]));
    assert_eq!(upload(&cast, cast.alice(), "123", "a").status, 201, "a deleted file makes room");
}

#[test]
fn the_urls_answer_404_with_the_quirk() {
    let cast = cast();
    let file = url(&upload(&cast, cast.alice(), "x", "a.txt").body);
    cast.simulator.set_quirks(Quirks::none().with(Quirk::Media404));
    assert_eq!(fetched(&cast, &file), None);
}
