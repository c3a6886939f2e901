//! What handlers work with, whatever they do.

use jiff::{SignedDuration, Timestamp};

use super::quirks::{Quirk, Quirks};
use super::source::Source;
use super::world::{Late, WorldState};

/// The world, and where time and keys come from.
pub struct Core {
    pub world: WorldState,
    pub source: Source,
    pub quirks: Quirks,
}

impl Core {
    /// How long something that is deleted now lingers in lists; `None` if it is gone at once, as it should be.
    pub fn late(&self, lingers: SignedDuration) -> Option<Late> {
        let since = self.source.now();
        let until = since.saturating_add(lingers).unwrap_or(Timestamp::MAX);
        self.quirks.has(Quirk::LateDeletes).then_some(Late { since, until })
    }
}
