//! Invitations to administer an instance.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::Key;
use crate::resources::administrator::storage::Role;
use crate::world::ids::{AccountId, InstanceId, InvitationId};

/// An invitation.
#[derive(Clone)]
pub struct Invitation {
    pub id: InvitationId,
    /// In lower case.
    pub email: String,
    pub role: Role,
    pub key: Key,
    pub inviter: AccountId,
    /// Whom it is for: the account that had the e-mail when the invitation was made, or that accepted it.
    pub invitee: Option<AccountId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub state: InvitationState,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    New,
    Declined,
    Accepted,
}

/// The invitations of one instance, found by id and e-mail.
#[derive(Default)]
pub struct Invitations {
    by_id: BTreeMap<InvitationId, Invitation>,
    by_email: HashMap<String, InvitationId>,
}

/// Where the open invitations of all instances are.
#[derive(Default)]
pub struct OpenInvitations {
    by_key: HashMap<Key, (InstanceId, InvitationId)>,
    by_invitee: HashMap<AccountId, BTreeMap<InvitationId, InstanceId>>,
}

impl InvitationState {
    /// As it stands in an answer.
    pub fn name(self) -> &'static str {
        match self {
            InvitationState::New => "new",
            InvitationState::Declined => "declined",
            InvitationState::Accepted => "accepted",
        }
    }
}

impl Invitation {
    /// Whether nobody has accepted or declined it yet.
    pub fn is_open(&self) -> bool {
        self.state == InvitationState::New
    }
}

impl Invitations {
    pub fn get(&self, id: InvitationId) -> Option<&Invitation> {
        self.by_id.get(&id)
    }

    /// The invitation, to change anything but its e-mail and its key.
    pub fn get_mut(&mut self, id: InvitationId) -> Option<&mut Invitation> {
        self.by_id.get_mut(&id)
    }

    /// The invitation of an e-mail, which has to be in lower case.
    pub fn with_email(&self, email: &str) -> Option<&Invitation> {
        self.get(*self.by_email.get(email)?)
    }

    /// The invitations with ids in that range, in order of ids.
    pub fn range(
        &self,
        ids: (Bound<InvitationId>, Bound<InvitationId>),
    ) -> impl DoubleEndedIterator<Item = &Invitation> {
        self.by_id.range(ids).map(|(_, invitation)| invitation)
    }

    /// Adds an invitation. One that the same e-mail had before ends.
    pub fn add(&mut self, invitation: Invitation) {
        if let Some(before) = self.by_email.insert(invitation.email.clone(), invitation.id) {
            self.by_id.remove(&before);
        }
        self.by_id.insert(invitation.id, invitation);
    }

    pub fn remove(&mut self, id: InvitationId) -> Option<Invitation> {
        let invitation = self.by_id.remove(&id)?;
        self.by_email.remove(&invitation.email);
        Some(invitation)
    }
}

impl OpenInvitations {
    /// The instance and the id of the invitation with that key.
    pub fn with_key(&self, key: &Key) -> Option<(InstanceId, InvitationId)> {
        self.by_key.get(key).copied()
    }

    /// What an account is invited to, in order of ids.
    pub fn of(&self, account: AccountId) -> impl Iterator<Item = (InvitationId, InstanceId)> {
        self.by_invitee.get(&account).into_iter().flatten().map(|(id, instance)| (*id, *instance))
    }

    /// The instance that an account is invited to by that invitation.
    pub fn instance_of(&self, account: AccountId, id: InvitationId) -> Option<InstanceId> {
        self.by_invitee.get(&account)?.get(&id).copied()
    }

    /// Notes an invitation of an instance.
    pub fn add(&mut self, instance: InstanceId, invitation: &Invitation) {
        self.by_key.insert(invitation.key, (instance, invitation.id));
        if let Some(invitee) = invitation.invitee {
            self.by_invitee.entry(invitee).or_default().insert(invitation.id, instance);
        }
    }

    /// Forgets an invitation, which still has to name the invitee it was noted with.
    pub fn remove(&mut self, invitation: &Invitation) {
        self.by_key.remove(&invitation.key);
        let Some(invitee) = invitation.invitee else { return };
        if let Some(invitations) = self.by_invitee.get_mut(&invitee) {
            invitations.remove(&invitation.id);
        }
    }
}
