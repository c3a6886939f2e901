//! Channels: which of them a user sees, hears and publishes to, and who wrote a message.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::Value;

use super::actions::{as_administrator, reject};
use super::around::{after, around, listed};
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, member, text};
use super::ended::{MEMBERSHIPS, USER, membership};
use super::objects::{OBJECT, OBJECTS, create_as_administrator};
use super::passwords::name;
use super::reset_key::{RESET, by_newest, user_key};
use super::right::Right;
use super::when::{ANY, DELETE, GET, PATCH, POST, READS, Who, on, on_any};

const CHANNELS: &str = "/channels/";
const CHANNEL: &str = "/channels/{channel}/";
const PUBLISH: &str = "/channels/{channel}/publish/";
const POLL: &str = "/channels/{channel}/poll/";
const HISTORY: &str = "/channels/{channel}/history/";
const CHANGE: &str = "/channels/{channel}/history/{change}/";
const ALL: &[&str] = &[CHANNELS, CHANNEL, PUBLISH, POLL, HISTORY, CHANGE];

pub fn defects() -> Vec<Defect> {
    [subscribers(), ended(), publishers(), objects(), messages()].into_iter().flatten().collect()
}

fn subscribers() -> Vec<Defect> {
    vec![
        defect(
            "channels-of-others-listed",
            "The list of channels shows a user all of them. Right: those to which they may subscribe.",
            on(GET, CHANNELS).by(Who::User).then(as_administrator),
        ),
        defect(
            "channel-of-others-shown",
            "A user reads every channel whose name they know. Right: 403 unless they may subscribe to it.",
            on(READS, CHANNEL).by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "history-open-to-users",
            "A user reads the history of every channel, and each message in it. Right: 403 unless they may subscribe to it.",
            on_any(READS, &[HISTORY, CHANGE]).by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "polls-open-to-users",
            "A user receives the messages of every channel from a poll. Right: 403 unless they may subscribe to it.",
            on(GET, POLL).by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "channels-open-to-apps",
            "An API key alone lists and reads channels, and publishes to them. Right: 403.",
            on_any(ANY, ALL).by(Who::AppAlone).instead_of_403(as_administrator),
        ),
    ]
}

fn ended() -> Vec<Defect> {
    vec![
        defect(
            "channel-outlives-the-membership",
            "A user who was taken out of a group still reads its channels. Right: 403 at once.",
            on_any(DELETE, MEMBERSHIPS).then_else(
                after(|call, right, _| right.memory.put(name(call, "former member", membership(call)), true)),
                on_any(READS, &[CHANNEL, POLL, HISTORY, CHANGE])
                    .by(Who::User)
                    .only_if(was_member)
                    .instead_of_403(as_administrator),
            ),
        ),
        defect(
            "channels-accept-a-reset-key",
            "A user key from before its reset still opens channels. Right: it counts as no key, so 403.",
            on(POST, RESET).then_else(
                around(user_key, |_, right, old, user| {
                    if let (Some(old), Some(new)) = (old, text(user, "user_key")) {
                        right.memory.put(old, new);
                    }
                }),
                on_any(ANY, ALL).then(|call, right| match call.user_key() {
                    Some(key) => right.respond(&by_newest(call, right, &key)),
                    None => right.respond(call),
                }),
            ),
        ),
        defect(
            "channels-accept-a-deleted-user",
            "The key of a deleted user still opens channels. Right: it counts as no key, so 403.",
            on(DELETE, USER).then_else(
                around(user_key, |_, right, key, _| right.memory.put(key.unwrap_or_default(), true)),
                on_any(ANY, ALL)
                    .by(Who::App)
                    .only_if(|call, right| call.user_key().is_some_and(|key| right.memory.get(&key).is_some()))
                    .instead_of_403(as_administrator),
            ),
        ),
    ]
}

/// Returns whether the calling user was in the group of the channel in the path.
fn was_member(call: &ApiCall, right: &Right<'_>) -> bool {
    let group = member(&right.read(call, &channel(call)), "group");
    let user = right.user_id(call).unwrap_or_default();
    right.memory.get(&name(call, "former member", format!("{user} in {group}"))).is_some()
}

/// Returns the path of the channel in the path.
fn channel(call: &ApiCall) -> String {
    format!("/channels/{}/", call.segment(1))
}

fn publishers() -> Vec<Defect> {
    vec![
        defect(
            "subscribers-publish",
            "A user who may subscribe to a channel may publish to it. Right: 403 without `publish`.",
            on(POST, PUBLISH).by(Who::User).only_if(may_subscribe).instead_of_403(as_administrator),
        ),
        defect(
            "publishers-rejected",
            "A user may not publish to a channel on which they have `publish`. Right: 201.",
            on(POST, PUBLISH).by(Who::User).then(reject),
        ),
        defect(
            "message-names-its-author",
            "The `author` of a message is the user whom its body names. Right: the caller.",
            on(POST, PUBLISH).where_(|call| sent_author(call).is_some()).by(Who::User).then_else(
                |call, right| {
                    let answer = edit::change_json(right.respond(call), |message| sign(message, sent_author(call)));
                    right.memory.put(name(call, "author of", member(&edit::json(&answer), "id")), sent_author(call));
                    answer
                },
                on_any(GET, &[POLL, HISTORY, CHANGE]).edit(|call, right, answer| {
                    edit::change_json(answer, |body| {
                        edit::each_object(body, &mut |message| {
                            sign(message, right.memory.get(&name(call, "author of", member(message, "id"))));
                        });
                    })
                }),
            ),
        ),
    ]
}

/// Returns whether the caller may read the channel in the path.
fn may_subscribe(call: &ApiCall, right: &Right<'_>) -> bool {
    right.respond(&call.by_same_caller(Method::GET, &channel(call))).status().is_success()
}

/// Returns the user whom the body of a message names as its author.
fn sent_author(call: &ApiCall) -> Option<Value> {
    call.json().pointer("/author/user").cloned()
}

/// Replaces the user of the author of a message.
fn sign(message: &mut Value, user: Option<Value>) {
    if let (Some(user), Some(author)) = (user, message.get_mut("author")) {
        edit::set(author, "user", user);
    }
}

fn objects() -> Vec<Defect> {
    vec![
        defect(
            "objects-ignore-their-channel",
            "A user creates and changes data objects on channels to which they may only subscribe. Right: 403.",
            on_any(&[Method::POST, Method::PATCH], &[OBJECTS, OBJECT])
                .by(Who::User)
                .only_if(is_on_a_channel)
                .instead_of_403(|call, right| match call.is(OBJECTS) {
                    true => create_as_administrator(call, right),
                    false => as_administrator(call, right),
                }),
        ),
        defect(
            "rejected-object-is-stored",
            "A data object on a channel to which the user may not publish is 403, and is stored. Right: nothing is stored.",
            on(POST, OBJECTS).by(Who::User).only_if(is_on_a_channel).edit(|call, right, answer| {
                if answer.status() == StatusCode::FORBIDDEN {
                    create_as_administrator(call, right);
                }
                answer
            }),
        ),
        defect(
            "rejected-change-is-stored",
            "A change of a data object on a channel to which the user may not publish is 403, and is stored. Right: nothing \
             is stored.",
            on(PATCH, OBJECT).by(Who::User).only_if(is_on_a_channel).edit(|call, right, answer| {
                if answer.status() == StatusCode::FORBIDDEN {
                    as_administrator(call, right);
                }
                answer
            }),
        ),
        defect(
            "object-leaves-its-channel",
            "A user deletes data objects on channels to which they may only subscribe. Right: 403.",
            on(DELETE, OBJECT).by(Who::User).only_if(is_on_a_channel).instead_of_403(as_administrator),
        ),
    ]
}

/// Returns whether a request is about a data object with a channel.
fn is_on_a_channel(call: &ApiCall, right: &Right<'_>) -> bool {
    call.member("channel").is_some() || text(&right.read(call, call.path()), "channel").is_some()
}

fn messages() -> Vec<Defect> {
    vec![
        defect(
            "history-mixes-channels",
            "The history of a channel shows the messages of all channels. Right: those of the channel.",
            on(GET, HISTORY).then(listed(|call, right, messages| {
                let channels = right.list(call, "/channels/?ordering=desc&page_size=100").into_iter();
                let others = channels.filter_map(|channel| text(&channel, "name"));
                let others = others.filter(|other| !call.segment(1).eq_ignore_ascii_case(other));
                messages.extend(others.flat_map(|other| right.list(call, &format!("/channels/{other}/history/"))));
            })),
        ),
        defect(
            "history-mixes-rooms",
            "The history of a room shows the messages of all rooms of its channel. Right: those of the room.",
            noting_rooms(on(GET, HISTORY).where_(names_room).then(listed(|call, right, messages| {
                *messages = of_all_rooms(call, right);
            }))),
        ),
        defect(
            "polls-hear-other-rooms",
            "A poll in a room answers with the messages of all rooms of its channel. Right: with those of the room.",
            noting_rooms(on(GET, POLL).where_(names_room).then(|call, right| {
                let changes = of_all_rooms(&call.with_path(&format!("{}history/", channel(call))), right);
                match changes.into_iter().min_by_key(edit::id) {
                    Some(change) => edit::json_response(StatusCode::OK, &change),
                    None => right.respond(call),
                }
            })),
        ),
    ]
}

fn names_room(call: &ApiCall) -> bool {
    call.query("room").is_some()
}

/// Remembers the rooms of messages, around a layer.
fn noting_rooms(
    layer: impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    on(POST, PUBLISH).then_else(
        after(|call, right, _| {
            if let Some(room) = call.member("room") {
                right.memory.push(name(call, "rooms of", call.segment(1)), room);
            }
        }),
        layer,
    )
}

/// Returns the messages that the history in the path has in any known room.
fn of_all_rooms(call: &ApiCall, right: &Right<'_>) -> Vec<Value> {
    let mut rooms = right.memory.all(&name(call, "rooms of", call.segment(1)));
    rooms.sort_by_key(Value::to_string);
    rooms.dedup();
    let history = |room: &str| edit::json(&right.respond(&call.with_query("room", room)));
    let histories = rooms.iter().filter_map(Value::as_str).map(history);
    histories.filter_map(|history| history.get("objects")?.as_array().cloned()).flatten().collect()
}
