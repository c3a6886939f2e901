//! User keys: how they are made, and how a reset puts another one in the place of one.

use super::user;
use crate::api::{Key, KeyKind};
use crate::simulator::Core;
use crate::simulator::answer::{Answer, Failure};
use crate::simulator::caller::Caller;
use crate::simulator::transport::Call;
use crate::simulator::variation::Variation;
use crate::simulator::world::{Instance, User, UserId};

/// `POST /users/<id>/reset_key/`: another user key; the old one ends. The body is not looked at.
pub fn reset(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance) -> Result<Answer, Failure> {
    let id = user::visible(call, caller, instance, Variation::ResetUnscoped)?;
    let id = if call.deviates(Variation::ResetOfTheFirstUser) { user::first(instance).unwrap_or(id) } else { id };
    let before = call.deviates(Variation::ResetReturnsOldKey).then(|| user::show_one(call, instance, id));
    let key = match instance.users.get(id) {
        Some(user) if call.deviates(Variation::ResetDoesNothing) => user.key(),
        _ if call.deviates(Variation::ResetGivesOneKeyTwice) => key_of(id),
        _ => new(core, call),
    };
    let old = instance.users.set_key(id, key).ok_or_else(Failure::not_found)?;
    let answer = before.unwrap_or_else(|| user::show_one(call, instance, id));
    if !call.variations.is_empty() {
        go_wrong(core, call, instance, (id, old));
    }
    answer
}

/// What deviations do once the user has another key than the old one.
fn go_wrong(core: &Core, call: &Call<'_>, instance: &mut Instance, (id, old): (UserId, Key)) {
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
        renew_all(core, call, instance, Some(id));
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
pub fn renew_all(core: &Core, call: &Call<'_>, instance: &mut Instance, but: Option<UserId>) {
    let everybody: Vec<UserId> = instance.users.all().map(User::id).collect();
    for id in everybody.into_iter().filter(|id| Some(*id) != but) {
        instance.users.set_key(id, new(core, call));
    }
}

/// A user key that nobody has seen before.
pub fn new(core: &Core, call: &Call<'_>) -> Key {
    let is_odd = call.deviates(Variation::UserKeysEndOdd);
    core.source.key(if is_odd { KeyKind::Api } else { KeyKind::AccountOrUser })
}

/// A key that is the same for the same user whenever one is made.
fn key_of(id: UserId) -> Key {
    let mut bytes = [0; Key::BYTES];
    bytes.iter_mut().zip(id.to_be_bytes()).for_each(|(byte, of_id)| *byte = of_id);
    Key::from_random(bytes, KeyKind::AccountOrUser)
}
