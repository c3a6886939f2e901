//! The keys of a request.

use super::caller::Caller;
use crate::api::Key;

/// The value sent as one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentKey {
    Nothing,
    /// Text that cannot be a key.
    Garbage,
    /// Text that cannot be a key and contains a NUL character.
    Nul,
    Key(Key),
}

impl SentKey {
    /// Parses a text that is not empty.
    pub fn read(text: &str) -> SentKey {
        match text.parse() {
            Ok(key) => SentKey::Key(key),
            Err(_) if text.contains('\0') => SentKey::Nul,
            Err(_) => SentKey::Garbage,
        }
    }
}

/// The keys of a request by kind, before they are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKeys {
    /// No API key and no account key. A user key alone has no effect.
    None,
    /// Text that cannot be a key, in the place of an API key or account key.
    Garbage,
    /// An account key. A user key beside it has no effect.
    Account(Key),
    /// An API key, with the value in the place of the user key.
    Api { key: Key, user: SentKey },
    /// No keys of its own: an item of a batch, sent by the caller of the batch.
    Settled(Caller),
}
