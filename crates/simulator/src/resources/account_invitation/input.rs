//! The body of a request that accepts an invitation.

use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;
use crate::members::Member;

pub const KEY: Member = Member::required("string", "Invitation key").max(40).hashed();

/// Reads the invitation key.
pub fn read_key(call: &Call<'_>) -> Result<Option<String>, Failure> {
    let mut input = Input::from_call(call)?;
    let key = input.text("invitation_key", KEY);
    input.finish()?;
    Ok(key)
}
