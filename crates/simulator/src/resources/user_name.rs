//! Names and passwords of users: what they may be.

use crate::answer::Failure;
use crate::input::Input;
use crate::members::Member;
use crate::world::{Instance, UserId};

pub const USERNAME: Member = Member::required("string", "Username").max(64);
pub const PASSWORD: Member = Member::required("string", "Password").max(128).hashed();

/// Reads name and password. POST and PUT need both.
pub fn read(input: &mut Input<'_>) -> (Option<String>, Option<String>) {
    (input.text("username", USERNAME), input.text("password", PASSWORD))
}

/// Checks that nobody but that user has the name.
pub fn check(instance: &Instance, name: &str, id: Option<UserId>) -> Result<(), Failure> {
    if instance.users.name_is_taken(name, id) { Err(Failure::not_unique("username")) } else { Ok(()) }
}
