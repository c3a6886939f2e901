//! The keys that came with a request.

use super::caller::Caller;
use crate::api::Key;

/// What was sent in the place of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentKey {
    Nothing,
    /// No key that could ever exist.
    Garbage,
    /// The same, with a NUL character in it.
    Nul,
    Key(Key),
}

impl SentKey {
    /// Reads a text that is not empty.
    pub fn read(text: &str) -> SentKey {
        match text.parse() {
            Ok(key) => SentKey::Key(key),
            Err(_) if text.contains('\0') => SentKey::Nul,
            Err(_) => SentKey::Garbage,
        }
    }
}

/// The keys of a request, sorted by kind. Nobody has looked yet whether they exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// No key but perhaps a user key, which is nothing by itself.
    None,
    /// Something in the place of a key that is none.
    Garbage,
    /// An account key. A user key beside it counts for nothing.
    Account(Key),
    /// An API key, with what stands in the place of the user key.
    Api { key: Key, user: SentKey },
    /// None of its own: an item of a batch, which belongs to the caller of the batch.
    Settled(Caller),
}
