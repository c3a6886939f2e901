//! Open invitations: finds them by key, accepts and closes them.

use crate::answer::Failure;
use crate::api::Key;
use crate::core::Core;
use crate::world::{AccountId, Instance, InstanceHandle, Invitation, InvitationId, InvitationState, write};

/// An open invitation, found by its key.
pub struct OpenInvitation {
    pub instance: InstanceHandle,
    pub id: InvitationId,
}

impl OpenInvitation {
    /// Returns the open invitation with that key. Unlike other keys, invitation keys are
    /// case-sensitive.
    pub fn with_key(core: &Core, key: &str) -> Option<OpenInvitation> {
        let known: Key = key.parse().ok().filter(|_| !key.bytes().any(|byte| byte.is_ascii_uppercase()))?;
        let (instance, id) = core.world.open_invitations().with_key(&known)?;
        let instance = core.world.instances().with_id(instance)?;
        Some(OpenInvitation { instance, id })
    }

    /// Locks the instance while `with` runs. `with` gets `None` if the invitation is no longer
    /// open.
    pub fn open<T>(&self, with: impl FnOnce(Option<(&mut Instance, InvitationId)>) -> T) -> T {
        let mut instance = write(&self.instance);
        let is_open = !instance.is_gone() && instance.invitations.get(self.id).is_some_and(Invitation::is_open);
        with(is_open.then_some((&mut instance, self.id)))
    }
}

/// Makes an account an administrator with the role of an invitation, and closes the invitation.
pub fn accept_as(core: &Core, instance: &mut Instance, id: InvitationId, account: AccountId) {
    let Some(role) = instance.invitations.get(id).map(|invitation| invitation.role) else { return };
    close(core, instance, id, InvitationState::Accepted, account);
    instance.administrators.admit(account, role);
    core.world.set_administers(account, instance.id(), true);
}

/// Closes an open invitation.
pub fn close(core: &Core, instance: &mut Instance, id: InvitationId, state: InvitationState, invitee: AccountId) {
    if let Some(invitation) = instance.invitations.get_mut(id) {
        core.world.open_invitations_mut().remove(invitation);
        invitation.state = state;
        invitation.invitee = Some(invitee);
        invitation.updated_at = core.source.now();
    }
}

/// 400 for an unknown invitation key.
pub fn not_found() -> Failure {
    Failure::rejected_member("invitation_key", "Invitation not found.")
}
