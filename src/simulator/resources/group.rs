//! Groups: `{id, name, label, description, links}`. Everybody with a key of the instance sees all of them.

use std::ops::Bound;

use http::StatusCode;
use jiff::SignedDuration;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::id_in_path;
use super::view::{Place, Shown};
use crate::simulator::Core;
use crate::simulator::answer::{Answer, Failure};
use crate::simulator::caller::Caller;
use crate::simulator::input::{Input, Text};
use crate::simulator::paging::Paging;
use crate::simulator::python;
use crate::simulator::transport::Call;
use crate::simulator::variation::Variation;
use crate::simulator::wording::group_name_complaints;
use crate::simulator::world::{Group, GroupId, Instance, User};

const NAME: Text = Text { required: false, blank: false, max: None, hashed: false };
const LABEL: Text = Text { required: false, blank: true, max: Some(64), hashed: false };
const DESCRIPTION: Text = Text { required: false, blank: true, max: Some(256), hashed: false };

/// How long a deleted group lingers in lists, where that happens.
const LINGERS: SignedDuration = SignedDuration::from_millis(150);

/// A group as it is shown.
pub struct GroupView<'a> {
    place: Place<'a>,
    group: &'a Group,
    /// Whose keys are shown beside the group, as a deviation has it.
    members: Vec<&'a User>,
}

impl<'a> GroupView<'a> {
    pub fn new(place: Place<'a>, group: &'a Group) -> GroupView<'a> {
        GroupView { place, group, members: Vec::new() }
    }

    /// The view that has an endpoint of its own.
    fn of(call: &Call<'_>, instance: &'a Instance, group: &'a Group) -> GroupView<'a> {
        let view = GroupView::new(Place::of(call, instance), group);
        if !call.deviates(Variation::GroupsShowKeysOfMembers) {
            return view;
        }
        let members = group.members((Bound::Unbounded, Bound::Unbounded));
        GroupView { members: members.filter_map(|(_, user)| instance.users.get(user)).collect(), ..view }
    }
}

/// What a body says of a group. What it leaves out stays as it is.
struct GroupInput {
    name: Option<Option<String>>,
    label: Option<String>,
    description: Option<String>,
}

impl GroupInput {
    fn read(call: &Call<'_>, instance: &Instance, id: Option<GroupId>) -> Result<GroupInput, Failure> {
        let mut input = Input::of(call)?;
        let name = input.nullable_text("name", NAME).map(|name| name.map(|name| name.to_lowercase()));
        // The name alone has a default, and PUT goes back to it.
        let name = if input.is_partial() { name } else { name.or(Some(None)) };
        if let Some(Some(name)) = &name {
            if instance.groups.name_is_taken(name, id) {
                input.refuse("name", "This field must be unique.");
            }
            for complaint in group_name_complaints(name) {
                input.refuse("name", complaint);
            }
        }
        let max = if call.deviates(Variation::LabelOf65Accepted) { Some(65) } else { LABEL.max };
        let label = input.text("label", Text { max, ..LABEL });
        let description = input.text("description", DESCRIPTION);
        input.finish()?;
        Ok(GroupInput { name, label, description })
    }
}

/// `GET /groups/`
pub fn list(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<Answer, Failure> {
    let paging = Paging::of(call)?;
    let prefix = call.query.get("label__startswith").map(python::strip).unwrap_or_default();
    let only = caller.user().filter(|_| call.deviates(Variation::GroupsScoped));
    let is_shown = |group: &&Group| {
        group.label.starts_with(prefix) && only.is_none_or(|user| instance.is_member(user, group.id()))
    };
    let strange = call.strange_groups.iter().filter(|group| paging.covers(group.id()));
    let groups = instance.groups.range(paging.range()).filter(is_shown).chain(strange);
    let page = paging.page(call, groups, |group| group.id(), |group| GroupView::of(call, instance, group));
    call.show(StatusCode::OK, &page)
}

/// `POST /groups/`: a new group, with nobody in it.
pub fn create(call: &Call<'_>, instance: &mut Instance) -> Result<Answer, Failure> {
    let input = GroupInput::read(call, instance, None)?;
    let name = input.name.flatten();
    let (label, description) = (input.label.unwrap_or_default(), input.description.unwrap_or_default());
    let id = instance.groups.add(name.as_deref(), label, description).map_err(|_| Failure::not_unique("name"))?;
    if call.deviates(Variation::NewGroupTakesTheNewestUser)
        && let Some(newest) = super::user::newest(instance)
    {
        instance.join(newest, id);
    }
    show_one(call, instance, StatusCode::CREATED, id)
}

/// `GET /groups/<id>/`
pub fn show(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<Answer, Failure> {
    let strange = id_in_path(call, "group").filter(|id| instance.groups.get(*id).is_none());
    if let Some(group) = call.strange_groups.iter().find(|group| Some(group.id()) == strange) {
        return call.show(StatusCode::OK, &GroupView::of(call, instance, group));
    }
    let id = named(call, instance)?;
    let is_stranger = caller.user().is_some_and(|user| !instance.is_member(user, id));
    if is_stranger && call.deviates(Variation::GroupHiddenFromNonMembers) {
        return Err(Failure::not_found());
    }
    show_one(call, instance, StatusCode::OK, id)
}

/// `PUT` and `PATCH /groups/<id>/`: both keep what is left out, but PUT without a name sets the name to null.
pub fn change(call: &Call<'_>, instance: &mut Instance) -> Result<Answer, Failure> {
    let id = named(call, instance)?;
    let input = GroupInput::read(call, instance, Some(id))?;
    if call.deviates(Variation::GroupChangeLost) {
        return show_one(call, instance, StatusCode::OK, id);
    }
    if let Some(name) = input.name {
        instance.groups.rename(id, name.as_deref()).map_err(|_| Failure::not_unique("name"))?;
    }
    if let Some(group) = instance.groups.get_mut(id) {
        group.label = input.label.unwrap_or_else(|| std::mem::take(&mut group.label));
        group.description = input.description.unwrap_or_else(|| std::mem::take(&mut group.description));
    }
    show_one(call, instance, StatusCode::OK, id)
}

/// `DELETE /groups/<id>/`: its members stay users.
pub fn delete(core: &Core, call: &Call<'_>, instance: &mut Instance) -> Result<Answer, Failure> {
    let id = named(call, instance)?;
    if call.deviates(Variation::GroupTakesItsUsersAlong) {
        let members = instance.groups.get(id).map(|group| group.members((Bound::Unbounded, Bound::Unbounded)));
        for (_, user) in members.into_iter().flatten().collect::<Vec<_>>() {
            instance.remove_user(user, None);
        }
    }
    instance.remove_group(id, core.late(LINGERS, Variation::DeletedGroupStaysWithMembers));
    Ok(Answer::no_content())
}

/// The group that the path names.
fn named(call: &Call<'_>, instance: &Instance) -> Result<GroupId, Failure> {
    let id = id_in_path(call, "group").filter(|id| instance.groups.get(*id).is_some());
    id.ok_or_else(Failure::not_found)
}

fn show_one(call: &Call<'_>, instance: &Instance, status: StatusCode, id: GroupId) -> Result<Answer, Failure> {
    let group = instance.groups.get(id).ok_or_else(Failure::not_found)?;
    call.show(status, &GroupView::of(call, instance, group))
}

impl Serialize for GroupView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.group.id())?;
        map.serialize_entry("name", &self.group.name())?;
        map.serialize_entry("label", &self.group.label)?;
        map.serialize_entry("description", &self.group.description)?;
        map.serialize_entry("links", &Links { place: self.place, id: self.group.id() })?;
        if !self.members.is_empty() {
            let keys: Vec<Shown> = self.members.iter().map(|user| Shown(user.key())).collect();
            map.serialize_entry("user_keys", &keys)?;
        }
        map.end()
    }
}

struct Links<'a> {
    place: Place<'a>,
    id: GroupId,
}

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (place, id) = (self.place, self.id);
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("self", &format_args!("{place}/groups/{id}/"))?;
        map.serialize_entry("users", &format_args!("{place}/groups/{id}/users/"))?;
        map.end()
    }
}
