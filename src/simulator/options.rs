//! What OPTIONS says of an endpoint: its name, and the members that it takes.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::access::{self, Deed, Parent};
use super::answer::{Answer, Failure};
use super::caller::Caller;
use super::resources;
use super::transport::Call;
use super::world::{Class, Field, FieldKind, Instance};
use crate::api::{Endpoint, Version};

/// An endpoint as OPTIONS describes it.
struct Description {
    name: &'static str,
    text: &'static str,
    /// The method that writes, with what it takes, for a caller who may.
    action: Option<(&'static str, Members)>,
}

/// The members of a body, those among them that only answers hold included.
pub type Table = &'static [(&'static str, Member)];

#[derive(Clone, Copy)]
struct Members(Table);

/// A member of a body.
#[derive(Clone, Copy)]
pub struct Member {
    pub kind: &'static str,
    pub required: bool,
    pub read_only: bool,
    label: Option<&'static str>,
    pub help: Option<&'static str>,
    pub min_length: Option<u32>,
    pub max_length: Option<u32>,
    pub inner: Inner,
}

/// What a member is made of.
#[derive(Clone, Copy)]
pub enum Inner {
    Nothing,
    /// Members of its own.
    Children(Table),
    /// A list of things with members of their own.
    ListOf(Table),
    /// One of these words.
    Choices(&'static [&'static str]),
    /// Not a value but links, each with its name and what it leads to.
    Links(&'static [(&'static str, &'static str)]),
}

/// Answers OPTIONS for a caller who may read the endpoint.
pub fn answer(
    call: &Call<'_>,
    caller: &Caller,
    parent: Parent,
    instance: Option<&Instance>,
) -> Result<Answer, Failure> {
    if let Endpoint::Absent(absent) = call.route.endpoint {
        return Err(resources::absent(call, absent.resource));
    }
    let mut description = describe(call.route.endpoint, call.route.version);
    // Whoever may change something is told what he may send, in a list too.
    if !access::may(caller, call.route.endpoint, Deed::Update, parent, call.quirks) {
        description.action = None;
    }
    let Some((class, path)) = instance.and_then(|instance| described_class(call, instance)) else {
        return call.show(StatusCode::OK, &description);
    };
    let mut description = serde_json::to_value(&description).map_err(|_| Failure::server_error())?;
    if let Some(Value::Object(members)) = description.pointer_mut(path) {
        insert_fields(members, class);
    }
    call.show(StatusCode::OK, &description)
}

/// What an endpoint takes, whichever of its methods writes; `None` where there is nothing that would.
pub fn members(endpoint: Endpoint, version: Version) -> Option<Table> {
    describe(endpoint, version).action.map(|(_, Members(members))| members)
}

/// The class whose fields the endpoint takes, if it takes any, and where in its description they stand.
fn described_class<'i>(call: &Call<'_>, instance: &'i Instance) -> Option<(&'i Class, &'static str)> {
    let (class, path) = match call.route.endpoint {
        Endpoint::Objects | Endpoint::Object => (instance.classes.named(call.route.param("class"))?, "/actions/POST"),
        Endpoint::Users => (instance.classes.user_profile(), "/actions/POST/profile/children"),
        Endpoint::User | Endpoint::CurrentUser => (instance.classes.user_profile(), "/actions/PUT/profile/children"),
        _ => return None,
    };
    Some((class, path)).filter(|(class, _)| !class.fields().is_empty())
}

/// Puts the fields of a class behind the members that every object has.
fn insert_fields(members: &mut Map<String, Value>, class: &Class) {
    let built_in = members.keys().position(|name| name == "channel_room").map_or(members.len(), |at| at + 1);
    let rest: Vec<String> = members.keys().skip(built_in).cloned().collect();
    let rest: Vec<_> = rest.into_iter().filter_map(|name| members.shift_remove_entry(&name)).collect();
    for field in class.fields() {
        members.insert(field.definition.name.to_string(), describe_field(field));
    }
    members.extend(rest);
}

fn describe_field(field: &Field) -> Value {
    let (kind, limits) = match field.definition.kind {
        FieldKind::String => ("string", json!({"max_length": 128})),
        FieldKind::Text => ("string", json!({"max_length": 32000})),
        FieldKind::Integer | FieldKind::Reference => ("integer", json!({"min_value": i32::MIN, "max_value": i32::MAX})),
        FieldKind::Float => ("float", json!({})),
        FieldKind::Boolean => ("boolean", json!({})),
        FieldKind::DateTime => ("datetime", json!({})),
        FieldKind::File => ("file upload", json!({"max_length": 100})),
        FieldKind::Object | FieldKind::Array | FieldKind::GeoPoint | FieldKind::Relation => ("field", json!({})),
    };
    let mut name = field.definition.name.chars();
    let label: String = name.next().into_iter().flat_map(char::to_uppercase).chain(name).collect();
    let mut description = json!({"type": kind, "required": false, "read_only": false, "label": label});
    if let (Value::Object(description), Value::Object(limits)) = (&mut description, limits) {
        description.extend(limits);
    }
    description
}

fn describe(endpoint: Endpoint, version: Version) -> Description {
    let (name, text, action): (_, _, Option<(_, Table)>) = match endpoint {
        Endpoint::Absent(_) => ("", "", None),
        Endpoint::Root => ("Api Links", "", None),
        Endpoint::Links => ("Top Level Api Links", "", None),
        Endpoint::AccountBackups => ("Top Backups Link", "", None),
        Endpoint::Usage => ("Stats Links", "", None),
        Endpoint::Account => ("Account", ACCOUNT_TEXT, Some(("PUT", ACCOUNT))),
        Endpoint::AccountRegister => ("Register", "", Some(("POST", REGISTER))),
        Endpoint::AccountAuth => ("Auth", "", Some(("POST", ACCOUNT_LOGIN))),
        Endpoint::AccountSocialAuth | Endpoint::SocialLogin => ("Social Auth", "", Some(("POST", SOCIAL_LOGIN))),
        Endpoint::AccountResetKey => ("Admin Reset Key", "Reset admin account key", Some(("POST", &[]))),
        Endpoint::AccountPassword => ("Admin Change Password", "Change admin password", Some(("POST", NEW_PASSWORD))),
        Endpoint::AccountPasswordSet => ("Admin Set Password", "", Some(("POST", FIRST_PASSWORD))),
        Endpoint::AccountPasswordReset => {
            ("Admin Reset Password", "Reset admin password", Some(("POST", LOST_PASSWORD)))
        }
        Endpoint::AccountInvitations => ("Admin Invitation List", OWN_INVITATION_TEXT, None),
        Endpoint::AccountInvitation => ("Admin Invitation Instance", OWN_INVITATION_TEXT, None),
        Endpoint::AcceptInvitation => ("Admin Invitation", OWN_INVITATION_TEXT, Some(("POST", INVITATION_KEY))),
        Endpoint::Instances => ("Instance List", "", Some(("POST", instance(version, false)))),
        Endpoint::Instance => ("Instance Instance", "", Some(("PUT", instance(version, true)))),
        Endpoint::InstanceRename => ("Instance", "", Some(("POST", NEW_NAME))),
        Endpoint::Backups => ("Top Backups Instance Link", "", None),
        Endpoint::Snippets => ("Top Snippets Link", "", None),
        Endpoint::Endpoints => ("Top Endpoints Link", "", None),
        Endpoint::PushNotifications => ("Top Push Notification Link", "", None),
        Endpoint::GcmPushNotifications => ("Gcm Push Notification Link", "", None),
        Endpoint::ApnsPushNotifications => ("APNS Push Notification Link", "", None),
        Endpoint::Batch => ("Batch", "", Some(("POST", BATCH))),
        Endpoint::Admins => ("Admin List", ADMINISTRATOR_TEXT, None),
        Endpoint::Admin => ("Admin Instance", ADMINISTRATOR_TEXT, Some(("PUT", ADMINISTRATOR))),
        Endpoint::Invitations => ("Invitation List", "", Some(("POST", &INVITATION))),
        Endpoint::Invitation => ("Invitation Instance", "", Some(("PUT", &INVITATION_DETAIL))),
        Endpoint::InvitationResend => ("Invitation", "", Some(("POST", &INVITATION_DETAIL))),
        Endpoint::ApiKeys => ("Api Key List", API_KEY_TEXT, Some(("POST", API_KEY))),
        Endpoint::ApiKey => ("Api Key Instance", API_KEY_TEXT, Some(("PUT", API_KEY))),
        Endpoint::ApiKeyResetKey => ("Api Key", API_KEY_TEXT, Some(("POST", &[]))),
        Endpoint::CurrentUser => ("User Account", "", Some(("PUT", &USER))),
        Endpoint::Login => ("User Auth", "", Some(("POST", LOGIN))),
        Endpoint::Users => ("User List", "", Some(("POST", &USER))),
        Endpoint::User => ("User Instance", "", Some(("PUT", &USER))),
        Endpoint::UserResetKey => ("User", "", Some(("POST", &[]))),
        Endpoint::UserGroups => ("User Membership List", "", Some(("POST", USER_MEMBERSHIP))),
        Endpoint::UserGroup => ("User Membership Instance", "", None),
        Endpoint::Groups => ("Group List", "", Some(("POST", GROUP))),
        Endpoint::Group => ("Group Instance", "", Some(("PUT", GROUP))),
        Endpoint::GroupUsers => ("Group Membership List", "", Some(("POST", GROUP_MEMBERSHIP))),
        Endpoint::GroupUser => ("Group Membership Instance", "", None),
        Endpoint::Classes => ("Klass List", "", Some(("POST", &CLASS))),
        Endpoint::Class => ("Klass Instance", "", Some(("PUT", &CLASS_DETAIL))),
        Endpoint::Objects => ("Object List", "", Some(("POST", &OBJECT))),
        Endpoint::Object => ("Object Instance", "", Some(("POST", &OBJECT_DETAIL))),
    };
    Description { name, text, action: action.map(|(method, members)| (method, Members(members))) }
}

fn instance(version: Version, exists: bool) -> Table {
    match (version, exists) {
        (Version::V1, false) => &INSTANCE_V1,
        (Version::V1, true) => &INSTANCE_V1_DETAIL,
        (Version::V1_1, false) => &INSTANCE_V1_1,
        (Version::V1_1, true) => &INSTANCE_V1_1_DETAIL,
    }
}

impl Member {
    /// A member that only answers hold.
    const fn shown(kind: &'static str, label: &'static str) -> Member {
        Member { read_only: true, ..Member::optional(kind, label) }
    }

    /// A member that may be sent.
    const fn optional(kind: &'static str, label: &'static str) -> Member {
        Member {
            kind,
            required: false,
            read_only: false,
            label: Some(label),
            help: None,
            min_length: None,
            max_length: None,
            inner: Inner::Nothing,
        }
    }

    /// A member that has to be sent.
    const fn required(kind: &'static str, label: &'static str) -> Member {
        Member { required: true, ..Member::optional(kind, label) }
    }

    const fn max(self, length: u32) -> Member {
        Member { max_length: Some(length), ..self }
    }

    const fn min(self, length: u32) -> Member {
        Member { min_length: Some(length), ..self }
    }

    const fn with(self, inner: Inner) -> Member {
        Member { inner, ..self }
    }
}

const ACCOUNT_TEXT: &str = "See or update your account data.\n\nAdmin has to provide api_key to be authenticated\nvia http header or query param.";
const OWN_INVITATION_TEXT: &str = "API endpoint for admin invitations";
const ADMINISTRATOR_TEXT: &str = "API endpoint for admins added to given instance";
const API_KEY_TEXT: &str = "Manage API keys available for given instance.";

const ID: Member = Member::shown("integer", "ID");
const EMAIL: Member = Member::required("email", "Email address").max(254);
const FIRST_NAME: Member = Member::optional("string", "First name").max(64);
const LAST_NAME: Member = Member::optional("string", "Last name").max(64);
const METADATA: Member = Member::optional("field", "Metadata");
const USERNAME: Member = Member::required("string", "Username").max(64);
const PASSWORD: Member = Member::required("string", "Password").max(128);

const fn links(links: &'static [(&'static str, &'static str)]) -> (&'static str, Member) {
    ("links", Member::shown("links", "Links").with(Inner::Links(links)))
}

const fn permission(label: &'static str) -> Member {
    Member::optional("choice", label).with(Inner::Choices(&["none", "read", "write", "full"]))
}

const ACCOUNT: Table = &[
    ("id", ID),
    ("email", EMAIL),
    ("first_name", FIRST_NAME),
    ("last_name", LAST_NAME),
    (
        "is_active",
        Member {
            help: Some(
                "Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
            ),
            ..Member::shown("boolean", "Active")
        },
    ),
    ("has_password", Member::shown("field", "Has password")),
    ("metadata", METADATA),
];

const REGISTER: Table = &[
    ("id", ID),
    ("email", EMAIL),
    ("password", PASSWORD),
    ("first_name", FIRST_NAME),
    ("last_name", LAST_NAME),
    ("invitation_key", Member::optional("string", "Invitation key").max(40)),
];

const ACCOUNT_LOGIN: Table =
    &[("email", Member::required("email", "Email")), ("password", Member::required("string", "Password"))];
const SOCIAL_LOGIN: Table = &[("access_token", Member::required("string", "Access token"))];
const NEW_PASSWORD: Table = &[
    ("current_password", Member::required("string", "Current password")),
    ("new_password", Member::required("string", "New password")),
];
const FIRST_PASSWORD: Table = &[("password", Member::required("string", "Password"))];
const LOST_PASSWORD: Table = &[("email", Member::required("email", "Email"))];
const NEW_NAME: Table = &[("new_name", Member::required("string", "New name"))];

const INSTANCE_LINKS_V1: &[(&str, &str)] = &[
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

const INSTANCE_LINKS_V1_1: &[(&str, &str)] = &[
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

const INSTANCE_NAME: Member = Member::required("string", "Name").min(5);

static INSTANCE_V1: [(&str, Member); 9] = instance_members(INSTANCE_NAME, INSTANCE_LINKS_V1);
static INSTANCE_V1_DETAIL: [(&str, Member); 9] =
    instance_members(Member { read_only: true, ..INSTANCE_NAME }, INSTANCE_LINKS_V1);
static INSTANCE_V1_1: [(&str, Member); 9] = instance_members(INSTANCE_NAME, INSTANCE_LINKS_V1_1);
static INSTANCE_V1_1_DETAIL: [(&str, Member); 9] =
    instance_members(Member { read_only: true, ..INSTANCE_NAME }, INSTANCE_LINKS_V1_1);

const fn instance_members(
    name: Member,
    leads_to: &'static [(&'static str, &'static str)],
) -> [(&'static str, Member); 9] {
    [
        ("name", name),
        ("description", Member::optional("string", "Description").max(256)),
        ("owner", Member::shown("nested object", "Owner").with(Inner::Children(ACCOUNT))),
        ("created_at", Member::shown("datetime", "Created at")),
        ("updated_at", Member::shown("datetime", "Updated at")),
        ("role", Member::shown("field", "Role")),
        ("location", Member::shown("string", "Location")),
        ("metadata", METADATA),
        links(leads_to),
    ]
}

const API_KEY: Table = &[
    ("id", ID),
    ("description", Member::optional("string", "description")),
    ("api_key", Member::shown("field", "Api key")),
    ("ignore_acl", Member::optional("boolean", "ignore_acl")),
    ("allow_user_create", Member::optional("boolean", "allow_user_create")),
    ("allow_group_create", Member::optional("boolean", "allow_group_create")),
    ("allow_anonymous_read", Member::optional("boolean", "allow_anonymous_read")),
    ("created_at", Member::shown("datetime", "created at")),
    links(&[("self", "detail"), ("reset_key", "key")]),
];

const ROLE: Member = Member::optional("choice", "Role").with(Inner::Choices(&["full", "write", "read"]));

const ADMINISTRATOR: Table = &[
    ("id", Member::shown("field", "Id")),
    ("role", ROLE),
    ("email", Member::shown("field", "Email")),
    ("first_name", Member::shown("field", "First name")),
    ("last_name", Member::shown("field", "Last name")),
    links(&[("self", "detail")]),
];

const INVITED: Member = Member::required("email", "Email").max(254);

static INVITATION: [(&str, Member); 9] = invitation_members(INVITED);
static INVITATION_DETAIL: [(&str, Member); 9] = invitation_members(Member { read_only: true, ..INVITED });

const fn invitation_members(email: Member) -> [(&'static str, Member); 9] {
    [
        ("id", ID),
        ("email", email),
        ("role", ROLE),
        ("key", Member::shown("string", "Key")),
        ("inviter", Member::shown("string", "Inviter")),
        ("created_at", Member::shown("datetime", "Created at")),
        ("updated_at", Member::shown("datetime", "Updated at")),
        ("state", Member::shown("choice", "State")),
        links(&[("self", "detail"), ("resend", "resend")]),
    ]
}

const INVITATION_KEY: Table = &[("invitation_key", Member::required("string", "Invitation key").max(40))];

const BATCH: Table = &[("requests", Member::required("field", "Requests").with(Inner::ListOf(BATCH_ITEM)))];
const BATCH_ITEM: Table = &[
    ("method", Member::required("choice", "Method").with(Inner::Choices(&["GET", "POST", "PUT", "PATCH", "DELETE"]))),
    ("path", Member::required("string", "Path").max(8192)),
    ("body", Member::optional("field", "Body")),
];

const LOGIN: Table = &[("username", USERNAME), ("password", PASSWORD)];

const GROUP: Table = &[
    ("id", ID),
    ("name", Member::optional("string", "Name")),
    ("label", Member::optional("string", "Label").max(64)),
    ("description", Member::optional("string", "Description").max(256)),
    links(&[("self", "detail"), ("users", "list")]),
];

const CLASS_NAME: Member = Member::required("string", "Name");
const DESCRIPTION: Member = Member::optional("string", "Description").max(256);
const SCHEMA: Member = Member::optional("field", "Schema");
const STATUS: Member = Member::shown("field", "Status");
const CREATED_AT: Member = Member::shown("datetime", "Created at");
const UPDATED_AT: Member = Member::shown("datetime", "Updated at");
const OBJECTS_COUNT: Member = Member::shown("field", "Objects count");
const REVISION: Member = Member::shown("integer", "Revision");
const GROUP_FIELD: Member = Member::optional("field", "Group");
const EXPECTED_REVISION: Member = Member::optional("integer", "Expected revision");
const CLASS_LINKS: (&str, Member) = links(&[("self", "detail"), ("objects", "list"), ("group", "detail")]);

const fn class_permission(label: &'static str) -> Member {
    Member::optional("choice", label).with(Inner::Choices(&["none", "read", "create_objects"]))
}

static CLASS: [(&str, Member); 13] = [
    ("name", CLASS_NAME),
    ("description", DESCRIPTION),
    ("schema", SCHEMA),
    ("status", STATUS),
    ("created_at", CREATED_AT),
    ("updated_at", UPDATED_AT),
    ("objects_count", OBJECTS_COUNT),
    ("revision", REVISION),
    ("group", GROUP_FIELD),
    ("group_permissions", class_permission("Group permissions")),
    ("other_permissions", class_permission("Other permissions")),
    ("metadata", METADATA),
    CLASS_LINKS,
];

static CLASS_DETAIL: [(&str, Member); 14] = [
    ("name", Member { read_only: true, ..CLASS_NAME }),
    ("description", DESCRIPTION),
    ("schema", SCHEMA),
    ("status", STATUS),
    ("created_at", CREATED_AT),
    ("updated_at", UPDATED_AT),
    ("objects_count", OBJECTS_COUNT),
    ("revision", REVISION),
    ("group", GROUP_FIELD),
    ("group_permissions", class_permission("Group permissions")),
    ("other_permissions", class_permission("Other permissions")),
    ("metadata", METADATA),
    ("expected_revision", EXPECTED_REVISION),
    CLASS_LINKS,
];

const OWNER: Member = Member::optional("field", "Owner");
const CHANNEL: Member = Member::optional("field", "Channel");
const CHANNEL_ROOM: Member = Member::optional("string", "channel room").max(64);
const OBJECT_LINKS: (&str, Member) =
    links(&[("self", "detail"), ("owner", "detail"), ("group", "detail"), ("channel", "detail")]);

/// A data object; the fields of its class come on top.
static OBJECT: [(&str, Member); 12] = object_members(OWNER);
static PROFILE: [(&str, Member); 12] = object_members(Member { read_only: true, ..OWNER });

static OBJECT_DETAIL: [(&str, Member); 13] = {
    let [id, created_at, updated_at, revision, owner, of_owner, group, of_group, of_others, .., links] = OBJECT;
    let channel = ("channel", Member { read_only: true, ..CHANNEL });
    let channel_room = ("channel_room", Member { read_only: true, ..CHANNEL_ROOM });
    let expected_revision = ("expected_revision", EXPECTED_REVISION);
    [
        id,
        created_at,
        updated_at,
        revision,
        owner,
        of_owner,
        group,
        of_group,
        of_others,
        channel,
        channel_room,
        expected_revision,
        links,
    ]
};

const fn object_members(owner: Member) -> [(&'static str, Member); 12] {
    [
        ("id", ID),
        ("created_at", Member::shown("datetime", "created at")),
        ("updated_at", Member::shown("datetime", "updated at")),
        ("revision", Member::shown("integer", "revision")),
        ("owner", owner),
        ("owner_permissions", permission("Owner permissions")),
        ("group", GROUP_FIELD),
        ("group_permissions", permission("Group permissions")),
        ("other_permissions", permission("Other permissions")),
        ("channel", CHANNEL),
        ("channel_room", CHANNEL_ROOM),
        OBJECT_LINKS,
    ]
}

static USER: [(&str, Member); 7] = [
    ("id", ID),
    ("username", USERNAME),
    ("password", PASSWORD),
    ("profile", Member::optional("nested object", "Profile").with(Inner::Children(&PROFILE))),
    ("groups", Member::shown("field", "Groups").with(Inner::ListOf(GROUP))),
    ("user_key", Member::shown("field", "User key")),
    links(&[("self", "detail"), ("groups", "list"), ("reset-key", "key"), ("profile", "detail")]),
];

const USER_MEMBERSHIP: Table = &[("group", Member::required("field", "Group")), links(&[("self", "detail")])];
const GROUP_MEMBERSHIP: Table = &[("user", Member::required("field", "User")), links(&[("self", "detail")])];

impl Serialize for Description {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const PARSES: [&str; 4] =
            ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.name)?;
        map.serialize_entry("description", self.text)?;
        map.serialize_entry("renders", &["application/json"])?;
        map.serialize_entry("parses", &PARSES)?;
        if let Some(action) = self.action {
            map.serialize_entry("actions", &Pairs(std::slice::from_ref(&action)))?;
        }
        map.end()
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Pairs(self.0).serialize(serializer)
    }
}

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Inner::Links(links) = self.inner {
            let links: Vec<_> = links.iter().map(|link| Link { name: link.0, kind: link.1 }).collect();
            map.serialize_entry("links", &links)?;
            return map.end();
        }
        map.serialize_entry("type", self.kind)?;
        map.serialize_entry("required", &self.required)?;
        map.serialize_entry("read_only", &self.read_only)?;
        if let Some(label) = self.label {
            map.serialize_entry("label", label)?;
        }
        if let Some(help) = self.help {
            map.serialize_entry("help_text", help)?;
        }
        if let Some(length) = self.min_length {
            map.serialize_entry("min_length", &length)?;
        }
        if let Some(length) = self.max_length {
            map.serialize_entry("max_length", &length)?;
        }
        match self.inner {
            Inner::Nothing | Inner::Links(_) => {}
            Inner::Children(members) => map.serialize_entry("children", &Members(members))?,
            Inner::ListOf(members) => {
                let one = Member { kind: "nested object", label: None, inner: Inner::Children(members), ..*self };
                map.serialize_entry("child", &one)?;
            }
            Inner::Choices(words) => {
                let choices: Vec<_> = words.iter().map(|word| Choice { value: word, display_name: word }).collect();
                map.serialize_entry("choices", &choices)?;
            }
        }
        map.end()
    }
}

/// Pairs, shown as an object.
struct Pairs<'a, V>(&'a [(&'static str, V)]);

impl<V: Serialize> Serialize for Pairs<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(serde::Serialize)]
struct Link {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(serde::Serialize)]
struct Choice {
    value: &'static str,
    display_name: &'static str,
}
