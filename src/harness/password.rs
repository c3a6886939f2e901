//! The passwords of the accounts that a run registers.
//!
//! They follow from a secret and the e-mail address of the account, so that nobody has to write them down and yet whoever
//! has the secret can sign in after the run was killed, to remove what the account has made. The secret is the
//! administrator's account key; a run that has none to begin with has a seed of its own.

use std::fmt::Write;

use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use super::means::Credentials;
use super::run_id::RunId;

/// What the passwords of a run's accounts follow from.
pub struct Passwords(SecretString);

impl Passwords {
    /// Those of a run.
    pub fn of(credentials: &Credentials, run: &RunId) -> Passwords {
        match credentials {
            Credentials::AccountKey(key) => Passwords::following(key),
            Credentials::Register | Credentials::ApiKeys(_) => Passwords::following(&seed(run)),
        }
    }

    /// Those that follow from this secret.
    pub fn following(secret: &SecretString) -> Passwords {
        Passwords(SecretString::from(secret.expose_secret()))
    }

    /// The password of the account with this e-mail address.
    pub fn of_account(&self, email: &str) -> SecretString {
        let derived = derive(self.0.expose_secret().as_bytes(), &format!("syncano-conformance account {email}"));
        SecretString::from(hexadecimal(derived.iter().take(16)))
    }
}

/// The secret of a run that has no account key to begin with, as it stands in a file beside its journal.
pub fn seed(run: &RunId) -> SecretString {
    SecretString::from(hexadecimal(run.seed_of_accounts().iter()))
}

/// HMAC-SHA256: other 32 bytes for each purpose, of which nobody comes back to the secret.
pub fn derive(secret: &[u8], purpose: &str) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), purpose.as_bytes());
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
    bytes
}

fn hexadecimal<'b>(bytes: impl Iterator<Item = &'b u8>) -> String {
    bytes.fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
