//! What tells the things of one run from those of any other.

use std::fmt;

use rand::rngs::{StdRng, SysRng};
use rand::{RngExt, SeedableRng, TryRng};

/// The id of a run: eight letters and digits. Everything that the run makes carries it in its name.
#[derive(Clone)]
pub struct RunId {
    word: String,
    secret: u64,
}

impl RunId {
    /// A new id, from the system's random numbers.
    pub fn random() -> RunId {
        let mut seed = [0; 8];
        // Without random numbers of the system the clock has to do: ids need to differ, not to be secret.
        if SysRng.try_fill_bytes(&mut seed).is_err() {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            seed = (now.as_nanos() as u64).to_le_bytes();
        }
        RunId::from_seed(u64::from_le_bytes(seed))
    }

    /// The same id for the same seed.
    pub fn from_seed(seed: u64) -> RunId {
        let mut random = StdRng::seed_from_u64(seed);
        RunId { word: word(&mut random, 8), secret: random.random() }
    }

    /// A password that only this run knows, another for each purpose.
    pub fn password(&self, purpose: &str) -> String {
        let mut random = StdRng::seed_from_u64(self.secret ^ hash(purpose));
        word(&mut random, 24)
    }

    /// Forty hexadecimal digits that end in this one and belong to nobody.
    pub fn unknown_key(&self, last: char) -> String {
        let mut random = StdRng::seed_from_u64(self.secret ^ u64::from(last));
        let mut key: String =
            (0..39).map(|_| char::from_digit(random.random_range(0..16), 16).unwrap_or('0')).collect();
        key.push(last);
        key
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunId").field(&self.word).finish()
    }
}

/// Letters and digits that begin with a letter; no vowels, so that no words come about.
fn word(random: &mut StdRng, length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjkmnpqrstvwxz";
    const ALL: &[u8] = b"bcdfghjkmnpqrstvwxz23456789";
    let mut pick = |from: &[u8]| from.get(random.random_range(0..from.len())).copied().map_or('b', char::from);
    let mut word = String::from(pick(LETTERS));
    word.extend((1..length).map(|_| pick(ALL)));
    word
}

/// FNV-1a: the same on every machine and with every version of Rust.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
