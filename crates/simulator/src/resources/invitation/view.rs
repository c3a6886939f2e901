//! An invitation as the administrators of the instance see it.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::call::Call;
use crate::resources::view::{Place, Shown, Time};
use crate::world::{Accounts, Instance, Invitation};
use serde_json::json;

/// The schema of an invitation.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("Invitation", || {
    closed(
        json!({
            "id": schema("Id"),
            "email": { "type": "string" },
            "role": schema("Role"),
            "key": schema("Key"),
            "inviter": { "type": "string" },
            "created_at": schema("Time"),
            "updated_at": schema("Time"),
            "state": { "enum": ["new", "accepted", "declined"] },
            "links": links(&["self", "resend"], &[]),
        }),
        &[],
    )
});

/// An invitation as it is shown; its links spell the id as the path did.
pub struct InvitationView<'a> {
    place: Place<'a>,
    invitation: &'a Invitation,
    /// The e-mail as it was typed just now, if it was.
    email: Option<&'a str>,
    inviter: &'a str,
    spelled: String,
}

impl<'a> InvitationView<'a> {
    pub fn new(
        call: &Call<'_>,
        instance: &'a Instance,
        accounts: &'a Accounts,
        invitation: &'a Invitation,
        spelled: String,
    ) -> InvitationView<'a> {
        let place = Place::of(call, instance);
        InvitationView { place, invitation, email: None, inviter: inviter(accounts, invitation), spelled }
    }

    /// With the e-mail as it was typed just now.
    pub fn typed(self, email: &'a str) -> InvitationView<'a> {
        InvitationView { email: Some(email), ..self }
    }
}

/// The e-mail of who invites.
pub fn inviter<'a>(accounts: &'a Accounts, invitation: &Invitation) -> &'a str {
    accounts.get(invitation.inviter).map(|account| account.email()).unwrap_or_default()
}

impl Serialize for InvitationView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let invitation = self.invitation;
        let mut map = serializer.serialize_map(Some(9))?;
        map.serialize_entry("id", &invitation.id)?;
        map.serialize_entry("email", self.email.unwrap_or(&invitation.email))?;
        map.serialize_entry("role", invitation.role.name())?;
        map.serialize_entry("key", &Shown(invitation.key))?;
        map.serialize_entry("inviter", self.inviter)?;
        map.serialize_entry("created_at", &Time(invitation.created_at))?;
        map.serialize_entry("updated_at", &Time(invitation.updated_at))?;
        map.serialize_entry("state", invitation.state.name())?;
        map.serialize_entry("links", &Links { place: self.place, id: &self.spelled })?;
        map.end()
    }
}

struct Links<'a> {
    place: Place<'a>,
    id: &'a str,
}

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (place, id) = (self.place, self.id);
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("self", &format_args!("{place}/invitations/{id}/"))?;
        map.serialize_entry("resend", &format_args!("{place}/invitations/{id}/resend/"))?;
        map.end()
    }
}
