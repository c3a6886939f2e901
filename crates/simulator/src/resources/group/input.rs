//! The body of a request that creates or changes a group.

use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;
use crate::members::{self, Member};
use crate::wording::group_name_errors;
use crate::world::{GroupId, Instance};

pub const NAME: Member = Member::optional("string", "Name").not_blank();
pub const LABEL: Member = Member::optional("string", "Label").max(64);
pub const DESCRIPTION: Member = members::DESCRIPTION;

/// The body of a request on a group. Missing members are `None`.
pub struct GroupInput {
    pub name: Option<Option<String>>,
    pub label: Option<String>,
    pub description: Option<String>,
}

impl GroupInput {
    pub fn read(call: &Call<'_>, instance: &Instance, id: Option<GroupId>) -> Result<GroupInput, Failure> {
        let mut input = Input::from_call(call)?;
        let name = input.nullable_text("name", NAME).map(|name| name.map(|name| name.to_lowercase()));
        // Only the name has a default value, to which PUT resets it.
        let name = if input.is_partial() { name } else { name.or(Some(None)) };
        if let Some(Some(name)) = &name {
            if instance.groups.name_is_taken(name, id) {
                input.reject("name", "This field must be unique.");
            }
            for reason in group_name_errors(name) {
                input.reject("name", reason);
            }
        }
        let label = input.text("label", LABEL);
        let description = input.text("description", DESCRIPTION);
        input.finish()?;
        Ok(GroupInput { name, label, description })
    }
}
