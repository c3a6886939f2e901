//! The view of an invitation for the invited account.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::api::Version;
use crate::call::Call;
use crate::core::Core;
use crate::resources::invitation::view::inviter;
use crate::resources::view::{ShownKey, Time};
use crate::world::{Instance, Invitation, InvitationId};

/// The schema of an invitation.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("OwnInvitation", || {
    closed(
        json!({
            "id": schema("Id"),
            "email": { "type": "string" },
            "role": schema("Role"),
            "key": schema("Key"),
            "instance": { "type": "string" },
            "inviter": { "type": "string" },
            "created_at": schema("Time"),
            "updated_at": schema("Time"),
            "state": { "const": "new" },
            "links": links(&["self", "instance"], &[]),
        }),
        &[],
    )
});

/// An invitation in an answer, copied so that its instance is not locked.
pub struct AccountInvitationView {
    version: Version,
    invitation: Invitation,
    instance: String,
    inviter: String,
    /// The id in links, written as in the path.
    spelled: String,
}

pub fn view(
    core: &Core,
    call: &Call<'_>,
    instance: &Instance,
    id: InvitationId,
    spelled: String,
) -> Option<AccountInvitationView> {
    let invitation = instance.invitations.get(id).filter(|invitation| invitation.is_open())?;
    Some(AccountInvitationView {
        version: call.route.version,
        invitation: invitation.clone(),
        instance: instance.name().to_owned(),
        inviter: inviter(&core.world.accounts(), invitation).to_owned(),
        spelled,
    })
}

impl Serialize for AccountInvitationView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let invitation = &self.invitation;
        let mut map = serializer.serialize_map(Some(10))?;
        map.serialize_entry("id", &invitation.id)?;
        map.serialize_entry("email", &invitation.email)?;
        map.serialize_entry("role", invitation.role.name())?;
        map.serialize_entry("key", &ShownKey(invitation.key))?;
        map.serialize_entry("instance", &self.instance)?;
        map.serialize_entry("inviter", &self.inviter)?;
        map.serialize_entry("created_at", &Time(invitation.created_at))?;
        map.serialize_entry("updated_at", &Time(invitation.updated_at))?;
        map.serialize_entry("state", invitation.state.name())?;
        map.serialize_entry("links", &AccountInvitationLinks(self))?;
        map.end()
    }
}

struct AccountInvitationLinks<'a>(&'a AccountInvitationView);

impl Serialize for AccountInvitationLinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let AccountInvitationView { version, instance, spelled, .. } = self.0;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("self", &format_args!("/{version}/account/invitations/{spelled}/"))?;
        map.serialize_entry("instance", &format_args!("/{version}/instances/{instance}/"))?;
        map.end()
    }
}
