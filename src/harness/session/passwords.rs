//! The passwords of the accounts that a run registers.
//!
//! They follow from a secret and the e-mail address of the account. So nobody has to store them, and yet whoever has the
//! secret can sign in after the run was killed, to remove what the account has created. The secret is the administrator's
//! account key; a run that has none has a seed of its own.

use std::fmt::Write;

use secrecy::{ExposeSecret, SecretString};

use crate::harness::plan::{Credentials, RunId, derive};

/// The passwords of a run's accounts.
pub struct Passwords(SecretString);

impl Passwords {
    /// Creates the passwords of a run.
    pub fn new(credentials: &Credentials, run: &RunId) -> Passwords {
        match credentials {
            Credentials::AccountKey(key) => Passwords::from_secret(key),
            Credentials::Register | Credentials::ApiKeys(_) => Passwords::from_secret(&seed(run)),
        }
    }

    /// Creates the passwords that follow from this secret.
    pub fn from_secret(secret: &SecretString) -> Passwords {
        Passwords(secret.clone())
    }

    /// Returns the password of the account with this e-mail address.
    pub fn for_account(&self, email: &str) -> SecretString {
        let derived = derive(self.0.expose_secret().as_bytes(), &format!("syncano-conformance account {email}"));
        SecretString::from(hexadecimal(derived.iter().take(16)))
    }
}

/// Returns the secret of a run that has no account key, as it is stored beside its journal.
pub fn seed(run: &RunId) -> SecretString {
    SecretString::from(hexadecimal(run.seed_of_accounts().iter()))
}

fn hexadecimal<'b>(bytes: impl Iterator<Item = &'b u8>) -> String {
    bytes.fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
