//! The administrator on whose account worlds are made.

use http::Method;
use serde_json::{Value, json};

use super::client::{Client, SetUpError, member, text};
use super::run_id::RunId;
use super::target::Target;
use crate::api::Version;

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
    pub async fn sign_in(target: &Target, version: Version, key: &str) -> Result<Administrator, SetUpError> {
        let client = Client::new(target, version, key);
        let account = client.call(Method::GET, &format!("/{version}/account/"), None).await?;
        Ok(Administrator { id: member(&account, "id")?, email: text(&account, "email")?, client })
    }

    /// Makes an account; no key is needed. `word` tells it from the other accounts of the run.
    pub async fn register(
        target: &Target,
        version: Version,
        run: &RunId,
        word: &str,
    ) -> Result<Administrator, SetUpError> {
        let email = format!("conformance-{word}-{run}@example.com");
        let body = json!({"email": email, "password": run.password(word)});
        let anonymous = Client::anonymous(target, version);
        let account = anonymous.call(Method::POST, &format!("/{version}/account/register/"), Some(&body)).await?;
        let client = Client::new(target, version, &text(&account, "account_key")?);
        Ok(Administrator { id: member(&account, "id")?, email: text(&account, "email")?, client })
    }

    /// Somebody without a key.
    pub fn nobody(target: &Target, version: Version) -> Administrator {
        Administrator { client: Client::anonymous(target, version), id: Value::Null, email: String::new() }
    }
}
