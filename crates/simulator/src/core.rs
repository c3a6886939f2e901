//! The state that all handlers share.

use jiff::{SignedDuration, Timestamp};

use super::quirks::{Quirk, Quirks};
use super::source::Source;
use super::world::{Late, WorldState};

/// The world, with the source of times and keys and the active quirks.
pub struct Core {
    pub world: WorldState,
    pub source: Source,
    pub quirks: Quirks,
}

impl Core {
    /// Returns how long an object that is deleted now stays in lists (the quirk `late-deletes`);
    /// `None` without the quirk.
    pub fn late(&self, lingers: SignedDuration) -> Option<Late> {
        let since = self.source.now();
        let until = since.saturating_add(lingers).unwrap_or(Timestamp::MAX);
        self.quirks.has(Quirk::LateDeletes).then_some(Late { since, until })
    }
}
