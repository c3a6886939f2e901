//! Users: `/users/`, one of them, and `/user/` for the one who calls.
//!
//! The object is `{id, username, profile, groups, user_key, links}`, the same wherever a user is shown. A password is
//! never shown. Names are kept in lower case; the answer to a change repeats the spelling that was sent.

use http::{Method, StatusCode};
use jiff::SignedDuration;
use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Value, json};

use super::group::GroupView;
use super::id_in_path;
use super::object::ObjectView;
use super::object_input::{self, ObjectInput};
use super::view::{Place, Shown};
use crate::api::{Endpoint, Key, KeyKind};
use crate::simulator::Core;
use crate::simulator::answer::{Answer, Errors, Failure};
use crate::simulator::caller::Caller;
use crate::simulator::input::{Input, REQUIRED, Text};
use crate::simulator::paging::Paging;
use crate::simulator::python;
use crate::simulator::transport::Call;
use crate::simulator::variation::Variation;
use crate::simulator::world::{Instance, Object, USER_PROFILE, User, UserId};

pub const USERNAME: Text = Text { required: true, blank: false, max: Some(64), hashed: false };
pub const PASSWORD: Text = Text { required: true, blank: false, max: Some(128), hashed: true };

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
    call.show(StatusCode::OK, &page)
}

/// `POST /users/`: a new user, with a key and a profile.
pub fn create(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance) -> Result<Answer, Failure> {
    let mut input = Input::of(call)?;
    let (username, password) = read_names(call, &mut input);
    let profile = ObjectInput::read_profile(&mut input, caller, instance);
    input.finish()?;
    let username = username.ok_or_else(Failure::server_error)?;
    let password = password.unwrap_or_default();

    let now = core.source.now();
    let profile = drafted(profile, &Object::new(0, None, now), instance, now)?;
    let key = new_key(core, call);
    if let Err(taken) = check_name(call, instance, &username, None) {
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
    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::CREATED, &UserView::new(call, instance, user).named(Some(&username)))
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

/// `POST /users/<id>/reset_key/`: another user key; the old one ends. The body is not looked at.
pub fn reset_key(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance) -> Result<Answer, Failure> {
    let id = visible(call, caller, instance, Variation::ResetUnscoped)?;
    let id = if call.deviates(Variation::ResetOfTheFirstUser) { first(instance).unwrap_or(id) } else { id };
    let before = call.deviates(Variation::ResetReturnsOldKey).then(|| show_one(call, instance, id));
    let key = match instance.users.get(id) {
        Some(user) if call.deviates(Variation::ResetDoesNothing) => user.key(),
        _ if call.deviates(Variation::ResetGivesOneKeyTwice) => key_of(id),
        _ => new_key(core, call),
    };
    let old = instance.users.set_key(id, key).ok_or_else(Failure::not_found)?;
    let answer = before.unwrap_or_else(|| show_one(call, instance, id));
    if !call.variations.is_empty() {
        go_wrong_after_reset(core, call, instance, (id, old));
    }
    answer
}

/// What deviations do once the user has another key than the old one.
fn go_wrong_after_reset(core: &Core, call: &Call<'_>, instance: &mut Instance, (id, old): (UserId, Key)) {
    if call.deviates(Variation::UserKeySurvivesReset) {
        instance.stale.user_keys.insert(old, id);
    }
    if call.deviates(Variation::LoginReturnsOldKey) {
        instance.stale.user_keys_before.insert(id, old);
    }
    if call.deviates(Variation::ResetNotStored) {
        instance.users.set_key(id, old);
    }
    if call.deviates(Variation::ResetEndsTheKeysOfOthers) {
        renew_keys(core, call, instance, Some(id));
    }
    if let Some(user) = instance.users.get_mut(id).filter(|_| call.deviates(Variation::ResetChangesPassword)) {
        user.password = old.to_string().into();
    }
    if call.deviates(Variation::ResetEndsMemberships) {
        let held = instance.users.get(id).map(User::memberships).unwrap_or_default();
        for group in held.iter().map(|membership| membership.group).collect::<Vec<_>>() {
            instance.leave(id, group);
        }
    }
}

/// Gives everybody but that user another key, as deviations do.
pub fn renew_keys(core: &Core, call: &Call<'_>, instance: &mut Instance, but: Option<UserId>) {
    let everybody: Vec<UserId> = instance.users.all().map(User::id).collect();
    for id in everybody.into_iter().filter(|id| Some(*id) != but) {
        instance.users.set_key(id, new_key(core, call));
    }
}

/// A user key that nobody has seen before.
pub fn new_key(core: &Core, call: &Call<'_>) -> Key {
    let is_odd = call.deviates(Variation::UserKeysEndOdd);
    core.source.key(if is_odd { KeyKind::Api } else { KeyKind::AccountOrUser })
}

/// A key that is the same for the same user whenever one is made.
fn key_of(id: UserId) -> Key {
    let mut bytes = [0; Key::BYTES];
    bytes.iter_mut().zip(id.to_be_bytes()).for_each(|(byte, of_id)| *byte = of_id);
    Key::from_random(bytes, KeyKind::AccountOrUser)
}

/// The user that the path names, if he is there for this caller: a user sees nobody but himself, unless that is what the
/// deviation lifts.
fn visible(call: &Call<'_>, caller: &Caller, instance: &Instance, lifted: Variation) -> Result<UserId, Failure> {
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
    let is_shown = caller.user().is_none_or(|own| own == id) || call.deviates(lifted);
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

/// The user whom a deviation takes for the one who calls.
fn mistaken(call: &Call<'_>, instance: &Instance, own: Option<UserId>) -> Option<UserId> {
    let in_query = || call.query.get("id").and_then(python::int);
    let in_body = || call.data().ok()?.member("id")?.as_i64();
    let named = match () {
        () if call.deviates(Variation::UserShowsTheFirst)
            || own.is_none() && call.deviates(Variation::IgnoreAclOnUser) =>
        {
            return first(instance);
        }
        () if call.deviates(Variation::UserChosenInQuery) => in_query(),
        () if call.deviates(Variation::UserChosenInBody) => in_body(),
        () => None,
    };
    named.and_then(|id| u32::try_from(id).ok()).filter(|id| instance.users.get(*id).is_some())
}

fn first(instance: &Instance) -> Option<UserId> {
    instance.users.all().next().map(User::id)
}

fn newest(instance: &Instance) -> Option<UserId> {
    instance.users.all().next_back().map(User::id)
}

fn show_one(call: &Call<'_>, instance: &Instance, id: UserId) -> Result<Answer, Failure> {
    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &UserView::new(call, instance, user))
}

/// Reads name and password. POST and PUT need both.
fn read_names(call: &Call<'_>, input: &mut Input<'_>) -> (Option<String>, Option<String>) {
    let max = match () {
        () if call.deviates(Variation::UserNameOf65Accepted) => Some(65),
        () if call.deviates(Variation::UserNameOf64Refused) => Some(63),
        () => USERNAME.max,
    };
    let blank = call.deviates(Variation::BlankNamesAccepted);
    let required = !(call.deviates(Variation::PutMayLeaveOut) && call.method == Method::PUT);
    let username = input.text("username", Text { max, blank, required, ..USERNAME });
    if call.deviates(Variation::SpaceInNameRefused) && username.as_deref().is_some_and(|name| name.contains(' ')) {
        input.refuse("username", "Enter a valid value.");
    }
    let required = required && !(call.deviates(Variation::PasswordMayBeLeftOut) && call.method == Method::POST);
    let password = input.text("password", Text { blank, required, ..PASSWORD });
    if call.deviates(Variation::PatchNeedsPassword) && call.method == Method::PATCH && password.is_none() {
        input.refuse("password", REQUIRED);
    }
    (username, password)
}

/// Checks that a body could make a user, whoever sends it.
pub fn check_new(call: &Call<'_>) -> Result<(), Failure> {
    let mut input = Input::of(call)?;
    read_names(call, &mut input);
    input.finish()
}

/// Checks that nobody but that user has the name.
fn check_name(call: &Call<'_>, instance: &Instance, name: &str, id: Option<UserId>) -> Result<(), Failure> {
    let lower = name.to_lowercase();
    let is_overlooked = match id {
        None if call.deviates(Variation::UserNamesCaseSensitive) && lower != name => true,
        None => call.deviates(Variation::TakenNameAccepted),
        Some(_) => call.deviates(Variation::TakenNameAcceptedOnChange),
    };
    let is_taken = instance.users.name_is_taken(name, id) && !is_overlooked;
    if !is_taken && !instance.stale.names_of_nobody.contains(lower.as_str()) {
        return Ok(());
    }
    let holder = instance.users.with_name(name).filter(|_| call.deviates(Variation::TakenNameShowsItsUser));
    let Some(holder) = holder else { return Err(Failure::not_unique("username")) };
    let holder = serde_json::to_value(UserView::new(call, instance, holder)).unwrap_or_default();
    let taken = json!({"username": ["This field must be unique."], "user": holder});
    Err(Failure::invalid(taken.as_object().unwrap_or(&Errors::new())))
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
    let (username, password) = read_names(call, &mut input);
    let profile = ObjectInput::read_profile(&mut input, caller, instance);
    let is_current = call.route.endpoint == Endpoint::CurrentUser;
    if is_current && profile.is_some() && call.deviates(Variation::UserProfile500) {
        return Err(Failure::server_error());
    }
    input.finish()?;

    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    let profile = drafted(profile, &user.profile, instance, core.source.now())?;
    if let Some(username) = &username {
        check_name(call, instance, username, Some(id))?;
        rename(call, instance, id, username);
    }
    set_password(call, instance, id, password);
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

fn rename(call: &Call<'_>, instance: &mut Instance, id: UserId, name: &str) {
    if call.deviates(Variation::NameChangeLost) {
        return;
    }
    let old = instance.users.get(id).map(|user| user.name().into());
    if let Some(old) = old.filter(|_| call.deviates(Variation::OldNameLogsIn)) {
        instance.stale.names.insert(old, id);
    }
    instance.users.rename(id, name);
}

/// Gives a user another password, if there is one.
fn set_password(call: &Call<'_>, instance: &mut Instance, id: UserId, password: Option<String>) {
    let Some(user) = instance.users.get_mut(id) else { return };
    let password = match password {
        Some(_) if call.deviates(Variation::PasswordChangeLost) => return,
        None if call.deviates(Variation::PatchForgetsPassword) => Some(String::new()),
        password => password,
    };
    let Some(password) = password else { return };
    let old = std::mem::replace(&mut user.password, password.into_boxed_str());
    if call.deviates(Variation::OldPasswordLogsIn) {
        instance.stale.passwords.insert(id, old);
    }
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
