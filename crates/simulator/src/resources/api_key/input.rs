//! The body of a request that creates or changes an API key.

use crate::answer::Failure;
use crate::api::Flag;
use crate::call::Call;
use crate::input::Input;
use crate::members::Member;
use crate::world::Flags;

pub const DESCRIPTION: Member = Member::optional("string", "description");

/// The body of a request on an API key.
pub struct ApiKeyInput {
    pub description: Option<String>,
    pub flags: Flags,
}

impl ApiKeyInput {
    /// Reads a body. Missing flags keep their value in PATCH and are off otherwise.
    pub fn read(call: &Call<'_>, before: Flags) -> Result<ApiKeyInput, Failure> {
        let mut input = Input::from_call(call)?;
        let description = input.text("description", DESCRIPTION);
        let mut flags = if input.is_partial() { before } else { Flags::default() };
        for flag in Flag::ALL {
            if let Some(on) = input.boolean(flag.name()) {
                flags = flags.with(flag, on);
            }
        }
        input.finish()?;
        Ok(ApiKeyInput { description, flags })
    }
}
