//! Invitations as those who are invited see them: `{id, email, role, key, instance, inviter, created_at, updated_at, state,
//! links}`, the open ones alone. Who accepts one becomes an administrator of its instance.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::invitation::view::inviter;
use super::path::{id_in_path, spelled_in_path};
use super::view::{Shown, Time};
use crate::Core;
use crate::access::any_account;
use crate::answer::{Answer, Failure};
use crate::api::{Key, Version};
use crate::caller::Caller;
use crate::endpoints::{Form, Handler, Outside, Reply, Row, Success, delete, get, post};
use crate::input::Input;
use crate::members::Member;
use crate::paging::Paging;
use crate::transport::Call;
use crate::world::{
    AccountId, Instance, InstanceId, Invitation, InvitationId, InvitationState, SharedInstance, read, write,
};

const KEY: Member = Member::required("string", "Invitation key").max(40).hashed();
const TEXT: &str = "API endpoint for admin invitations";

/// The endpoints of the invitations of an account.
pub static ROWS: &[Row] = &[
    Row {
        title: "Admin Invitation List",
        text: TEXT,
        form: Form::ListOnly,
        operations: &[get("Lists what the account is invited to", Handler::Outside(list))],
        selects: false,
        tag: "account",
        shows: "OwnInvitation",
        ..Row::list("AccountInvitations", "/{version}/account/invitations/", any_account)
    },
    Row {
        title: "Admin Invitation Instance",
        text: TEXT,
        operations: &[
            get("One of the invitations of the account", Handler::Outside(show)),
            delete("Declines an invitation", Handler::Outside(decline)),
        ],
        selects: false,
        tag: "account",
        shows: "OwnInvitation",
        ..Row::item("AccountInvitation", "/{version}/account/invitations/{invitation}/", "invitation", any_account)
    },
    Row {
        title: "Admin Invitation",
        text: TEXT,
        takes: Some(("POST", |_| &[("invitation_key", KEY)])),
        operations: &[post("Accepts an invitation: the account becomes an administrator", Handler::Outside(accept))
            .success(Success::Nothing)],
        tag: "account",
        ..Row::single("AcceptInvitation", "/{version}/account/invitations/accept/", any_account)
    },
];

/// An invitation as it is shown, apart from the lock of its instance.
struct InvitationView {
    version: Version,
    invitation: Invitation,
    instance: String,
    inviter: String,
    /// The id as the links spell it.
    spelled: String,
}

/// An open invitation that somebody holds the key of.
pub struct Found {
    instance: SharedInstance,
    id: InvitationId,
}

impl Found {
    /// The open invitation with that key, which counts as it is written, if there is one.
    pub fn with_key(core: &Core, key: &str) -> Option<Found> {
        let known: Key = key.parse().ok().filter(|_| !key.bytes().any(|byte| byte.is_ascii_uppercase()))?;
        let (instance, id) = core.world.open_invitations().with_key(&known)?;
        let instance = core.world.instances().with_id(instance)?;
        Some(Found { instance, id })
    }

    /// Locks the instance for as long as `with` runs, and hands it over if the invitation is still open.
    pub fn open<T>(&self, with: impl FnOnce(Option<(&mut Instance, InvitationId)>) -> T) -> T {
        let mut instance = write(&self.instance);
        let is_open = !instance.is_gone() && instance.invitations.get(self.id).is_some_and(Invitation::is_open);
        with(is_open.then_some((&mut instance, self.id)))
    }
}

/// Makes an account the administrator that an invitation asks for.
pub fn accept_as(core: &Core, instance: &mut Instance, id: InvitationId, account: AccountId) {
    let Some(role) = instance.invitations.get(id).map(|invitation| invitation.role) else { return };
    close(core, instance, id, InvitationState::Accepted, account);
    instance.administrators.admit(account, role);
    core.world.set_administers(account, instance.id(), true);
}

/// 400 for a key that opens nothing.
pub fn not_found() -> Failure {
    Failure::refused_member("invitation_key", "Invitation not found.")
}

/// `GET /account/invitations/`
pub fn list(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let account = caller.account().ok_or_else(Failure::forbidden)?;
    let paging = Paging::of(call)?;
    let open: Vec<(InvitationId, InstanceId)> =
        core.world.open_invitations().of(account).filter(|(id, _)| paging.covers(*id)).collect();
    let views = open.into_iter().filter_map(|(id, instance)| {
        let instance = core.world.instances().with_id(instance)?;
        Some((id, view(core, call, &read(&instance), id, id.to_string())?))
    });
    call.show(StatusCode::OK, &paging.page(call, views, |(id, _)| *id, |(_, view)| view))
}

/// `GET /account/invitations/<id>/`
pub fn show(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let (shared, id) = named(core, call, caller)?;
    let view = view(core, call, &read(&shared), id, spelled_in_path(call, "invitation"));
    call.show(StatusCode::OK, &view.ok_or_else(Failure::not_found)?)
}

/// `DELETE /account/invitations/<id>/`: declines it. The instance keeps it as declined.
pub fn decline(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let account = caller.account().ok_or_else(Failure::forbidden)?;
    let (instance, id) = named(core, call, caller)?;
    Found { instance, id }.open(|open| {
        let (instance, id) = open.ok_or_else(Failure::not_found)?;
        close(core, instance, id, InvitationState::Declined, account);
        Ok(Answer::no_content())
    })
}

/// `POST /account/invitations/accept/ {"invitation_key"}`: whoever has the key may accept.
pub fn accept(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let account = caller.account().ok_or_else(Failure::forbidden)?;
    let mut input = Input::of(call)?;
    let key = input.text("invitation_key", KEY);
    input.finish()?;
    let found = key.and_then(|key| Found::with_key(core, &key)).ok_or_else(not_found)?;
    found.open(|open| {
        let (instance, id) = open.ok_or_else(not_found)?;
        accept_as(core, instance, id, account);
        Ok(Answer::no_content())
    })
}

/// Ends an open invitation.
fn close(core: &Core, instance: &mut Instance, id: InvitationId, state: InvitationState, invitee: AccountId) {
    if let Some(invitation) = instance.invitations.get_mut(id) {
        core.world.open_invitations_mut().remove(invitation);
        invitation.state = state;
        invitation.invitee = Some(invitee);
        invitation.updated_at = core.source.now();
    }
}

/// The open invitation of the caller that the path names.
fn named(core: &Core, call: &Call<'_>, caller: &Caller) -> Result<(SharedInstance, InvitationId), Failure> {
    let account = caller.account().ok_or_else(Failure::forbidden)?;
    let wanted = id_in_path(call, "invitation").ok_or_else(Failure::not_found)?;
    let instance = core.world.open_invitations().instance_of(account, wanted).ok_or_else(Failure::not_found)?;
    let instance = core.world.instances().with_id(instance).ok_or_else(Failure::not_found)?;
    Ok((instance, wanted))
}

fn view(
    core: &Core,
    call: &Call<'_>,
    instance: &Instance,
    id: InvitationId,
    spelled: String,
) -> Option<InvitationView> {
    let invitation = instance.invitations.get(id).filter(|invitation| invitation.is_open())?;
    Some(InvitationView {
        version: call.route.version,
        invitation: invitation.clone(),
        instance: instance.name().to_owned(),
        inviter: inviter(&core.world.accounts(), invitation).to_owned(),
        spelled,
    })
}

impl Serialize for InvitationView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let invitation = &self.invitation;
        let mut map = serializer.serialize_map(Some(10))?;
        map.serialize_entry("id", &invitation.id)?;
        map.serialize_entry("email", &invitation.email)?;
        map.serialize_entry("role", invitation.role.name())?;
        map.serialize_entry("key", &Shown(invitation.key))?;
        map.serialize_entry("instance", &self.instance)?;
        map.serialize_entry("inviter", &self.inviter)?;
        map.serialize_entry("created_at", &Time(invitation.created_at))?;
        map.serialize_entry("updated_at", &Time(invitation.updated_at))?;
        map.serialize_entry("state", invitation.state.name())?;
        map.serialize_entry("links", &Links(self))?;
        map.end()
    }
}

struct Links<'a>(&'a InvitationView);

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let InvitationView { version, instance, spelled, .. } = self.0;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("self", &format_args!("/{version}/account/invitations/{spelled}/"))?;
        map.serialize_entry("instance", &format_args!("/{version}/instances/{instance}/"))?;
        map.end()
    }
}
