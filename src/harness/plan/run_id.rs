//! The id of a run, which is part of the name of everything that the run creates.

use std::fmt;

use ring::rand::{SecureRandom, SystemRandom};
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
        let mut secret = [0; 32];
        // If the system has no random numbers, the clock makes ids differ.
        if SystemRandom::new().fill(&mut secret).is_err() {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            return RunId::from_seed(now.as_nanos() as u64);
        }
        RunId::from_secret(secret)
    }

    /// Creates an id from a seed; the same seed gives the same id.
    pub fn from_seed(seed: u64) -> RunId {
        RunId::from_secret(derive(&seed.to_le_bytes(), "run"))
    }

    fn from_secret(secret: [u8; 32]) -> RunId {
        RunId { word: word(derive(&secret, "id of the run"), RunId::LENGTH), secret }
    }

    /// Returns a password that only this run knows, different for each purpose.
    pub fn password(&self, purpose: &str) -> SecretString {
        SecretString::from(self.word(purpose))
    }

    /// Returns a word that cannot be guessed, different for each purpose.
    pub fn word(&self, purpose: &str) -> String {
        word(derive(&self.secret, purpose), 24)
    }

    /// Returns a key that does not exist, another one for each scenario: forty hexadecimal digits that
    /// end in `last`.
    pub fn unknown_key(&self, scenario: usize, last: char) -> String {
        let bytes = derive(&self.secret, &format!("unknown key {scenario} {last}"));
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let digits = digits.map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0'));
        digits.take(39).chain([last]).collect()
    }

    /// Returns the secret from which the passwords of accounts follow, in a run that has no account
    /// key to begin with.
    pub fn seed_of_accounts(&self) -> [u8; 32] {
        derive(&self.secret, "accounts")
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

/// Returns at most 32 letters and digits that begin with a letter. There are no vowels, so that they
/// spell no words.
fn word(bytes: [u8; 32], length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjkmnpqrstvwxz";
    const ALL: &[u8] = b"bcdfghjkmnpqrstvwxz23456789";
    // 256 is no multiple of the number of letters, so some are a little more frequent, which matters to no purpose.
    let pick = |from: &[u8], byte: u8| from.get(usize::from(byte) % from.len()).copied().map_or('b', char::from);
    let picked = bytes.into_iter().enumerate().map(|(at, byte)| pick(if at == 0 { LETTERS } else { ALL }, byte));
    picked.take(length).collect()
}
