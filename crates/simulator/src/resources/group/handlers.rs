//! Handlers of `/groups/`.

use std::ops::Bound;

use http::StatusCode;
use jiff::SignedDuration;

use super::input::GroupInput;
use super::view::GroupView;
use crate::answer::{ApiAnswer, Failure};
use crate::call::Call;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::paging::Paging;
use crate::python;
use crate::quirks::Quirk;
use crate::resources::path::id_in_path;
use crate::world::{GroupId, Instance};

/// How long a deleted group stays in lists with the quirk `late-deletes`.
const LINGERS: SignedDuration = SignedDuration::from_millis(150);

/// `GET /groups/`
pub fn list(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
    let prefix = call.query.get("label__startswith").map(python::strip).unwrap_or_default();
    let groups = instance.groups.range(paging.range()).filter(|group| group.label.starts_with(prefix));
    let page = paging.page(call, groups, |group| group.id(), |group| GroupView::from_call(call, instance, group));
    call.show(StatusCode::OK, &page)
}

/// `POST /groups/`: creates a group without members.
pub fn create(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let input = GroupInput::read(call, instance, None)?;
    let name = input.name.flatten();
    let (label, description) = (input.label.unwrap_or_default(), input.description.unwrap_or_default());
    let id = instance.groups.add(name.as_deref(), label, description).map_err(|_| Failure::not_unique("name"))?;
    show_one(call, instance, StatusCode::CREATED, id)
}

/// `GET /groups/<id>/`
pub fn show(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    show_one(call, instance, StatusCode::OK, named(call, instance)?)
}

/// `PUT` and `PATCH /groups/<id>/`: both keep missing members, except that PUT without a name sets
/// the name to null.
pub fn change(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    let input = GroupInput::read(call, instance, Some(id))?;
    if let Some(name) = input.name {
        instance.groups.rename(id, name.as_deref()).map_err(|_| Failure::not_unique("name"))?;
    }
    if let Some(group) = instance.groups.get_mut(id) {
        group.label = input.label.unwrap_or_else(|| std::mem::take(&mut group.label));
        group.description = input.description.unwrap_or_else(|| std::mem::take(&mut group.description));
    }
    show_one(call, instance, StatusCode::OK, id)
}

/// `DELETE /groups/<id>/`: deletes a group; its members stay users.
pub fn delete(Changing { core, call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    if call.reproduces(Quirk::GroupChannels) {
        let everything = (Bound::Unbounded, Bound::Unbounded);
        let channels = instance.channels.range(everything).filter(|channel| channel.group == Some(id));
        for channel in channels.map(|channel| channel.id).collect::<Vec<_>>() {
            instance.remove_channel(channel);
        }
    }
    instance.remove_group(id, core.late(LINGERS));
    Ok(ApiAnswer::no_content())
}

/// Returns the group with the id in the path.
fn named(call: &Call<'_>, instance: &Instance) -> Result<GroupId, Failure> {
    let id = id_in_path(call, "group").filter(|id| instance.groups.get(*id).is_some());
    id.ok_or_else(Failure::not_found)
}

fn show_one(call: &Call<'_>, instance: &Instance, status: StatusCode, id: GroupId) -> Result<ApiAnswer, Failure> {
    let group = instance.groups.get(id).ok_or_else(Failure::not_found)?;
    call.show(status, &GroupView::from_call(call, instance, group))
}
