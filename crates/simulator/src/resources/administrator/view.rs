//! The view of an administrator.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::resources::view::{LinkBase, Links};
use crate::world::{Account, Role};

/// The schema of an administrator.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("Administrator", || {
    closed(
        json!({
            "id": schema("Id"),
            "role": schema("Role"),
            "email": { "type": "string" },
            "first_name": { "type": "string" },
            "last_name": { "type": "string" },
            "links": links(&["self"], &[]),
        }),
        &[],
    )
});

/// An administrator in an answer; the link repeats the id as written in the path.
pub struct AdministratorView<'a> {
    pub place: LinkBase<'a>,
    pub role: Role,
    pub account: &'a Account,
    pub spelled: String,
}

impl Serialize for AdministratorView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry("id", &self.account.id())?;
        map.serialize_entry("role", self.role.name())?;
        map.serialize_entry("email", self.account.email())?;
        map.serialize_entry("first_name", &self.account.first_name)?;
        map.serialize_entry("last_name", &self.account.last_name)?;
        let own = format_args!("{}/admins/{}/", self.place, self.spelled);
        map.serialize_entry("links", &Links { own, below: &[] })?;
        map.end()
    }
}
