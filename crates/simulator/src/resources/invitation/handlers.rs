//! Handlers of `/invitations/`.

use http::StatusCode;

use super::input::NewInvitation;
use super::view::InvitationView;
use crate::answer::{ApiAnswer, Failure};
use crate::api::KeyKind;
use crate::call::Call;
use crate::core::Core;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::paging::Paging;
use crate::resources::administrator::input::read_role;
use crate::resources::path::{id_in_path, spelled_in_path};
use crate::world::{Instance, Invitation, InvitationId, InvitationState};

/// `GET /invitations/`
pub fn list(Reading { core, call, instance, .. }: Reading<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
    let accounts = core.world.accounts();
    let page = paging.page(
        call,
        instance.invitations.range(paging.range()),
        |invitation| invitation.id,
        |invitation| InvitationView::new(call, instance, &accounts, invitation, invitation.id.to_string()),
    );
    call.show(StatusCode::OK, &page)
}

/// `POST /invitations/ {"email", "role"}`: creates an invitation; the default role is `full`.
pub fn create(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let inviter = caller.account().ok_or_else(Failure::forbidden)?;
    let NewInvitation { email, role } = NewInvitation::read(call)?;
    let address = email.to_lowercase();
    let invitee = core.world.accounts().with_email(&address).map(|account| account.id());
    if invitee.is_some_and(|invitee| instance.role_of(invitee).is_some()) {
        let reason = "Admin with specified Email is already a part of this Instance.";
        return Err(Failure::rejected_member("email", reason));
    }
    if instance.invitations.with_email(&address).is_some_and(Invitation::is_open) {
        return Err(Failure::bad_request("Admin with specified Email already has an invitation created."));
    }
    let now = core.source.now();
    let invitation = Invitation {
        id: core.world.next_invitation_id(),
        email: address,
        role,
        key: core.source.key(KeyKind::AccountOrUser),
        inviter,
        invitee,
        created_at: now,
        updated_at: now,
        state: InvitationState::New,
    };
    let id = invitation.id;
    core.world.open_invitations_mut().add(instance.id(), &invitation);
    instance.invitations.add(invitation);

    let accounts = core.world.accounts();
    let invitation = instance.invitations.get(id).ok_or_else(Failure::not_found)?;
    let view = InvitationView::new(call, instance, &accounts, invitation, id.to_string());
    call.show(StatusCode::CREATED, &view.typed(&email))
}

/// `GET /invitations/<id>/`
pub fn show(Reading { core, call, instance, .. }: Reading<'_>) -> HandlerResult {
    show_one(core, call, instance, named(call, instance)?)
}

/// `PUT` and `PATCH /invitations/<id>/`: change the role; the default of PUT is `full`. The e-mail
/// cannot change.
pub fn change(Changing { core, call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    let role = read_role(call)?;
    if let Some(invitation) = instance.invitations.get_mut(id) {
        invitation.role = role.unwrap_or(invitation.role);
        invitation.updated_at = core.source.now();
    }
    show_one(core, call, instance, id)
}

/// `DELETE /invitations/<id>/`: deletes an invitation. If it was accepted, the administrator stays.
pub fn delete(Changing { core, call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    if let Some(invitation) = instance.invitations.remove(id) {
        core.world.open_invitations_mut().remove(&invitation);
    }
    Ok(ApiAnswer::no_content())
}

/// `POST /invitations/<id>/resend/`: the platform sends the e-mail again; the simulator sends none.
pub fn resend(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    named(call, instance)?;
    Ok(ApiAnswer::no_content())
}

/// Returns the invitation with the id in the path.
fn named(call: &Call<'_>, instance: &Instance) -> Result<InvitationId, Failure> {
    let id = id_in_path(call, "invitation").filter(|id| instance.invitations.get(*id).is_some());
    id.ok_or_else(Failure::not_found)
}

fn show_one(core: &Core, call: &Call<'_>, instance: &Instance, id: InvitationId) -> Result<ApiAnswer, Failure> {
    let accounts = core.world.accounts();
    let invitation = instance.invitations.get(id).ok_or_else(Failure::not_found)?;
    let spelled = spelled_in_path(call, "invitation");
    call.show(StatusCode::OK, &InvitationView::new(call, instance, &accounts, invitation, spelled))
}
