//! Instances: `{name, description, owner, created_at, updated_at, role, location, metadata, links}`. An account sees those
//! that it administers, an app its own.

use std::ops::Bound;

use http::StatusCode;
use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::account;
use super::account::AccountView;
use super::path::spelled_in_path;
use super::view::Time;
use crate::Core;
use crate::access::{self, Action};
use crate::answer::{Answer, Failure};
use crate::api::Version;
use crate::caller::Caller;
use crate::endpoints::{self, Handler, Outside, Reply, Row, get, patch, post, put};
use crate::input::Input;
use crate::members::{CREATED_AT, DESCRIPTION, Inner, METADATA, Member, Members, UPDATED_AT, links};
use crate::paging::Paging;
use crate::python;
use crate::quirks::Quirk;
use crate::transport::Call;
use crate::wording::instance_name_complaints;
use crate::world::{Account, Instance, InstanceId, Instances, SharedInstance, read, write};
use serde_json::json;

const NAME: Member = Member::required("string", "Name").min(5);
const NEW_NAME: Member = Member::required("string", "New name");

/// The members of an instance that is created, and of one that is there, in a version.
fn members(version: Version, exists: bool) -> Members {
    match (version, exists) {
        (Version::V1, false) => &NEW_V1,
        (Version::V1, true) => &V1,
        (Version::V1_1, false) => &NEW_V1_1,
        (Version::V1_1, true) => &V1_1,
    }
}

static NEW_V1: [(&str, Member); 9] = members_of(NAME, LINKED_V1);
static V1: [(&str, Member); 9] = members_of(NAME.read_only(), LINKED_V1);
static NEW_V1_1: [(&str, Member); 9] = members_of(NAME, LINKED_V1_1);
static V1_1: [(&str, Member); 9] = members_of(NAME.read_only(), LINKED_V1_1);

const fn members_of(name: Member, leads_to: &'static [(&'static str, &'static str)]) -> [(&'static str, Member); 9] {
    [
        ("name", name),
        ("description", DESCRIPTION),
        ("owner", Member::shown("nested object", "Owner").with(Inner::Children(account::ACCOUNT))),
        ("created_at", CREATED_AT),
        ("updated_at", UPDATED_AT),
        ("role", Member::shown("field", "Role")),
        ("location", Member::shown("string", "Location")),
        ("metadata", METADATA),
        links(leads_to),
    ]
}

const LINKED_V1: &[(&str, &str)] = &[
    ("self", "detail"),
    ("admins", "list"),
    ("classes", "list"),
    ("codeboxes", "list"),
    ("runtimes", "list"),
    ("invitations", "list"),
    ("api_keys", "list"),
    ("triggers", "list"),
    ("webhooks", "list"),
    ("schedules", "list"),
    ("users", "list"),
    ("groups", "list"),
    ("channels", "list"),
    ("hla_objects", "list"),
    ("batch", "batch"),
    ("templates", "list"),
    ("rename", "rename"),
    ("push_notification", "notifications"),
    ("backups", "instance_backups"),
    ("restores", "list"),
];

const LINKED_V1_1: &[(&str, &str)] = &[
    ("self", "detail"),
    ("admins", "list"),
    ("snippets", "snippets"),
    ("endpoints", "endpoints"),
    ("push_notification", "notifications"),
    ("classes", "list"),
    ("invitations", "list"),
    ("api_keys", "list"),
    ("triggers", "list"),
    ("schedules", "list"),
    ("users", "list"),
    ("groups", "list"),
    ("channels", "list"),
    ("batch", "batch"),
    ("rename", "rename"),
    ("backups", "instance_backups"),
    ("restores", "list"),
    ("hosting", "list"),
];

/// The endpoints of instances.
pub static ROWS: &[Row] = &[
    Row {
        title: "Instance List",
        takes: Some(("POST", |version| members(version, false))),
        operations: &[
            get("Lists the instances of the account, or that of the API key", Handler::Outside(list)),
            endpoints::create("Creates an instance, which the account then owns", Handler::Outside(create)),
        ],
        filter: Some("name__startswith"),
        tag: "instances",
        shows: "Instance",
        example: Some(|| json!({ "name": "nostromo", "description": "A tug" })),
        ..Row::list("Instances", "/{version}/instances/", access::instances)
    },
    Row {
        title: "Instance Instance",
        takes: Some(("PUT", |version| members(version, true))),
        operations: &[
            get("An instance", Handler::Outside(show)).note(HIDDEN),
            put("Changes description and metadata of an instance", Handler::Outside(change)).note(HIDDEN),
            patch("Changes description and metadata of an instance", Handler::Outside(change)).note(HIDDEN),
            endpoints::delete("Deletes an instance with everything in it", Handler::Outside(delete)).note(HIDDEN),
        ],
        tag: "instances",
        shows: "Instance",
        example: Some(|| json!({ "description": "A tug" })),
        ..Row::item("Instance", "/{version}/instances/{instance}/", "instance", access::instances)
    },
    Row {
        title: "Instance",
        takes: Some(("POST", |_| &[("new_name", NEW_NAME)])),
        operations: &[post("Gives an instance another name; its keys stay", Handler::Outside(rename))
            .note("The old name is 404 from then on. An instance of others is 404.")],
        tag: "instances",
        shows: "Instance",
        example: Some(|| json!({ "new_name": "sulaco" })),
        ..Row::item("InstanceRename", "/{version}/instances/{instance}/rename/", "instance", access::instances)
    },
];

const HIDDEN: &str = "An instance that the caller has nothing to do with is 404.";

/// Where the deployment says that instances live.
const LOCATION: &str = "dev";
/// The role that an app is shown.
const ROLE_OF_AN_APP: &str = "api_key";

/// The links of an instance in v1: the name and the path below the instance.
const LINKS_V1: [(&str, &str); 20] = [
    ("self", ""),
    ("admins", "admins/"),
    ("classes", "classes/"),
    ("codeboxes", "codeboxes/"),
    ("runtimes", "codeboxes/runtimes/"),
    ("invitations", "invitations/"),
    ("api_keys", "api_keys/"),
    ("triggers", "triggers/"),
    ("webhooks", "webhooks/"),
    ("schedules", "schedules/"),
    ("users", "users/"),
    ("groups", "groups/"),
    ("channels", "channels/"),
    ("hla_objects", "api/objects/"),
    ("batch", "batch/"),
    ("templates", "snippets/templates/"),
    ("rename", "rename/"),
    ("push_notification", "push_notifications/"),
    ("backups", "backups/"),
    ("restores", "restores/"),
];

/// The links of an instance in v1.1.
const LINKS_V1_1: [(&str, &str); 18] = [
    ("self", ""),
    ("admins", "admins/"),
    ("snippets", "snippets/"),
    ("endpoints", "endpoints/"),
    ("push_notification", "push_notifications/"),
    ("classes", "classes/"),
    ("invitations", "invitations/"),
    ("api_keys", "api_keys/"),
    ("triggers", "triggers/"),
    ("schedules", "schedules/"),
    ("users", "users/"),
    ("groups", "groups/"),
    ("channels", "channels/"),
    ("batch", "batch/"),
    ("rename", "rename/"),
    ("backups", "backups/"),
    ("restores", "restores/"),
    ("hosting", "hosting/"),
];

/// An instance as it is shown, apart from its lock.
struct InstanceView {
    version: Version,
    name: String,
    /// The name as the links spell it.
    spelled: String,
    description: String,
    owner: Option<Account>,
    created_at: Timestamp,
    updated_at: Timestamp,
    role: &'static str,
    metadata: Map<String, Value>,
}

impl InstanceView {
    fn new(core: &Core, call: &Call<'_>, caller: &Caller, instance: &Instance) -> InstanceView {
        let role = caller.account().and_then(|account| instance.role_of(account));
        InstanceView {
            version: call.route.version,
            name: instance.name().to_owned(),
            spelled: instance.name().to_owned(),
            description: instance.description.clone(),
            owner: core.world.accounts().get(instance.owner).cloned(),
            created_at: instance.created_at,
            updated_at: instance.updated_at,
            role: role.map_or(ROLE_OF_AN_APP, |role| role.name()),
            metadata: instance.metadata.clone(),
        }
    }

    fn spelled(self, spelled: String) -> InstanceView {
        InstanceView { spelled, ..self }
    }
}

/// `GET /instances/`
pub fn list(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let paging = Paging::of(call)?;
    let prefix = call.query.get("name__startswith").map(python::strip).unwrap_or_default();
    let instances = core.world.instances();
    let own: Vec<InstanceId> = match caller {
        Caller::Anonymous => Vec::new(),
        Caller::Account { id, .. } => core.world.administered_by(*id),
        Caller::Api { instance, .. } => vec![*instance],
    };
    let seen = own.into_iter().filter(|id| paging.covers(*id)).filter_map(|id| Some((id, instances.with_id(id)?)));
    let named = seen.filter(|(_, instance)| {
        let instance = read(instance);
        // An account that is just being dismissed is none of its administrators any more.
        let is_own = caller.account().is_none_or(|account| instance.role_of(account).is_some());
        is_own && instance.name().starts_with(prefix)
    });
    let named: Vec<(InstanceId, SharedInstance)> = named.collect();
    let view = |(_, instance): (_, SharedInstance)| InstanceView::new(core, call, caller, &read(&instance));
    call.show(StatusCode::OK, &paging.page(call, named.into_iter(), |(id, _)| *id, view))
}

/// `POST /instances/`: whoever makes one owns it.
pub fn create(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let owner = caller.account().ok_or_else(Failure::forbidden)?;
    let mut input = Input::of(call)?;
    let name = input.text("name", NAME).map(|name| name.to_lowercase());
    for complaint in name.as_deref().map(instance_name_complaints).unwrap_or_default() {
        input.refuse("name", complaint);
    }
    let description = input.text("description", DESCRIPTION);
    let metadata = input.metadata("metadata");
    input.finish()?;

    let name = name.ok_or_else(Failure::server_error)?;
    let mut instances = core.world.instances_mut();
    let shared = instances.add(name, owner, core.source.now()).ok_or_else(|| Failure::not_unique("name"))?;
    let mut instance = write(&shared);
    core.world.set_administers(owner, instance.id(), true);
    instance.description = description.unwrap_or_default();
    instance.metadata = metadata.unwrap_or_default();
    let mut view = InstanceView::new(core, call, caller, &instance);
    if call.reproduces(Quirk::InstanceCreateRole) {
        view.role = ROLE_OF_AN_APP;
    }
    call.show(StatusCode::CREATED, &view)
}

/// `GET /instances/<name>/`
pub fn show(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let shared = named(&core.world.instances(), call)?;
    let instance = read(&shared);
    admit(call, caller, &instance)?;
    call.show(StatusCode::OK, &view_as_spelled(core, call, caller, &instance))
}

/// `PUT` and `PATCH /instances/<name>/`: description and metadata; what is left out stays.
pub fn change(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let shared = named(&core.world.instances(), call)?;
    let mut instance = write(&shared);
    admit(call, caller, &instance)?;
    let mut input = Input::of(call)?;
    let description = input.text("description", DESCRIPTION).filter(|text| *text != instance.description);
    let metadata = input.metadata("metadata").filter(|members| *members != instance.metadata);
    input.finish()?;

    if description.is_some() || metadata.is_some() {
        instance.updated_at = core.source.now();
    }
    instance.description = description.unwrap_or_else(|| std::mem::take(&mut instance.description));
    instance.metadata = metadata.unwrap_or_else(|| std::mem::take(&mut instance.metadata));
    call.show(StatusCode::OK, &view_as_spelled(core, call, caller, &instance))
}

/// `DELETE /instances/<name>/`: with everything in it.
pub fn delete(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let mut instances = core.world.instances_mut();
    let shared = named(&instances, call)?;
    let mut instance = write(&shared);
    admit(call, caller, &instance)?;
    instances.remove(&mut instance);
    for key in instance.api_keys.keys() {
        core.world.set_home(key, None);
    }
    for account in instance.administrators.accounts() {
        core.world.set_administers(account, instance.id(), false);
    }
    let mut open = core.world.open_invitations_mut();
    for invitation in instance.invitations.range((Bound::Unbounded, Bound::Unbounded)) {
        open.remove(invitation);
    }
    Ok(Answer::no_content())
}

/// `POST /instances/<name>/rename/ {"new_name"}`: the answer repeats the name as it was typed.
pub fn rename(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let mut instances = core.world.instances_mut();
    let shared = named(&instances, call)?;
    let mut instance = write(&shared);
    admit(call, caller, &instance)?;
    let mut input = Input::of(call)?;
    let typed = input.text_never_null("new_name", NEW_NAME);
    let name = typed.as_deref().map(|typed| typed.to_lowercase());
    for complaint in name.as_deref().map(instance_name_complaints).unwrap_or_default() {
        input.refuse("new_name", complaint);
    }
    input.finish()?;

    let (Some(typed), Some(name)) = (typed, name) else { return Err(Failure::server_error()) };
    if !instances.rename(&mut instance, name) {
        return Err(Failure::not_unique("new_name"));
    }
    let mut view = InstanceView::new(core, call, caller, &instance).spelled(typed.clone());
    view.name = typed;
    call.show(StatusCode::OK, &view)
}

/// The instance that the path names.
fn named(instances: &Instances, call: &Call<'_>) -> Result<SharedInstance, Failure> {
    let name = python::strip(call.route.param("instance")).to_lowercase();
    instances.named(&name).ok_or_else(Failure::not_found)
}

/// Checks that the instance is there for this caller, and that the caller may do the action.
fn admit(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<(), Failure> {
    if instance.is_gone() {
        return Err(Failure::not_found());
    }
    match caller {
        Caller::Api { instance: own, .. } if *own == instance.id() => Ok(()),
        Caller::Api { .. } | Caller::Anonymous => Err(Failure::not_found()),
        Caller::Account { id, .. } => {
            let role = instance.role_of(*id).ok_or_else(Failure::not_found)?;
            let row = call.route.row;
            let action = Action::new(&call.method, row.is_list());
            let may = access::may_change_instance(role, action, row.name == "InstanceRename");
            if may { Ok(()) } else { Err(Failure::forbidden()) }
        }
    }
}

fn view_as_spelled(core: &Core, call: &Call<'_>, caller: &Caller, instance: &Instance) -> InstanceView {
    InstanceView::new(core, call, caller, instance).spelled(spelled_in_path(call, "instance"))
}

impl Serialize for InstanceView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let owner = self.owner.as_ref().map(|account| AccountView { account, email: None, key: None });
        let mut map = serializer.serialize_map(Some(9))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("owner", &owner)?;
        map.serialize_entry("created_at", &Time(self.created_at))?;
        map.serialize_entry("updated_at", &Time(self.updated_at))?;
        map.serialize_entry("role", self.role)?;
        map.serialize_entry("location", LOCATION)?;
        map.serialize_entry("metadata", &self.metadata)?;
        map.serialize_entry("links", &Links(self))?;
        map.end()
    }
}

struct Links<'a>(&'a InstanceView);

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let base = format_args!("/{}/instances/{}", self.0.version, self.0.spelled);
        let links: &[(&str, &str)] = match self.0.version {
            Version::V1 => &LINKS_V1,
            Version::V1_1 => &LINKS_V1_1,
        };
        let mut map = serializer.serialize_map(Some(links.len()))?;
        for (name, path) in links {
            map.serialize_entry(name, &format_args!("{base}/{path}"))?;
        }
        map.end()
    }
}
