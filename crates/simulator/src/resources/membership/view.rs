//! The view of a membership, from both sides.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::call::Call;
use crate::resources::group::view::GroupView;
use crate::resources::user::view::UserView;
use crate::resources::view::{LinkBase, Links};
use crate::world::{Group, Instance, User};

/// The schema of a membership in the list of a user.
pub static SCHEMA_AT_USER: AnswerSchema = AnswerSchema::new("UserMembership", || {
    closed(json!({ "group": schema("Group"), "links": links(&["self"], &[]) }), &[])
});

/// The schema of a membership in the list of a group.
pub static SCHEMA_AT_GROUP: AnswerSchema = AnswerSchema::new("GroupMembership", || {
    closed(json!({ "user": schema("User"), "links": links(&["self"], &[]) }), &[])
});

/// A membership in an answer: the group or the user, and a link that repeats its id as written in
/// the path.
pub struct MembershipView<V> {
    name: &'static str,
    end: V,
    link: String,
}

pub fn view_of_group<'a>(
    call: &Call<'_>,
    instance: &'a Instance,
    user: &User,
    group: &'a Group,
    spelled: impl std::fmt::Display,
) -> MembershipView<GroupView<'a>> {
    let place = LinkBase::new(call, instance);
    let link = format!("{place}/users/{}/groups/{spelled}/", user.id());
    MembershipView { name: "group", end: GroupView::new(place, group), link }
}

pub fn view_of_user<'a>(
    call: &Call<'_>,
    instance: &'a Instance,
    group: &Group,
    user: &'a User,
    spelled: impl std::fmt::Display,
) -> MembershipView<UserView<'a>> {
    let place = LinkBase::new(call, instance);
    let link = format!("{place}/groups/{}/users/{spelled}/", group.id());
    MembershipView { name: "user", end: UserView::new(call, instance, user), link }
}

impl<V: Serialize> Serialize for MembershipView<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(self.name, &self.end)?;
        map.serialize_entry("links", &Links { own: &self.link, below: &[] })?;
        map.end()
    }
}
