//! The administrators of an instance: `{id, role, email, first_name, last_name, links}`. The id is that of the account; the
//! owner is shown as `full`.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::path::{id_in_path, spelled_in_path};
use super::view::Place;
use crate::Core;
use crate::access::{self, Action};
use crate::answer::{Answer, Failure};
use crate::caller::Caller;
use crate::endpoints::{self, Changing, Form, Handler, Reading, Reply, Row, get, patch, put};
use crate::input::Input;
use crate::members::{Member, Members, ROLE, links};
use crate::paging::Paging;
use crate::quirks::Quirk;
use crate::transport::Call;
use crate::world::{Account, AccountId, Administrator, Instance, Role};
use serde_json::json;

const ADMINISTRATOR: Members = &[
    ("id", Member::shown("field", "Id")),
    ("role", ROLE),
    ("email", Member::shown("field", "Email")),
    ("first_name", Member::shown("field", "First name")),
    ("last_name", Member::shown("field", "Last name")),
    links(&[("self", "detail")]),
];
const TEXT: &str = "API endpoint for admins added to given instance";
const NOTE: &str = "Nobody changes or removes the owner. Any administrator may remove themselves.";

/// The endpoints of administrators.
pub static ROWS: &[Row] = &[
    Row {
        title: "Admin List",
        text: TEXT,
        form: Form::ListOnly,
        operations: &[get("Lists who administers the instance", Handler::Reads(list))],
        opened_by: Some((Quirk::AdminsOpen, access::anybody)),
        tag: "administrators",
        shows: "Administrator",
        ..Row::list("Admins", "/{version}/instances/{instance}/admins/", access::administrators)
    },
    Row {
        title: "Admin Instance",
        text: TEXT,
        takes: Some(("PUT", |_| ADMINISTRATOR)),
        operations: &[
            get("An administrator of the instance", Handler::Reads(show)),
            put("Gives an administrator another role", Handler::Changes(change)).note(NOTE),
            patch("Gives an administrator another role", Handler::Changes(change)).note(NOTE),
            endpoints::delete("Takes an administrator's rights in the instance away", Handler::Changes(delete))
                .note(NOTE),
        ],
        opened_by: Some((Quirk::AdminsOpen, access::anybody)),
        tag: "administrators",
        shows: "Administrator",
        example: Some(|| json!({ "role": "read" })),
        ..Row::item("Admin", "/{version}/instances/{instance}/admins/{admin}/", "admin", access::administrators)
    },
];

/// An administrator as shown; the link spells the id as the path did.
struct AdministratorView<'a> {
    place: Place<'a>,
    role: Role,
    account: &'a Account,
    spelled: String,
}

/// `GET /admins/`
pub fn list(Reading { core, call, instance, .. }: Reading<'_>) -> Reply {
    let paging = Paging::of(call)?;
    let accounts = core.world.accounts();
    let place = Place::of(call, instance);
    let known = instance.administrators.range(paging.range());
    let known = known.filter_map(|administrator| Some((administrator, accounts.get(administrator.account)?)));
    let view = |(administrator, account): (&Administrator, _)| AdministratorView {
        place,
        role: administrator.role,
        account,
        spelled: administrator.account.to_string(),
    };
    call.show(StatusCode::OK, &paging.page(call, known, |(administrator, _)| administrator.number, view))
}

/// `GET /admins/<id>/`
pub fn show(Reading { core, call, caller, instance }: Reading<'_>) -> Reply {
    show_one(core, call, instance, named(call, caller, instance)?)
}

/// `PUT` and `PATCH /admins/<id>/`: another role. PUT without one means `full`.
pub fn change(Changing { core, call, caller, instance }: Changing<'_>) -> Reply {
    let id = named(call, caller, instance)?;
    let mut input = Input::of(call)?;
    let otherwise = if input.is_partial() { None } else { Some(Role::Full) };
    let role = input.role("role").or(otherwise);
    input.finish()?;
    if let Some(role) = role {
        instance.administrators.set_role(id, role);
    }
    show_one(core, call, instance, id)
}

/// `DELETE /admins/<id>/`: the account stays, the instance is a stranger's to it.
pub fn delete(Changing { core, call, caller, instance }: Changing<'_>) -> Reply {
    let id = named(call, caller, instance)?;
    instance.administrators.dismiss(id);
    core.world.set_administers(id, instance.id(), false);
    Ok(Answer::no_content())
}

/// The administrator that the path names, if the caller may do the action.
fn named(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<AccountId, Failure> {
    let id = id_in_path(call, "admin").filter(|id| instance.role_of(*id).is_some()).ok_or_else(Failure::not_found)?;
    let action = Action::new(&call.method, call.route.row.is_list());
    let may = access::may_change_administrator(caller, action, id, instance.owner);
    if may { Ok(id) } else { Err(Failure::forbidden()) }
}

fn show_one(core: &Core, call: &Call<'_>, instance: &Instance, id: AccountId) -> Result<Answer, Failure> {
    let role = instance.role_of(id).ok_or_else(Failure::not_found)?;
    let accounts = core.world.accounts();
    let account = accounts.get(id).ok_or_else(Failure::not_found)?;
    let view =
        AdministratorView { place: Place::of(call, instance), role, account, spelled: spelled_in_path(call, "admin") };
    call.show(StatusCode::OK, &view)
}

impl Serialize for AdministratorView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Links<'a> {
            #[serde(rename = "self")]
            own: &'a str,
        }
        let own = format!("{}/admins/{}/", self.place, self.spelled);
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry("id", &self.account.id())?;
        map.serialize_entry("role", self.role.name())?;
        map.serialize_entry("email", self.account.email())?;
        map.serialize_entry("first_name", &self.account.first_name)?;
        map.serialize_entry("last_name", &self.account.last_name)?;
        map.serialize_entry("links", &Links { own: &own })?;
        map.end()
    }
}
