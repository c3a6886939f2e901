//! The body of a request on a user.

use jiff::Timestamp;

use crate::answer::{Errors, Failure};
use crate::input::Input;
use crate::members::Member;
use crate::resources::object;
use crate::resources::object::input::ObjectInput;
use crate::world::{Instance, Object, UserId};

pub const USERNAME: Member = Member::required("string", "Username").max(64);
pub const PASSWORD: Member = Member::required("string", "Password").max(128).hashed();

/// Reads username and password. POST and PUT require both.
pub fn read_credentials(input: &mut Input<'_>) -> (Option<String>, Option<String>) {
    (input.text("username", USERNAME), input.text("password", PASSWORD))
}

/// Checks that no user other than `id` has the name.
pub fn check_name(instance: &Instance, name: &str, id: Option<UserId>) -> Result<(), Failure> {
    if instance.users.name_is_taken(name, id) { Err(Failure::not_unique("username")) } else { Ok(()) }
}

/// Returns the profile with the changes of a body.
pub fn drafted(
    input: Option<ObjectInput>,
    present: &Object,
    instance: &Instance,
    now: Timestamp,
) -> Result<Option<Object>, Failure> {
    let Some(input) = input else { return Ok(None) };
    let class = instance.classes.user_profile();
    let profile = input.apply_to_profile(present, class, now);
    object::input::check(class, &profile.values, Some(present.id))
        .map_err(|rejected| Failure::invalid(&Errors::from_iter([("profile".to_owned(), rejected.errors().into())])))?;
    Ok(Some(profile))
}
