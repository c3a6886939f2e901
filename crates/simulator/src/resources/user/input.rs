//! The body of a request on a user.

use jiff::Timestamp;

use crate::answer::{Errors, Failure};
use crate::call::Call;
use crate::core::Core;
use crate::input::Input;
use crate::members::Member;
use crate::quirks::Quirk;
use crate::resources::file::input::{NotStored, SentFiles};
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

/// A profile with the changes of a body, and the files to store with it.
pub struct Draft {
    profile: Object,
    files: SentFiles,
}

impl Draft {
    /// Stores the files of the profile and returns it.
    pub fn store(self, core: &Core, call: &Call<'_>, instance: &Instance) -> Result<Object, Failure> {
        let Draft { mut profile, files } = self;
        let stored = files.store(core, call, instance, instance.classes.user_profile(), &mut profile);
        stored.map_err(|reason| match reason {
            NotStored::Invalid(errors) if !call.reproduces(Quirk::FileUrlError) => in_profile(errors),
            reason => reason.into(),
        })?;
        Ok(profile)
    }
}

/// Returns 400 with errors of members of the profile.
fn in_profile(errors: Errors) -> Failure {
    Failure::invalid(&Errors::from_iter([("profile".to_owned(), errors.into())]))
}

/// Returns the profile with the changes of a body.
pub fn drafted(
    input: Option<ObjectInput>,
    present: &Object,
    instance: &Instance,
    now: Timestamp,
) -> Result<Option<Draft>, Failure> {
    let Some(mut input) = input else { return Ok(None) };
    let class = instance.classes.user_profile();
    let files = input.take_files();
    let profile = input.apply_to_profile(present, class, now);
    object::input::check(class, &profile.values, Some(present.id)).map_err(|rejected| in_profile(rejected.errors()))?;
    Ok(Some(Draft { profile, files }))
}
