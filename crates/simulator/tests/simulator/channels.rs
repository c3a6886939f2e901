//! Channels: who reads and publishes messages, and polls that wait.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use syncano_simulator::server::{Listener, ServerLimits};
use syncano_simulator::{PollWait, Quirk, Quirks, Simulator};
use tower::ServiceExt;

use crate::cast::{As, Cast, forbidden};

/// Creates a channel, as the owner.
fn channel(cast: &Cast, body: Value) {
    assert_eq!(cast.post(cast.owner(), "channels/", body).status, 201);
}

fn say(cast: &Cast, who: As<'_>, channel: &str, text: &str) -> u16 {
    cast.post(who, &format!("channels/{channel}/publish/"), json!({"payload": {"text": text}})).status.as_u16()
}

fn poll(who: As<'_>, path: &str) -> Request<Bytes> {
    let path = format!("/v1.1/instances/nostromo/{path}");
    let request = Request::get(path).header("X-API-KEY", who.api.unwrap());
    match who.user {
        Some(user) => request.header("X-USER-KEY", user).body(Bytes::new()).unwrap(),
        None => request.body(Bytes::new()).unwrap(),
    }
}

async fn body(response: Response<Full<Bytes>>) -> Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap_or_default()
}

#[test]
fn a_user_publishes_with_the_permission_to_publish_and_nobody_forges_the_author() {
    let cast = Cast::new();
    channel(&cast, json!({"name": "open", "other_permissions": "publish", "custom_publish": true}));
    channel(&cast, json!({"name": "read", "other_permissions": "subscribe", "custom_publish": true}));
    channel(&cast, json!({"name": "closed", "other_permissions": "publish"}));
    assert_eq!(say(&cast, cast.alice(), "open", "hi"), 201);
    assert_eq!(say(&cast, cast.alice(), "read", "hi"), 403);
    assert_eq!(say(&cast, cast.app(), "open", "hi"), 403);
    assert_eq!(say(&cast, cast.owner(), "closed", "hi"), 403, "the channel passes on changes of objects only");
    let history = cast.get(cast.alice(), "channels/open/history/").body;
    let author = &history["objects"][0]["author"];
    assert_eq!(author["user"], cast.get(cast.alice(), "/v1.1/instances/nostromo/user/").body["id"]);
    assert!(author["api_key"].is_number(), "{author}");
}

#[test]
fn a_deleted_channel_takes_its_objects_and_its_history_along() {
    let cast = Cast::new();
    channel(&cast, json!({"name": "feed", "custom_publish": true}));
    cast.post(cast.owner(), "classes/", json!({"name": "post", "schema": [{"name": "title", "type": "string"}]}));
    let object = cast.post(cast.owner(), "classes/post/objects/", json!({"title": "x", "channel": "feed"})).body;
    assert_eq!(say(&cast, cast.owner(), "feed", "hi"), 201);
    assert_eq!(cast.delete(cast.owner(), "channels/feed/").status, 204);
    assert_eq!(cast.get(cast.owner(), &format!("classes/post/objects/{}/", object["id"])).status, 404);
    channel(&cast, json!({"name": "feed"}));
    assert_eq!(cast.get(cast.owner(), "channels/feed/history/").body["objects"], json!([]));
    assert_eq!(cast.delete(cast.owner(), "channels/default/"), forbidden());
}

#[test]
fn a_loaded_world_has_the_channels_and_their_messages() {
    let cast = Cast::new();
    channel(&cast, json!({"name": "lobby", "other_permissions": "publish", "custom_publish": true}));
    assert_eq!(say(&cast, cast.alice(), "lobby", "hi"), 201);
    let expected = cast.get(cast.owner(), "channels/lobby/history/");
    let file = cast.simulator.dump();
    let loaded = Cast { simulator: Simulator::builder().build(), ..Cast::new() };
    loaded.simulator.load(&file).unwrap();
    assert_eq!(loaded.simulator.dump(), file);
    let same = As { api: cast.owner().api, user: None };
    assert_eq!(loaded.get(same, "channels/lobby/history/"), expected);

    let mut wrong: Value = serde_json::from_str(&file).unwrap();
    wrong["instances"][0]["channels"]["channels"][1]["name"] = json!("default");
    let error = loaded.simulator.load(wrong.to_string()).unwrap_err().to_string();
    assert_eq!(error, "instances[0].channels.channels[1].name: already used by another item");
    let mut high: Value = serde_json::from_str(&file).unwrap();
    high["instances"][0]["channels"]["changes"]["last_id"] = json!(u32::MAX);
    let error = loaded.simulator.load(high.to_string()).unwrap_err().to_string();
    assert_eq!(error, "instances[0].channels.changes.last_id: expected at most 2147483647");
    let mut old: Value = serde_json::from_str(&file).unwrap();
    old["instances"][0].as_object_mut().unwrap().remove("channels");
    loaded.simulator.load(old.to_string()).unwrap();
    assert_eq!(loaded.get(same, "channels/?fields=name").body["objects"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_poll_waits_for_the_next_message_of_its_room() {
    let cast = Cast::new();
    let simulator = cast.simulator.clone();
    let kitchen = poll(cast.owner(), "channels/default/poll/?room=Kitchen");
    let at_once = simulator.handle(kitchen.clone());
    assert_eq!(at_once.status(), StatusCode::NO_CONTENT, "`handle` never waits");
    assert!(PollWait::is_in(&at_once));
    let waits = tokio::spawn(simulator.oneshot(kitchen.map(Full::new)));
    tokio::time::sleep(Duration::from_millis(50)).await;
    for room in ["cellar", "kitchen"] {
        let message = json!({"payload": {"in": room}, "room": room});
        assert_eq!(cast.post(cast.owner(), "channels/default/publish/", message).status, 201);
    }
    let answer = waits.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["x-last-id"], "2");
    assert_eq!(body(answer).await["payload"], json!({"in": "kitchen"}));
}

#[tokio::test]
async fn a_poll_that_hears_nothing_is_204_after_the_limit() {
    let cast = Cast::new();
    let limits = ServerLimits {
        poll: Duration::from_millis(300),
        silence: Duration::from_millis(50),
        ..ServerLimits::default()
    };
    let running = Listener::local().await.unwrap().limits(limits).spawn(cast.simulator.clone());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = format!("{}/v1.1/instances/nostromo/channels/default/poll/?room=a", running.url());
    let key = cast.owner().api.unwrap();
    let answer = reqwest::Client::new().get(url).header("X-API-KEY", key).send().await.unwrap();
    assert_eq!(answer.status(), 204, "a waiting poll is not idle");
    running.stop().await;
}

#[tokio::test]
async fn a_waiting_poll_hears_nothing_once_its_user_lost_the_channel() {
    let cast = Cast::new();
    let crew = &cast.crew;
    channel(&cast, json!({"name": "news", "group": crew, "group_permissions": "subscribe", "custom_publish": true}));
    let waits = tokio::spawn(cast.simulator.clone().oneshot(poll(cast.alice(), "channels/news/poll/").map(Full::new)));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let user = &cast.alice["id"];
    assert_eq!(cast.delete(cast.owner(), &format!("groups/{crew}/users/{user}/")).status, 204);
    assert_eq!(say(&cast, cast.owner(), "news", "for the crew"), 201);
    assert!(tokio::time::timeout(Duration::from_millis(100), waits).await.is_err(), "the poll goes on waiting");
}

#[test]
fn a_profile_leaves_a_deleted_channel_and_does_not_join_its_successor() {
    let cast = Cast::new();
    channel(&cast, json!({"name": "team", "other_permissions": "publish"}));
    let alice = format!("users/{}/", cast.alice["id"]);
    let changed = cast.patch(cast.owner(), &alice, json!({"profile": {"channel": "team"}}));
    if changed.body["profile"]["channel"] == "team" {
        assert_eq!(cast.delete(cast.owner(), "channels/team/").status, 204);
        assert_eq!(cast.get(cast.owner(), &alice).body["profile"]["channel"], Value::Null);
    } else {
        panic!("{}", changed.body);
    }
}

#[tokio::test]
async fn a_waiting_poll_misses_a_room_in_capitals_only_with_the_quirk() {
    for (quirks, heard) in [(Quirks::none(), "first"), (Quirks::none().with(Quirk::RoomCase), "second")] {
        let cast = Cast::with(quirks);
        let waits = cast.simulator.handle(poll(cast.owner(), "channels/default/poll/?room=kitchen"));
        for (room, text) in [("KITCHEN", "first"), ("kitchen", "second")] {
            let message = json!({"payload": {"text": text}, "room": room});
            assert_eq!(cast.post(cast.owner(), "channels/default/publish/", message).status, 201);
        }
        let answer = PollWait::finish(waits, tokio::time::sleep(Duration::from_secs(5))).await;
        let message: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(message["payload"]["text"], heard, "{quirks:?}");
    }
}
