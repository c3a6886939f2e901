//! Memberships, from both ends: the groups of a user, `{group, links}`, and the users of a group, `{user, links}`.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::group::view::GroupView;
use super::path::{id_in_path, spelled_in_path};
use super::user::UserView;
use super::view::Place;
use crate::access;
use crate::answer::{Answer, Failure};
use crate::endpoints::{self, Changing, Handler, Parent, Reading, Reply, Row, create, get};
use crate::input::Input;
use crate::members::{Member, Members, links};
use crate::paging::Paging;
use crate::transport::Call;
use crate::world::{Group, GroupId, Instance, MembershipId, User, UserId};
use serde_json::json;

const OF_USER: Members = &[("group", Member::required("field", "Group")), links(&[("self", "detail")])];
const OF_GROUP: Members = &[("user", Member::required("field", "User")), links(&[("self", "detail")])];
const OWN_GROUPS: &str = "With a user key: one's own groups; those of others are 403.";

/// The endpoints of memberships.
pub static ROWS: &[Row] = &[
    Row {
        title: "User Membership List",
        takes: Some(("POST", |_| OF_USER)),
        parent: Parent::User,
        operations: &[
            get("Lists the groups that a user is in", Handler::Reads(groups_of_user)).note(OWN_GROUPS),
            create("Adds the user to a group", Handler::Changes(add_group_to_user)),
        ],
        tag: "groups",
        shows: "UserMembership",
        example: Some(|| json!({ "group": 1 })),
        ..Row::list("UserGroups", "/{version}/instances/{instance}/users/{user}/groups/", access::groups_of_user)
    },
    Row {
        title: "User Membership Instance",
        parent: Parent::User,
        operations: &[
            get("One of the groups that a user is in", Handler::Reads(group_of_user)).note(OWN_GROUPS),
            endpoints::delete("Removes the user from a group", Handler::Changes(delete)),
        ],
        tag: "groups",
        shows: "UserMembership",
        ..Row::item(
            "UserGroup",
            "/{version}/instances/{instance}/users/{user}/groups/{group}/",
            "group",
            access::groups_of_user,
        )
    },
    Row {
        title: "Group Membership List",
        takes: Some(("POST", |_| OF_GROUP)),
        parent: Parent::Group,
        operations: &[
            get(
                "Lists the users in a group; with a user key, only that user or nobody",
                Handler::Reads(users_of_group),
            ),
            create("Adds a user to the group", Handler::Changes(add_user_to_group)),
        ],
        tag: "groups",
        shows: "GroupMembership",
        example: Some(|| json!({ "user": 1 })),
        ..Row::list("GroupUsers", "/{version}/instances/{instance}/groups/{group}/users/", access::users_of_group)
    },
    Row {
        title: "Group Membership Instance",
        parent: Parent::Group,
        operations: &[
            get("One of the users in a group", Handler::Reads(user_of_group))
                .note("With a user key: only oneself; others are 404."),
            endpoints::delete("Removes a user from the group", Handler::Changes(delete)),
        ],
        tag: "groups",
        shows: "GroupMembership",
        ..Row::item(
            "GroupUser",
            "/{version}/instances/{instance}/groups/{group}/users/{user}/",
            "user",
            access::users_of_group,
        )
    },
];

/// How many groups a user may be in.
const MOST_GROUPS: usize = 32;

/// `GET /users/<id>/groups/`
pub fn groups_of_user(Reading { core, call, instance, .. }: Reading<'_>) -> Reply {
    let user = parent_user(call, instance)?;
    let paging = Paging::of(call)?;
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

/// `GET /groups/<id>/users/`: every member; for a user, himself if he is one.
pub fn users_of_group(Reading { core, call, caller, instance }: Reading<'_>) -> Reply {
    let group = parent_group(call, instance)?;
    let paging = Paging::of(call)?;
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
pub fn group_of_user(Reading { call, instance, .. }: Reading<'_>) -> Reply {
    let user = parent_user(call, instance)?;
    let group = id_in_path(call, "group").and_then(|id| instance.groups.get(id));
    let group = group.filter(|group| user.membership(group.id()).is_some()).ok_or_else(Failure::not_found)?;
    let spelled = spelled_in_path(call, "group");
    call.show(StatusCode::OK, &view_of_group(call, instance, user, group, spelled))
}

/// `GET /groups/<id>/users/<user id>/`: for a user, nobody but himself is there.
pub fn user_of_group(Reading { call, caller, instance, .. }: Reading<'_>) -> Reply {
    let group = parent_group(call, instance)?;
    let id = id_in_path(call, "user").filter(|id| caller.user().is_none_or(|own| own == *id));
    let user = id.and_then(|id| instance.users.get(id));
    let user = user.filter(|user| user.membership(group.id()).is_some()).ok_or_else(Failure::not_found)?;
    let spelled = spelled_in_path(call, "user");
    call.show(StatusCode::OK, &view_of_user(call, instance, group, user, spelled))
}

/// `POST /users/<id>/groups/ {"group": id}`
pub fn add_group_to_user(Changing { call, instance, .. }: Changing<'_>) -> Reply {
    let user = parent_user(call, instance)?.id();
    let mut input = Input::of(call)?;
    let group = input.id("group", true, false, |id| instance.groups.get(id).is_some()).flatten();
    input.finish()?;
    join(instance, user, group.ok_or_else(Failure::server_error)?)?;
    let user = parent_user(call, instance)?;
    let group = group.and_then(|id| instance.groups.get(id)).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::CREATED, &view_of_group(call, instance, user, group, group.id()))
}

/// `POST /groups/<id>/users/ {"user": id}`
pub fn add_user_to_group(Changing { call, instance, .. }: Changing<'_>) -> Reply {
    let group = parent_group(call, instance)?.id();
    let mut input = Input::of(call)?;
    let user = input.id("user", true, false, |id| instance.users.get(id).is_some()).flatten();
    input.finish()?;
    join(instance, user.ok_or_else(Failure::server_error)?, group)?;
    let group = parent_group(call, instance)?;
    let user = user.and_then(|id| instance.users.get(id)).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::CREATED, &view_of_user(call, instance, group, user, user.id()))
}

/// `DELETE` on either end: user and group stay.
pub fn delete(Changing { call, instance, .. }: Changing<'_>) -> Reply {
    let (Some(user), Some(group)) = (id_in_path(call, "user"), id_in_path(call, "group")) else {
        return Err(Failure::not_found());
    };
    if instance.leave(user, group) { Ok(Answer::no_content()) } else { Err(Failure::not_found()) }
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

/// One end of a membership with its link, in which the other end may be spelled as the path did.
struct MembershipView<V> {
    name: &'static str,
    end: V,
    link: String,
}

fn view_of_group<'a>(
    call: &Call<'_>,
    instance: &'a Instance,
    user: &User,
    group: &'a Group,
    spelled: impl std::fmt::Display,
) -> MembershipView<GroupView<'a>> {
    let place = Place::of(call, instance);
    let link = format!("{place}/users/{}/groups/{spelled}/", user.id());
    MembershipView { name: "group", end: GroupView::new(place, group), link }
}

fn view_of_user<'a>(
    call: &Call<'_>,
    instance: &'a Instance,
    group: &Group,
    user: &'a User,
    spelled: impl std::fmt::Display,
) -> MembershipView<UserView<'a>> {
    let place = Place::of(call, instance);
    let link = format!("{place}/groups/{}/users/{spelled}/", group.id());
    MembershipView { name: "user", end: UserView::new(call, instance, user), link }
}

impl<V: Serialize> Serialize for MembershipView<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Links<'a> {
            #[serde(rename = "self")]
            own: &'a str,
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(self.name, &self.end)?;
        map.serialize_entry("links", &Links { own: &self.link })?;
        map.end()
    }
}
