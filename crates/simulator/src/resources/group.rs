//! Groups: `{id, name, label, description, links}`. Everybody with a key of the instance sees all of them.

use http::StatusCode;
use jiff::SignedDuration;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::path::id_in_path;
use super::view::Place;
use crate::access::groups;
use crate::answer::{Answer, Failure};
use crate::endpoints::{self, Changing, Handler, Reading, Reply, Row, get, patch, put};
use crate::input::Input;
use crate::members::{self, ID, Member, Members, links};
use crate::paging::Paging;
use crate::python;
use crate::transport::Call;
use crate::wording::group_name_complaints;
use crate::world::{Group, GroupId, Instance};
use serde_json::{Value, json};

const NAME: Member = Member::optional("string", "Name").not_blank();
const LABEL: Member = Member::optional("string", "Label").max(64);
const DESCRIPTION: Member = members::DESCRIPTION;

pub const GROUP: Members = &[
    ("id", ID),
    ("name", NAME),
    ("label", LABEL),
    ("description", DESCRIPTION),
    links(&[("self", "detail"), ("users", "list")]),
];

/// The endpoints of groups.
pub static ROWS: &[Row] = &[
    Row {
        title: "Group List",
        takes: Some(("POST", |_| GROUP)),
        operations: &[
            get("Lists the groups", Handler::Reads(list)),
            endpoints::create("Creates a group", Handler::Changes(create)),
        ],
        filter: Some("label__startswith"),
        tag: "groups",
        shows: "Group",
        example: Some(example),
        ..Row::list("Groups", "/{version}/instances/{instance}/groups/", groups)
    },
    Row {
        title: "Group Instance",
        takes: Some(("PUT", |_| GROUP)),
        operations: &[
            get("A group", Handler::Reads(show)),
            put("Changes a group; what is left out stays", Handler::Changes(change)),
            patch("Changes a group; what is left out stays", Handler::Changes(change)),
            endpoints::delete("Deletes a group; its members stay users", Handler::Changes(delete)),
        ],
        tag: "groups",
        shows: "Group",
        example: Some(example),
        ..Row::item("Group", "/{version}/instances/{instance}/groups/{group}/", "group", groups)
    },
];

fn example() -> Value {
    json!({ "label": "crew", "description": "Who flies it" })
}

/// How long a deleted group lingers in lists, where that happens.
const LINGERS: SignedDuration = SignedDuration::from_millis(150);

/// A group as it is shown.
pub struct GroupView<'a> {
    place: Place<'a>,
    group: &'a Group,
}

impl<'a> GroupView<'a> {
    pub fn new(place: Place<'a>, group: &'a Group) -> GroupView<'a> {
        GroupView { place, group }
    }

    /// The view that has an endpoint of its own.
    fn of(call: &Call<'_>, instance: &'a Instance, group: &'a Group) -> GroupView<'a> {
        GroupView::new(Place::of(call, instance), group)
    }
}

/// What a body says of a group. What it leaves out stays as it is.
struct GroupInput {
    name: Option<Option<String>>,
    label: Option<String>,
    description: Option<String>,
}

impl GroupInput {
    fn read(call: &Call<'_>, instance: &Instance, id: Option<GroupId>) -> Result<GroupInput, Failure> {
        let mut input = Input::of(call)?;
        let name = input.nullable_text("name", NAME).map(|name| name.map(|name| name.to_lowercase()));
        // The name alone has a default, and PUT goes back to it.
        let name = if input.is_partial() { name } else { name.or(Some(None)) };
        if let Some(Some(name)) = &name {
            if instance.groups.name_is_taken(name, id) {
                input.refuse("name", "This field must be unique.");
            }
            for complaint in group_name_complaints(name) {
                input.refuse("name", complaint);
            }
        }
        let label = input.text("label", LABEL);
        let description = input.text("description", DESCRIPTION);
        input.finish()?;
        Ok(GroupInput { name, label, description })
    }
}

/// `GET /groups/`
pub fn list(Reading { call, instance, .. }: Reading<'_>) -> Reply {
    let paging = Paging::of(call)?;
    let prefix = call.query.get("label__startswith").map(python::strip).unwrap_or_default();
    let groups = instance.groups.range(paging.range()).filter(|group| group.label.starts_with(prefix));
    let page = paging.page(call, groups, |group| group.id(), |group| GroupView::of(call, instance, group));
    call.show(StatusCode::OK, &page)
}

/// `POST /groups/`: a new group, with nobody in it.
pub fn create(Changing { call, instance, .. }: Changing<'_>) -> Reply {
    let input = GroupInput::read(call, instance, None)?;
    let name = input.name.flatten();
    let (label, description) = (input.label.unwrap_or_default(), input.description.unwrap_or_default());
    let id = instance.groups.add(name.as_deref(), label, description).map_err(|_| Failure::not_unique("name"))?;
    show_one(call, instance, StatusCode::CREATED, id)
}

/// `GET /groups/<id>/`
pub fn show(Reading { call, instance, .. }: Reading<'_>) -> Reply {
    show_one(call, instance, StatusCode::OK, named(call, instance)?)
}

/// `PUT` and `PATCH /groups/<id>/`: both keep what is left out, but PUT without a name sets the name to null.
pub fn change(Changing { call, instance, .. }: Changing<'_>) -> Reply {
    let id = named(call, instance)?;
    let input = GroupInput::read(call, instance, Some(id))?;
    if let Some(name) = input.name {
        instance.groups.rename(id, name.as_deref()).map_err(|_| Failure::not_unique("name"))?;
    }
    if let Some(group) = instance.groups.get_mut(id) {
        group.label = input.label.unwrap_or_else(|| std::mem::take(&mut group.label));
        group.description = input.description.unwrap_or_else(|| std::mem::take(&mut group.description));
    }
    show_one(call, instance, StatusCode::OK, id)
}

/// `DELETE /groups/<id>/`: its members stay users.
pub fn delete(Changing { core, call, instance, .. }: Changing<'_>) -> Reply {
    let id = named(call, instance)?;
    instance.remove_group(id, core.late(LINGERS));
    Ok(Answer::no_content())
}

/// The group that the path names.
fn named(call: &Call<'_>, instance: &Instance) -> Result<GroupId, Failure> {
    let id = id_in_path(call, "group").filter(|id| instance.groups.get(*id).is_some());
    id.ok_or_else(Failure::not_found)
}

fn show_one(call: &Call<'_>, instance: &Instance, status: StatusCode, id: GroupId) -> Result<Answer, Failure> {
    let group = instance.groups.get(id).ok_or_else(Failure::not_found)?;
    call.show(status, &GroupView::of(call, instance, group))
}

impl Serialize for GroupView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.group.id())?;
        map.serialize_entry("name", &self.group.name())?;
        map.serialize_entry("label", &self.group.label)?;
        map.serialize_entry("description", &self.group.description)?;
        map.serialize_entry("links", &Links { place: self.place, id: self.group.id() })?;
        map.end()
    }
}

struct Links<'a> {
    place: Place<'a>,
    id: GroupId,
}

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (place, id) = (self.place, self.id);
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("self", &format_args!("{place}/groups/{id}/"))?;
        map.serialize_entry("users", &format_args!("{place}/groups/{id}/users/"))?;
        map.end()
    }
}
