//! The bodies of requests that create, change or rename an instance.

use serde_json::{Map, Value};

use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;
use crate::members::{DESCRIPTION, Member};
use crate::wording::instance_name_errors;
use crate::world::Instance;

pub const NAME: Member = Member::required("string", "Name").min(5);
pub const NEW_NAME: Member = Member::required("string", "New name");

/// The body that creates an instance.
pub struct NewInstance {
    /// In lower case.
    pub name: String,
    pub description: String,
    pub metadata: Map<String, Value>,
}

/// The body that changes an instance. `None` where a member is left out or stays the same.
pub struct InstanceChange {
    pub description: Option<String>,
    pub metadata: Option<Map<String, Value>>,
}

impl NewInstance {
    pub fn read(call: &Call<'_>) -> Result<NewInstance, Failure> {
        let mut input = Input::of(call)?;
        let name = input.text("name", NAME).map(|name| name.to_lowercase());
        for reason in name.as_deref().map(instance_name_errors).unwrap_or_default() {
            input.refuse("name", reason);
        }
        let description = input.text("description", DESCRIPTION).unwrap_or_default();
        let metadata = input.metadata("metadata").unwrap_or_default();
        input.finish()?;
        Ok(NewInstance { name: name.ok_or_else(Failure::server_error)?, description, metadata })
    }
}

impl InstanceChange {
    pub fn read(call: &Call<'_>, instance: &Instance) -> Result<InstanceChange, Failure> {
        let mut input = Input::of(call)?;
        let description = input.text("description", DESCRIPTION).filter(|text| *text != instance.description);
        let metadata = input.metadata("metadata").filter(|members| *members != instance.metadata);
        input.finish()?;
        Ok(InstanceChange { description, metadata })
    }
}

/// Reads another name of an instance: as it was typed, and in lower case.
pub fn read_new_name(call: &Call<'_>) -> Result<(String, String), Failure> {
    let mut input = Input::of(call)?;
    let typed = input.text_never_null("new_name", NEW_NAME);
    let name = typed.as_deref().map(|typed| typed.to_lowercase());
    for reason in name.as_deref().map(instance_name_errors).unwrap_or_default() {
        input.refuse("new_name", reason);
    }
    input.finish()?;
    typed.zip(name).ok_or_else(Failure::server_error)
}
