//! What the simulator does not have.

use bytes::Bytes;
use http::Request;
use rstest::rstest;
use serde_json::{Value, json};

use crate::cast::{As, Cast, forbidden, got};

#[rstest]
#[case("channels/", "channels")]
#[case("snippets/scripts/1/", "scripts")]
#[case("triggers/", "triggers")]
#[case("hosting/", "hosting")]
#[case("backups/full/", "backups")]
#[case("push_notifications/gcm/messages/", "push notifications")]
#[case("/v1/instances/nostromo/webhooks/", "script endpoints")]
#[case("/v1.1/usage/daily/", "usage statistics")]
fn it_says_so_to_those_who_might_have_gone_there(#[case] path: &str, #[case] what: &str) {
    let cast = Cast::new();
    let absent = got(404, json!({"detail": format!("The simulator has no {what}.")}));
    assert_eq!(cast.get(cast.owner(), path), absent);
    assert_eq!(cast.get(cast.app(), path), forbidden());
    assert_eq!(cast.get(As::default(), path), forbidden());
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
fn anybody_may_see_where_the_links_lead_and_each_leads_somewhere(#[case] path: &str) {
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
