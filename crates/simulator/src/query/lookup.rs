//! Lookups: parses the lookups of a query into conditions on objects.

use std::ops::Bound;

use regex::RegexBuilder;
use serde_json::{Map, Value};

use super::subject::{QueryNames, Subject, find_subject};
use super::test::Test;
use super::value::UnfitValue;
use crate::python;
use crate::world::{Class, FieldKind, FieldValue, Instance, Object};

const MOST_VALUES: usize = 128;
/// Maximum length of a text in `_contains` on an array, in characters.
const LONGEST_ITEM: usize = 128;
/// Maximum number of target objects that an `_is` lookup can match.
const MOST_TARGETS: usize = 1000;

/// The condition of one lookup.
pub struct Condition<'i> {
    subject: Subject<'i>,
    test: Test,
}

impl Condition<'_> {
    /// Returns whether an object meets the condition.
    pub fn holds(&self, instance: &Instance, object: &Object) -> bool {
        self.test.holds(self.subject.value_in(instance, object).as_deref())
    }
}

/// A lookup that is being parsed.
struct LookupReading<'i, 'q> {
    instance: &'i Instance,
    class: &'i Class,
    subject: Subject<'i>,
    name: &'q str,
    lookup: &'q str,
}

/// Parses the lookups of a query.
///
/// # Errors
///
/// Returns the API's error text for an unknown or unindexed member, an unknown lookup or a wrong
/// value.
pub fn read_lookups<'i>(
    query: &Map<String, Value>,
    instance: &'i Instance,
    class: &'i Class,
    names: QueryNames,
) -> Result<Vec<Condition<'i>>, String> {
    let mut conditions = Vec::new();
    for (name, lookups) in query {
        let subject = find_subject(name, class, names)?;
        let Value::Object(lookups) = lookups else {
            return Err(format!("Invalid field \"{name}\" lookup type. Expected JSON object."));
        };
        for (lookup, value) in lookups {
            let reading = LookupReading { instance, class, subject, name, lookup };
            conditions.push(Condition { subject, test: reading.test(value)? });
        }
    }
    Ok(conditions)
}

impl LookupReading<'_, '_> {
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

    /// Parses the lookups that only texts have.
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
            UnfitValue::Type => self.wrong_type(),
            UnfitValue::Because(reason) => format!(
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

    /// Returns a test for references to the objects that a nested query matches.
    fn targets(&self, sent: &Value) -> Result<Test, String> {
        let Subject::Field(field) = self.subject else { return Err(self.wrong_type()) };
        let Value::Object(nested) = sent else { return Err(self.wrong_type()) };
        let target = field.definition.target.as_deref().unwrap_or_default();
        let (class, names) = match target.to_lowercase().as_str() {
            "self" => (self.class, QueryNames::OfObjects),
            "user" => (self.instance.classes.user_profile(), QueryNames::OfUsers),
            name => match self.instance.classes.named(name) {
                Some(class) => (class, QueryNames::OfObjects),
                None => return Err(format!("Referenced class \"{target}\" does not exist.")),
            },
        };
        let conditions = read_lookups(nested, self.instance, class, names)?;
        let everything = (Bound::Unbounded, Bound::Unbounded);
        let is_found = |object: &&Object| conditions.iter().all(|condition| condition.holds(self.instance, object));
        let found = self.instance.objects(class, everything).filter(is_found);
        let ids = found.filter_map(|object| if names == QueryNames::OfUsers { object.owner } else { Some(object.id) });
        Ok(Test::LeadsTo(ids.take(MOST_TARGETS).collect()))
    }

    fn near(&self, sent: &Value) -> Result<Test, String> {
        const METRES_IN_A_MILE: f64 = 1609.344;
        const METRES_IN_A_KILOMETRE: f64 = 1000.0;
        /// The length of the equator.
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

    /// Returns the name of the lookup in error texts.
    fn shown(&self) -> &str {
        self.lookup.strip_prefix('_').unwrap_or(self.lookup)
    }
}

/// Converts an SQL `LIKE` pattern to a regular expression.
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

#[cfg(test)]
mod tests {
    use regex::Regex;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("S%", "Star", true)]
    #[case("ab_", "abc", true)]
    #[case("ab_", "ab", false)]
    #[case(r"data\%\_a", "data%_a", true)]
    #[case(r"data\%\_a", "data%%_a", false)]
    #[case("a.c", "abc", false)]
    fn like_matches_as_in_sql(#[case] pattern: &str, #[case] text: &str, #[case] matches: bool) {
        let pattern = Regex::new(&format!(r"\A{}\z", like(pattern))).expect("a pattern");
        assert_eq!(pattern.is_match(text), matches);
    }
}
