//! The view of an invitation for administrators of the instance.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::call::Call;
use crate::resources::view::{LinkBase, Links, ShownKey, Time};
use crate::world::{Accounts, Instance, Invitation};

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

/// An invitation in an answer; its links repeat the id as written in the path.
pub struct InvitationView<'a> {
    place: LinkBase<'a>,
    invitation: &'a Invitation,
    /// The e-mail address as sent in this request, if any.
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
        let place = LinkBase::new(call, instance);
        InvitationView { place, invitation, email: None, inviter: inviter(accounts, invitation), spelled }
    }

    /// Shows the e-mail address as sent.
    pub fn typed(self, email: &'a str) -> InvitationView<'a> {
        InvitationView { email: Some(email), ..self }
    }
}

/// Returns the e-mail address of the inviter.
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
        map.serialize_entry("key", &ShownKey(invitation.key))?;
        map.serialize_entry("inviter", self.inviter)?;
        map.serialize_entry("created_at", &Time(invitation.created_at))?;
        map.serialize_entry("updated_at", &Time(invitation.updated_at))?;
        map.serialize_entry("state", invitation.state.name())?;
        let own = format_args!("{}/invitations/{}/", self.place, self.spelled);
        map.serialize_entry("links", &Links { own, below: &[("resend", "resend/")] })?;
        map.end()
    }
}
