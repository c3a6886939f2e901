//! The state that all handlers share.

use jiff::{SignedDuration, Timestamp};

use super::answer::Failure;
use super::call::Call;
use super::caller::Caller;
use super::platform_limits::PlatformLimits;
use super::push_outcome::PushOutcome;
use super::quirks::{Quirk, Quirks};
use super::resources::file::limits::FileLimits;
use super::source::ValueSource;
use super::throttle::Throttle;
use super::world::{InstanceId, Late, WorldState};

/// The world, with the source of times and keys, the active quirks and the limits.
pub struct Core {
    pub world: WorldState,
    pub source: ValueSource,
    pub quirks: Quirks,
    pub limits: PlatformLimits,
    pub file_limits: FileLimits,
    pub throttle: Throttle,
    pub push_outcome: PushOutcome,
}

impl Core {
    /// Counts a request to an instance, or outside of instances.
    ///
    /// # Errors
    ///
    /// 429 if it is over a limit a second.
    pub fn throttle(&self, call: &Call<'_>, caller: &Caller, instance: Option<InstanceId>) -> Result<(), Failure> {
        self.throttle.admit(&self.limits, || self.source.second(), (caller, call.address), instance)
    }

    /// Returns how long an object that is deleted now stays in lists (the quirk `late-deletes`);
    /// `None` without the quirk.
    pub fn late(&self, lingers: SignedDuration) -> Option<Late> {
        let since = self.source.now();
        let until = since.saturating_add(lingers).unwrap_or(Timestamp::MAX);
        self.quirks.has(Quirk::LateDeletes).then_some(Late { since, until })
    }
}
