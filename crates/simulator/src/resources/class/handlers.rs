//! Handlers of `/classes/`.

use http::StatusCode;

use super::input::{ClassInput, read_name};
use super::view::ClassView;
use crate::answer::{ApiAnswer, Failure};
use crate::api::Flag;
use crate::call::Call;
use crate::caller::Caller;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::input::Input;
use crate::paging::Paging;
use crate::python;
use crate::resources::object::input::check_revision;
use crate::resources::path::spelled_in_path;
use crate::resources::view::LinkBase;
use crate::world::{Class, ClassId, ClassPermission, Instance};

/// `GET /classes/`
pub fn list(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
    let classes = instance.classes.range(paging.range()).filter(|class| is_shown(call, caller, instance, class));
    let place = LinkBase::new(call, instance);
    let view = |class| ClassView { place, instance, class, spelled: class.name().to_owned(), is_migrating: false };
    let page = paging.page(call, classes, |class| class.id(), view);
    call.show(StatusCode::OK, &page)
}

/// `POST /classes/`
pub fn create(Changing { core, call, instance, .. }: Changing<'_>) -> HandlerResult {
    let mut input = Input::from_call(call)?;
    let name = read_name(&mut input);
    let read = ClassInput::read(&mut input, instance, None);
    input.finish()?;

    let name = name.ok_or_else(Failure::server_error)?;
    let class = instance.classes.add(&name, core.source.now()).map_err(|_| Failure::not_unique("name"))?;
    let change = read.apply(class);
    class.revision = 1;
    let id = class.id();
    show_one(call, instance, StatusCode::CREATED, id, name, change.is_migration)
}

/// `GET /classes/<name>/`
pub fn show(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let id = visible(call, caller, instance)?;
    show_one(call, instance, StatusCode::OK, id, spelled_in_path(call, "class"), false)
}

/// `PUT` and `PATCH /classes/<name>/`: PUT resets schema, metadata and permissions if missing.
/// Fields that are removed or change their type lose their values. The name cannot change.
pub fn change(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let id = visible(call, caller, instance)?;
    let class = instance.classes.get(id).ok_or_else(Failure::not_found)?;
    let mut input = Input::from_call(call)?;
    let read = ClassInput::read(&mut input, instance, Some(class));
    let expected_revision = input.whole_number("expected_revision");
    input.finish()?;

    check_revision(expected_revision.as_deref(), class.revision)?;
    let class = instance.classes.get_mut(id).ok_or_else(Failure::not_found)?;
    let change = read.apply(class);
    if change.is_any {
        class.updated_at = core.source.now();
    }
    show_one(call, instance, StatusCode::OK, id, spelled_in_path(call, "class"), change.is_migration)
}

/// `DELETE /classes/<name>/`: deletes a class with its objects. `user_profile` cannot be deleted.
pub fn delete(Changing { call, caller, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = visible(call, caller, instance)?;
    let holds_profiles = instance.classes.get(id).is_some_and(Class::holds_profiles);
    if holds_profiles {
        return Err(Failure::forbidden());
    }
    instance.remove_class(id);
    Ok(ApiAnswer::no_content())
}

/// Returns the class that is the parent in the path.
pub fn parent<'i>(call: &Call<'_>, instance: &'i Instance) -> Result<&'i Class, Failure> {
    instance.classes.named(call.route.param("class")).ok_or_else(|| Failure::missing("Class"))
}

/// Returns the class with the name in the path, if the caller can see it.
fn visible(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<ClassId, Failure> {
    let class = instance.classes.named(call.route.param("class"));
    let class = class.filter(|class| is_shown(call, caller, instance, class));
    class.map(Class::id).ok_or_else(Failure::not_found)
}

/// Returns whether the caller can see a class and its name matches `name__startswith`.
fn is_shown(call: &Call<'_>, caller: &Caller, instance: &Instance, class: &Class) -> bool {
    let prefix = call.query.get("name__startswith").map(python::strip).unwrap_or_default();
    let is_open = match caller {
        Caller::Anonymous => false,
        Caller::Account { .. } => true,
        Caller::Api { flags, user, .. } => {
            flags.has(Flag::IgnoreAcl) || instance.class_permission(class, *user) >= ClassPermission::Read
        }
    };
    is_open && class.name().starts_with(prefix)
}

fn show_one(
    call: &Call<'_>,
    instance: &Instance,
    status: StatusCode,
    id: ClassId,
    spelled: String,
    is_migrating: bool,
) -> Result<ApiAnswer, Failure> {
    let class = instance.classes.get(id).ok_or_else(Failure::not_found)?;
    call.show(status, &ClassView { place: LinkBase::new(call, instance), instance, class, spelled, is_migrating })
}
