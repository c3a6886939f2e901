//! The members of a scenario file. The JSON Schema of the format is derived from these types.

use std::fmt;
use std::str::FromStr;

use http::Method;
use indexmap::IndexMap;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use super::check_id::{CheckId, is_slug};
use super::locator::Locator;
use super::name::Name;
use super::principal::Principal;
use super::template::{Json, Reference, Text};
use syncano_simulator::api::Flag;

/// A scenario: the contents of its world, then requests in order, with checks of each answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A scenario of syncano-conformance")]
pub struct ScenarioFile {
    /// The behaviour that the scenario shows, as a sentence.
    pub title: String,
    /// Why it matters, or what else a reader should know.
    pub about: Option<String>,
    /// The capabilities that the target must have. If it lacks something, the scenario is skipped
    /// with the reason.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// The objects that the administrator creates through the API before the first step.
    #[serde(default)]
    pub given: GivenFile,
    /// The requests, in order.
    pub steps: Vec<StepFile>,
}

/// Something that not every target offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// The instance contains only what the scenario creates. This is the case unless the user names
    /// an existing instance.
    OwnInstance,
}

/// The contents of the world before the first step. All names in a scenario must be different.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenFile {
    /// Users. `alice` defines `alice.id`, `alice.username`, `alice.password`, `alice.user_key` and
    /// `alice.profile.id`.
    #[serde(default)]
    #[schemars(with = "Vec<NamePattern>")]
    pub users: Vec<Spanned<Name>>,
    /// Groups and their members. `crew` defines `crew.id` and `crew.label`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, Vec<NamePattern>>")]
    pub groups: IndexMap<Name, Vec<Spanned<Name>>>,
    /// API keys: a name and the flags that are on. A plain key and one key for each flag always
    /// exist. `spare` defines the principal `api:spare` and the references `api:spare.id` and
    /// `api:spare.key`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, Vec<FlagName>>")]
    pub api_keys: IndexMap<Name, Vec<FlagWord>>,
    /// Classes of data objects beside `user_profile`. `post` defines `post.name`, for paths. Each
    /// class has one field, `title`, a string.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, GivenClass>")]
    pub classes: IndexMap<Name, GivenClass>,
    /// Data objects. `poem` defines `poem.id` and `poem.title`, and `poem.file` if it has a file.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, GivenObject>")]
    pub objects: IndexMap<Name, GivenObject>,
    /// Data endpoints, each with its class, one of `given.classes`. `feed` defines `feed.name`, for
    /// paths.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, NamePattern>")]
    pub data_endpoints: IndexMap<Name, Spanned<Name>>,
    /// Channels, each with one message of the administrator. `news` defines `news.name`,
    /// `news.message.id` and `news.message.text`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, GivenChannel>")]
    pub channels: IndexMap<Name, GivenChannel>,
    /// Devices of the service GCM, each with its user. `phone` defines `phone.token`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, NamePattern>")]
    pub devices: IndexMap<Name, Spanned<Name>>,
    /// Templates, each with its content, in which `{{` is no reference. Their media type is that of
    /// JSON. `hello` defines `hello.name`, for paths.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub templates: IndexMap<Name, Spanned<String>>,
    /// Another instance beside the scenario's own.
    pub foreign: Option<Foreign>,
}

/// A class. Missing members have the defaults of the API.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenClass {
    /// The group that `group_permissions` applies to.
    #[schemars(with = "Option<NamePattern>")]
    pub group: Option<Spanned<Name>>,
    /// The permission of the group's members on the class.
    pub group_permissions: Option<ClassPermission>,
    /// The permission of every user on the class.
    pub other_permissions: Option<ClassPermission>,
}

/// A permission on a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClassPermission {
    /// Nothing; the class is invisible.
    None,
    /// Access objects of the class.
    Read,
    /// Access objects of the class and create new ones.
    CreateObjects,
}

/// A data object. Missing members have the defaults of the API.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenObject {
    /// The class, one of `given.classes`.
    #[schemars(with = "NamePattern")]
    pub class: Spanned<Name>,
    /// The user who owns the object.
    #[schemars(with = "Option<NamePattern>")]
    pub owner: Option<Spanned<Name>>,
    /// The permission of the owner on the object.
    pub owner_permissions: Option<ObjectPermission>,
    /// The group that `group_permissions` applies to.
    #[schemars(with = "Option<NamePattern>")]
    pub group: Option<Spanned<Name>>,
    /// The permission of the group's members on the object.
    pub group_permissions: Option<ObjectPermission>,
    /// The permission of every user on the object.
    pub other_permissions: Option<ObjectPermission>,
    /// Whether the object has a file, in the field `file` of its class.
    #[serde(default)]
    pub file: bool,
}

/// A channel that takes messages. Missing members have the defaults of the API.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenChannel {
    /// The group that `group_permissions` applies to.
    #[schemars(with = "Option<NamePattern>")]
    pub group: Option<Spanned<Name>>,
    /// The permission of the group's members on the channel.
    pub group_permissions: Option<ChannelPermission>,
    /// The permission of every user on the channel.
    pub other_permissions: Option<ChannelPermission>,
}

/// A permission on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelPermission {
    /// Nothing; the channel is invisible.
    None,
    /// Read the messages.
    Subscribe,
    /// Read and publish messages.
    Publish,
}

/// A permission on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectPermission {
    /// Nothing; the object is invisible.
    None,
    /// See the object.
    Read,
    /// See and change the object.
    Write,
    /// See, change and delete the object.
    Full,
}

/// The other instance. It defines the principal `foreign` and the references `foreign.name`,
/// `foreign.path` and `foreign.api_key`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Foreign {
    /// Users of the other instance. `zoe` defines the same references as a user of the scenario's
    /// own instance.
    #[serde(default)]
    #[schemars(with = "Vec<NamePattern>")]
    pub users: Vec<Spanned<Name>>,
}

/// One request, and the checks of its answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepFile {
    /// The purpose of the step, in a few words.
    pub name: String,
    /// Whose keys the request carries: `anonymous`, `account`, `api`, `api:KEY`, `foreign`,
    /// `alice`, `alice@KEY`, `alice@foreign`, `alice@revoked`, `account:ROLE`, `account+alice`,
    /// `account:ROLE+alice`, `anonymous+alice`.
    #[serde(rename = "as")]
    #[schemars(with = "String")]
    pub principal: Spanned<Principal>,
    /// Method and path. A path that begins with `/` is below the scenario's instance. A path that
    /// begins with a reference or with a version (`/v1.1/`) is sent as it is.
    #[schemars(with = "SendPattern")]
    pub send: Spanned<SendLine>,
    /// How the principal's keys are sent, if not in headers.
    #[serde(default)]
    pub via: Via,
    /// Additional headers.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub headers: IndexMap<String, Text>,
    /// A JSON body, as JSON text.
    #[schemars(with = "Option<String>")]
    pub json: Option<Json>,
    /// A body of form fields.
    #[schemars(with = "Option<IndexMap<String, String>>")]
    pub form: Option<IndexMap<String, Text>>,
    /// A body of multipart form fields.
    #[schemars(with = "Option<IndexMap<String, String>>")]
    pub multipart: Option<IndexMap<String, Text>>,
    /// A body that is sent as it is, with the `Content-Type` in `headers`.
    #[schemars(with = "Option<String>")]
    pub raw: Option<Text>,
    /// Values of the answer for later steps: a name and a locator in the body. `alice.user_key`
    /// replaces alice's key; the previous one is then `alice@revoked`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub save: IndexMap<SaveName, Spanned<Locator>>,
    /// How long to repeat the request until all checks pass (`5s`), for delayed effects. Only for
    /// GET.
    #[schemars(with = "Option<String>")]
    pub eventually: Option<Spanned<Patience>>,
    /// Whether the request waits for what the next step does, as a poll can. Only for GET.
    #[serde(default)]
    pub waits_for_next: bool,
    /// Whether no endpoint has the path, on purpose, so that `lint` does not warn of it. A step
    /// that expects the status 404 or 405 does not need it.
    #[serde(default)]
    pub no_endpoint: bool,
    /// The checks of the answer. All are judged.
    #[serde(default)]
    pub checks: Vec<CheckFile>,
}

/// How keys are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Via {
    /// How the account key or API key is sent.
    pub api_key: ApiKeyWay,
    /// How the user key is sent.
    pub user_key: UserKeyWay,
}

/// A way to send an account key or an API key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApiKeyWay {
    /// The header `X-API-KEY`.
    #[default]
    Header,
    /// The parameter `api_key` of the query.
    Query,
    /// The parameter `apikey` of the query.
    QueryAlias,
    /// The header `Authorization: Token KEY`.
    Authorization,
    /// The member `_api_key` of the body.
    Body,
}

/// A way to send a user key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserKeyWay {
    /// The header `X-USER-KEY`.
    #[default]
    Header,
    /// The parameter `user_key` of the query.
    Query,
    /// The parameter `userkey` of the query.
    QueryAlias,
    /// The member `_user_key` of the body.
    Body,
}

/// A check with exactly one assertion: `status`, `header`, `no_header`, `equals`, `differs`,
/// `only`, `contains`, `matches`, `count`, `present`, `absent` or `snapshot`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckFile {
    /// A stable id, unique in the suite: `group-users/only-the-caller`.
    #[schemars(with = "CheckPattern")]
    pub id: Spanned<CheckId>,
    /// The rule that is broken if the check fails.
    #[schemars(with = "Option<String>")]
    pub rule: Option<Spanned<String>>,
    /// Marks the check as a witness: it shows that what the negative checks do not find exists. If
    /// a witness fails, they are untestable.
    #[serde(default)]
    pub witness: bool,
    /// The place in the JSON body: a JSONPath (RFC 9535). A path that can match only once returns
    /// the value, any other a list of all matches. The default is the whole body.
    #[schemars(with = "Option<String>")]
    pub at: Option<Spanned<Locator>>,
    /// The status equals this number.
    pub status: Option<u16>,
    /// A header has this value: `Allow: POST, OPTIONS`.
    #[schemars(with = "Option<String>")]
    pub header: Option<Text>,
    /// The answer has no header of this name.
    pub no_header: Option<String>,
    /// The value equals this one, in JSON.
    #[schemars(with = "Option<String>")]
    pub equals: Option<Json>,
    /// The value exists and differs from this one, in JSON.
    #[schemars(with = "Option<String>")]
    pub differs: Option<Json>,
    /// The list contains exactly these values, in any order. A JSON array.
    #[schemars(with = "Option<String>")]
    pub only: Option<Json>,
    /// The list contains at least these values. A JSON array.
    #[schemars(with = "Option<String>")]
    pub contains: Option<Json>,
    /// The text contains a match of this regular expression. Without `at`, the body as text.
    #[schemars(with = "Option<String>")]
    pub matches: Option<Pattern>,
    /// The list or the object has this number of elements.
    pub count: Option<usize>,
    /// Whether `at` must match anything.
    pub present: Option<bool>,
    /// These values occur nowhere in the answer, neither in the body nor in a header:
    /// `[bob.username, bob.user_key]`.
    #[schemars(with = "Option<Vec<String>>")]
    pub absent: Option<Vec<Spanned<Reference>>>,
    /// The normalised answer equals the snapshot of this name.
    #[schemars(with = "Option<String>")]
    pub snapshot: Option<Spanned<SnapshotName>>,
}

/// Method and path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SendLine {
    /// The method.
    pub method: Method,
    /// The path, which may have a query.
    pub path: Text,
}

impl TryFrom<String> for SendLine {
    type Error = String;

    fn try_from(text: String) -> Result<SendLine, String> {
        let (method, path) = text.split_once(' ').ok_or("expected a method, a blank and a path: `GET /user/`")?;
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!("{method:?} is not a method; methods are upper-case words"));
        }
        let method = Method::from_str(method).map_err(|error| error.to_string())?;
        let path = path.parse::<Text>().map_err(|error| error.to_string())?;
        if path.begins_with("/") || path.begins_with_reference() {
            Ok(SendLine { method, path })
        } else {
            Err("a path must begin with `/` or with a reference".to_owned())
        }
    }
}

/// The name of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FlagWord(pub Flag);

impl TryFrom<String> for FlagWord {
    type Error = syncano_simulator::api::UnknownFlag;

    fn try_from(text: String) -> Result<FlagWord, Self::Error> {
        text.parse().map(FlagWord)
    }
}

/// The name of a saved value: a name, or `USER.user_key`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum SaveName {
    /// A new value.
    Value(Name),
    /// The current key of a user.
    UserKey(Name),
}

impl TryFrom<String> for SaveName {
    type Error = String;

    fn try_from(text: String) -> Result<SaveName, String> {
        match text.split_once('.') {
            None => text.parse().map(SaveName::Value).map_err(|error: super::name::NameError| error.to_string()),
            Some((user, "user_key")) => {
                user.parse().map(SaveName::UserKey).map_err(|error: super::name::NameError| error.to_string())
            }
            Some(_) => Err(format!("cannot save {text:?}; write a name, or `USER.user_key`")),
        }
    }
}

impl fmt::Display for SaveName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SaveName::Value(name) => write!(f, "{name}"),
            SaveName::UserKey(user) => write!(f, "{user}.user_key"),
        }
    }
}

/// How long a step is repeated: from a millisecond to a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Patience(pub std::time::Duration);

impl TryFrom<String> for Patience {
    type Error = String;

    fn try_from(text: String) -> Result<Patience, String> {
        let invalid = || format!("{text:?} is not a duration between 1ms and 60s; write `500ms` or `5s`");
        let duration = SignedDuration::from_str(&text).map_err(|_| invalid())?;
        if duration < SignedDuration::from_millis(1) || duration > SignedDuration::from_secs(60) {
            return Err(invalid());
        }
        Ok(Patience(duration.unsigned_abs()))
    }
}

/// A regular expression.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(pub regex::Regex);

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Pattern, String> {
        regex::Regex::new(&text).map(Pattern).map_err(|error| format!("not a regular expression: {error}"))
    }
}

/// The name of a snapshot within its scenario.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct SnapshotName(String);

impl SnapshotName {
    /// Returns the name as in the file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SnapshotName {
    type Error = String;

    fn try_from(text: String) -> Result<SnapshotName, String> {
        if is_slug(&text) {
            Ok(SnapshotName(text))
        } else {
            Err(format!("{text:?} is not a valid snapshot name; write a-z, 0-9 and `-`"))
        }
    }
}

/// Represents [`Name`] in the JSON Schema.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct NamePattern(#[schemars(regex(pattern = r"^[a-z][a-z0-9_]*$"))] String);

/// Represents [`FlagWord`] in the JSON Schema.
#[derive(JsonSchema)]
#[allow(dead_code)]
#[schemars(rename_all = "snake_case")]
enum FlagName {
    IgnoreAcl,
    AllowUserCreate,
    AllowGroupCreate,
    AllowAnonymousRead,
}

/// Represents [`SendLine`] in the JSON Schema.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct SendPattern(#[schemars(regex(pattern = r"^[A-Z]+ (/|\{\{)"))] String);

/// Represents [`CheckId`] in the JSON Schema.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct CheckPattern(#[schemars(regex(pattern = r"^[a-z0-9-]+(/[a-z0-9-]+)+$"))] String);
