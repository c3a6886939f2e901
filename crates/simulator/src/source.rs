//! What a simulator takes from outside: the time, and random bytes for keys.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rand::rngs::{SysRng, Xoshiro256PlusPlus};
use rand::{Rng, SeedableRng, TryRng};
use serde::{Deserialize, Serialize};

use crate::api::{Key, KeyKind};

/// Tells the time.
type GivenClock = Box<dyn Fn() -> Timestamp + Send + Sync>;
/// Fills the twenty bytes of a key.
type GivenRandomness = Box<dyn FnMut(&mut [u8; Key::BYTES]) + Send>;

/// The first instant of a seeded clock, in microseconds: 2016-05-24T10:00:00Z.
const SEEDED_START: i64 = 1_464_084_000_000_000;
/// How far a seeded clock goes on with each reading, in microseconds.
const SEEDED_STEP: i64 = 1_000;

/// Time and keys for one simulator.
pub struct Source {
    clock: Clock,
    randomness: Mutex<Randomness>,
}

/// Where the time comes from.
pub enum Clock {
    /// From whoever built the simulator.
    Given(GivenClock),
    /// From this machine.
    System,
    /// The next reading, in microseconds: a clock that goes on by a millisecond with each.
    Seeded(AtomicI64),
}

/// Where the bytes of keys come from.
pub enum Randomness {
    /// From whoever built the simulator.
    Given(GivenRandomness),
    /// From the system. Should it have none to give, they come from a generator that the clock seeded: a simulator guards
    /// no secrets.
    System(Xoshiro256PlusPlus),
    /// From a generator that gives the same bytes for the same seed, on every machine.
    Seeded { made: Made, generator: Xoshiro256PlusPlus },
}

/// How far a seeded source has come: what it takes to go on where it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What a seeded clock tells next.
    pub clock: Option<Timestamp>,
    /// The keys of a seed.
    pub keys: Option<Made>,
}

/// How many keys came of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    pub seed: u64,
    pub made: u64,
}

impl Clock {
    /// Begins at 2016-05-24T10:00:00Z.
    pub fn seeded() -> Clock {
        Clock::Seeded(AtomicI64::new(SEEDED_START))
    }
}

impl Randomness {
    pub fn system() -> Randomness {
        Randomness::System(Xoshiro256PlusPlus::seed_from_u64(Timestamp::now().as_microsecond() as u64))
    }

    pub fn seeded(seed: u64) -> Randomness {
        Randomness::of(Made { seed, made: 0 })
    }

    /// The keys of a seed after so many of them.
    fn of(made: Made) -> Randomness {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(made.seed);
        let mut bytes = [0; Key::BYTES];
        (0..made.made).for_each(|_| generator.fill_bytes(&mut bytes));
        Randomness::Seeded { made, generator }
    }

    fn fill(&mut self, bytes: &mut [u8; Key::BYTES]) {
        match self {
            Randomness::Given(fill) => fill(bytes),
            Randomness::System(fallback) => {
                if SysRng.try_fill_bytes(bytes).is_err() {
                    fallback.fill_bytes(bytes);
                }
            }
            Randomness::Seeded { made, generator } => {
                made.made += 1;
                generator.fill_bytes(bytes);
            }
        }
    }
}

impl Source {
    /// Out of a clock and random bytes.
    pub fn new(clock: Clock, randomness: Randomness) -> Source {
        Source { clock, randomness: Mutex::new(randomness) }
    }

    /// The present, to the microsecond: what is shown of a time is all there is of it.
    pub fn now(&self) -> Timestamp {
        let now = match &self.clock {
            Clock::Given(clock) => clock(),
            Clock::System => Timestamp::now(),
            Clock::Seeded(next) => instant(next.fetch_add(SEEDED_STEP, Ordering::Relaxed)),
        };
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// A key that nobody has seen before.
    pub fn key(&self, kind: KeyKind) -> Key {
        let mut bytes = [0; Key::BYTES];
        self.randomness().fill(&mut bytes);
        Key::from_random(bytes, kind)
    }

    /// Whether its keys repeat.
    pub fn is_seeded(&self) -> bool {
        matches!(*self.randomness(), Randomness::Seeded { .. })
    }

    /// How far it has come, as far as it is seeded.
    pub fn progress(&self) -> Progress {
        let clock = match &self.clock {
            Clock::Seeded(next) => Some(instant(next.load(Ordering::Relaxed))),
            Clock::Given(_) | Clock::System => None,
        };
        let keys = match *self.randomness() {
            Randomness::Seeded { made, .. } => Some(made),
            Randomness::Given(_) | Randomness::System(_) => None,
        };
        Progress { clock, keys }
    }

    /// Goes on from there. What was handed in by whoever built the simulator stays, and so does what the progress does not
    /// speak of.
    pub fn resume(&mut self, progress: Progress) {
        if let Some(next) = progress.clock.filter(|_| !matches!(self.clock, Clock::Given(_))) {
            self.clock = Clock::Seeded(AtomicI64::new(next.as_microsecond()));
        }
        let mut randomness = self.randomness();
        if let Some(made) = progress.keys.filter(|_| !matches!(*randomness, Randomness::Given(_))) {
            *randomness = Randomness::of(made);
        }
    }

    fn randomness(&self) -> MutexGuard<'_, Randomness> {
        self.randomness.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}
