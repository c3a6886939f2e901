//! Users: `/users/`, one of them, and `/user/` for the one who calls.
//!
//! The object is `{id, username, profile, groups, user_key, links}`, the same wherever a user is shown. A password is
//! never shown. Names are kept in lower case; the answer to a change repeats the spelling that was sent.

use http::StatusCode;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::group::view::GroupView;
use super::object::input::ObjectInput;
use super::object::view::ObjectView;
use super::object::{self, input as object_input};
use super::path::id_in_path;
use super::user_name;
use super::view::{Place, Shown};
use super::{group, user_key};
use crate::Core;
use crate::access;
use crate::answer::{Answer, Errors, Failure};
use crate::api::KeyKind;
use crate::caller::Caller;
use crate::endpoints::{self, Changing, Handler, Reading, Reply, Row, get, patch, post, put};
use crate::input::Input;
use crate::members::{ID, Inner, Member, links};
use crate::paging::Paging;
use crate::python;
use crate::quirks::Quirk;
use crate::transport::Call;
use crate::world::{Instance, Object, USER_PROFILE, User, UserId};
use serde_json::{Value, json};

static USER: [(&str, Member); 7] = [
    ("id", ID),
    ("username", user_name::USERNAME),
    ("password", user_name::PASSWORD),
    ("profile", Member::optional("nested object", "Profile").with(Inner::Children(&object::PROFILE))),
    ("groups", Member::shown("field", "Groups").with(Inner::ListOf(group::GROUP))),
    ("user_key", Member::shown("field", "User key")),
    links(&[("self", "detail"), ("groups", "list"), ("reset-key", "key"), ("profile", "detail")]),
];
const NO_ACCOUNT: &str = "An account key is refused, also with a user key beside it.";
const ONLY_ONESELF: &str = "With a user key, also with `ignore_acl`: only oneself; others are 404.";

/// The endpoints of users.
pub static ROWS: &[Row] = &[
    Row {
        title: "User Account",
        takes: Some(("PUT", |_| &USER)),
        operations: &[
            get("The user whose key is sent", Handler::Reads(show_current)).note(NO_ACCOUNT),
            put(
                "Changes the user whose key is sent; name and password have to be sent",
                Handler::Changes(change_current),
            )
            .note(NO_ACCOUNT),
            patch("Changes some members of the user whose key is sent", Handler::Changes(change_current))
                .note(NO_ACCOUNT),
        ],
        has_templates: false,
        tag: "user",
        shows: "User",
        example: Some(alice),
        ..Row::single("CurrentUser", "/{version}/instances/{instance}/user/", access::current_user)
    },
    Row {
        title: "User List",
        takes: Some(("POST", |_| &USER)),
        operations: &[
            get("Lists the users; with a user key, only that user", Handler::Reads(list)),
            endpoints::create("Creates a user, with a user key and a profile", Handler::Changes(create)),
        ],
        filter: Some("username__startswith"),
        tag: "users",
        shows: "User",
        example: Some(
            || json!({ "username": "carol", "password": "secret", "profile": { "other_permissions": "read" } }),
        ),
        ..Row::list("Users", "/{version}/instances/{instance}/users/", access::users)
    },
    Row {
        title: "User Instance",
        takes: Some(("PUT", |_| &USER)),
        operations: &[
            get("A user", Handler::Reads(show)).note(ONLY_ONESELF),
            put("Changes a user; name and password have to be sent", Handler::Changes(change)).note(ONLY_ONESELF),
            patch("Changes some members of a user", Handler::Changes(change)).note(ONLY_ONESELF),
            endpoints::delete(
                "Deletes a user with the profile, the objects and the memberships",
                Handler::Changes(delete),
            )
            .note("With a user key and `ignore_acl`: only oneself; others are 404."),
        ],
        tag: "users",
        shows: "User",
        example: Some(alice),
        ..Row::item("User", "/{version}/instances/{instance}/users/{user}/", "user", access::users)
    },
    Row {
        title: "User",
        takes: Some(("POST", |_| &[])),
        operations: &[post("Gives a user another user key; the old one ends", Handler::Changes(user_key::reset))
            .note(ONLY_ONESELF)],
        tag: "users",
        shows: "User",
        ..Row::item("UserResetKey", "/{version}/instances/{instance}/users/{user}/reset_key/", "user", access::users)
    },
];

fn alice() -> Value {
    json!({ "username": "alice", "password": "demo-alice" })
}

/// How long a deleted user lingers in lists, where that happens.
const LINGERS: SignedDuration = SignedDuration::from_millis(250);

/// A user as everybody who may see them does.
pub struct UserView<'a> {
    place: Place<'a>,
    instance: &'a Instance,
    user: &'a User,
    name: &'a str,
}

impl<'a> UserView<'a> {
    pub fn new(call: &Call<'_>, instance: &'a Instance, user: &'a User) -> UserView<'a> {
        UserView { place: Place::of(call, instance), instance, user, name: user.name() }
    }

    /// With the name as it was sent just now, if it was.
    fn named(self, name: Option<&'a str>) -> UserView<'a> {
        UserView { name: name.unwrap_or(self.name), ..self }
    }
}

/// `GET /users/`: every user; for a user, only themselves.
pub fn list(Reading { call, caller, instance, .. }: Reading<'_>) -> Reply {
    let paging = Paging::of(call)?;
    let view = |user| UserView::new(call, instance, user);
    let prefix = call.query.get("username__startswith").map(python::strip).filter(|prefix| !prefix.is_empty());
    let page = match (caller.user(), prefix) {
        (Some(only), prefix) => {
            let user = instance.users.range(paging.range_of(only));
            let users = user.filter(|user| prefix.is_none_or(|prefix| user.name().starts_with(prefix)));
            paging.page(call, users, |user| user.id(), view)
        }
        (None, None) => paging.page(call, instance.users.range(paging.range()), |user| user.id(), view),
        (None, Some(prefix)) => {
            let mut ids: Vec<UserId> = instance.users.named_like(prefix).filter(|id| paging.covers(*id)).collect();
            ids.sort_unstable();
            let users = ids.into_iter().filter_map(|id| instance.users.get(id));
            paging.page(call, users, |user| user.id(), view)
        }
    };
    call.show(StatusCode::OK, &page)
}

/// `POST /users/`: a new user, with a key and a profile.
pub fn create(Changing { core, call, caller, instance }: Changing<'_>) -> Reply {
    let mut input = Input::of(call)?;
    let (username, password) = user_name::read(&mut input);
    let profile = ObjectInput::read_profile(&mut input, caller, instance);
    input.finish()?;
    let (Some(username), Some(password)) = (username, password) else { return Err(Failure::server_error()) };

    let now = core.source.now();
    let profile = drafted(profile, &Object::new(0, None, now), instance, now)?;
    let key = core.source.key(KeyKind::AccountOrUser);
    if let Err(taken) = user_name::check(instance, &username, None) {
        instance.users.waste_ids();
        return Err(taken);
    }
    // The profile gets its id last: a name that is taken costs no object id.
    let id = instance.users.add(&username, &password, key, |id| Object::new(0, Some(id), now));
    let profile_id = instance.next_object_id();
    instance.users.set_profile_id(id, profile_id);
    if let Some(profile) = profile {
        let profile = Object { id: profile_id, owner: Some(id), revision: 1, ..profile };
        instance.store_object(instance.classes.user_profile().id(), profile);
    }
    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::CREATED, &UserView::new(call, instance, user).named(Some(&username)))
}

/// `GET /users/<id>/`
pub fn show(Reading { call, caller, instance, .. }: Reading<'_>) -> Reply {
    show_one(call, instance, visible(call, caller, instance)?)
}

/// `GET /user/`
pub fn show_current(Reading { call, caller, instance, .. }: Reading<'_>) -> Reply {
    show_one(call, instance, current(caller)?)
}

/// `PUT` and `PATCH /users/<id>/`
pub fn change(Changing { core, call, caller, instance }: Changing<'_>) -> Reply {
    let id = visible(call, caller, instance)?;
    change_one(core, call, caller, instance, id)
}

/// `PUT` and `PATCH /user/`
pub fn change_current(Changing { core, call, caller, instance }: Changing<'_>) -> Reply {
    let id = current(caller)?;
    change_one(core, call, caller, instance, id)
}

/// `DELETE /users/<id>/`: the name is free again, the id is not.
pub fn delete(Changing { core, call, caller, instance }: Changing<'_>) -> Reply {
    let id = visible(call, caller, instance)?;
    instance.remove_user(id, core.late(LINGERS));
    Ok(Answer::no_content())
}

/// The user that the path names, if they are there for this caller: a user sees only themselves.
pub fn visible(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<UserId, Failure> {
    let id = id_in_path(call, "user").filter(|id| instance.users.get(*id).is_some());
    id.filter(|id| caller.user().is_none_or(|own| own == *id)).ok_or_else(Failure::not_found)
}

/// The user who calls.
fn current(caller: &Caller) -> Result<UserId, Failure> {
    caller.user().ok_or_else(Failure::forbidden)
}

/// The answer that shows a user.
pub fn show_one(call: &Call<'_>, instance: &Instance, id: UserId) -> Result<Answer, Failure> {
    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &UserView::new(call, instance, user))
}

/// Changes name, password and profile. PUT needs the first two.
fn change_one(
    core: &Core,
    call: &Call<'_>,
    caller: &Caller,
    instance: &mut Instance,
    id: UserId,
) -> Result<Answer, Failure> {
    let mut input = Input::of(call)?;
    let (username, password) = user_name::read(&mut input);
    let profile = ObjectInput::read_profile(&mut input, caller, instance);
    let is_current = call.route.row.name == "CurrentUser";
    if is_current && profile.is_some() && call.reproduces(Quirk::UserProfile500) {
        return Err(Failure::server_error());
    }
    input.finish()?;

    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    let profile = drafted(profile, &user.profile, instance, core.source.now())?;
    if let Some(username) = &username {
        user_name::check(instance, username, Some(id))?;
        instance.users.rename(id, username);
    }
    if let (Some(user), Some(password)) = (instance.users.get_mut(id), password) {
        user.password = password.into_boxed_str();
    }
    if let Some(profile) = profile {
        instance.store_object(instance.classes.user_profile().id(), profile);
    }
    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &UserView::new(call, instance, user).named(username.as_deref()))
}

/// The profile as a body wants it to become.
fn drafted(
    input: Option<ObjectInput>,
    present: &Object,
    instance: &Instance,
    now: Timestamp,
) -> Result<Option<Object>, Failure> {
    let Some(input) = input else { return Ok(None) };
    let class = instance.classes.user_profile();
    let profile = input.apply_to_profile(present, class, now);
    object_input::check(class, &profile.values, Some(present.id))
        .map_err(|refused| Failure::invalid(&Errors::from_iter([("profile".to_owned(), refused.errors().into())])))?;
    Ok(Some(profile))
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
        map.serialize_entry("user_key", &Shown(user.key()))?;
        map.serialize_entry("links", &Links { place, user })?;
        map.end()
    }
}

struct GroupsOf<'a> {
    place: Place<'a>,
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

struct Links<'a> {
    place: Place<'a>,
    user: &'a User,
}

impl Serialize for Links<'_> {
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
