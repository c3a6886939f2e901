//! Handlers of `/admins/`.

use http::StatusCode;

use super::input::read_role;
use super::view::AdministratorView;
use crate::access::{self, Action};
use crate::answer::{ApiAnswer, Failure};
use crate::call::Call;
use crate::caller::Caller;
use crate::core::Core;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::paging::Paging;
use crate::resources::path::{id_in_path, spelled_in_path};
use crate::resources::view::LinkBase;
use crate::world::{AccountId, Administrator, Instance};

/// `GET /admins/`
pub fn list(Reading { core, call, instance, .. }: Reading<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
    let accounts = core.world.accounts();
    let place = LinkBase::new(call, instance);
    let known = instance.administrators.range(paging.range());
    let known = known.filter_map(|administrator| Some((administrator, accounts.get(administrator.account)?)));
    let view = |(administrator, account): (&Administrator, _)| AdministratorView {
        place,
        role: administrator.role,
        account,
        spelled: administrator.account.to_string(),
    };
    call.show(StatusCode::OK, &paging.page(call, known, |(administrator, _)| administrator.number, view))
}

/// `GET /admins/<id>/`
pub fn show(Reading { core, call, caller, instance }: Reading<'_>) -> HandlerResult {
    show_one(core, call, instance, named(call, caller, instance)?)
}

/// `PUT` and `PATCH /admins/<id>/`: change the role. The default of PUT is `full`.
pub fn change(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let id = named(call, caller, instance)?;
    if let Some(role) = read_role(call)? {
        instance.administrators.set_role(id, role);
    }
    show_one(core, call, instance, id)
}

/// `DELETE /admins/<id>/`: removes the administrator from the instance; the account stays.
pub fn delete(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let id = named(call, caller, instance)?;
    instance.administrators.dismiss(id);
    core.world.set_administers(id, instance.id(), false);
    Ok(ApiAnswer::no_content())
}

/// Returns the administrator with the id in the path, if the caller may perform the action on them.
fn named(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<AccountId, Failure> {
    let id = id_in_path(call, "admin").filter(|id| instance.role_of(*id).is_some()).ok_or_else(Failure::not_found)?;
    let action = Action::new(&call.method, call.route.spec.is_list());
    let may = access::may_change_administrator(caller, action, id, instance.owner);
    if may { Ok(id) } else { Err(Failure::forbidden()) }
}

fn show_one(core: &Core, call: &Call<'_>, instance: &Instance, id: AccountId) -> Result<ApiAnswer, Failure> {
    let role = instance.role_of(id).ok_or_else(Failure::not_found)?;
    let accounts = core.world.accounts();
    let account = accounts.get(id).ok_or_else(Failure::not_found)?;
    let view = AdministratorView {
        place: LinkBase::new(call, instance),
        role,
        account,
        spelled: spelled_in_path(call, "admin"),
    };
    call.show(StatusCode::OK, &view)
}
