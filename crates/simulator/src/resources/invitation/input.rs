//! The bodies of requests on invitations.

use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;
use crate::members::Member;
use crate::resources::account::input::read_email;
use crate::world::Role;

pub const EMAIL: Member = Member::required("email", "Email").max(254);

/// The body of a creation.
pub struct NewInvitation {
    /// The e-mail address as sent, with its case.
    pub email: String,
    pub role: Role,
}

impl NewInvitation {
    /// Reads a body. The default role is `full`.
    pub fn read(call: &Call<'_>) -> Result<NewInvitation, Failure> {
        let mut input = Input::from_call(call)?;
        let email = read_email(&mut input, EMAIL);
        let role = input.role("role").unwrap_or(Role::Full);
        input.finish()?;
        Ok(NewInvitation { email: email.ok_or_else(Failure::server_error)?, role })
    }
}
