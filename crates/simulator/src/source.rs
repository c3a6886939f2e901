//! External inputs of a simulator: the time, and random bytes for keys.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rand::rngs::{SysRng, Xoshiro256PlusPlus};
use rand::{Rng, SeedableRng, TryRng};
use serde::{Deserialize, Serialize};

use crate::api::{Key, KeyKind};

/// A clock set by the builder.
type GivenClock = Box<dyn Fn() -> Timestamp + Send + Sync>;
/// A source of random bytes set by the builder.
type GivenRandomness = Box<dyn FnMut(&mut [u8; Key::BYTES]) + Send>;

/// The first time of a seeded clock, in microseconds: 2016-05-24T10:00:00Z.
const SEEDED_START: i64 = 1_464_084_000_000_000;
/// The step of a seeded clock with each reading, in microseconds.
const SEEDED_STEP: i64 = 1_000;

/// The source of times and keys.
pub struct ValueSource {
    clock: Clock,
    randomness: Mutex<Randomness>,
}

/// The source of times.
pub enum Clock {
    /// A clock set by the builder.
    Given(GivenClock),
    /// The system clock.
    System,
    /// The next time, in microseconds; it advances by one millisecond with each reading.
    Seeded(AtomicI64),
}

/// The source of the bytes of keys.
pub enum Randomness {
    /// A source set by the builder.
    Given(GivenRandomness),
    /// The random source of the system, or, if that fails, a generator seeded by the clock: the
    /// keys of a simulator protect nothing.
    System(Xoshiro256PlusPlus),
    /// A generator that returns the same bytes for the same seed on every machine.
    Seeded { keys: SeededKeys, generator: Xoshiro256PlusPlus },
}

/// The state of a seeded source, with which it can continue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The next time of a seeded clock.
    pub clock: Option<Timestamp>,
    /// The state of seeded keys.
    pub keys: Option<SeededKeys>,
}

/// A seed, and the number of keys generated from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeededKeys {
    pub seed: u64,
    /// The number of keys.
    pub made: u64,
}

impl Clock {
    /// Returns a clock that starts at 2016-05-24T10:00:00Z.
    pub fn seeded() -> Clock {
        Clock::Seeded(AtomicI64::new(SEEDED_START))
    }
}

impl Randomness {
    pub fn system() -> Randomness {
        Randomness::System(Xoshiro256PlusPlus::seed_from_u64(Timestamp::now().as_microsecond() as u64))
    }

    pub fn seeded(seed: u64) -> Randomness {
        Randomness::from_keys(SeededKeys { seed, made: 0 })
    }

    /// Returns the generator of a seed after the given number of keys.
    fn from_keys(keys: SeededKeys) -> Randomness {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(keys.seed);
        let mut bytes = [0; Key::BYTES];
        (0..keys.made).for_each(|_| generator.fill_bytes(&mut bytes));
        Randomness::Seeded { keys, generator }
    }

    fn fill(&mut self, bytes: &mut [u8; Key::BYTES]) {
        match self {
            Randomness::Given(fill) => fill(bytes),
            Randomness::System(fallback) => {
                if SysRng.try_fill_bytes(bytes).is_err() {
                    fallback.fill_bytes(bytes);
                }
            }
            Randomness::Seeded { keys, generator } => {
                keys.made += 1;
                generator.fill_bytes(bytes);
            }
        }
    }
}

impl ValueSource {
    pub fn new(clock: Clock, randomness: Randomness) -> ValueSource {
        ValueSource { clock, randomness: Mutex::new(randomness) }
    }

    /// Returns the current time in microseconds, the precision of times in answers.
    pub fn now(&self) -> Timestamp {
        let now = match &self.clock {
            Clock::Given(clock) => clock(),
            Clock::System => Timestamp::now(),
            Clock::Seeded(next) => instant(next.fetch_add(SEEDED_STEP, Ordering::Relaxed)),
        };
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Returns the current second. A seeded clock stands still between requests, so the system
    /// clock replaces it here.
    pub fn second(&self) -> i64 {
        match &self.clock {
            Clock::Given(clock) => clock().as_second(),
            Clock::System | Clock::Seeded(_) => Timestamp::now().as_second(),
        }
    }

    /// Returns a new key.
    pub fn key(&self, kind: KeyKind) -> Key {
        let mut bytes = [0; Key::BYTES];
        self.randomness().fill(&mut bytes);
        Key::from_random(bytes, kind)
    }

    /// Returns whether the keys are seeded.
    pub fn is_seeded(&self) -> bool {
        matches!(*self.randomness(), Randomness::Seeded { .. })
    }

    /// Returns the state of the seeded parts.
    pub fn progress(&self) -> Progress {
        let clock = match &self.clock {
            Clock::Seeded(next) => Some(instant(next.load(Ordering::Relaxed))),
            Clock::Given(_) | Clock::System => None,
        };
        let keys = match *self.randomness() {
            Randomness::Seeded { keys, .. } => Some(keys),
            Randomness::Given(_) | Randomness::System(_) => None,
        };
        Progress { clock, keys }
    }

    /// Continues from a state. A clock or source set by the builder stays, and so do parts that the
    /// state does not contain.
    pub fn resume(&mut self, progress: Progress) {
        if let Some(next) = progress.clock.filter(|_| !matches!(self.clock, Clock::Given(_))) {
            self.clock = Clock::Seeded(AtomicI64::new(next.as_microsecond()));
        }
        let mut randomness = self.randomness();
        if let Some(keys) = progress.keys.filter(|_| !matches!(*randomness, Randomness::Given(_))) {
            *randomness = Randomness::from_keys(keys);
        }
    }

    fn randomness(&self) -> MutexGuard<'_, Randomness> {
        self.randomness.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}
