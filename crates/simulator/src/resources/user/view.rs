//! The view of a user.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::json;

use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::call::Call;
use crate::resources::group::view::GroupView;
use crate::resources::object::view::ObjectView;
use crate::resources::view::{LinkBase, ShownKey};
use crate::world::{Instance, USER_PROFILE, User};

/// The schema of a user.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("User", || {
    closed(
        json!({
            "id": schema("Id"),
            "username": { "type": "string", "minLength": 1, "maxLength": 64 },
            "profile": schema("DataObject"),
            "groups": { "type": "array", "maxItems": 32, "items": schema("Group") },
            "user_key": schema("Key"),
            "links": links(&["self", "groups", "reset-key", "profile"], &[]),
        }),
        &[],
    )
});

/// A user in an answer.
pub struct UserView<'a> {
    place: LinkBase<'a>,
    instance: &'a Instance,
    user: &'a User,
    name: &'a str,
}

impl<'a> UserView<'a> {
    pub fn new(call: &Call<'_>, instance: &'a Instance, user: &'a User) -> UserView<'a> {
        UserView { place: LinkBase::new(call, instance), instance, user, name: user.name() }
    }

    /// Shows the name as sent in this request, if any.
    pub fn named(self, name: Option<&'a str>) -> UserView<'a> {
        UserView { name: name.unwrap_or(self.name), ..self }
    }
}

impl Serialize for UserView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (place, instance, user) = (self.place, self.instance, self.user);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &user.id())?;
        map.serialize_entry("username", self.name)?;
        let class = instance.classes.user_profile();
        map.serialize_entry("profile", &ObjectView { place, instance, class, object: &user.profile })?;
        map.serialize_entry("groups", &GroupsOf { place, instance, user })?;
        map.serialize_entry("user_key", &ShownKey(user.key()))?;
        map.serialize_entry("links", &UserLinks { place, user })?;
        map.end()
    }
}

struct GroupsOf<'a> {
    place: LinkBase<'a>,
    instance: &'a Instance,
    user: &'a User,
}

impl Serialize for GroupsOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for membership in self.user.memberships() {
            if let Some(group) = self.instance.groups.get(membership.group) {
                list.serialize_element(&GroupView::new(self.place, group))?;
            }
        }
        list.end()
    }
}

struct UserLinks<'a> {
    place: LinkBase<'a>,
    user: &'a User,
}

impl Serialize for UserLinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (place, id) = (self.place, self.user.id());
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("self", &format_args!("{place}/users/{id}/"))?;
        map.serialize_entry("groups", &format_args!("{place}/users/{id}/groups/"))?;
        map.serialize_entry("reset-key", &format_args!("{place}/users/{id}/reset_key/"))?;
        let profile = self.user.profile.id;
        map.serialize_entry("profile", &format_args!("{place}/classes/{USER_PROFILE}/objects/{profile}/"))?;
        map.end()
    }
}
