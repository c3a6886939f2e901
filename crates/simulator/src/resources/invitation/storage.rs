//! Storage of invitations.

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
    /// The e-mail address in lower case.
    pub email: String,
    pub role: Role,
    pub key: Key,
    pub inviter: AccountId,
    /// The account with the e-mail address when the invitation was created, or the account that
    /// accepted or declined it.
    pub invitee: Option<AccountId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub state: InvitationState,
}

/// The state of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    New,
    Declined,
    Accepted,
}

/// The invitations of one instance, indexed by id and e-mail.
#[derive(Default)]
pub struct Invitations {
    by_id: BTreeMap<InvitationId, Invitation>,
    by_email: HashMap<String, InvitationId>,
}

/// An index of the open invitations of all instances.
#[derive(Default)]
pub struct OpenInvitations {
    by_key: HashMap<Key, (InstanceId, InvitationId)>,
    by_invitee: HashMap<AccountId, BTreeMap<InvitationId, InstanceId>>,
}

impl InvitationState {
    /// Returns the name, as used in answers.
    pub fn name(self) -> &'static str {
        match self {
            InvitationState::New => "new",
            InvitationState::Declined => "declined",
            InvitationState::Accepted => "accepted",
        }
    }
}

impl Invitation {
    /// Returns whether it is neither accepted nor declined.
    pub fn is_open(&self) -> bool {
        self.state == InvitationState::New
    }
}

impl Invitations {
    pub fn get(&self, id: InvitationId) -> Option<&Invitation> {
        self.by_id.get(&id)
    }

    /// Returns the invitation for changes of members other than e-mail and key.
    pub fn get_mut(&mut self, id: InvitationId) -> Option<&mut Invitation> {
        self.by_id.get_mut(&id)
    }

    /// Returns the invitation with an e-mail address in lower case.
    pub fn with_email(&self, email: &str) -> Option<&Invitation> {
        self.get(*self.by_email.get(email)?)
    }

    /// Returns the invitations with ids in a range, sorted by id.
    pub fn range(
        &self,
        ids: (Bound<InvitationId>, Bound<InvitationId>),
    ) -> impl DoubleEndedIterator<Item = &Invitation> {
        self.by_id.range(ids).map(|(_, invitation)| invitation)
    }

    /// Adds an invitation. It replaces an older one with the same e-mail address.
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
    /// Returns the instance and the id of the open invitation with that key.
    pub fn with_key(&self, key: &Key) -> Option<(InstanceId, InvitationId)> {
        self.by_key.get(key).copied()
    }

    /// Returns the open invitations of an account, sorted by id.
    pub fn for_account(&self, account: AccountId) -> impl Iterator<Item = (InvitationId, InstanceId)> {
        self.by_invitee.get(&account).into_iter().flatten().map(|(id, instance)| (*id, *instance))
    }

    /// Returns the instance of an account's open invitation.
    pub fn instance_of(&self, account: AccountId, id: InvitationId) -> Option<InstanceId> {
        self.by_invitee.get(&account)?.get(&id).copied()
    }

    /// Adds an invitation.
    pub fn add(&mut self, instance: InstanceId, invitation: &Invitation) {
        self.by_key.insert(invitation.key, (instance, invitation.id));
        if let Some(invitee) = invitation.invitee {
            self.by_invitee.entry(invitee).or_default().insert(invitation.id, instance);
        }
    }

    /// Removes an invitation. Its invitee must be the one with which it was added.
    pub fn remove(&mut self, invitation: &Invitation) {
        self.by_key.remove(&invitation.key);
        let Some(invitee) = invitation.invitee else { return };
        if let Some(invitations) = self.by_invitee.get_mut(&invitee) {
            invitations.remove(&invitation.id);
        }
    }
}
