//! The account of an administrator.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use syncano_simulator::api::Version;

use super::passwords::Passwords;
use crate::harness::cleanup::{Ledger, Registration};
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
    /// Returns the account of a key. Reading it shows whether the key is good.
    pub async fn from_key(target: &Target, version: Version, key: &SecretString) -> Result<Account, ClientError> {
        let answer = Client::new(target, key).call(Method::GET, &format!("/{version}/account/"), None).await?;
        Ok(Account { key: key.clone(), id: member(&answer, "id")?, email: text(&answer, "email")? })
    }

    /// Returns nobody's account: that of a run that must not write, and so registers none.
    pub fn nobody() -> Account {
        Account { key: SecretString::default(), id: Value::Null, email: String::new() }
    }

    /// Registers an account, which takes no key. `word` tells it from the other accounts of the run.
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
            Ok(_) => ledger.registration(&email, Registration::Done),
            Err(error) if !error.may_have_gone_through() => ledger.registration(&email, Registration::Rejected),
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
        target.secrets().tell("password", password.expose_secret());
        let body = json!({"email": email, "password": password.expose_secret()});
        let path = format!("/{version}/account/{endpoint}/");
        let answer = Client::anonymous(target).call(Method::POST, &path, Some(&body)).await?;
        let key = text(&answer, "account_key")?;
        target.secrets().tell("key", &key);
        Ok(Account { key: key.into(), id: member(&answer, "id")?, email: text(&answer, "email")? })
    }
}
