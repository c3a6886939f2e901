//! Handlers of `/users/<id>/groups/` and `/groups/<id>/users/`.

use http::StatusCode;

use super::view::{view_of_group, view_of_user};
use crate::answer::{ApiAnswer, Failure};
use crate::call::Call;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::input::Input;
use crate::paging::Paging;
use crate::resources::path::{id_in_path, spelled_in_path};
use crate::world::{Group, GroupId, Instance, MembershipId, User, UserId};

/// Maximum number of groups of a user.
const MOST_GROUPS: usize = 32;

/// `GET /users/<id>/groups/`
pub fn groups_of_user(Reading { core, call, instance, .. }: Reading<'_>) -> HandlerResult {
    let user = parent_user(call, instance)?;
    let paging = Paging::from_call(call)?;
    let held = user.memberships().iter();
    let mut groups: Vec<_> = held.filter_map(|held| Some((held.id, instance.groups.get(held.group)?))).collect();
    if instance.stale.lingers() {
        groups.extend(instance.stale.groups_of(user.id(), core.source.now()));
    }
    groups.retain(|(id, _)| paging.covers(*id));
    groups.sort_unstable_by_key(|(id, _)| *id);
    let view = |(_, group): (MembershipId, _)| view_of_group(call, instance, user, group, group.id());
    call.show(StatusCode::OK, &paging.page(call, groups.into_iter(), |(id, _)| *id, view))
}

/// `GET /groups/<id>/users/`: lists all members; a user sees only themselves, if they are a member.
pub fn users_of_group(Reading { core, call, caller, instance }: Reading<'_>) -> HandlerResult {
    let group = parent_group(call, instance)?;
    let paging = Paging::from_call(call)?;
    let view = |(_, user): (MembershipId, _)| view_of_user(call, instance, group, user, user.id());
    let id = |(id, _): &(MembershipId, &User)| *id;
    let members = group.members(paging.range());
    let members = members.filter_map(|(id, user)| Some((id, instance.users.get(user)?)));
    let page = match caller.user() {
        Some(only) => {
            let user = instance.users.get(only);
            let own = user.and_then(|user| Some((user.membership(group.id())?.id, user)));
            paging.page(call, own.filter(|(id, _)| paging.covers(*id)).into_iter(), id, view)
        }
        None if instance.stale.lingers() => {
            let late = instance.stale.users_of(group.id(), core.source.now()).filter(|(id, _)| paging.covers(*id));
            let mut members: Vec<_> = members.chain(late).collect();
            members.sort_unstable_by_key(id);
            paging.page(call, members.into_iter(), id, view)
        }
        None => paging.page(call, members, id, view),
    };
    call.show(StatusCode::OK, &page)
}

/// `GET /users/<id>/groups/<group id>/`
pub fn group_of_user(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let user = parent_user(call, instance)?;
    let group = id_in_path(call, "group").and_then(|id| instance.groups.get(id));
    let group = group.filter(|group| user.membership(group.id()).is_some()).ok_or_else(Failure::not_found)?;
    let spelled = spelled_in_path(call, "group");
    call.show(StatusCode::OK, &view_of_group(call, instance, user, group, spelled))
}

/// `GET /groups/<id>/users/<user id>/`: for a user, other users are 404.
pub fn user_of_group(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let group = parent_group(call, instance)?;
    let id = id_in_path(call, "user").filter(|id| caller.user().is_none_or(|own| own == *id));
    let user = id.and_then(|id| instance.users.get(id));
    let user = user.filter(|user| user.membership(group.id()).is_some()).ok_or_else(Failure::not_found)?;
    let spelled = spelled_in_path(call, "user");
    call.show(StatusCode::OK, &view_of_user(call, instance, group, user, spelled))
}

/// `POST /users/<id>/groups/ {"group": id}`
pub fn add_group_to_user(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let user = parent_user(call, instance)?.id();
    let mut input = Input::from_call(call)?;
    let group = input.id("group", true, false, |id| instance.groups.get(id).is_some()).flatten();
    input.finish()?;
    join(instance, user, group.ok_or_else(Failure::server_error)?)?;
    let user = parent_user(call, instance)?;
    let group = group.and_then(|id| instance.groups.get(id)).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::CREATED, &view_of_group(call, instance, user, group, group.id()))
}

/// `POST /groups/<id>/users/ {"user": id}`
pub fn add_user_to_group(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let group = parent_group(call, instance)?.id();
    let mut input = Input::from_call(call)?;
    let user = input.id("user", true, false, |id| instance.users.get(id).is_some()).flatten();
    input.finish()?;
    join(instance, user.ok_or_else(Failure::server_error)?, group)?;
    let group = parent_group(call, instance)?;
    let user = user.and_then(|id| instance.users.get(id)).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::CREATED, &view_of_user(call, instance, group, user, user.id()))
}

/// `DELETE` of a membership, from either side; user and group stay.
pub fn delete(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let (Some(user), Some(group)) = (id_in_path(call, "user"), id_in_path(call, "group")) else {
        return Err(Failure::not_found());
    };
    if instance.leave(user, group) { Ok(ApiAnswer::no_content()) } else { Err(Failure::not_found()) }
}

fn join(instance: &mut Instance, user: UserId, group: GroupId) -> Result<(), Failure> {
    let member = instance.users.get(user).ok_or_else(Failure::not_found)?;
    if member.membership(group).is_some() {
        return Err(Failure::bad_request("User is already a part of that group."));
    }
    if member.memberships().len() >= MOST_GROUPS {
        return Err(Failure::bad_request(format!("User's group count exceeded ({MOST_GROUPS}).")));
    }
    instance.join(user, group);
    Ok(())
}

fn parent_user<'i>(call: &Call<'_>, instance: &'i Instance) -> Result<&'i User, Failure> {
    id_in_path(call, "user").and_then(|id| instance.users.get(id)).ok_or_else(|| Failure::missing("User"))
}

fn parent_group<'i>(call: &Call<'_>, instance: &'i Instance) -> Result<&'i Group, Failure> {
    id_in_path(call, "group").and_then(|id| instance.groups.get(id)).ok_or_else(|| Failure::missing("Group"))
}
