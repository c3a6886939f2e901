//! Storage of messages.

use std::collections::VecDeque;
use std::ops::{Bound, RangeBounds};
use std::sync::LazyLock;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json::json_length;
use crate::push_outcome::PushOutcome;
use crate::resources::push::service::{PerService, Service};
use crate::world::{HIGHEST_ID, Instance, Kept, KeptType, Known};

/// Maximum number of messages that are kept for each service. The oldest ones are dropped.
const MOST_MESSAGES: usize = 1000;

/// Maximum length of the JSON texts of these messages, in bytes.
const MOST_BYTES: usize = 16 << 20;

/// A message to devices.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    pub id: u32,
    pub outcome: PushOutcome,
    pub content: Map<String, Value>,
    pub created_at: Timestamp,
}

/// The messages of one service, sorted by id.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Messages {
    last_id: u32,
    messages: VecDeque<Message>,
}

/// The messages of an instance.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PushMessages(PerService<Messages>);

pub static PUSH_MESSAGES: KeptType = KeptType::of::<PushMessages>();

impl Kept for PushMessages {
    const NAME: &'static str = "push_messages";

    fn check(&self, _: &Known<'_>) -> Result<(), String> {
        self.0.both().into_iter().try_for_each(Messages::check)
    }
}

/// Returns the messages of a service.
pub fn messages_of(instance: &Instance, service: Service) -> &Messages {
    static NONE: LazyLock<Messages> = LazyLock::new(Messages::default);
    instance.kept.get::<PushMessages>().map_or(&NONE, |messages| messages.0.get(service))
}

/// Returns the messages of a service for a change.
pub fn messages_of_mut(instance: &mut Instance, service: Service) -> &mut Messages {
    instance.kept.get_mut::<PushMessages>().0.get_mut(service)
}

impl Messages {
    pub fn get(&self, id: u32) -> Option<&Message> {
        let position = self.messages.binary_search_by_key(&id, |message| message.id).ok()?;
        self.messages.get(position)
    }

    /// Returns the messages with ids in a range, sorted by id.
    pub fn range(&self, ids: (Bound<u32>, Bound<u32>)) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter().filter(move |message| ids.contains(&message.id))
    }

    /// Adds a message, which ends at once, and returns its id.
    pub fn add(&mut self, content: Map<String, Value>, outcome: PushOutcome, now: Timestamp) -> u32 {
        self.last_id += 1;
        self.messages.push_back(Message { id: self.last_id, outcome, content, created_at: now });
        let mut bytes: usize = self.messages.iter().map(|message| json_length(&message.content)).sum();
        while self.messages.len() > MOST_MESSAGES || bytes > MOST_BYTES {
            let Some(oldest) = self.messages.pop_front() else { break };
            bytes = bytes.saturating_sub(json_length(&oldest.content));
        }
        self.last_id
    }

    fn check(&self) -> Result<(), String> {
        let ids = || self.messages.iter().map(|message| message.id);
        let are_sorted = ids().zip(ids().skip(1)).all(|(one, next)| one < next);
        match are_sorted
            && ids().all(|id| id <= self.last_id)
            && self.last_id <= HIGHEST_ID
            && self.messages.len() <= MOST_MESSAGES
        {
            true => Ok(()),
            false => Err(format!("expected up to {MOST_MESSAGES} messages, sorted by id, up to `last_id`")),
        }
    }
}
