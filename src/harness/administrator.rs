//! The administrator on whose account worlds are made.

use http::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::client::{CallError, Client, SetUpError, member, text};
use super::made::{Made, Registration};
use super::password::Passwords;
use super::run_id::RunId;
use super::target::Target;
use syncano_simulator::api::Version;

/// An account with its key.
pub struct Administrator {
    /// Makes requests with that key.
    pub client: Client,
    /// The number of the account.
    pub id: Value,
    /// Its e-mail address.
    pub email: String,
}

impl Administrator {
    /// The account of this key. Reading it shows whether the key is good.
    pub async fn of_key(target: &Target, version: Version, key: &str) -> Result<Administrator, SetUpError> {
        let client = Client::new(target, version, key);
        let account = client.call(Method::GET, &format!("/{version}/account/"), None).await?;
        Ok(Administrator { id: member(&account, "id")?, email: text(&account, "email")?, client })
    }

    /// Makes an account; no key is needed. `word` tells it from the other accounts of the run.
    pub async fn register(
        target: &Target,
        version: Version,
        (run, word): (&RunId, &str),
        passwords: &Passwords,
        made: &Made,
    ) -> Result<Administrator, SetUpError> {
        let email = format!("conformance-{word}-{run}@example.com");
        made.account(&email, true)?;
        let entered = Administrator::enter(target, version, "register", &email, passwords).await;
        match &entered {
            Ok(_) => made.registering(&email, Registration::Done),
            Err(error) if !error.may_have_gone_through => made.registering(&email, Registration::Refused),
            Err(_) => {}
        }
        entered.map_err(|error| error.why)
    }

    /// Signs in to an account that a run has registered.
    pub async fn sign_in(
        target: &Target,
        version: Version,
        email: &str,
        passwords: &Passwords,
    ) -> Result<Administrator, SetUpError> {
        Administrator::enter(target, version, "auth", email, passwords).await.map_err(|error| error.why)
    }

    async fn enter(
        target: &Target,
        version: Version,
        door: &str,
        email: &str,
        passwords: &Passwords,
    ) -> Result<Administrator, CallError> {
        let password = passwords.of_account(email);
        target.secrets().tell("password", password.expose_secret());
        let body = json!({"email": email, "password": password.expose_secret()});
        let anonymous = Client::anonymous(target, version);
        let account = anonymous.attempt(Method::POST, &format!("/{version}/account/{door}/"), Some(&body)).await?;
        let of_account = || {
            let client = Client::new(target, version, &text(&account, "account_key")?);
            Ok(Administrator { id: member(&account, "id")?, email: text(&account, "email")?, client })
        };
        of_account().map_err(|why| CallError { why, may_have_gone_through: true })
    }

    /// Somebody without a key.
    pub fn nobody(target: &Target, version: Version) -> Administrator {
        Administrator { client: Client::anonymous(target, version), id: Value::Null, email: String::new() }
    }
}
