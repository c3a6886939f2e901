//! The members of a scenario file. The JSON Schema of the format is derived from these types.

use std::fmt;
use std::str::FromStr;

use http::Method;
use indexmap::IndexMap;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use super::locator::Locator;
use super::name::Name;
use super::principal::Principal;
use super::template::{Json, Reference, Text};
use syncano_simulator::api::Flag;

/// One scenario: what is given, then requests, one after the other, and what has to be true of each answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A scenario of syncano-conformance")]
pub struct ScenarioFile {
    /// What the scenario shows, as a sentence.
    pub title: String,
    /// Why it matters, or what else a reader should know.
    pub about: Option<String>,
    /// What the target has to offer. Where it does not, the scenario is skipped and says why.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// What is made before the first step, through the API, as administrator.
    #[serde(default)]
    pub given: GivenFile,
    /// The requests, in order.
    pub steps: Vec<StepFile>,
}

/// Something that not every target offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// The instance holds nothing but what the scenario makes. It is so unless the user names an existing instance.
    OwnInstance,
}

/// What is made before the first step. All names of a scenario are different from each other.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenFile {
    /// Users. `alice` brings `alice.id`, `alice.username`, `alice.password`, `alice.user_key` and `alice.profile.id`.
    #[serde(default)]
    #[schemars(with = "Vec<NamePattern>")]
    pub users: Vec<Spanned<Name>>,
    /// Groups and who is in them. `crew` brings `crew.id` and `crew.label`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, Vec<NamePattern>>")]
    pub groups: IndexMap<Name, Vec<Spanned<Name>>>,
    /// API keys beyond the plain one and one for each flag, which are always there: a name and the flags that are on.
    /// `spare` brings the principal `api:spare` and the references `api:spare.id` and `api:spare.key`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, Vec<FlagName>>")]
    pub api_keys: IndexMap<Name, Vec<FlagWord>>,
    /// Classes of data objects beside `user_profile`. `post` brings `post.name`, which stands in paths. Each has one field,
    /// `title`, a string.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, GivenClass>")]
    pub classes: IndexMap<Name, GivenClass>,
    /// Data objects. `poem` brings `poem.id` and `poem.title`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, GivenObject>")]
    pub objects: IndexMap<Name, GivenObject>,
    /// Another instance beside the scenario's own.
    pub foreign: Option<Foreign>,
}

/// A class. What is left out is what the API makes of it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenClass {
    /// The group that `group_permissions` is about.
    #[schemars(with = "Option<NamePattern>")]
    pub group: Option<Spanned<Name>>,
    /// What members of the group may do with the class.
    pub group_permissions: Option<ClassPermission>,
    /// What everybody may do with the class.
    pub other_permissions: Option<ClassPermission>,
}

/// What a class lets somebody do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClassPermission {
    /// Nothing; the class is not there.
    None,
    /// Reach its objects.
    Read,
    /// And make new ones.
    CreateObjects,
}

/// A data object. What is left out is what the API makes of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenObject {
    /// Its class, out of `given.classes`.
    #[schemars(with = "NamePattern")]
    pub class: Spanned<Name>,
    /// The user whom it belongs to.
    #[schemars(with = "Option<NamePattern>")]
    pub owner: Option<Spanned<Name>>,
    /// What the owner may do with it.
    pub owner_permissions: Option<ObjectPermission>,
    /// The group that `group_permissions` is about.
    #[schemars(with = "Option<NamePattern>")]
    pub group: Option<Spanned<Name>>,
    /// What members of the group may do with it.
    pub group_permissions: Option<ObjectPermission>,
    /// What everybody may do with it.
    pub other_permissions: Option<ObjectPermission>,
}

/// What an object lets somebody do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectPermission {
    /// Nothing; the object is not there.
    None,
    /// See it.
    Read,
    /// And change it.
    Write,
    /// And delete it.
    Full,
}

/// The other instance. It brings the principal `foreign` and the references `foreign.name`, `foreign.path` and
/// `foreign.api_key`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Foreign {
    /// Its users. `zoe` brings the same references as a user of the scenario's own instance.
    #[serde(default)]
    #[schemars(with = "Vec<NamePattern>")]
    pub users: Vec<Spanned<Name>>,
}

/// One request, and what has to be true of the answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepFile {
    /// What happens, in a few words.
    pub name: String,
    /// Whose keys the request carries: `anonymous`, `account`, `api`, `api:KEY`, `foreign`, `alice`, `alice@KEY`,
    /// `alice@foreign`, `alice@revoked`, `account:ROLE`, `account+alice`, `account:ROLE+alice`, `anonymous+alice`.
    #[serde(rename = "as")]
    #[schemars(with = "String")]
    pub principal: Spanned<Principal>,
    /// Method and path. A path that begins with `/` is below the scenario's instance; one that begins with a reference
    /// or with a version (`/v1.1/`) is taken as it is.
    #[schemars(with = "SendPattern")]
    pub send: Spanned<SendLine>,
    /// How the principal's keys travel, where not in headers.
    #[serde(default)]
    pub via: Via,
    /// Headers beside those of the keys.
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
    /// A body that is sent as it stands, with the `Content-Type` that `headers` gives.
    #[schemars(with = "Option<String>")]
    pub raw: Option<Text>,
    /// Values of the answer that later steps use: a name and where in the body it stands. `alice.user_key` replaces
    /// alice's key; the one before is then `alice@revoked`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub save: IndexMap<SaveName, Spanned<Locator>>,
    /// How long to ask again until all checks pass (`5s`), for what a deployment does late. For GET alone.
    #[schemars(with = "Option<String>")]
    pub eventually: Option<Spanned<Patience>>,
    /// What has to be true of the answer. All are judged.
    #[serde(default)]
    pub checks: Vec<CheckFile>,
}

/// How keys travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Via {
    /// The account key or API key.
    pub api_key: ApiKeyWay,
    /// The user key.
    pub user_key: UserKeyWay,
}

/// The ways of an account key or an API key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApiKeyWay {
    /// `X-API-KEY`
    #[default]
    Header,
    /// `?api_key=`
    Query,
    /// `?apikey=`
    QueryAlias,
    /// `Authorization: Token KEY`
    Authorization,
    /// The member `_api_key` of the body.
    Body,
}

/// The ways of a user key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserKeyWay {
    /// `X-USER-KEY`
    #[default]
    Header,
    /// `?user_key=`
    Query,
    /// `?userkey=`
    QueryAlias,
    /// The member `_user_key` of the body.
    Body,
}

/// One thing that has to be true: exactly one of `status`, `header`, `no_header`, `equals`, `differs`, `only`,
/// `contains`, `matches`, `count`, `present`, `absent` and `snapshot`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckFile {
    /// A stable name, unique in the suite: `group-users/only-the-caller`.
    #[schemars(with = "CheckPattern")]
    pub id: Spanned<CheckId>,
    /// The rule that is broken where the check fails.
    #[schemars(with = "Option<String>")]
    pub rule: Option<Spanned<String>>,
    /// The check shows that what the scenario's negative checks do not find is really there. Where a witness fails they
    /// are untestable.
    #[serde(default)]
    pub witness: bool,
    /// Where in the JSON body: a JSONPath (RFC 9535). A path that can only match once gives the value, any other the
    /// list of what it matches. Without it the whole body is meant.
    #[schemars(with = "Option<String>")]
    pub at: Option<Spanned<Locator>>,
    /// The status is this one.
    pub status: Option<u16>,
    /// A header has this value: `Allow: POST, OPTIONS`.
    #[schemars(with = "Option<String>")]
    pub header: Option<Text>,
    /// There is no header of this name.
    pub no_header: Option<String>,
    /// The value is this one, given as JSON text.
    #[schemars(with = "Option<String>")]
    pub equals: Option<Json>,
    /// The value is there and is not this one, given as JSON text.
    #[schemars(with = "Option<String>")]
    pub differs: Option<Json>,
    /// The list holds these values, each as often as it stands here, and no others, in any order. JSON text, an array.
    #[schemars(with = "Option<String>")]
    pub only: Option<Json>,
    /// The list holds at least these values. JSON text, an array.
    #[schemars(with = "Option<String>")]
    pub contains: Option<Json>,
    /// The text matches this regular expression somewhere. Without `at`, the body as text.
    #[schemars(with = "Option<String>")]
    pub matches: Option<Pattern>,
    /// The list or the object has so many elements.
    pub count: Option<usize>,
    /// Whether `at` finds anything.
    pub present: Option<bool>,
    /// These values stand nowhere in the answer, neither in the body nor in a header: `[bob.username, bob.user_key]`.
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
    /// The path, perhaps with a query.
    pub path: Text,
}

impl TryFrom<String> for SendLine {
    type Error = String;

    fn try_from(text: String) -> Result<SendLine, String> {
        let (method, path) = text.split_once(' ').ok_or("write a method, a blank and a path: `GET /user/`")?;
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!("{method:?} is no method; methods are upper-case words"));
        }
        let method = Method::from_str(method).map_err(|error| error.to_string())?;
        let path = path.parse::<Text>().map_err(|error| error.to_string())?;
        if path.begins_with("/") || path.begins_with_reference() {
            Ok(SendLine { method, path })
        } else {
            Err("a path begins with `/` or with a reference".to_owned())
        }
    }
}

/// The word of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FlagWord(pub Flag);

impl TryFrom<String> for FlagWord {
    type Error = syncano_simulator::api::UnknownFlag;

    fn try_from(text: String) -> Result<FlagWord, Self::Error> {
        text.parse().map(FlagWord)
    }
}

/// Under which name a value of the answer is kept: a name, or `USER.user_key`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum SaveName {
    /// A value of its own.
    Value(Name),
    /// The present key of a user.
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
            Some(_) => Err(format!("{text:?} cannot be saved; write a name, or `USER.user_key`")),
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

/// How long a step is repeated: at least a millisecond, at most a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Patience(pub std::time::Duration);

impl TryFrom<String> for Patience {
    type Error = String;

    fn try_from(text: String) -> Result<Patience, String> {
        let refused = || format!("{text:?} is no duration between 1ms and 60s; write `500ms` or `5s`");
        let duration = SignedDuration::from_str(&text).map_err(|_| refused())?;
        if duration < SignedDuration::from_millis(1) || duration > SignedDuration::from_secs(60) {
            return Err(refused());
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

/// The name of a check: two words or more, with slashes between.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct CheckId(String);

impl CheckId {
    /// The check that every scenario has without being asked: no answer shows a value that its principal must not see.
    pub fn leak_check(scenario: &str) -> CheckId {
        CheckId(format!("leak/{scenario}"))
    }

    /// The check that all reads of a scenario hold when they are asked for again in this way.
    pub fn replay(scenario: &str, way: &str) -> CheckId {
        CheckId(format!("replay/{scenario}/{way}"))
    }

    /// The check of something that this one rests on.
    pub fn with(&self, word: &str) -> CheckId {
        CheckId(format!("{self}/{word}"))
    }

    /// As it stands in the file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CheckId {
    type Error = String;

    fn try_from(text: String) -> Result<CheckId, String> {
        let words = text.split('/').collect::<Vec<_>>();
        if words.len() >= 2 && words.iter().all(|word| is_slug(word)) {
            Ok(CheckId(text))
        } else {
            Err(format!(
                "{text:?} is no id; write words of a-z, 0-9 and `-` with slashes between: `user/shows-the-caller`"
            ))
        }
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a snapshot within its scenario.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct SnapshotName(String);

impl SnapshotName {
    /// As it stands in the file.
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
            Err(format!("{text:?} is no name of a snapshot; write a-z, 0-9 and `-`"))
        }
    }
}

/// Lower-case letters, digits and hyphens, not beginning or ending with a hyphen.
pub fn is_slug(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && !word.ends_with('-')
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Stands for [`Name`] in the JSON Schema.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct NamePattern(#[schemars(regex(pattern = r"^[a-z][a-z0-9_]*$"))] String);

/// Stands for [`FlagWord`] in the JSON Schema.
#[derive(JsonSchema)]
#[allow(dead_code)]
#[schemars(rename_all = "snake_case")]
enum FlagName {
    IgnoreAcl,
    AllowUserCreate,
    AllowGroupCreate,
    AllowAnonymousRead,
}

/// Stands for [`SendLine`] in the JSON Schema.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct SendPattern(#[schemars(regex(pattern = r"^[A-Z]+ (/|\{\{)"))] String);

/// Stands for [`CheckId`] in the JSON Schema.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct CheckPattern(#[schemars(regex(pattern = r"^[a-z0-9-]+(/[a-z0-9-]+)+$"))] String);
