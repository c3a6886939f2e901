//! The view of an account.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use crate::answer_schema::{AnswerSchema, closed, schema, with};
use crate::api::Key;
use crate::resources::view::ShownKey;
use crate::world::Account;

/// The schema of an account.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("Account", || closed(members(), &[]));

/// The schema of an account with its key.
pub static SCHEMA_WITH_KEY: AnswerSchema =
    AnswerSchema::new("AccountWithKey", || closed(with(members(), "account_key", schema("Key")), &[]));

fn members() -> Value {
    json!({
        "id": schema("Id"),
        "email": { "type": "string" },
        "first_name": { "type": "string", "maxLength": 64 },
        "last_name": { "type": "string", "maxLength": 64 },
        "is_active": { "type": "boolean" },
        "has_password": { "type": "boolean" },
        "metadata": schema("Metadata"),
    })
}

/// An account in an answer.
pub struct AccountView<'a> {
    pub account: &'a Account,
    /// The e-mail address as sent in this request, if any.
    pub email: Option<&'a str>,
    pub key: Option<Key>,
}

impl Serialize for AccountView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.account.id())?;
        map.serialize_entry("email", self.email.unwrap_or(self.account.email()))?;
        map.serialize_entry("first_name", &self.account.first_name)?;
        map.serialize_entry("last_name", &self.account.last_name)?;
        map.serialize_entry("is_active", &false)?;
        map.serialize_entry("has_password", &true)?;
        map.serialize_entry("metadata", &self.account.metadata)?;
        if let Some(key) = self.key {
            map.serialize_entry("account_key", &ShownKey(key))?;
        }
        map.end()
    }
}
