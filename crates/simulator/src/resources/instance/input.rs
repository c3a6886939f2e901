//! The bodies of requests on instances: creation, changes, renaming.

use serde_json::{Map, Value};

use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;
use crate::members::{DESCRIPTION, Member};
use crate::wording::instance_name_errors;
use crate::world::Instance;

pub const NAME: Member = Member::required("string", "Name").min(5);
pub const NEW_NAME: Member = Member::required("string", "New name");

/// The body of a creation.
pub struct NewInstance {
    /// The name in lower case.
    pub name: String,
    pub description: String,
    pub metadata: Map<String, Value>,
}

/// The body of a change. Missing or unchanged members are `None`.
pub struct InstanceChange {
    pub description: Option<String>,
    pub metadata: Option<Map<String, Value>>,
}

impl NewInstance {
    pub fn read(call: &Call<'_>) -> Result<NewInstance, Failure> {
        let mut input = Input::from_call(call)?;
        let name = input.text("name", NAME).map(|name| name.to_lowercase());
        for reason in name.as_deref().map(instance_name_errors).unwrap_or_default() {
            input.reject("name", reason);
        }
        let description = input.text("description", DESCRIPTION).unwrap_or_default();
        let metadata = input.metadata("metadata").unwrap_or_default();
        input.finish()?;
        Ok(NewInstance { name: name.ok_or_else(Failure::server_error)?, description, metadata })
    }
}

impl InstanceChange {
    pub fn read(call: &Call<'_>, instance: &Instance) -> Result<InstanceChange, Failure> {
        let mut input = Input::from_call(call)?;
        let description = input.text("description", DESCRIPTION).filter(|text| *text != instance.description);
        let metadata = input.metadata("metadata").filter(|members| *members != instance.metadata);
        input.finish()?;
        Ok(InstanceChange { description, metadata })
    }
}

/// Reads the new name of an instance: as sent, and in lower case.
pub fn read_new_name(call: &Call<'_>) -> Result<(String, String), Failure> {
    let mut input = Input::from_call(call)?;
    let typed = input.text_never_null("new_name", NEW_NAME);
    let name = typed.as_deref().map(|typed| typed.to_lowercase());
    for reason in name.as_deref().map(instance_name_errors).unwrap_or_default() {
        input.reject("new_name", reason);
    }
    input.finish()?;
    typed.zip(name).ok_or_else(Failure::server_error)
}
