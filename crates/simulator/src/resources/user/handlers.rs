//! Handlers of `/users/` and `/user/`.

use http::StatusCode;
use jiff::SignedDuration;

use super::input::{check_name, drafted, read_credentials};
use super::view::UserView;
use crate::answer::{ApiAnswer, Failure};
use crate::api::KeyKind;
use crate::call::Call;
use crate::caller::Caller;
use crate::core::Core;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::input::Input;
use crate::paging::Paging;
use crate::python;
use crate::quirks::Quirk;
use crate::resources::object::input::ObjectInput;
use crate::resources::path::id_in_path;
use crate::world::{Instance, Object, UserId};

/// How long a deleted user stays in lists with the quirk `late-deletes`.
const LINGERS: SignedDuration = SignedDuration::from_millis(250);

/// `GET /users/`: lists all users; a user sees only themselves.
pub fn list(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
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

/// `POST /users/`: creates a user with a user key and a profile.
pub fn create(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let mut input = Input::from_call(call)?;
    let (username, password) = read_credentials(&mut input);
    let profile = ObjectInput::read_profile(&mut input, caller, instance);
    input.finish()?;
    let (Some(username), Some(password)) = (username, password) else { return Err(Failure::server_error()) };

    let now = core.source.now();
    let profile = drafted(profile, &Object::new(0, None, now), instance, now)?;
    let key = core.source.key(KeyKind::AccountOrUser);
    if let Err(taken) = check_name(instance, &username, None) {
        instance.users.waste_ids();
        return Err(taken);
    }
    let profile = profile.map(|draft| draft.store(core, call, instance)).transpose();
    let profile = profile.inspect_err(|_| instance.users.waste_id())?;
    // The profile gets its id last, because a name that is taken uses up user ids but no object id.
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
pub fn show(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    show_one(call, instance, visible(call, caller, instance)?)
}

/// `GET /user/`
pub fn show_current(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    show_one(call, instance, current(caller)?)
}

/// `PUT` and `PATCH /users/<id>/`
pub fn change(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let id = visible(call, caller, instance)?;
    change_one(core, call, caller, instance, id)
}

/// `PUT` and `PATCH /user/`
pub fn change_current(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let id = current(caller)?;
    change_one(core, call, caller, instance, id)
}

/// `DELETE /users/<id>/`: deletes a user. The name can be used again, the id is not.
pub fn delete(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let id = visible(call, caller, instance)?;
    instance.remove_user(id, core.late(LINGERS));
    Ok(ApiAnswer::no_content())
}

/// Returns the user with the id in the path, if the caller can see them. A user sees only
/// themselves.
pub fn visible(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<UserId, Failure> {
    let id = id_in_path(call, "user").filter(|id| instance.users.get(*id).is_some());
    id.filter(|id| caller.user().is_none_or(|own| own == *id)).ok_or_else(Failure::not_found)
}

/// Returns the calling user.
fn current(caller: &Caller) -> Result<UserId, Failure> {
    caller.user().ok_or_else(Failure::forbidden)
}

/// Returns an answer that shows a user.
pub fn show_one(call: &Call<'_>, instance: &Instance, id: UserId) -> Result<ApiAnswer, Failure> {
    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &UserView::new(call, instance, user))
}

/// Changes name, password and profile. PUT requires name and password.
fn change_one(
    core: &Core,
    call: &Call<'_>,
    caller: &Caller,
    instance: &mut Instance,
    id: UserId,
) -> Result<ApiAnswer, Failure> {
    let mut input = Input::from_call(call)?;
    let (username, password) = read_credentials(&mut input);
    let profile = ObjectInput::read_profile(&mut input, caller, instance);
    let is_current = call.route.spec.name == "CurrentUser";
    if is_current && profile.is_some() && call.reproduces(Quirk::UserProfile500) {
        return Err(Failure::server_error());
    }
    input.finish()?;

    let user = instance.users.get(id).ok_or_else(Failure::not_found)?;
    let profile = drafted(profile, &user.profile, instance, core.source.now())?;
    username.as_ref().map_or(Ok(()), |username| check_name(instance, username, Some(id)))?;
    let profile = profile.map(|draft| draft.store(core, call, instance)).transpose()?;
    if let Some(username) = &username {
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

/// `POST /users/<id>/reset_key/`: replaces the user key; the old one becomes invalid. The body is
/// ignored.
pub fn reset_key(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let id = visible(call, caller, instance)?;
    instance.users.set_key(id, core.source.key(KeyKind::AccountOrUser)).ok_or_else(Failure::not_found)?;
    show_one(call, instance, id)
}
