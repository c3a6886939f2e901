//! `?query={"field": {"_lookup": value}}`: which objects of a class to look at. All lookups have to hold.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Bound;
use std::sync::LazyLock;

use http::StatusCode;
use jiff::Timestamp;
use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use super::answer::Failure;
use super::body::from_json_text;
use super::field;
use super::python;
use super::wording::group_name_complaints;
use super::world::{Class, Field, FieldKind, FieldValue, Instance, Object};
use crate::pattern;

const MOST_KEYS: usize = 16;
const LONGEST_KEY: usize = 64;
const LONGEST_VALUE: usize = 8192;
const MOST_VALUES: usize = 128;
/// The longest text that an array may be searched for.
const LONGEST_ITEM: usize = 128;
/// How many objects of another class can be found on the way to those that lead to them.
const MOST_TARGETS: usize = 1000;

/// The members that every object has and a query cannot ask for.
const HIDDEN: [&str; 15] = [
    "_data",
    "_files",
    "_groups",
    "_is_live",
    "_klass",
    "_klass_id",
    "_public",
    "_users",
    "acl",
    "channel_id",
    "group_id",
    "group_permissions",
    "other_permissions",
    "owner_id",
    "owner_permissions",
];

/// What objects have to be like.
#[derive(Default)]
pub struct Query<'i> {
    conditions: Vec<(Subject<'i>, Test)>,
}

/// What is looked at of an object.
#[derive(Clone, Copy)]
enum Subject<'i> {
    Id,
    CreatedAt,
    UpdatedAt,
    Revision,
    Owner,
    Group,
    Channel,
    ChannelRoom,
    /// The name of the user whose profile the object is.
    Username,
    Field(&'i Field),
}

enum Test {
    Above(FieldValue),
    AtLeast(FieldValue),
    Below(FieldValue),
    AtMost(FieldValue),
    In(Vec<FieldValue>),
    NotIn(Vec<FieldValue>),
    Exists(bool),
    Matches(Regex),
    /// An array that holds all of these.
    HoldsItems(Vec<Value>),
    /// A relation that holds all of these.
    HoldsIds(Vec<i64>),
    /// A reference to one of these, or a relation that holds one of them.
    LeadsTo(HashSet<u32>),
    Near {
        longitude: f64,
        latitude: f64,
        /// In metres.
        distance: f64,
    },
}

/// What a value for a subject is not.
pub enum Unfit {
    /// Not of a type that could be one.
    Type,
    /// Not one, for this reason.
    Because(String),
}

/// Which names a query may use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    OfObjects,
    /// Those of users: their name and id, beside the fields of their profiles.
    OfUsers,
}

impl<'i> Query<'i> {
    /// Reads the texts of queries. The failure is a 400.
    pub fn read<'q>(
        texts: impl Iterator<Item = &'q str>,
        instance: &'i Instance,
        class: &'i Class,
    ) -> Result<Query<'i>, Failure> {
        let mut query = Query::default();
        for text in texts.filter(|text| !text.is_empty()) {
            let invalid = || Failure::refused_member("query", "Not a valid JSON string.");
            let value = from_json_text(text).ok_or_else(invalid)?;
            let lookups = check_form(&value, true).map_err(|text| Failure::texts(StatusCode::BAD_REQUEST, &[&text]))?;
            let conditions = read_lookups(lookups, instance, class, Names::OfObjects);
            query.conditions.extend(conditions.map_err(|text| Failure::refused_member("query", &text))?);
        }
        Ok(query)
    }

    /// Whether an object is what is asked for.
    pub fn holds(&self, instance: &Instance, object: &Object) -> bool {
        self.conditions.iter().all(|(subject, test)| test.holds(subject.of(instance, object).as_deref()))
    }
}

/// Checks what needs no knowledge of the class, and returns the members. Queries may be nested once.
fn check_form(query: &Value, may_nest: bool) -> Result<&Map<String, Value>, String> {
    let Value::Object(members) = query else { return Err("Query passed in invalid format.".to_owned()) };
    if members.len() > MOST_KEYS {
        return Err(format!("Too many keys defined (exceeds {MOST_KEYS})."));
    }
    for (name, value) in members {
        if name.chars().count() > LONGEST_KEY {
            return Err(format!("Too long key defined (exceeds {LONGEST_KEY})."));
        }
        if let Some(nested) = value.get("_is") {
            if !may_nest {
                return Err("Double nested queries are not allowed.".to_owned());
            }
            check_form(nested, false)?;
        }
        if python::repr(value).chars().count() > LONGEST_VALUE {
            return Err(format!("Too long value defined for key {name} (exceeds {LONGEST_VALUE})."));
        }
    }
    Ok(members)
}

fn read_lookups<'i>(
    query: &Map<String, Value>,
    instance: &'i Instance,
    class: &'i Class,
    names: Names,
) -> Result<Vec<(Subject<'i>, Test)>, String> {
    let mut conditions = Vec::new();
    for (name, lookups) in query {
        let subject = find_subject(name, class, names)?;
        let Value::Object(lookups) = lookups else {
            return Err(format!("Invalid field \"{name}\" lookup type. Expected JSON object."));
        };
        for (lookup, value) in lookups {
            let reading = Reading { instance, class, subject, name, lookup };
            conditions.push((subject, reading.test(value)?));
        }
    }
    Ok(conditions)
}

fn find_subject<'i>(name: &str, class: &'i Class, names: Names) -> Result<Subject<'i>, String> {
    let built_in = match name {
        "id" => Some(Subject::Id),
        "created_at" => Some(Subject::CreatedAt),
        "updated_at" => Some(Subject::UpdatedAt),
        "revision" => Some(Subject::Revision),
        "channel" => Some(Subject::Channel),
        "channel_room" => Some(Subject::ChannelRoom),
        "owner" if names == Names::OfObjects => Some(Subject::Owner),
        "group" if names == Names::OfObjects => Some(Subject::Group),
        "username" if names == Names::OfUsers => Some(Subject::Username),
        _ => None,
    };
    match (built_in, class.field(name)) {
        (Some(Subject::Id), _) if names == Names::OfUsers => Ok(Subject::Owner),
        (Some(subject), _) => Ok(subject),
        (None, Some(field)) if field.definition.filter_index => Ok(Subject::Field(field)),
        (None, Some(_)) => Err(not_indexed(name)),
        (None, None) if is_built_in(name) => Err(not_indexed(name)),
        (None, None) => Err(format!("Invalid field name defined: \"{name}\".")),
    }
}

/// Whether all objects have a member of that name.
pub fn is_built_in(name: &str) -> bool {
    const ASKED_FOR: [&str; 8] =
        ["id", "created_at", "updated_at", "revision", "owner", "group", "channel", "channel_room"];
    ASKED_FOR.contains(&name) || HIDDEN.contains(&name)
}

fn not_indexed(name: &str) -> String {
    format!("Field \"{name}\" cannot be used in a query as it is not indexed.")
}

impl Subject<'_> {
    fn of<'o>(&self, instance: &Instance, object: &'o Object) -> Option<Cow<'o, FieldValue>> {
        let text = |text: &str| FieldValue::Text(text.into());
        let value = match self {
            Subject::Field(field) => return object.values.get(field.id).map(Cow::Borrowed),
            Subject::Id => FieldValue::Reference(object.id),
            Subject::CreatedAt => FieldValue::Time(object.created_at),
            Subject::UpdatedAt => FieldValue::Time(object.updated_at),
            Subject::Revision => FieldValue::Integer(i32::try_from(object.revision).unwrap_or(i32::MAX)),
            Subject::Owner => FieldValue::Reference(object.owner?),
            Subject::Group => FieldValue::Reference(instance.group_of(object)?),
            Subject::Channel => text(object.channel.as_deref()?),
            Subject::ChannelRoom => text(object.channel_room.as_deref()?),
            Subject::Username => text(instance.users.get(object.owner?)?.name()),
        };
        Some(Cow::Owned(value))
    }

    fn kind(&self) -> Option<FieldKind> {
        match self {
            Subject::Field(field) => Some(field.definition.kind),
            _ => None,
        }
    }

    /// Reads a value that the subject is to be compared with.
    fn value(&self, sent: &Value) -> Result<FieldValue, Unfit> {
        match self {
            Subject::Field(field) => comparable(field.definition.kind, sent),
            Subject::Id | Subject::Owner | Subject::Group => {
                let number = match self {
                    Subject::Id => python_int(sent)?,
                    // These are compared as they are, and nothing but a number can be.
                    _ => numeric(sent).ok_or(Unfit::Type)?,
                };
                match u32::try_from(number).ok().filter(|id| i32::try_from(*id).is_ok()) {
                    Some(id) => Ok(FieldValue::Reference(id)),
                    None if number < 0 => Err(Unfit::because("Ensure this value is greater than or equal to 0.")),
                    None => Err(Unfit::because("Ensure this value is less than or equal to 2147483647.")),
                }
            }
            Subject::Revision => comparable(FieldKind::Integer, sent),
            Subject::CreatedAt | Subject::UpdatedAt => comparable(FieldKind::DateTime, sent),
            Subject::Channel => {
                let name = python::strip(&python::str_of(sent)).to_lowercase();
                // Channels are named as groups are.
                match group_name_complaints(&name).into_iter().next() {
                    Some(complaint) => Err(Unfit::Because(complaint)),
                    None => Ok(FieldValue::Text(name.into())),
                }
            }
            Subject::ChannelRoom => short_text(python::str_of(sent), 64),
            Subject::Username => short_text(python::strip(&python::str_of(sent)).to_lowercase(), 64),
        }
    }
}

/// One lookup on its way to a test.
struct Reading<'i, 'q> {
    instance: &'i Instance,
    class: &'i Class,
    subject: Subject<'i>,
    name: &'q str,
    lookup: &'q str,
}

impl Reading<'_, '_> {
    fn test(&self, sent: &Value) -> Result<Test, String> {
        let kind = self.subject.kind();
        let is_list = matches!(kind, Some(FieldKind::Array | FieldKind::Object | FieldKind::Relation));
        let is_plain = !is_list && kind != Some(FieldKind::GeoPoint);
        match self.lookup {
            "_gt" if is_plain => Ok(Test::Above(self.value(sent)?)),
            "_gte" if is_plain => Ok(Test::AtLeast(self.value(sent)?)),
            "_lt" if is_plain => Ok(Test::Below(self.value(sent)?)),
            "_lte" if is_plain => Ok(Test::AtMost(self.value(sent)?)),
            "_eq" if is_plain => Ok(Test::In(vec![self.value(sent)?])),
            "_neq" if is_plain => Ok(Test::NotIn(vec![self.value(sent)?])),
            "_in" if is_plain => Ok(Test::In(self.values(sent)?)),
            "_nin" if is_plain => Ok(Test::NotIn(self.values(sent)?)),
            "_exists" if !matches!(kind, Some(FieldKind::Array | FieldKind::Object)) => {
                sent.as_bool().map(Test::Exists).ok_or_else(|| self.wrong_type())
            }
            "_contains" if kind == Some(FieldKind::Array) => {
                let items = self.list(sent)?.iter().map(|item| self.item(item)).collect::<Result<_, _>>()?;
                Ok(Test::HoldsItems(items))
            }
            "_contains" if kind == Some(FieldKind::Relation) => {
                let ids = self.list(sent)?.iter().map(|id| self.id(id)).collect::<Result<_, _>>()?;
                Ok(Test::HoldsIds(ids))
            }
            "_is" if matches!(kind, Some(FieldKind::Reference | FieldKind::Relation)) => self.targets(sent),
            "_near" if kind == Some(FieldKind::GeoPoint) => self.near(sent),
            _ => self.text_test(sent),
        }
    }

    /// The lookups that only texts have.
    fn text_test(&self, sent: &Value) -> Result<Test, String> {
        let invalid = || format!("Invalid lookup \"{}\" defined for field \"{}\".", self.lookup, self.name);
        let lookup = self.lookup.strip_prefix('_').ok_or_else(invalid)?;
        let (kind, ignores_case) = match lookup {
            "contains" | "startswith" | "endswith" | "like" => (lookup, false),
            "icontains" | "istartswith" | "iendswith" | "ilike" => (lookup.strip_prefix('i').unwrap_or(lookup), true),
            "ieq" => (lookup, true),
            _ => return Err(invalid()),
        };
        match self.subject {
            Subject::Field(field) if field.definition.kind == FieldKind::String => {}
            Subject::Username => {}
            Subject::Channel | Subject::ChannelRoom => {
                return Err(format!("{lookup} is not supported on this field type."));
            }
            _ => return Err(invalid()),
        }
        let FieldValue::Text(text) = self.value(sent)? else { return Err(self.wrong_type()) };
        let literal = regex::escape(&text);
        let pattern = match kind {
            "contains" => literal,
            "startswith" => format!(r"\A{literal}"),
            "endswith" => format!(r"{literal}\z"),
            "like" => format!(r"\A{}\z", like(&text)),
            _ => format!(r"\A{literal}\z"),
        };
        let pattern = RegexBuilder::new(&pattern).case_insensitive(ignores_case).dot_matches_new_line(true).build();
        pattern.map(Test::Matches).map_err(|_| self.wrong_type())
    }

    fn value(&self, sent: &Value) -> Result<FieldValue, String> {
        if sent.is_null() {
            return Err(self.wrong_type());
        }
        self.subject.value(sent).map_err(|unfit| match unfit {
            Unfit::Type => self.wrong_type(),
            Unfit::Because(reason) => format!(
                "Validation of value provided for \"{}\" lookup of field \"{}\" failed: {reason}",
                self.shown(),
                self.name
            ),
        })
    }

    fn values(&self, sent: &Value) -> Result<Vec<FieldValue>, String> {
        self.list(sent)?.iter().map(|value| self.value(value)).collect()
    }

    fn list<'v>(&self, sent: &'v Value) -> Result<&'v [Value], String> {
        let Value::Array(values) = sent else { return Err(self.wrong_type()) };
        if values.len() > MOST_VALUES {
            return Err(format!(
                "Too many values provided for \"{}\" lookup of field \"{}\". Max {MOST_VALUES}.",
                self.shown(),
                self.name
            ));
        }
        Ok(values)
    }

    fn item(&self, sent: &Value) -> Result<Value, String> {
        match sent {
            Value::String(text) if text.chars().count() > LONGEST_ITEM => Err(self.wrong_type()),
            Value::String(_) | Value::Bool(_) | Value::Number(_) => Ok(sent.clone()),
            _ => Err(self.wrong_type()),
        }
    }

    fn id(&self, sent: &Value) -> Result<i64, String> {
        match sent {
            Value::Bool(on) => Ok(i64::from(*on)),
            Value::Number(number) if !number.is_f64() => Ok(python::truncated(number)),
            _ => Err(self.wrong_type()),
        }
    }

    /// What a reference or relation has to lead to, for a query on that.
    fn targets(&self, sent: &Value) -> Result<Test, String> {
        let Subject::Field(field) = self.subject else { return Err(self.wrong_type()) };
        let Value::Object(nested) = sent else { return Err(self.wrong_type()) };
        let target = field.definition.target.as_deref().unwrap_or_default();
        let (class, names) = match target.to_lowercase().as_str() {
            "self" => (self.class, Names::OfObjects),
            "user" => (self.instance.classes.user_profile(), Names::OfUsers),
            name => match self.instance.classes.named(name) {
                Some(class) => (class, Names::OfObjects),
                None => return Err(format!("Referenced class \"{target}\" does not exist.")),
            },
        };
        let query = Query { conditions: read_lookups(nested, self.instance, class, names)? };
        let everything = (Bound::Unbounded, Bound::Unbounded);
        let found = self.instance.objects(class, everything).filter(|object| query.holds(self.instance, object));
        let ids = found.filter_map(|object| if names == Names::OfUsers { object.owner } else { Some(object.id) });
        Ok(Test::LeadsTo(ids.take(MOST_TARGETS).collect()))
    }

    fn near(&self, sent: &Value) -> Result<Test, String> {
        const METRES_IN_A_MILE: f64 = 1609.344;
        const METRES_IN_A_KILOMETRE: f64 = 1000.0;
        /// Once around the equator.
        const MOST_MILES: f64 = 24901.0;
        const MOST_KILOMETRES: f64 = 40075.0;
        let (Some(longitude), Some(latitude)) = (sent.get("longitude"), sent.get("latitude")) else {
            return Err(self.wrong_type());
        };
        let inside = |value: &Value, limit: f64| value.as_f64().filter(|number| -limit < *number && *number < limit);
        let (Some(longitude), Some(latitude)) = (inside(longitude, 180.0), inside(latitude, 90.0)) else {
            return Err("Invalid longitude/latitude values.".to_owned());
        };
        let (distance, most, unit) = match (sent.get("distance_in_miles"), sent.get("distance_in_kilometers")) {
            (Some(miles), _) => (miles.as_f64(), MOST_MILES, METRES_IN_A_MILE),
            (None, Some(kilometres)) => (kilometres.as_f64(), MOST_KILOMETRES, METRES_IN_A_KILOMETRE),
            (None, None) => (Some(100.0), MOST_MILES, METRES_IN_A_MILE),
        };
        let distance = distance.filter(|distance| (0.0..=most).contains(distance));
        let distance = distance.ok_or_else(|| "Invalid distance value.".to_owned())? * unit;
        Ok(Test::Near { longitude, latitude, distance })
    }

    fn wrong_type(&self) -> String {
        format!("Invalid value type provided for \"{}\" lookup of field \"{}\".", self.shown(), self.name)
    }

    /// The lookup as errors name it.
    fn shown(&self) -> &str {
        self.lookup.strip_prefix('_').unwrap_or(self.lookup)
    }
}

impl Test {
    fn holds(&self, value: Option<&FieldValue>) -> bool {
        // Nothing holds for null but that it is no value.
        let Some(value) = value else { return matches!(self, Test::Exists(false) | Test::NotIn(_)) };
        match self {
            Test::Above(limit) => value.order(limit).is_gt(),
            Test::AtLeast(limit) => value.order(limit).is_ge(),
            Test::Below(limit) => value.order(limit).is_lt(),
            Test::AtMost(limit) => value.order(limit).is_le(),
            Test::In(values) => values.contains(value),
            Test::NotIn(values) => !values.contains(value),
            Test::Exists(exists) => *exists,
            Test::Matches(pattern) => matches!(value, FieldValue::Text(text) if pattern.is_match(text)),
            Test::HoldsItems(items) => match value {
                FieldValue::Json(array) => array
                    .as_array()
                    .is_some_and(|held| items.iter().all(|item| held.iter().any(|held| is_same_item(held, item)))),
                _ => false,
            },
            Test::HoldsIds(ids) => match value {
                FieldValue::Relation(held) => ids.iter().all(|id| held.iter().any(|held| i64::from(*held) == *id)),
                _ => false,
            },
            Test::LeadsTo(targets) => match value {
                FieldValue::Reference(id) => targets.contains(id),
                FieldValue::Relation(ids) => ids.iter().any(|id| targets.contains(id)),
                _ => false,
            },
            Test::Near { longitude, latitude, distance } => match value {
                FieldValue::Point { longitude: other_longitude, latitude: other_latitude } => {
                    metres_between((*longitude, *latitude), (*other_longitude, *other_latitude)) <= *distance
                }
                _ => false,
            },
        }
    }
}

impl Unfit {
    fn because(reason: &str) -> Unfit {
        Unfit::Because(reason.to_owned())
    }
}

/// Reads a value that a field of that type can be compared with. It takes more forms than the field itself takes.
pub fn comparable(kind: FieldKind, sent: &Value) -> Result<FieldValue, Unfit> {
    match kind {
        FieldKind::String => short_text(python::str_of(sent), 128),
        FieldKind::Integer => {
            let number = field::within_32_bits(python_int(sent)?).map_err(Unfit::Because)?;
            Ok(FieldValue::Integer(number))
        }
        FieldKind::Float => {
            let number = match sent {
                Value::String(text) => python::strip(text).parse().ok(),
                Value::Bool(on) => Some(f64::from(u8::from(*on))),
                other => other.as_f64(),
            };
            let wrong = || Unfit::Because(format!("'{}' value must be a float.", python::str_of(sent)));
            number.map(FieldValue::Float).ok_or_else(wrong)
        }
        FieldKind::Boolean => {
            let on = match sent {
                Value::Bool(on) => Some(*on),
                Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
                Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
                Value::String(text) => match text.as_str() {
                    "t" | "True" | "1" => Some(true),
                    "f" | "False" | "0" => Some(false),
                    _ => None,
                },
                _ => None,
            };
            let wrong =
                || Unfit::Because(format!("'{}' value must be either None, True or False.", python::str_of(sent)));
            on.map(FieldValue::Boolean).ok_or_else(wrong)
        }
        FieldKind::DateTime => match sent {
            Value::String(text) => time(text).map(FieldValue::Time).map_err(Unfit::Because),
            _ => Err(Unfit::Type),
        },
        FieldKind::Reference => {
            let number = field::within_32_bits(python_int(sent)?).map_err(Unfit::Because)?;
            // No id is below zero; nothing is there to be found.
            Ok(FieldValue::Reference(u32::try_from(number).unwrap_or_default()))
        }
        _ => Err(Unfit::Type),
    }
}

fn short_text(text: String, longest: usize) -> Result<FieldValue, Unfit> {
    let length = text.chars().count();
    if length > longest {
        return Err(Unfit::Because(format!("Ensure this value has at most {longest} characters (it has {length}).")));
    }
    Ok(FieldValue::Text(text.into_boxed_str()))
}

/// The value as `int()` takes it: a number without its fraction, or a text.
fn python_int(sent: &Value) -> Result<i64, Unfit> {
    let number = match sent {
        Value::String(text) => python::int(text),
        other => numeric(other),
    };
    number.ok_or_else(|| Unfit::Because(format!("'{}' value must be an integer.", python::str_of(sent))))
}

/// A number or a truth value as a whole number.
fn numeric(sent: &Value) -> Option<i64> {
    match sent {
        Value::Bool(on) => Some(i64::from(*on)),
        Value::Number(number) => Some(python::truncated(number)),
        _ => None,
    }
}

/// A point in time: a date, perhaps with a time, perhaps with a zone.
fn time(text: &str) -> Result<Timestamp, String> {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
        let date = r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})";
        let time = r"([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{1,6})[0-9]{0,6})?)?";
        let zone = r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?";
        pattern::constant(&format!(r"\A{date}(?:[T ]{time}{zone})?\z"))
    });
    let Some(found) = SHAPE.captures(text) else {
        return Err(format!(
            "'{text}' value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format."
        ));
    };
    let offset = found.get(8).map_or(0, |zone| offset_in_seconds(zone.as_str()));
    let time = field::timestamp(&found).and_then(|time| time.checked_sub(jiff::SignedDuration::from_secs(offset)).ok());
    time.ok_or_else(|| match found.get(4) {
        Some(_) => format!(
            "'{text}' value has the correct format (YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]) but it is an invalid date/time."
        ),
        None => format!("'{text}' value has the correct format (YYYY-MM-DD) but it is an invalid date."),
    })
}

/// `+01:30` in seconds.
fn offset_in_seconds(zone: &str) -> i64 {
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let number = |range| digits.get(range).and_then(|digits: &str| digits.parse::<i64>().ok()).unwrap_or(0);
    let seconds = number(0..2) * 3600 + number(2..4) * 60;
    if zone.starts_with('-') { -seconds } else { seconds }
}

/// The pattern of an SQL `LIKE` as a regular expression.
fn like(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '\\' => out.push_str(&regex::escape(&chars.next().unwrap_or('\\').to_string())),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out
}

/// Whether two items of arrays are the same one. Numbers are, however they are written.
fn is_same_item(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(_), Value::Number(_)) => python::equal(a, b),
        _ => a == b,
    }
}

/// The distance between two points (longitude, latitude in degrees) over the surface of the earth, which is flatter at the
/// poles: Lambert's formula, good to a few metres in thousands of kilometres.
fn metres_between(from: (f64, f64), to: (f64, f64)) -> f64 {
    const EQUATOR: f64 = 6_378_137.0;
    const FLATTENING: f64 = 1.0 / 298.257_223_563;
    if from == to {
        return 0.0;
    }
    let reduced = |latitude: f64| ((1.0 - FLATTENING) * latitude.to_radians().tan()).atan();
    let (b1, b2) = (reduced(from.1), reduced(to.1));
    let across = ((to.0 - from.0).to_radians() / 2.0).sin();
    let along = ((b2 - b1) / 2.0).sin();
    let haversine = (along * along + b1.cos() * b2.cos() * across * across).clamp(0.0, 1.0);
    let angle = 2.0 * haversine.sqrt().asin();
    let (p, q) = ((b1 + b2) / 2.0, (b2 - b1) / 2.0);
    let (half_cos, half_sin) = ((angle / 2.0).cos(), (angle / 2.0).sin());
    let correction = |numerator: f64, half: f64| if half == 0.0 { 0.0 } else { numerator / (half * half) };
    let x = (angle - angle.sin()) * correction((p.sin() * q.cos()).powi(2), half_cos);
    let y = (angle + angle.sin()) * correction((p.cos() * q.sin()).powi(2), half_sin);
    EQUATOR * (angle - FLATTENING / 2.0 * (x + y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case((21.0122, 52.2297), (21.0122, 52.2297), 0.0)]
    #[case((21.0122, 52.2297), (19.456, 51.7592), 119_300.0)]
    #[case((21.0122, 52.2297), (19.945, 50.0647), 252_000.0)]
    #[case((0.0, 0.0), (0.0, 90.0), 10_001_965.7)]
    #[case((-90.0, 0.0), (90.0, 0.0), 20_003_931.5)]
    fn the_earth_is_not_flat(#[case] from: (f64, f64), #[case] to: (f64, f64), #[case] metres: f64) {
        let distance = metres_between(from, to);
        assert!((distance - metres).abs() <= metres * 0.005, "{distance}");
    }

    #[rstest]
    #[case("S%", "Star", true)]
    #[case("ab_", "abc", true)]
    #[case("ab_", "ab", false)]
    #[case(r"data\%\_a", "data%_a", true)]
    #[case(r"data\%\_a", "data%%_a", false)]
    #[case("a.c", "abc", false)]
    fn like_is_the_like_of_databases(#[case] pattern: &str, #[case] text: &str, #[case] matches: bool) {
        let pattern = Regex::new(&format!(r"\A{}\z", like(pattern))).expect("a pattern");
        assert_eq!(pattern.is_match(text), matches);
    }

    #[rstest]
    #[case("2016-05-24T10:00:00.000000Z", Some("2016-05-24T10:00:00Z"))]
    #[case("2016-05-24 12:00+02:00", Some("2016-05-24T10:00:00Z"))]
    #[case("2016-05-24", Some("2016-05-24T00:00:00Z"))]
    #[case("2016-02-30T10:00:00Z", None)]
    #[case("24.5.2016", None)]
    fn a_time_in_a_query_may_be_written_in_many_ways(#[case] text: &str, #[case] instant: Option<&str>) {
        assert_eq!(time(text).ok().map(|time| time.to_string()), instant.map(str::to_owned));
    }
}
