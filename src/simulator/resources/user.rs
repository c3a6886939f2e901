//! Users: `/users/`, one of them, and `/user/` for the one who calls.
//!
//! The object is `{id, username, profile, groups, user_key, links}`, the same wherever a user is shown. A password is
//! never shown. Names are kept in lower case; the answer to a change repeats the spelling that was sent.

use http::StatusCode;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

use super::group::GroupView;
use super::id_in_path;
use super::object::ObjectView;
use super::object_input::{self, ObjectInput};
use super::view::{Place, Shown};
use super::{user_key, user_name};
use crate::api::{Endpoint, Key};
use crate::simulator::Core;
use crate::simulator::answer::{Answer, Errors, Failure};
use crate::simulator::caller::Caller;
use crate::simulator::input::Input;
use crate::simulator::paging::Paging;
use crate::simulator::python;
use crate::simulator::transport::Call;
use crate::simulator::variation::Variation;
use crate::simulator::world::{Instance, Object, ObjectId, USER_PROFILE, User, UserId};

/// How long a deleted user lingers in lists, where that happens.
const LINGERS: SignedDuration = SignedDuration::from_millis(250);

/// A user as everybody who may see him does.
pub struct UserView<'a> {
    place: Place<'a>,
    instance: &'a Instance,
    user: &'a User,
    name: &'a str,
    key: Key,
    shows_password: bool,
}

impl<'a> UserView<'a> {
    pub fn new(call: &Call<'_>, instance: &'a Instance, user: &'a User) -> UserView<'a> {
        let shows_password = call.deviates(Variation::PasswordShown);
        UserView {
            place: Place::of(call, instance),
            instance,
            user,
            name: user.name(),
            key: user.key(),
            shows_password,
        }
    }

    /// With the name as it was typed just now, if it was.
    fn named(self, name: Option<&'a str>) -> UserView<'a> {
        UserView { name: name.unwrap_or(self.name), ..self }
    }

    /// With another key than the user has, if there is one.
    pub fn with_key(self, key: Option<&Key>) -> UserView<'a> {
        UserView { key: key.copied().unwrap_or(self.key), ..self }
    }
}

/// `GET /users/`: everybody; for a user, himself alone.
pub fn list(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<Answer, Failure> {
    let paging = Paging::of(call)?;
    let view = |user| UserView::new(call, instance, user);
    let prefix = call.query.get("username__startswith").map(python::strip).filter(|prefix| !prefix.is_empty());
    let is_unscoped = call.deviates(Variation::UsersListUnscoped)
        || call.deviates(Variation::FilterUnscoped) && prefix.is_some()
        || call.deviates(Variation::SecondPageUnscoped) && paging.is_directed();
    let only = caller.user().filter(|_| !is_unscoped);
    let prefix = prefix.filter(|_| !call.deviates(Variation::FilterIgnored));
    let page = match (only, prefix) {
        (Some(only), prefix) => {
            let user = instance.users.range(paging.range_of(only));
            let users = user.filter(|user| prefix.is_none_or(|prefix| user.name().starts_with(prefix)));
            paging.page(
                call,
                users.filter(|_| !call.deviates(Variation::UsersListEmptyForUsers)),
                |user| user.id(),
                view,
            )
        }
        (None, None) => {
            let missed = if call.deviates(Variation::UsersListMissesTheNewest) { newest(instance) } else { None };
            let users = instance.users.range(paging.range()).filter(|user| Some(user.id()) != missed);
            let strangers = call.strangers.iter().filter(|user| paging.covers(user.id()));
            let strangers = strangers.filter(|_| call.deviates(Variation::UsersOfOtherInstancesListed));
            paging.page(call, users.chain(strangers), |user| user.id(), view)
        }
        (None, Some(prefix)) => {
            let mut ids: Vec<UserId> = instance.users.named_like(prefix).filter(|id| paging.covers(*id)).collect();
            ids.sort_unstable();
            let users = ids.into_iter().filter_map(|id| instance.users.get(id));
            paging.page(call, users, |user| user.id(), view)
        }
    };
    let count = call.counts() && call.deviates(Variation::UsersCounted);
    call.show(StatusCode::OK, &page.counted(count.then(|| instance.users.len())))
}

/// `POST /users/`: a new user, with a key and a profile.
pub fn create(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance) -> Result<Answer, Failure> {
    let mut input = Input::of(call)?;
    let (username, password) = user_name::read(call, &mut input);
    let profile = ObjectInput::read_profile(&mut input, caller, instance);
    input.finish()?;
    let username = username.ok_or_else(Failure::server_error)?;
    let password = password.filter(|_| !call.deviates(Variation::NewPasswordLost)).unwrap_or_default();

    let now = core.source.now();
    let profile = drafted(profile, &Object::new(0, None, now), instance, now)?;
    let key = user_key::new(core, call);
    if let Err(taken) = user_name::check(call, instance, &username, None) {
        instance.users.waste_ids();
        return Err(taken);
    }
    let callers = caller.user().filter(|_| call.deviates(Variation::NewUserTakesTheCallersKey));
    let key = callers.and_then(|id| instance.users.get(id)).map_or(key, User::key);
    // The profile gets its id last: a name that is taken costs no object id.
    let id = instance.users.add(&username, &password, key, |id| Object::new(0, Some(id), now));
    let profile_id = instance.next_object_id();
    instance.users.set_profile_id(id, profile_id);
    if let Some(profile) = profile {
        let profile = Object { id: profile_id, owner: Some(id), revision: 1, ..profile };
        instance.store_object(instance.classes.user_profile().id(), profile);
    }
    note_the_maker(call, caller, instance, id);
    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    let is_mistold = caller.api_key().is_some() && call.deviates(Variation::UserCreatedByAppIs200);
    let status = if is_mistold { StatusCode::OK } else { StatusCode::CREATED };
    call.show(status, &UserView::new(call, instance, user).named(Some(&username)))
}

/// What deviations make of who has created a user.
fn note_the_maker(call: &Call<'_>, caller: &Caller, instance: &mut Instance, id: UserId) {
    if let Some(key) = caller.api_key().filter(|_| call.deviates(Variation::UsersGoWithTheirApiKey)) {
        instance.stale.made_with.insert(id, key);
    }
    let maker = caller.user().filter(|_| call.deviates(Variation::NewUserJoinsCallersGroups));
    let held = maker.and_then(|maker| instance.users.get(maker)).map(User::memberships).unwrap_or_default();
    for group in held.iter().map(|membership| membership.group).collect::<Vec<_>>() {
        instance.join(id, group);
    }
}

/// `GET /users/<id>/`
pub fn show(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<Answer, Failure> {
    show_one(call, instance, visible(call, caller, instance, Variation::UserDetailUnscoped)?)
}

/// `GET /user/`
pub fn show_current(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<Answer, Failure> {
    show_one(call, instance, current(call, caller, instance)?)
}

/// `PUT` and `PATCH /users/<id>/`
pub fn change(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance) -> Result<Answer, Failure> {
    let id = visible(call, caller, instance, Variation::UserChangeUnscoped)?;
    change_one(core, call, caller, instance, id)
}

/// `PUT` and `PATCH /user/`
pub fn change_current(
    core: &Core,
    call: &Call<'_>,
    caller: &Caller,
    instance: &mut Instance,
) -> Result<Answer, Failure> {
    let id = current(call, caller, instance)?;
    change_one(core, call, caller, instance, id)
}

/// `DELETE /users/<id>/`: the name is free again, the id is not.
pub fn delete(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance) -> Result<Answer, Failure> {
    let id = visible(call, caller, instance, Variation::UserChangeUnscoped)?;
    delete_one(core, call, instance, id)
}

/// `DELETE /user/`, which a deviation alone lets through.
pub fn delete_current(
    core: &Core,
    call: &Call<'_>,
    caller: &Caller,
    instance: &mut Instance,
) -> Result<Answer, Failure> {
    let id = current(call, caller, instance)?;
    delete_one(core, call, instance, id)
}

/// The user that the path names, if he is there for this caller: a user sees nobody but himself, unless that is what the
/// deviation lifts.
pub fn visible(call: &Call<'_>, caller: &Caller, instance: &Instance, lifted: Variation) -> Result<UserId, Failure> {
    let spelled = call.route.param("user");
    if let Some(named) = instance.users.with_name(spelled).filter(|_| call.deviates(Variation::UserFoundByName)) {
        return Ok(named.id());
    }
    let Some(id) = id_in_path(call, "user") else {
        return Err(if call.deviates(Variation::OddIdIs500) { Failure::server_error() } else { Failure::not_found() });
    };
    let Some(user) = instance.users.get(id) else {
        return Err(if call.deviates(Variation::UnknownUserIs403) {
            Failure::forbidden()
        } else {
            Failure::not_found()
        });
    };
    let is_odd = spelled.starts_with('0') && call.deviates(Variation::OddIdUnscoped);
    let is_shown = caller.user().is_none_or(|own| own == id) || call.deviates(lifted) || is_odd;
    match is_shown {
        true => Ok(id),
        false if call.deviates(Variation::OtherUserIs403) => Err(Failure::forbidden()),
        false if call.deviates(Variation::NotFoundNamesTheUser) => {
            Err(Failure::detail(StatusCode::NOT_FOUND, format!("Not found: {} is another user.", user.name())))
        }
        false => Err(Failure::not_found()),
    }
}

/// The user who calls.
fn current(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<UserId, Failure> {
    let own = match caller {
        Caller::Api { user, .. } | Caller::Account { user, .. } => *user,
        Caller::Anonymous => None,
    };
    mistaken(call, instance, own).or(own).ok_or_else(Failure::forbidden)
}

/// Deviations that let somebody without a user in, and take him for the first one.
const FOR_THE_FIRST: [Variation; 3] =
    [Variation::IgnoreAclOnUser, Variation::UserOpenToApps, Variation::AccountKeyAloneOnUser];

/// The user whom a deviation takes for the one who calls.
fn mistaken(call: &Call<'_>, instance: &Instance, own: Option<UserId>) -> Option<UserId> {
    let in_query = || call.query.get("id").and_then(python::int);
    let in_body = || call.data().ok()?.member("id")?.as_i64();
    let named = match () {
        () if call.deviates(Variation::UserShowsTheFirst)
            || own.is_none() && FOR_THE_FIRST.iter().any(|variation| call.deviates(*variation)) =>
        {
            return first(instance);
        }
        () if call.deviates(Variation::UserChosenInQuery) => in_query(),
        () if call.deviates(Variation::UserChosenInBody) => in_body(),
        () => None,
    };
    named.and_then(|id| u32::try_from(id).ok()).filter(|id| instance.users.get(*id).is_some())
}

/// The user with the lowest id.
pub fn first(instance: &Instance) -> Option<UserId> {
    instance.users.all().next().map(User::id)
}

/// The user with the highest id.
pub fn newest(instance: &Instance) -> Option<UserId> {
    instance.users.all().next_back().map(User::id)
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
    let (username, password) = user_name::read(call, &mut input);
    let profile = ObjectInput::read_profile(&mut input, caller, instance);
    let is_current = call.route.endpoint == Endpoint::CurrentUser;
    if is_current && profile.is_some() && call.deviates(Variation::UserProfile500) {
        return Err(Failure::server_error());
    }
    input.finish()?;

    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    let named = if call.deviates(Variation::ProfileTakenByItsId) { named_profile(call, instance)? } else { None };
    let profile = drafted(profile, named.unwrap_or(&user.profile), instance, core.source.now())?;
    if let Some(username) = &username {
        user_name::check(call, instance, username, Some(id))?;
        user_name::rename(call, instance, id, username);
    }
    user_name::set_password(call, instance, id, password);
    if let Some(profile) = profile.filter(|_| !call.deviates(Variation::ProfileChangeLost)) {
        instance.store_object(instance.classes.user_profile().id(), profile);
    }
    if call.deviates(Variation::UserKeyWritable)
        && let Some(key) = call.data()?.member("user_key").and_then(Value::as_str)
        && let Ok(key) = key.parse()
    {
        instance.users.set_key(id, key);
    }
    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &UserView::new(call, instance, user).named(username.as_deref()))
}

/// Removes a user.
fn delete_one(core: &Core, call: &Call<'_>, instance: &mut Instance, id: UserId) -> Result<Answer, Failure> {
    if call.deviates(Variation::DeletedUserStays) {
        return Ok(Answer::no_content());
    }
    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    if call.deviates(Variation::DeletedUsersKeySurvives) {
        instance.stale.user_keys.insert(user.key(), id);
    }
    if call.deviates(Variation::DeletedNameStaysTaken) {
        instance.stale.names_of_nobody.insert(user.name().into());
    }
    if call.deviates(Variation::ObjectsOutliveTheirOwner) {
        instance.disown(id);
    }
    instance.remove_user(id, core.late(LINGERS, Variation::DeletedUserStaysInGroups));
    Ok(Answer::no_content())
}

/// The profile whose `id` a body names.
fn named_profile<'i>(call: &Call<'_>, instance: &'i Instance) -> Result<Option<&'i Object>, Failure> {
    let id = call.data()?.member("profile").and_then(|profile| profile.get("id")).and_then(Value::as_u64);
    Ok(id.and_then(|id| ObjectId::try_from(id).ok()).and_then(|id| instance.users.profile(id)))
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
        map.serialize_entry("user_key", &Shown(self.key))?;
        if self.shows_password {
            map.serialize_entry("password", &user.password)?;
        }
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
