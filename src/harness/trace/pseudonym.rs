//! Pseudonyms: what stands in a trace where a secret stood.
//!
//! A trace is judged again, so a secret cannot simply be taken out: whether two keys are the same, whether a key has the
//! form of one, whether an answer shows the key of another user has to come out as in the run. Every secret therefore has
//! a *pseudonym* of the same form, the same throughout a trace. It is made with a keyed hash, whose key is made for the trace
//! and written nowhere, so that nobody can find the secret by trying.

use ring::error::Unspecified;
use ring::hmac;
use ring::rand::SystemRandom;

/// The minimum number of digits of a key; one that has lost its end is shorter than [`Key::DIGITS`](syncano_simulator::api::Key).
const MIN_DIGITS: usize = 24;

/// Derives the pseudonyms of one trace.
pub struct Pseudonyms {
    key: hmac::Key,
}

impl Pseudonyms {
    /// Creates them with a random key. Fails if the system has no random numbers.
    pub fn new() -> Result<Pseudonyms, Unspecified> {
        Ok(Pseudonyms { key: hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())? })
    }

    /// Returns the pseudonym of a secret. Hexadecimal digits become such, and the last one, which is the kind of key, stays. In
    /// any other secret a letter becomes a letter and a digit a digit. A secret in capitals has the same pseudonym in capitals.
    pub fn pseudonym(&self, secret: &str) -> String {
        let lower = secret.to_lowercase();
        let mut noise = self.noise(&lower);
        let is_hex = secret.len() >= MIN_DIGITS && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        // Forty decimal digits in a row can be a number, which ends where a letter begins.
        let is_upper = secret.bytes().any(|byte| byte.is_ascii_uppercase());
        let is_lower = secret.bytes().any(|byte| byte.is_ascii_lowercase());
        let base = if is_upper || is_lower { 16 } else { 10 };
        let last = secret.len().saturating_sub(1);
        let mut pseudonym = String::with_capacity(secret.len());
        for (place, was) in secret.char_indices() {
            // A letter of more than one byte becomes as many letters: what is encoded has its length in bytes.
            for noise in noise.by_ref().take(was.len_utf8()) {
                let new = match was {
                    _ if is_hex && place == last => was,
                    // A number does not begin with a zero.
                    _ if is_hex && base == 10 && place == 0 && was != '0' => digit(1 + noise % 9),
                    _ if is_hex => digit(noise % base),
                    '0'..='9' => digit(noise % 10),
                    '-' | '_' | '.' => was,
                    _ => letter(noise),
                };
                let is_capital =
                    if is_hex { is_upper && (!is_lower || was.is_uppercase()) } else { was.is_uppercase() };
                pseudonym.push(if is_capital { new.to_ascii_uppercase() } else { new });
            }
        }
        pseudonym
    }

    /// Returns an endless stream of bytes that depends on the text and on the key alone.
    fn noise(&self, text: &str) -> impl Iterator<Item = u8> + use<> {
        let key = self.key.clone();
        // The text may be long, so it is read once and not for every block.
        let seed = hmac::sign(&key, text.as_bytes());
        (0u32..).flat_map(move |block| {
            let mut context = hmac::Context::with_key(&key);
            context.update(&block.to_be_bytes());
            context.update(seed.as_ref());
            context.sign().as_ref().to_vec()
        })
    }
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

fn letter(noise: u8) -> char {
    char::from(b'a' + noise % 26)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_pseudonym_has_the_form_of_its_key(key in "[0-9a-f]{24,40}", in_capitals: bool) {
            let pseudonyms = Pseudonyms::new().unwrap();
            let key = if in_capitals { key.to_uppercase() } else { key };
            let pseudonym = pseudonyms.pseudonym(&key);
            prop_assert_ne!(&pseudonym, &key);
            prop_assert_eq!(pseudonym.len(), key.len());
            prop_assert_eq!(pseudonym.chars().last(), key.chars().last());
            prop_assert!(pseudonym.bytes().all(|byte| byte.is_ascii_hexdigit()));
            prop_assert_eq!(pseudonym.to_lowercase(), pseudonyms.pseudonym(&key.to_lowercase()), "it is the same key in either case");
            prop_assert_eq!(&pseudonyms.pseudonym(&key), &pseudonym);
            prop_assert_ne!(Pseudonyms::new().unwrap().pseudonym(&key), pseudonym, "another trace has another");
        }
    }
}
