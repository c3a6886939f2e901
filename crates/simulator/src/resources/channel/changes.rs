//! The changes of channels: messages, and created, changed and deleted data objects. Each channel
//! keeps the last ones of each room, and passes a new one to the polls that wait for it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::caller::Caller;
use crate::json::json_length;
use crate::poll_wait::{HeardChange, PollWait};
use crate::world::ids::{AccountId, ApiKeyId, ChannelId, HIGHEST_ID, UserId};

/// The number of changes that a room keeps, as on the platform.
const MOST_OF_ROOM: usize = 1000;
/// The number of changes that an instance keeps, and the length of their payloads in bytes. The
/// platform has no such limits; they bound the memory of the simulator, because the number of rooms
/// has no limit.
const MOST_OF_INSTANCE: usize = 100_000;
const MOST_BYTES_OF_INSTANCE: usize = 64 << 20;

/// The error of a last id in a world file.
pub const TOO_HIGH: &str = "expected at most 2147483647";

pub type ChangeId = u32;

/// A change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    pub id: ChangeId,
    pub channel: ChannelId,
    /// The room in lower case, in a channel with separate rooms.
    pub room: Option<Box<str>>,
    pub created_at: Timestamp,
    pub action: ChangeAction,
    pub author: Author,
    /// The class of the data object; `None` for a message.
    pub class: Option<String>,
    pub payload: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// A message.
    Custom,
    Create,
    Update,
    Delete,
}

/// Who made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    Account(AccountId),
    ApiKey(ApiKeyId),
    User { api_key: ApiKeyId, user: UserId },
}

/// The place of a change: its channel, and its room in lower case.
type Room = (ChannelId, Option<Box<str>>);

/// The changes of one instance, with the polls that wait for new ones.
#[derive(Default)]
pub struct Changes {
    by_id: BTreeMap<ChangeId, Change>,
    by_room: HashMap<Room, VecDeque<ChangeId>>,
    /// The length of all payloads, in bytes.
    bytes: usize,
    last_id: ChangeId,
    waiting: HashMap<ChannelId, Vec<Waiting>>,
}

/// A poll that waits.
struct Waiting {
    /// The room in lower case; `None` hears all rooms.
    room: Option<Box<str>>,
    after: i64,
    caller: Caller,
    sender: watch::Sender<Option<HeardChange>>,
}

/// The changes in a world file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangesFile {
    last_id: ChangeId,
    changes: Vec<Change>,
}

impl ChangeAction {
    pub fn name(self) -> &'static str {
        match self {
            ChangeAction::Custom => "custom",
            ChangeAction::Create => "create",
            ChangeAction::Update => "update",
            ChangeAction::Delete => "delete",
        }
    }
}

impl Changes {
    pub fn get(&self, id: ChangeId) -> Option<&Change> {
        self.by_id.get(&id)
    }

    /// Returns the changes of a room with ids in a range, sorted by id.
    pub fn of_room(
        &self,
        channel: ChannelId,
        room: Option<&str>,
        ids: (Bound<ChangeId>, Bound<ChangeId>),
    ) -> impl DoubleEndedIterator<Item = &Change> {
        let known = self.by_room.get(&(channel, room.map(Box::from)));
        let known = known.into_iter().flatten().filter(move |id| std::ops::RangeBounds::contains(&ids, *id));
        known.filter_map(|id| self.by_id.get(id))
    }

    /// Adds a change under the next id.
    pub fn add(&mut self, change: Change) -> ChangeId {
        self.last_id += 1;
        self.keep(Change { id: self.last_id, ..change });
        self.last_id
    }

    fn keep(&mut self, change: Change) {
        self.bytes += json_length(&change.payload);
        let ids = self.by_room.entry((change.channel, change.room.clone())).or_default();
        ids.push_back(change.id);
        let oldest = if ids.len() > MOST_OF_ROOM { ids.front().copied() } else { None };
        self.by_id.insert(change.id, change);
        oldest.into_iter().for_each(|id| self.drop_change(id));
        while self.by_id.len() > MOST_OF_INSTANCE || self.bytes > MOST_BYTES_OF_INSTANCE {
            let Some(oldest) = self.by_id.keys().next().copied() else { return };
            self.drop_change(oldest);
        }
    }

    fn drop_change(&mut self, id: ChangeId) {
        let Some(change) = self.by_id.remove(&id) else { return };
        self.bytes = self.bytes.saturating_sub(json_length(&change.payload));
        let room = (change.channel, change.room);
        let is_empty = self.by_room.get_mut(&room).is_some_and(|ids| {
            ids.retain(|known| *known != id);
            ids.is_empty()
        });
        if is_empty {
            self.by_room.remove(&room);
        }
    }

    /// Returns the callers whose polls wait for a change of a channel.
    pub fn waiting(&self, channel: ChannelId) -> impl Iterator<Item = Caller> {
        self.waiting.get(&channel).into_iter().flatten().map(|poll| poll.caller)
    }

    /// Passes a change to the polls that wait for it, as `shown`. `may_hear` has a value for each
    /// caller of [`waiting`](Changes::waiting); the polls of others go on waiting.
    pub fn notify(&mut self, id: ChangeId, shown: Bytes, may_hear: Vec<bool>) {
        let Some(change) = self.by_id.get(&id) else { return };
        let Some(waiting) = self.waiting.get_mut(&change.channel) else { return };
        let heard = HeardChange { id, body: shown };
        let mut may_hear = may_hear.into_iter();
        waiting.retain(|poll| {
            let may_hear = may_hear.next().unwrap_or(false);
            let is_room = poll.room.is_none() || poll.room == change.room;
            let answers = is_room && i64::from(id) > poll.after && may_hear;
            if answers {
                poll.sender.send_replace(Some(heard.clone()));
            }
            !answers && !poll.sender.is_closed()
        });
        if waiting.is_empty() {
            self.waiting.remove(&change.channel);
        }
    }

    /// Returns a poll that waits for the next change with an id over `after`.
    pub fn wait(&mut self, channel: ChannelId, room: Option<&str>, after: i64, caller: Caller) -> PollWait {
        let (sender, receiver) = watch::channel(None);
        let waiting = self.waiting.entry(channel).or_default();
        // Polls whose clients went away are dropped before the list grows.
        if waiting.len() == waiting.capacity() {
            waiting.retain(|poll| !poll.sender.is_closed());
        }
        waiting.push(Waiting { room: room.map(Box::from), after, caller, sender });
        PollWait::new(receiver)
    }

    /// Forgets the polls of a deleted channel. They go on until their time is over, as on the
    /// platform.
    pub(super) fn forget(&mut self, channel: ChannelId) {
        self.waiting.remove(&channel);
    }

    pub(super) fn to_file(&self) -> ChangesFile {
        ChangesFile { last_id: self.last_id, changes: self.by_id.values().cloned().collect() }
    }

    pub(super) fn from_file(file: ChangesFile) -> Result<Changes, (String, &'static str)> {
        if file.last_id > HIGHEST_ID {
            return Err(("changes.last_id".to_owned(), TOO_HIGH));
        }
        let mut changes = Changes::default();
        for (position, change) in file.changes.into_iter().enumerate() {
            if change.id <= changes.last_id || change.id > file.last_id {
                let place = format!("changes.changes[{position}].id");
                return Err((place, "expected ascending ids up to the last assigned id"));
            }
            changes.last_id = change.id;
            changes.keep(change);
        }
        changes.last_id = file.last_id;
        Ok(changes)
    }
}
