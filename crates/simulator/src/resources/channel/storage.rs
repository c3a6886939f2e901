//! Storage of channels.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::changes::{Changes, ChangesFile, TOO_HIGH};
use crate::wording::group_name_errors;
use crate::world::ids::{ChannelId, GroupId, HIGHEST_ID};
use crate::world::taken::Taken;

/// A permission on a channel; each level includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelPermission {
    None,
    Subscribe,
    Publish,
}

/// Whether the messages of a channel belong to rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    Default,
    SeparateRooms,
}

/// A channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    pub id: ChannelId,
    /// In lower case.
    pub name: Box<str>,
    pub description: String,
    pub kind: ChannelKind,
    /// The group of the channel. If the group was deleted, the channel has none.
    pub group: Option<GroupId>,
    pub group_permissions: ChannelPermission,
    pub other_permissions: ChannelPermission,
    /// Whether clients may publish messages, besides the changes of data objects.
    pub custom_publish: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The channels of one instance, indexed by id and name, with their changes.
pub struct Channels {
    by_id: BTreeMap<ChannelId, Channel>,
    by_name: HashMap<Box<str>, ChannelId>,
    last_id: ChannelId,
    pub changes: Changes,
}

/// The channels in a world file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelsFile {
    last_id: ChannelId,
    channels: Vec<Channel>,
    changes: ChangesFile,
}

impl ChannelPermission {
    /// All permissions in ascending order.
    pub const ALL: [ChannelPermission; 3] =
        [ChannelPermission::None, ChannelPermission::Subscribe, ChannelPermission::Publish];

    /// Returns the name, as used in bodies.
    pub fn name(self) -> &'static str {
        match self {
            ChannelPermission::None => "none",
            ChannelPermission::Subscribe => "subscribe",
            ChannelPermission::Publish => "publish",
        }
    }
}

impl ChannelKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [ChannelKind; 2] = [ChannelKind::Default, ChannelKind::SeparateRooms];

    /// Returns the name, as used in bodies.
    pub fn name(self) -> &'static str {
        match self {
            ChannelKind::Default => "default",
            ChannelKind::SeparateRooms => "separate_rooms",
        }
    }
}

impl Channel {
    pub fn has_rooms(&self) -> bool {
        self.kind == ChannelKind::SeparateRooms
    }
}

impl Channels {
    /// The channels that every instance has. They cannot be deleted.
    pub const OF_EVERY_INSTANCE: [&str; 2] = ["default", "eventlog"];

    /// Returns the channels of a new instance.
    pub fn new(now: Timestamp) -> Channels {
        let mut channels =
            Channels { by_id: BTreeMap::new(), by_name: HashMap::new(), last_id: 0, changes: Changes::default() };
        for (name, custom_publish) in Channels::OF_EVERY_INSTANCE.into_iter().zip([true, false]) {
            // The names differ.
            let _ = channels.add(Channel {
                id: 0,
                name: name.into(),
                description: String::new(),
                kind: ChannelKind::SeparateRooms,
                group: None,
                group_permissions: ChannelPermission::None,
                other_permissions: ChannelPermission::None,
                custom_publish,
                created_at: now,
                updated_at: now,
            });
        }
        channels
    }

    pub fn get(&self, id: ChannelId) -> Option<&Channel> {
        self.by_id.get(&id)
    }

    /// Returns the channel for changes of members without an index.
    pub fn get_mut(&mut self, id: ChannelId) -> Option<&mut Channel> {
        self.by_id.get_mut(&id)
    }

    /// Returns the channel with that name, in any case.
    pub fn named(&self, name: &str) -> Option<&Channel> {
        self.by_name.get(name.to_lowercase().as_str()).and_then(|id| self.by_id.get(id))
    }

    /// Returns the channels with ids in a range, sorted by id.
    pub fn range(&self, ids: (Bound<ChannelId>, Bound<ChannelId>)) -> impl DoubleEndedIterator<Item = &Channel> {
        self.by_id.range(ids).map(|(_, channel)| channel)
    }

    /// Adds a channel under the next id. A taken name uses up the id.
    pub fn add(&mut self, channel: Channel) -> Result<ChannelId, Taken> {
        self.last_id += 1;
        if self.by_name.contains_key(&channel.name) {
            return Err(Taken);
        }
        let id = self.last_id;
        self.by_name.insert(channel.name.clone(), id);
        self.by_id.insert(id, Channel { id, ..channel });
        Ok(id)
    }

    /// Removes a channel. The caller must also remove the objects that publish to it.
    pub(crate) fn remove(&mut self, id: ChannelId) -> Option<Channel> {
        let channel = self.by_id.remove(&id)?;
        self.by_name.remove(&channel.name);
        self.changes.forget(id);
        Some(channel)
    }

    pub fn to_file(&self) -> ChannelsFile {
        let channels = self.by_id.values().cloned().collect();
        ChannelsFile { last_id: self.last_id, channels, changes: self.changes.to_file() }
    }

    /// Returns the channels of a world file.
    ///
    /// # Errors
    ///
    /// The place and the reason, if the file is not valid.
    pub fn from_file(file: ChannelsFile) -> Result<Channels, (String, &'static str)> {
        if file.last_id > HIGHEST_ID {
            return Err(("last_id".to_owned(), TOO_HIGH));
        }
        let mut channels = Channels {
            by_id: BTreeMap::new(),
            by_name: HashMap::new(),
            last_id: file.last_id,
            changes: Changes::from_file(file.changes)?,
        };
        for (position, channel) in file.channels.into_iter().enumerate() {
            let place = |member| format!("channels[{position}].{member}");
            if channel.id == 0 || channel.id > channels.last_id {
                return Err((place("id"), "expected an id from 1 to the last assigned id"));
            }
            if channel.name.to_lowercase() != *channel.name || !group_name_errors(&channel.name).is_empty() {
                return Err((place("name"), "expected a name in lower case"));
            }
            if channels.by_name.insert(channel.name.clone(), channel.id).is_some() {
                return Err((place("name"), "already used by another item"));
            }
            if channels.by_id.insert(channel.id, channel).is_some() {
                return Err((place("id"), "already used by another item"));
            }
        }
        match Channels::OF_EVERY_INSTANCE.iter().all(|name| channels.by_name.contains_key(*name)) {
            true => Ok(channels),
            false => Err(("channels".to_owned(), "expected the channels `default` and `eventlog`")),
        }
    }
}
