//! The body of a request that changes an administrator.

use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;
use crate::world::Role;

/// Reads the new role. The default of PUT is `full`.
pub fn read_role(call: &Call<'_>) -> Result<Option<Role>, Failure> {
    let mut input = Input::from_call(call)?;
    let otherwise = if input.is_partial() { None } else { Some(Role::Full) };
    let role = input.role("role").or(otherwise);
    input.finish()?;
    Ok(role)
}
