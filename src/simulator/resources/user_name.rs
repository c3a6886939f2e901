//! Names and passwords of users: what they may be, and how they change.

use http::Method;
use serde_json::json;

use super::user::UserView;
use crate::simulator::answer::{Errors, Failure};
use crate::simulator::input::{Input, REQUIRED, Text};
use crate::simulator::transport::Call;
use crate::simulator::variation::Variation;
use crate::simulator::world::{Instance, UserId};

pub const USERNAME: Text = Text { required: true, blank: false, max: Some(64), hashed: false };
pub const PASSWORD: Text = Text { required: true, blank: false, max: Some(128), hashed: true };

/// Reads name and password. POST and PUT need both.
pub fn read(call: &Call<'_>, input: &mut Input<'_>) -> (Option<String>, Option<String>) {
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
    read(call, &mut input);
    input.finish()
}

/// Checks that nobody but that user has the name.
pub fn check(call: &Call<'_>, instance: &Instance, name: &str, id: Option<UserId>) -> Result<(), Failure> {
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

/// Gives a user another name, which has been checked.
pub fn rename(call: &Call<'_>, instance: &mut Instance, id: UserId, name: &str) {
    if call.deviates(Variation::NameChangeLost) {
        return;
    }
    if call.deviates(Variation::OldNameLogsIn)
        && let Some(user) = instance.users.get(id)
    {
        instance.stale.names.insert(user.name().into(), id);
    }
    if call.deviates(Variation::KeysFollowNames)
        && let Some(user) = instance.users.get(id)
    {
        instance.stale.keys_of_names.insert(user.name().into(), user.key());
        if let Some(key) = instance.stale.keys_of_names.remove(name.to_lowercase().as_str()) {
            instance.users.set_key(id, key);
        }
    }
    instance.users.rename(id, name);
}

/// Gives a user another password, if there is one.
pub fn set_password(call: &Call<'_>, instance: &mut Instance, id: UserId, password: Option<String>) {
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
