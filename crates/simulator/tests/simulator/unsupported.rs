//! Resources that the simulator does not support.

use bytes::Bytes;
use http::Request;
use rstest::rstest;
use serde_json::{Value, json};

use crate::cast::{As, Cast, forbidden, got};

#[rstest]
#[case("snippets/scripts/1/", "scripts")]
#[case("triggers/1/", "triggers")]
#[case("hosting/1/", "hosting")]
#[case("backups/full/1/", "backups")]
#[case("/v1/instances/nostromo/webhooks/1/", "script endpoints")]
#[case("/v1.1/backups/full/1/", "backups")]
fn a_caller_with_access_learns_what_is_missing(#[case] path: &str, #[case] what: &str) {
    let cast = Cast::new();
    let missing = got(404, json!({"detail": format!("The simulator has no {what}.")}));
    assert_eq!(cast.get(cast.owner(), path), missing);
    assert_eq!(cast.get(cast.app(), path), forbidden());
    assert_eq!(cast.get(As::default(), path), forbidden());
}

#[rstest]
#[case("snippets/scripts/")]
#[case("triggers/")]
#[case("hosting/")]
#[case("backups/full/")]
#[case("/v1/instances/nostromo/webhooks/")]
#[case("/v1.1/usage/daily/")]
fn a_list_is_empty_for_callers_with_access(#[case] path: &str) {
    let cast = Cast::new();
    assert_eq!(cast.get(cast.owner(), path), got(200, json!({"next": null, "prev": null, "objects": []})));
    assert_eq!(cast.get(As::default(), path), forbidden());
}

#[test]
fn a_new_instance_has_two_channels() {
    let cast = Cast::new();
    let channels = cast.get(cast.owner(), "channels/").body;
    let names: Vec<&Value> = channels["objects"].as_array().unwrap().iter().map(|channel| &channel["name"]).collect();
    assert_eq!(names, ["default", "eventlog"]);
    assert_eq!(channels["objects"][0]["links"]["poll"], "/v1.1/instances/nostromo/channels/default/poll/");
}

#[rstest]
#[case("/")]
#[case("/v1/")]
#[case("/v1.1/")]
#[case("/v1.1/backups/")]
#[case("/v1.1/usage/")]
#[case("/v1/instances/nostromo/push_notifications/")]
#[case("/v1.1/instances/nostromo/backups/")]
#[case("/v1.1/instances/nostromo/snippets/")]
#[case("/v1.1/instances/nostromo/endpoints/")]
#[case("/v1.1/instances/nostromo/push_notifications/")]
#[case("/v1.1/instances/nostromo/push_notifications/apns/")]
fn link_pages_are_public_and_their_links_work(#[case] path: &str) {
    let cast = Cast::new();
    let page = cast.get(As::default(), path);
    assert_eq!(page.status, 200);
    let mut links = Vec::new();
    collect(&page.body["links"], &mut links);
    assert!(!links.is_empty());
    for link in links.iter().filter(|link| !link.ends_with("/v2/")) {
        let request = Request::get(link).header("Host", "localhost").body(Bytes::new()).expect("a request");
        let answer = cast.simulator.handle(request);
        assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8", "{link}");
    }
}

fn collect(links: &Value, found: &mut Vec<String>) {
    match links {
        Value::String(link) => found.push(link.clone()),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        other => panic!("{other} among links"),
    }
}
