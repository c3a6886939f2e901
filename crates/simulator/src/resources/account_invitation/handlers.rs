//! Handlers of `/account/invitations/`.

use http::StatusCode;

use super::acceptance::{OpenInvitation, accept_as, close, not_found};
use super::input::read_key;
use super::view::view;
use crate::answer::{ApiAnswer, Failure};
use crate::call::Call;
use crate::caller::Caller;
use crate::core::Core;
use crate::endpoints::{HandlerResult, Outside};
use crate::paging::Paging;
use crate::resources::path::{id_in_path, spelled_in_path};
use crate::world::{InstanceHandle, InstanceId, InvitationId, InvitationState, read};

/// `GET /account/invitations/`
pub fn list(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let account = caller.account().ok_or_else(Failure::forbidden)?;
    let paging = Paging::from_call(call)?;
    let open: Vec<(InvitationId, InstanceId)> =
        core.world.open_invitations().for_account(account).filter(|(id, _)| paging.covers(*id)).collect();
    let views = open.into_iter().filter_map(|(id, instance)| {
        let instance = core.world.instances().with_id(instance)?;
        Some((id, view(core, call, &read(&instance), id, id.to_string())?))
    });
    call.show(StatusCode::OK, &paging.page(call, views, |(id, _)| *id, |(_, view)| view))
}

/// `GET /account/invitations/<id>/`
pub fn show(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let (shared, id) = named(core, call, caller)?;
    let view = view(core, call, &read(&shared), id, spelled_in_path(call, "invitation"));
    call.show(StatusCode::OK, &view.ok_or_else(Failure::not_found)?)
}

/// `DELETE /account/invitations/<id>/`: declines an invitation. The instance still lists it, as
/// declined.
pub fn decline(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let account = caller.account().ok_or_else(Failure::forbidden)?;
    let (instance, id) = named(core, call, caller)?;
    OpenInvitation { instance, id }.open(|open| {
        let (instance, id) = open.ok_or_else(Failure::not_found)?;
        close(core, instance, id, InvitationState::Declined, account);
        Ok(ApiAnswer::no_content())
    })
}

/// `POST /account/invitations/accept/ {"invitation_key"}`: accepts an invitation. Any account with
/// the key may accept it.
pub fn accept(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let account = caller.account().ok_or_else(Failure::forbidden)?;
    let found = read_key(call)?.and_then(|key| OpenInvitation::with_key(core, &key)).ok_or_else(not_found)?;
    found.open(|open| {
        let (instance, id) = open.ok_or_else(not_found)?;
        accept_as(core, instance, id, account);
        Ok(ApiAnswer::no_content())
    })
}

/// Returns the caller's open invitation with the id in the path.
fn named(core: &Core, call: &Call<'_>, caller: &Caller) -> Result<(InstanceHandle, InvitationId), Failure> {
    let account = caller.account().ok_or_else(Failure::forbidden)?;
    let wanted = id_in_path(call, "invitation").ok_or_else(Failure::not_found)?;
    let instance = core.world.open_invitations().instance_of(account, wanted).ok_or_else(Failure::not_found)?;
    let instance = core.world.instances().with_id(instance).ok_or_else(Failure::not_found)?;
    Ok((instance, wanted))
}
