//! Accounts of administrators: reads, registers and signs in.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use syncano_simulator::api::Version;

use super::key_kind::account_key_hint;
use super::passwords::Passwords;
use crate::harness::cleanup::{Ledger, RegistrationState};
use crate::harness::deployment::{Client, ClientError, Target, member, text};
use crate::harness::error::RunError;
use crate::harness::plan::RunId;

/// An account with its key.
pub struct Account {
    /// The account key.
    pub key: SecretString,
    /// The number of the account.
    pub id: Value,
    /// Its e-mail address.
    pub email: String,
}

impl Account {
    /// Returns the account of a key. Fails if the key is not valid.
    pub async fn from_key(target: &Target, version: Version, key: &SecretString) -> Result<Account, ClientError> {
        let answer = Client::new(target, key).call(Method::GET, &format!("/{version}/account/"), None).await;
        let answer = answer.map_err(|error| error.or_rejected(account_key_hint(key.expose_secret())))?;
        Ok(Account { key: key.clone(), id: member(&answer, "id")?, email: text(&answer, "email")? })
    }

    /// Returns an account without a key, for a run that must not write and so registers no account.
    pub fn without_key() -> Account {
        Account { key: SecretString::default(), id: Value::Null, email: String::new() }
    }

    /// Registers an account, which needs no key. `word` distinguishes it from the other accounts of
    /// the run.
    pub async fn register(
        target: &Target,
        version: Version,
        (run, word): (&RunId, &str),
        passwords: &Passwords,
        ledger: &Ledger,
    ) -> Result<Account, RunError> {
        let email = format!("conformance-{word}-{run}@example.com");
        ledger.account(&email, true)?;
        let entered = Account::enter(target, version, "register", &email, passwords).await;
        match &entered {
            Ok(_) => ledger.registration(&email, RegistrationState::Done),
            Err(error) if !error.may_have_gone_through() => ledger.registration(&email, RegistrationState::Rejected),
            Err(_) => {}
        }
        Ok(entered?)
    }

    /// Signs in to an account that a run has registered.
    pub async fn sign_in(
        target: &Target,
        version: Version,
        email: &str,
        passwords: &Passwords,
    ) -> Result<Account, ClientError> {
        Account::enter(target, version, "auth", email, passwords).await
    }

    async fn enter(
        target: &Target,
        version: Version,
        endpoint: &str,
        email: &str,
        passwords: &Passwords,
    ) -> Result<Account, ClientError> {
        let password = passwords.for_account(email);
        target.secrets().add("password", password.expose_secret());
        let body = json!({"email": email, "password": password.expose_secret()});
        let path = format!("/{version}/account/{endpoint}/");
        let answer = Client::anonymous(target).call(Method::POST, &path, Some(&body)).await?;
        let key = text(&answer, "account_key")?;
        target.secrets().add("key", &key);
        Ok(Account { key: key.into(), id: member(&answer, "id")?, email: text(&answer, "email")? })
    }
}
