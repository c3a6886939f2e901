//! The id of a run, which is part of the name of everything that the run creates.

use std::fmt;

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, RngExt, SeedableRng, TryRng};
use secrecy::SecretString;

use super::derive::derive;

/// The id of a run: eight letters and digits. The name of everything that the run creates holds it.
#[derive(Clone)]
pub struct RunId {
    word: String,
    secret: [u8; 32],
}

impl RunId {
    /// The length of an id.
    pub const LENGTH: usize = 8;

    /// Creates a random id.
    pub fn random() -> RunId {
        let mut seed = [0; 32];
        // If the system has no random numbers, the clock makes ids differ.
        if SysRng.try_fill_bytes(&mut seed).is_err() {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            return RunId::from_seed(now.as_nanos() as u64);
        }
        RunId::from_random(StdRng::from_seed(seed))
    }

    /// Creates an id from a seed; the same seed gives the same id.
    pub fn from_seed(seed: u64) -> RunId {
        RunId::from_random(StdRng::seed_from_u64(seed))
    }

    fn from_random(mut random: StdRng) -> RunId {
        let word = word(&mut random, RunId::LENGTH);
        let mut secret = [0; 32];
        random.fill_bytes(&mut secret);
        RunId { word, secret }
    }

    /// Returns a password that only this run knows, different for each purpose.
    pub fn password(&self, purpose: &str) -> SecretString {
        SecretString::from(self.word(purpose))
    }

    /// Returns a word that cannot be guessed, different for each purpose.
    pub fn word(&self, purpose: &str) -> String {
        word(&mut self.stream(purpose), 24)
    }

    /// Returns a key that does not exist, another one for each scenario: forty hexadecimal digits that
    /// end in `last`.
    pub fn unknown_key(&self, scenario: usize, last: char) -> String {
        let mut random = self.stream(&format!("unknown key {scenario} {last}"));
        let mut key: String =
            (0..39).map(|_| char::from_digit(random.random_range(0..16), 16).unwrap_or('0')).collect();
        key.push(last);
        key
    }

    /// Returns the secret from which the passwords of accounts follow, in a run that has no account
    /// key to begin with.
    pub fn seed_of_accounts(&self) -> [u8; 32] {
        derive(&self.secret, "accounts")
    }

    fn stream(&self, purpose: &str) -> StdRng {
        StdRng::from_seed(derive(&self.secret, purpose))
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

/// Returns random letters and digits that begin with a letter. There are no vowels, so that they
/// spell no words.
fn word(random: &mut StdRng, length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjkmnpqrstvwxz";
    const ALL: &[u8] = b"bcdfghjkmnpqrstvwxz23456789";
    let mut pick = |from: &[u8]| from.get(random.random_range(0..from.len())).copied().map_or('b', char::from);
    let mut word = String::from(pick(LETTERS));
    word.extend((1..length).map(|_| pick(ALL)));
    word
}
