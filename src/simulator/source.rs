//! What a simulator takes from outside: the time, and random bytes for keys.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use rand::rngs::{SysRng, Xoshiro256PlusPlus};
use rand::{Rng, SeedableRng, TryRng};

use crate::api::{Key, KeyKind};

/// Tells the time.
pub type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;
/// Fills the twenty bytes of a key.
pub type Randomness = Box<dyn FnMut(&mut [u8; Key::BYTES]) + Send>;

/// The first instant of a seeded clock, in microseconds: 2016-05-24T10:00:00Z.
const SEEDED_START: i64 = 1_464_084_000_000_000;
/// How far a seeded clock goes on with each reading, in microseconds.
const SEEDED_STEP: i64 = 1_000;

/// Time and keys for one simulator.
pub struct Source {
    clock: Clock,
    randomness: Mutex<Randomness>,
}

impl Source {
    /// Out of a clock and random bytes.
    pub fn new(clock: Clock, randomness: Randomness) -> Source {
        Source { clock, randomness: Mutex::new(randomness) }
    }

    /// The present, to the microsecond: what is shown of a time is all there is of it.
    pub fn now(&self) -> Timestamp {
        let now = (self.clock)();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// A key that nobody has seen before.
    pub fn key(&self, kind: KeyKind) -> Key {
        let mut bytes = [0; Key::BYTES];
        let mut randomness = self.randomness.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        (*randomness)(&mut bytes);
        Key::from_random(bytes, kind)
    }
}

/// The clock of this machine.
pub fn system_clock() -> Clock {
    Box::new(Timestamp::now)
}

/// A clock that always begins at the same instant and goes on by a millisecond with each reading.
pub fn seeded_clock() -> Clock {
    let next = AtomicI64::new(SEEDED_START);
    Box::new(move || {
        let micros = next.fetch_add(SEEDED_STEP, Ordering::Relaxed);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    })
}

/// Random bytes from the system. Should the system have none to give, they come from a generator that the clock seeds:
/// a simulator guards no secrets.
pub fn system_randomness() -> Randomness {
    let mut fallback = Xoshiro256PlusPlus::seed_from_u64(Timestamp::now().as_microsecond() as u64);
    Box::new(move |bytes| {
        if SysRng.try_fill_bytes(bytes).is_err() {
            fallback.fill_bytes(bytes);
        }
    })
}

/// Bytes that are the same for the same seed, on every machine.
pub fn seeded_randomness(seed: u64) -> Randomness {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    Box::new(move |bytes| generator.fill_bytes(bytes))
}
