//! Handlers of the messages of a channel: `publish/`, `history/` and `poll/`.

use std::ops::Bound;

use http::StatusCode;
use serde_json::{Map, Value};

use super::changes::{Author, Change, ChangeAction, ChangeId};
use super::handlers::{self, named};
use super::input::{MessageInput, room_is_missing};
use super::view::ChangeView;
use crate::answer::{AnswerBody, ApiAnswer, Failure};
use crate::call::Call;
use crate::caller::Caller;
use crate::core::Core;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::paging::Paging;
use crate::python;
use crate::quirks::Quirk;
use crate::resources::path::id_in_path;
use crate::world::{ChannelId, Instance};

/// `POST /channels/<name>/publish/`: publishes a message.
pub fn publish(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let channel = named(call, instance)?;
    if !channel.custom_publish {
        return Err(Failure::detail(StatusCode::FORBIDDEN, "Custom publish not allowed on this channel."));
    }
    let message = MessageInput::read(call, channel)?;
    let id = channel.id;
    let publication = Publication {
        channel: id,
        room: message.room,
        action: ChangeAction::Custom,
        class: None,
        payload: message.payload,
    };
    let change = publication.publish(core, caller, instance);
    let change = change.and_then(|change| instance.channels.changes.get(change));
    let change = change.ok_or_else(Failure::server_error)?;
    call.show(StatusCode::CREATED, &ChangeView::new(call, instance, change))
}

/// A change to publish.
pub struct Publication {
    pub channel: ChannelId,
    /// The room as sent.
    pub room: Option<String>,
    pub action: ChangeAction,
    /// The class of a data object.
    pub class: Option<String>,
    pub payload: Map<String, Value>,
}

impl Publication {
    /// Publishes the change, and returns its id.
    pub fn publish(self, core: &Core, caller: &Caller, instance: &mut Instance) -> Option<ChangeId> {
        let author = match caller {
            Caller::Account { id, .. } => Author::Account(*id),
            Caller::Api { key, user: Some(user), .. } => Author::User { api_key: *key, user: *user },
            Caller::Api { key, .. } => Author::ApiKey(*key),
            Caller::Anonymous => return None,
        };
        let has_capitals = self.room.as_ref().is_some_and(|room| room.chars().any(char::is_uppercase));
        let is_missed = has_capitals && core.quirks.has(Quirk::RoomCase);
        let room = self.room.as_deref().map(str::to_lowercase);
        let change = Change {
            id: 0,
            channel: self.channel,
            room: room.map(Box::from),
            created_at: core.source.now(),
            action: self.action,
            author,
            class: self.class,
            payload: self.payload,
        };
        let id = instance.channels.changes.add(change);
        if !is_missed {
            pass_on(core, instance, self.channel, id);
        }
        Some(id)
    }
}

/// Passes a change to the polls whose callers may still read the channel.
fn pass_on(core: &Core, instance: &mut Instance, channel: ChannelId, id: ChangeId) {
    let changes = &instance.channels.changes;
    let Some((channel, shown)) = instance.channels.get(channel).zip(changes.get(id).map(ChangeView::body_of_poll))
    else {
        return;
    };
    let may_hear = |caller: Caller| handlers::may_poll(core.quirks, &caller, instance, channel);
    let may_hear = changes.waiting(channel.id).map(may_hear).collect();
    instance.channels.changes.notify(id, shown, may_hear);
}

/// `GET /channels/<name>/history/`: lists the changes of a channel or a room, the newest first.
pub fn history(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let channel = named(call, instance)?;
    let room = sent_room(call);
    let paging = Paging::from_call(call)?.newest_first(call);
    let newer = call.query.get("last_id").and_then(python::int).and_then(|id| u32::try_from(id).ok());
    let (from, to) = paging.range();
    let from = match (from, newer) {
        (Bound::Excluded(from), Some(newer)) => Bound::Excluded(from.max(newer)),
        (Bound::Unbounded, Some(newer)) => Bound::Excluded(newer),
        (from, _) => from,
    };
    let changes = instance.channels.changes.of_room(channel.id, room.as_deref(), (from, to));
    let page = paging.page(call, changes, |change| change.id, |change| ChangeView::new(call, instance, change));
    call.show(StatusCode::OK, &page)
}

/// `GET /channels/<name>/history/<id>/`
pub fn show(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let channel = named(call, instance)?;
    let change = id_in_path(call, "change").and_then(|id| instance.channels.changes.get(id));
    let is_here = |change: &&Change| {
        let room = if channel.has_rooms() { sent_room(call) } else { None };
        change.channel == channel.id && change.room.as_deref() == room.as_deref()
    };
    let change = change.filter(|change| call.reproduces(Quirk::ChangeAny) || is_here(change));
    let change = change.ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &ChangeView::new(call, instance, change))
}

/// `GET /channels/<name>/poll/`: answers with the oldest change after `last_id`, or waits for the
/// next one.
pub fn poll(Changing { call, caller, instance, .. }: Changing<'_>) -> HandlerResult {
    if call.batch.is_some() {
        return Err(Failure::detail(StatusCode::METHOD_NOT_ALLOWED, "Batching not allowed."));
    }
    let channel = named(call, instance)?;
    let last = call.query.get("last_id").filter(|last| !last.is_empty());
    let last = match last.map(python::int) {
        Some(None) => return Err(Failure::invalid_member("last_id", "A valid integer is required.")),
        last => last.flatten(),
    };
    if channel.has_rooms() && sent_room(call).is_none_or(|room| room.is_empty()) {
        return Err(room_is_missing());
    }
    let room = if channel.has_rooms() { sent_room(call) } else { None };
    if room.as_ref().is_some_and(|room| room.chars().nth(128).is_some()) {
        return Err(Failure::invalid_member("room", "Ensure this field has no more than 128 characters."));
    }
    let id = channel.id;
    if let Some(after) = last.and_then(|last| u32::try_from(last).ok()) {
        let mut newer =
            instance.channels.changes.of_room(id, room.as_deref(), (Bound::Excluded(after), Bound::Unbounded));
        if let Some(change) = newer.next() {
            return ApiAnswer::json(StatusCode::OK, &ChangeView::of_poll(change));
        }
    }
    let wait = instance.channels.changes.wait(id, room.as_deref(), last.unwrap_or(0).max(0), *caller);
    Ok(ApiAnswer { status: StatusCode::NO_CONTENT, content: AnswerBody::Waits(wait) })
}

/// Checks that a request for the history of a channel with separate rooms has a room.
pub fn check_room(call: &Call<'_>, instance: &Instance) -> Result<(), Failure> {
    let has_rooms = named(call, instance)?.has_rooms();
    if has_rooms && call.query.get("room").is_none() { Err(room_is_missing()) } else { Ok(()) }
}

/// Returns the room of the query in lower case.
fn sent_room(call: &Call<'_>) -> Option<String> {
    call.query.get("room").map(str::to_lowercase)
}
