//! Handlers of `/instances/`.

use std::ops::Bound;

use http::StatusCode;

use super::input::{InstanceChange, NewInstance, read_new_name};
use super::view::{InstanceView, ROLE_OF_AN_APP};
use crate::access::{self, Action};
use crate::answer::{ApiAnswer, Failure};
use crate::call::Call;
use crate::caller::Caller;
use crate::core::Core;
use crate::endpoints::{HandlerResult, Outside};
use crate::paging::Paging;
use crate::python;
use crate::quirks::Quirk;
use crate::resources::path::spelled_in_path;
use crate::world::{AccountId, Instance, InstanceHandle, InstanceId, Instances, read, write};

/// `GET /instances/`
pub fn list(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
    let prefix = call.query.get("name__startswith").map(python::strip).unwrap_or_default();
    let instances = core.world.instances();
    let own: Vec<InstanceId> = match caller {
        Caller::Anonymous => Vec::new(),
        Caller::Account { id, .. } => core.world.administered_by(*id),
        Caller::Api { instance, .. } => vec![*instance],
    };
    let seen = own.into_iter().filter(|id| paging.covers(*id)).filter_map(|id| Some((id, instances.with_id(id)?)));
    let named = seen.filter(|(_, instance)| {
        let instance = read(instance);
        // The role may have been removed since the list of instances was read.
        let is_own = caller.account().is_none_or(|account| instance.role_of(account).is_some());
        is_own && instance.name().starts_with(prefix)
    });
    let named: Vec<(InstanceId, InstanceHandle)> = named.collect();
    let view = |(_, instance): (_, InstanceHandle)| InstanceView::new(core, call, caller, &read(&instance));
    call.show(StatusCode::OK, &paging.page(call, named.into_iter(), |(id, _)| *id, view))
}

/// `POST /instances/`: creates an instance, owned by the caller.
pub fn create(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let owner = caller.account().ok_or_else(Failure::forbidden)?;
    let NewInstance { name, description, metadata } = NewInstance::read(call)?;
    let mut instances = core.world.instances_mut();
    check_count(core, &instances, owner)?;
    let shared = instances.add(name, owner, core.source.now()).ok_or_else(|| Failure::not_unique("name"))?;
    let mut instance = write(&shared);
    core.world.set_administers(owner, instance.id(), true);
    instance.description = description;
    instance.metadata = metadata;
    let mut view = InstanceView::new(core, call, caller, &instance);
    if call.reproduces(Quirk::InstanceCreateRole) {
        view.role = ROLE_OF_AN_APP;
    }
    call.show(StatusCode::CREATED, &view)
}

/// Checks that an account may own another instance.
///
/// # Errors
///
/// 400 if it owns the maximum number already.
fn check_count(core: &Core, instances: &Instances, owner: AccountId) -> Result<(), Failure> {
    let Some(most) = core.limits.instances else { return Ok(()) };
    let administered = core.world.administered_by(owner).into_iter().filter_map(|id| instances.with_id(id));
    let owned = administered.filter(|instance| read(instance).owner == owner).count();
    if owned < most as usize {
        return Ok(());
    }
    Err(Failure::bad_request(format!("Instance count exceeded ({most}).")))
}

/// `GET /instances/<name>/`
pub fn show(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let shared = named(&core.world.instances(), call)?;
    let instance = read(&shared);
    admit(call, caller, &instance)?;
    call.show(StatusCode::OK, &view_as_spelled(core, call, caller, &instance))
}

/// `PUT` and `PATCH /instances/<name>/`: change description and metadata; missing members keep
/// their values.
pub fn change(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let shared = named(&core.world.instances(), call)?;
    let mut instance = write(&shared);
    admit(call, caller, &instance)?;
    let InstanceChange { description, metadata } = InstanceChange::read(call, &instance)?;
    if description.is_some() || metadata.is_some() {
        instance.updated_at = core.source.now();
    }
    instance.description = description.unwrap_or_else(|| std::mem::take(&mut instance.description));
    instance.metadata = metadata.unwrap_or_else(|| std::mem::take(&mut instance.metadata));
    call.show(StatusCode::OK, &view_as_spelled(core, call, caller, &instance))
}

/// `DELETE /instances/<name>/`: deletes an instance with all its data.
pub fn delete(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let mut instances = core.world.instances_mut();
    let shared = named(&instances, call)?;
    let mut instance = write(&shared);
    admit(call, caller, &instance)?;
    instances.remove(&mut instance);
    for key in instance.api_keys.keys() {
        core.world.set_home(key, None);
    }
    for account in instance.administrators.accounts() {
        core.world.set_administers(account, instance.id(), false);
    }
    let mut open = core.world.open_invitations_mut();
    for invitation in instance.invitations.range((Bound::Unbounded, Bound::Unbounded)) {
        open.remove(invitation);
    }
    Ok(ApiAnswer::no_content())
}

/// `POST /instances/<name>/rename/ {"new_name"}`: renames an instance; the answer shows the name as
/// sent.
pub fn rename(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let mut instances = core.world.instances_mut();
    let shared = named(&instances, call)?;
    let mut instance = write(&shared);
    admit(call, caller, &instance)?;
    let (typed, name) = read_new_name(call)?;
    if !instances.rename(&mut instance, name) {
        return Err(Failure::not_unique("new_name"));
    }
    let mut view = InstanceView::new(core, call, caller, &instance).spelled(typed.clone());
    view.name = typed;
    call.show(StatusCode::OK, &view)
}

/// Returns the instance with the name in the path.
fn named(instances: &Instances, call: &Call<'_>) -> Result<InstanceHandle, Failure> {
    let name = python::strip(call.route.param("instance")).to_lowercase();
    instances.named(&name).ok_or_else(Failure::not_found)
}

/// Checks that the caller can see the instance and may perform the action on it.
fn admit(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<(), Failure> {
    if instance.is_gone() {
        return Err(Failure::not_found());
    }
    match caller {
        Caller::Api { instance: own, .. } if *own == instance.id() => Ok(()),
        Caller::Api { .. } | Caller::Anonymous => Err(Failure::not_found()),
        Caller::Account { id, .. } => {
            let role = instance.role_of(*id).ok_or_else(Failure::not_found)?;
            let spec = call.route.spec;
            let action = Action::new(&call.method, spec.is_list());
            let may = access::may_change_instance(role, action, spec.name == "InstanceRename");
            if may { Ok(()) } else { Err(Failure::forbidden()) }
        }
    }
}

fn view_as_spelled(core: &Core, call: &Call<'_>, caller: &Caller, instance: &Instance) -> InstanceView {
    InstanceView::new(core, call, caller, instance).spelled(spelled_in_path(call, "instance"))
}
