//! Classes: `{name, description, schema, status, created_at, updated_at, objects_count, revision, group,
//! group_permissions, other_permissions, metadata, links}`. An app sees those that let it read, and changes none.
//!
//! The answer to a change of indexes says that the class is migrating. It is done with that at once, so every later answer
//! says that it is ready.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::object::input::check_revision;
use super::path::spelled_in_path;
use super::view::{Place, Time};
use crate::access::classes;
use crate::answer::{Answer, Failure};
use crate::api::Flag;
use crate::caller::Caller;
use crate::endpoints::{self, Changing, Handler, Reading, Reply, Row, get, patch, put};
use crate::input::Input;
use crate::members::{CREATED_AT, DESCRIPTION, EXPECTED_REVISION, GROUP, Inner, METADATA, Member, UPDATED_AT, links};
use crate::paging::Paging;
use crate::python;
use crate::schema;
use crate::transport::Call;
use crate::wording::class_name_complaints;
use crate::world::{Class, ClassId, ClassPermission, GroupId, Instance, Schema, SchemaChange};
use serde_json::json;

const NAME: Member = Member::required("string", "Name");
const SCHEMA: Member = Member::optional("field", "Schema");
const STATUS: Member = Member::shown("field", "Status");
const OBJECTS_COUNT: Member = Member::shown("field", "Objects count");
const REVISION: Member = Member::shown("integer", "Revision");
const LINKS: (&str, Member) = links(&[("self", "detail"), ("objects", "list"), ("group", "detail")]);

const fn permission(label: &'static str) -> Member {
    Member::optional("choice", label).with(Inner::Choices(&["none", "read", "create_objects"]))
}

static NEW: [(&str, Member); 13] = [
    ("name", NAME),
    ("description", DESCRIPTION),
    ("schema", SCHEMA),
    ("status", STATUS),
    ("created_at", CREATED_AT),
    ("updated_at", UPDATED_AT),
    ("objects_count", OBJECTS_COUNT),
    ("revision", REVISION),
    ("group", GROUP),
    ("group_permissions", permission("Group permissions")),
    ("other_permissions", permission("Other permissions")),
    ("metadata", METADATA),
    LINKS,
];

static CLASS: [(&str, Member); 14] = [
    ("name", NAME.read_only()),
    ("description", DESCRIPTION),
    ("schema", SCHEMA),
    ("status", STATUS),
    ("created_at", CREATED_AT),
    ("updated_at", UPDATED_AT),
    ("objects_count", OBJECTS_COUNT),
    ("revision", REVISION),
    ("group", GROUP),
    ("group_permissions", permission("Group permissions")),
    ("other_permissions", permission("Other permissions")),
    ("metadata", METADATA),
    ("expected_revision", EXPECTED_REVISION),
    LINKS,
];

/// The endpoints of classes.
pub static ROWS: &[Row] = &[
    Row {
        title: "Klass List",
        takes: Some(("POST", |_| &NEW)),
        operations: &[
            get("Lists the classes; to an app, those that it may read", Handler::Reads(list)),
            endpoints::create("Creates a class", Handler::Changes(create)),
        ],
        filter: Some("name__startswith"),
        tag: "classes",
        shows: "Class",
        example: Some(
            || json!({ "name": "book", "schema": [{ "name": "title", "type": "string", "filter_index": true }] }),
        ),
        ..Row::list("Classes", "/{version}/instances/{instance}/classes/", classes)
    },
    Row {
        title: "Klass Instance",
        takes: Some(("PUT", |_| &CLASS)),
        operations: &[
            get("A class with its schema", Handler::Reads(show)).note("To an app a class that it may not read is 404."),
            put(
                "Changes a class; schema, metadata and permissions that are left out begin anew",
                Handler::Changes(change),
            ),
            patch("Changes some members of a class", Handler::Changes(change)),
            endpoints::delete("Deletes a class with its objects", Handler::Changes(delete))
                .note("The class `user_profile` cannot be deleted: 403."),
        ],
        tag: "classes",
        shows: "Class",
        example: Some(|| json!({ "description": "Books", "other_permissions": "read" })),
        ..Row::item("Class", "/{version}/instances/{instance}/classes/{class}/", "class", classes)
    },
];

/// A class as it is shown; its links spell the name as the path did.
struct ClassView<'a> {
    place: Place<'a>,
    instance: &'a Instance,
    class: &'a Class,
    spelled: String,
    is_migrating: bool,
}

/// What a change has done to a class.
struct Change {
    is_any: bool,
    is_migration: bool,
}

/// What a body says of a class. A member that it leaves out stays as it is, unless it goes back to how it began.
struct ClassInput {
    description: Option<String>,
    schema: Option<Schema>,
    group: Option<Option<GroupId>>,
    group_permissions: Option<ClassPermission>,
    other_permissions: Option<ClassPermission>,
    metadata: Option<Map<String, Value>>,
}

impl ClassInput {
    fn read(input: &mut Input<'_>, instance: &Instance, class: Option<&Class>) -> ClassInput {
        let description = input.text("description", DESCRIPTION);
        let schema = input.json("schema", Value::Array(Vec::new())).and_then(|value| {
            let has_class = |name: &str| instance.classes.named(name).is_some();
            schema::read(value, class, has_class).map_err(|complaint| input.refuse("schema", complaint)).ok()
        });
        let group = input.id("group", false, true, |id| instance.groups.get(id).is_some());
        let group_permissions = input.class_permission("group_permissions");
        let other_permissions = input.class_permission("other_permissions");
        let metadata = input.metadata("metadata");
        let mut read = ClassInput { description, schema, group, group_permissions, other_permissions, metadata };
        if !input.is_partial() {
            read.schema.get_or_insert_default();
            read.group_permissions.get_or_insert(ClassPermission::CreateObjects);
            read.other_permissions.get_or_insert(ClassPermission::CreateObjects);
            read.metadata.get_or_insert_default();
        }
        read
    }

    /// Changes a class.
    fn apply(self, class: &mut Class) -> Change {
        let schema = self.schema.map_or(SchemaChange::Nothing, |schema| class.set_schema(schema));
        let mut is_any = schema != SchemaChange::Nothing;
        if is_any {
            class.revision = class.revision.saturating_add(1);
        }
        is_any |= set(&mut class.description, self.description);
        is_any |= set(&mut class.group, self.group);
        is_any |= set(&mut class.group_permissions, self.group_permissions);
        is_any |= set(&mut class.other_permissions, self.other_permissions);
        is_any |= set(&mut class.metadata, self.metadata);
        Change { is_any, is_migration: schema == SchemaChange::Indexes }
    }
}

fn set<T: PartialEq>(member: &mut T, sent: Option<T>) -> bool {
    match sent {
        Some(sent) if sent != *member => {
            *member = sent;
            true
        }
        _ => false,
    }
}

/// `GET /classes/`
pub fn list(Reading { call, caller, instance, .. }: Reading<'_>) -> Reply {
    let paging = Paging::of(call)?;
    let classes = instance.classes.range(paging.range()).filter(|class| is_shown(call, caller, instance, class));
    let place = Place::of(call, instance);
    let view = |class| ClassView { place, instance, class, spelled: class.name().to_owned(), is_migrating: false };
    let page = paging.page(call, classes, |class| class.id(), view);
    call.show(StatusCode::OK, &page)
}

/// `POST /classes/`
pub fn create(Changing { core, call, instance, .. }: Changing<'_>) -> Reply {
    let mut input = Input::of(call)?;
    let name = input.text("name", NAME).map(|name| name.to_lowercase());
    for complaint in name.as_deref().map(class_name_complaints).unwrap_or_default() {
        input.refuse("name", complaint);
    }
    let read = ClassInput::read(&mut input, instance, None);
    input.finish()?;

    let name = name.ok_or_else(Failure::server_error)?;
    let class = instance.classes.add(&name, core.source.now()).map_err(|_| Failure::not_unique("name"))?;
    let change = read.apply(class);
    class.revision = 1;
    let id = class.id();
    show_one(call, instance, StatusCode::CREATED, id, name, change.is_migration)
}

/// `GET /classes/<name>/`
pub fn show(Reading { call, caller, instance, .. }: Reading<'_>) -> Reply {
    let id = visible(call, caller, instance)?;
    show_one(call, instance, StatusCode::OK, id, spelled_in_path(call, "class"), false)
}

/// `PUT` and `PATCH /classes/<name>/`: PUT empties schema and metadata and puts permissions back, where it leaves them
/// out. Fields that are dropped or get another type lose their values. The name stays.
pub fn change(Changing { core, call, caller, instance }: Changing<'_>) -> Reply {
    let id = visible(call, caller, instance)?;
    let class = instance.classes.get(id).ok_or_else(Failure::not_found)?;
    let mut input = Input::of(call)?;
    let read = ClassInput::read(&mut input, instance, Some(class));
    let expected_revision = input.whole_number("expected_revision");
    input.finish()?;

    check_revision(expected_revision.as_deref(), class.revision)?;
    let class = instance.classes.get_mut(id).ok_or_else(Failure::not_found)?;
    let change = read.apply(class);
    if change.is_any {
        class.updated_at = core.source.now();
    }
    show_one(call, instance, StatusCode::OK, id, spelled_in_path(call, "class"), change.is_migration)
}

/// `DELETE /classes/<name>/`: with its objects. `user_profile` cannot be deleted.
pub fn delete(Changing { call, caller, instance, .. }: Changing<'_>) -> Reply {
    let id = visible(call, caller, instance)?;
    let holds_profiles = instance.classes.get(id).is_some_and(Class::holds_profiles);
    if holds_profiles {
        return Err(Failure::forbidden());
    }
    instance.remove_class(id);
    Ok(Answer::no_content())
}

/// The class that the path goes through.
pub fn parent<'i>(call: &Call<'_>, instance: &'i Instance) -> Result<&'i Class, Failure> {
    instance.classes.named(call.route.param("class")).ok_or_else(|| Failure::missing("Class"))
}

/// The class that the path names, if it is there for this caller.
fn visible(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<ClassId, Failure> {
    let class = instance.classes.named(call.route.param("class"));
    let class = class.filter(|class| is_shown(call, caller, instance, class));
    class.map(Class::id).ok_or_else(Failure::not_found)
}

/// Whether a caller sees a class, and has not asked for those alone that begin with something else.
fn is_shown(call: &Call<'_>, caller: &Caller, instance: &Instance, class: &Class) -> bool {
    let prefix = call.query.get("name__startswith").map(python::strip).unwrap_or_default();
    let is_open = match caller {
        Caller::Anonymous => false,
        Caller::Account { .. } => true,
        Caller::Api { flags, user, .. } => {
            flags.has(Flag::IgnoreAcl) || instance.class_permission(class, *user) >= ClassPermission::Read
        }
    };
    is_open && class.name().starts_with(prefix)
}

fn show_one(
    call: &Call<'_>,
    instance: &Instance,
    status: StatusCode,
    id: ClassId,
    spelled: String,
    is_migrating: bool,
) -> Result<Answer, Failure> {
    let class = instance.classes.get(id).ok_or_else(Failure::not_found)?;
    call.show(status, &ClassView { place: Place::of(call, instance), instance, class, spelled, is_migrating })
}

impl Serialize for ClassView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (instance, class) = (self.instance, self.class);
        let group = instance.group_of_class(class);
        let mut map = serializer.serialize_map(Some(13))?;
        map.serialize_entry("name", class.name())?;
        map.serialize_entry("description", &class.description)?;
        map.serialize_entry("schema", class.schema())?;
        map.serialize_entry("status", if self.is_migrating { "migrating" } else { "ready" })?;
        map.serialize_entry("created_at", &Time(class.created_at))?;
        map.serialize_entry("updated_at", &Time(class.updated_at))?;
        map.serialize_entry("objects_count", &instance.count_objects(class))?;
        map.serialize_entry("revision", &class.revision)?;
        map.serialize_entry("group", &group)?;
        map.serialize_entry("group_permissions", class.group_permissions.name())?;
        map.serialize_entry("other_permissions", class.other_permissions.name())?;
        map.serialize_entry("metadata", &class.metadata)?;
        map.serialize_entry("links", &Links { place: self.place, name: &self.spelled, group })?;
        map.end()
    }
}

struct Links<'a> {
    place: Place<'a>,
    name: &'a str,
    group: Option<GroupId>,
}

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (place, name) = (self.place, self.name);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("self", &format_args!("{place}/classes/{name}/"))?;
        map.serialize_entry("objects", &format_args!("{place}/classes/{name}/objects/"))?;
        if let Some(group) = self.group {
            map.serialize_entry("group", &format_args!("{place}/groups/{group}/"))?;
        }
        map.end()
    }
}
