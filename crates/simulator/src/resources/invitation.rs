//! Invitations as the administrators of an instance see them: `{id, email, role, key, inviter, created_at, updated_at, state,
//! links}`. One that was accepted or declined stays in the list.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::account::input::read_email;
use super::path::{id_in_path, spelled_in_path};
use super::view::{Place, Shown, Time};
use crate::Core;
use crate::access::invitations;
use crate::answer::{Answer, Failure};
use crate::api::KeyKind;
use crate::endpoints::{self, Changing, Handler, Reading, Reply, Row, Success, get, patch, post, put};
use crate::input::Input;
use crate::members::{CREATED_AT, ID, Member, ROLE, UPDATED_AT, links};
use crate::paging::Paging;
use crate::transport::Call;
use crate::world::{Accounts, Instance, Invitation, InvitationId, InvitationState, Role};
use serde_json::json;

const EMAIL: Member = Member::required("email", "Email").max(254);

static NEW: [(&str, Member); 9] = members_of(EMAIL);
static INVITATION: [(&str, Member); 9] = members_of(EMAIL.read_only());

const fn members_of(email: Member) -> [(&'static str, Member); 9] {
    [
        ("id", ID),
        ("email", email),
        ("role", ROLE),
        ("key", Member::shown("string", "Key")),
        ("inviter", Member::shown("string", "Inviter")),
        ("created_at", CREATED_AT),
        ("updated_at", UPDATED_AT),
        ("state", Member::shown("choice", "State")),
        links(&[("self", "detail"), ("resend", "resend")]),
    ]
}

/// The endpoints of the invitations of an instance.
pub static ROWS: &[Row] = &[
    Row {
        title: "Invitation List",
        takes: Some(("POST", |_| &NEW)),
        operations: &[
            get("Lists the invitations, also those that are accepted", Handler::Reads(list)),
            endpoints::create("Invites somebody to administer the instance", Handler::Changes(create)),
        ],
        tag: "administrators",
        shows: "Invitation",
        example: Some(|| json!({ "email": "ripley@example.com", "role": "write" })),
        ..Row::list("Invitations", "/{version}/instances/{instance}/invitations/", invitations)
    },
    Row {
        title: "Invitation Instance",
        takes: Some(("PUT", |_| &INVITATION)),
        operations: &[
            get("An invitation", Handler::Reads(show)),
            put("Changes the role of an invitation", Handler::Changes(change)),
            patch("Changes the role of an invitation", Handler::Changes(change)),
            endpoints::delete("Takes an invitation back", Handler::Changes(delete)),
        ],
        tag: "administrators",
        shows: "Invitation",
        example: Some(|| json!({ "role": "read" })),
        ..Row::item(
            "Invitation",
            "/{version}/instances/{instance}/invitations/{invitation}/",
            "invitation",
            invitations,
        )
    },
    Row {
        title: "Invitation",
        takes: Some(("POST", |_| &INVITATION)),
        operations: &[post("Sends the e-mail of an invitation again", Handler::Changes(resend))
            .note("The simulator sends no e-mail.")
            .success(Success::Nothing)],
        tag: "administrators",
        ..Row::item(
            "InvitationResend",
            "/{version}/instances/{instance}/invitations/{invitation}/resend/",
            "invitation",
            invitations,
        )
    },
];

/// An invitation as it is shown; its links spell the id as the path did.
struct InvitationView<'a> {
    place: Place<'a>,
    invitation: &'a Invitation,
    /// The e-mail as it was typed just now, if it was.
    email: Option<&'a str>,
    inviter: &'a str,
    spelled: String,
}

impl<'a> InvitationView<'a> {
    fn new(
        call: &Call<'_>,
        instance: &'a Instance,
        accounts: &'a Accounts,
        invitation: &'a Invitation,
        spelled: String,
    ) -> InvitationView<'a> {
        let place = Place::of(call, instance);
        InvitationView { place, invitation, email: None, inviter: inviter(accounts, invitation), spelled }
    }
}

/// The e-mail of who invites.
pub fn inviter<'a>(accounts: &'a Accounts, invitation: &Invitation) -> &'a str {
    accounts.get(invitation.inviter).map(|account| account.email()).unwrap_or_default()
}

/// `GET /invitations/`
pub fn list(Reading { core, call, instance, .. }: Reading<'_>) -> Reply {
    let paging = Paging::of(call)?;
    let accounts = core.world.accounts();
    let page = paging.page(
        call,
        instance.invitations.range(paging.range()),
        |invitation| invitation.id,
        |invitation| InvitationView::new(call, instance, &accounts, invitation, invitation.id.to_string()),
    );
    call.show(StatusCode::OK, &page)
}

/// `POST /invitations/ {"email", "role"}`: the role is `full` if none is named.
pub fn create(Changing { core, call, caller, instance }: Changing<'_>) -> Reply {
    let inviter = caller.account().ok_or_else(Failure::forbidden)?;
    let mut input = Input::of(call)?;
    let email = read_email(&mut input, EMAIL);
    let role = input.role("role").unwrap_or(Role::Full);
    input.finish()?;

    let email = email.ok_or_else(Failure::server_error)?;
    let address = email.to_lowercase();
    let invitee = core.world.accounts().with_email(&address).map(|account| account.id());
    if invitee.is_some_and(|invitee| instance.role_of(invitee).is_some()) {
        let complaint = "Admin with specified Email is already a part of this Instance.";
        return Err(Failure::refused_member("email", complaint));
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
    call.show(StatusCode::CREATED, &InvitationView { email: Some(&email), ..view })
}

/// `GET /invitations/<id>/`
pub fn show(Reading { core, call, instance, .. }: Reading<'_>) -> Reply {
    show_one(core, call, instance, named(call, instance)?)
}

/// `PUT` and `PATCH /invitations/<id>/`: another role; PUT without one means `full`. The e-mail stays.
pub fn change(Changing { core, call, instance, .. }: Changing<'_>) -> Reply {
    let id = named(call, instance)?;
    let mut input = Input::of(call)?;
    let otherwise = if input.is_partial() { None } else { Some(Role::Full) };
    let role = input.role("role").or(otherwise);
    input.finish()?;
    if let Some(invitation) = instance.invitations.get_mut(id) {
        invitation.role = role.unwrap_or(invitation.role);
        invitation.updated_at = core.source.now();
    }
    show_one(core, call, instance, id)
}

/// `DELETE /invitations/<id>/`: nobody can accept it any more. Whoever has, stays an administrator.
pub fn delete(Changing { core, call, instance, .. }: Changing<'_>) -> Reply {
    let id = named(call, instance)?;
    if let Some(invitation) = instance.invitations.remove(id) {
        core.world.open_invitations_mut().remove(&invitation);
    }
    Ok(Answer::no_content())
}

/// `POST /invitations/<id>/resend/`: would send the e-mail again.
pub fn resend(Changing { call, instance, .. }: Changing<'_>) -> Reply {
    named(call, instance)?;
    Ok(Answer::no_content())
}

/// The invitation that the path names.
fn named(call: &Call<'_>, instance: &Instance) -> Result<InvitationId, Failure> {
    let id = id_in_path(call, "invitation").filter(|id| instance.invitations.get(*id).is_some());
    id.ok_or_else(Failure::not_found)
}

fn show_one(core: &Core, call: &Call<'_>, instance: &Instance, id: InvitationId) -> Result<Answer, Failure> {
    let accounts = core.world.accounts();
    let invitation = instance.invitations.get(id).ok_or_else(Failure::not_found)?;
    let spelled = spelled_in_path(call, "invitation");
    call.show(StatusCode::OK, &InvitationView::new(call, instance, &accounts, invitation, spelled))
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
