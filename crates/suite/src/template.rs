//! Texts and JSON values with references: `/users/{{alice.id}}/`.

use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;

use super::number;

/// A text with references such as `{{alice.id}}` to values of the running scenario.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Text(Vec<TextPart>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum TextPart {
    Plain(String),
    Value(Reference),
}

/// A reference to a value, between the braces: a name and an optional member, `alice.user_key`,
/// `old_key`, `api:spare.id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Reference(String);

/// A JSON value whose strings may contain references. A string with only one reference becomes the
/// value itself: `"{{alice.id}}"` becomes a number.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(try_from = "String")]
pub enum Json {
    /// A string.
    Text(Text),
    /// An array.
    Array(Vec<Json>),
    /// An object; the names of its members may contain references too.
    Object(Vec<(Text, Json)>),
    /// A number, a boolean or null.
    Plain(Value),
}

/// The reason why a text is not a template.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// An opening brace has no closing one.
    #[error("`{{{{` without `}}}}`")]
    Unclosed,
    /// The text between the braces is not a reference.
    #[error("{0:?} is not a reference; write `name`, `name.member` or `api:KEY.member`")]
    BadReference(String),
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    BadJson(String),
}

/// A reference without a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` has no value")]
pub struct Unbound(pub Reference);

impl Reference {
    /// Returns the reference as between the braces.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name before the dot: `self` of `self.id`.
    pub fn owner(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

impl FromStr for Reference {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Reference, TemplateError> {
        let word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let (owner, members) = text.split_once('.').map_or((text, None), |(owner, members)| (owner, Some(members)));
        let owner = owner.strip_prefix("api:").or_else(|| owner.strip_prefix("account:")).unwrap_or(owner);
        if word(owner) && members.is_none_or(|members| members.split('.').all(word)) {
            Ok(Reference(text.to_owned()))
        } else {
            Err(TemplateError::BadReference(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Reference {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Reference, TemplateError> {
        text.parse()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Text {
    /// Returns the references in the text, from left to right.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|part| match part {
            TextPart::Plain(_) => None,
            TextPart::Value(reference) => Some(reference),
        })
    }

    /// Returns whether the plain parts of the text are valid in the path of a request.
    pub fn is_valid_path(&self) -> bool {
        self.0.iter().all(|part| match part {
            TextPart::Plain(plain) => format!("/{plain}").parse::<http::uri::PathAndQuery>().is_ok(),
            TextPart::Value(_) => true,
        })
    }

    /// Returns whether the text begins with a reference.
    pub fn begins_with_reference(&self) -> bool {
        matches!(self.0.first(), Some(TextPart::Value(_)))
    }

    /// Returns whether the text begins with this plain text.
    pub fn begins_with(&self, text: &str) -> bool {
        matches!(self.0.first(), Some(TextPart::Plain(plain)) if plain.starts_with(text))
    }

    /// Returns whether the text is a path below the scenario's instance: it begins with `/` and no
    /// version.
    pub fn is_below_instance(&self) -> bool {
        !self.begins_with_reference() && !self.begins_with("/v1/") && !self.begins_with("/v1.1/")
    }

    /// Replaces the references by their values. Strings are inserted without quotes, other values
    /// as JSON.
    pub fn resolve<'v>(&self, lookup: impl Fn(&Reference) -> Option<&'v Value>) -> Result<String, Unbound> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                TextPart::Plain(plain) => out.push_str(plain),
                TextPart::Value(reference) => match lookup(reference) {
                    None => return Err(Unbound(reference.clone())),
                    Some(Value::String(text)) => out.push_str(text),
                    Some(value) => out.push_str(&value.to_string()),
                },
            }
        }
        Ok(out)
    }

    /// Splits a text of the form `name: value`; the name must be plain.
    pub fn split_header(&self) -> Option<(String, Text)> {
        let Some((TextPart::Plain(first), rest)) = self.0.split_first() else { return None };
        let (name, value) = first.split_once(':')?;
        let value = value.trim_start();
        let mut parts = Vec::new();
        if !value.is_empty() {
            parts.push(TextPart::Plain(value.to_owned()));
        }
        parts.extend_from_slice(rest);
        Some((name.trim().to_owned(), Text(parts)))
    }

    fn sole_reference(&self) -> Option<&Reference> {
        match self.0.as_slice() {
            [TextPart::Value(reference)] => Some(reference),
            _ => None,
        }
    }
}

impl FromStr for Text {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Text, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((plain, after)) = rest.split_once("{{") {
            let (reference, after) = after.split_once("}}").ok_or(TemplateError::Unclosed)?;
            if !plain.is_empty() {
                parts.push(TextPart::Plain(plain.to_owned()));
            }
            parts.push(TextPart::Value(reference.trim().parse()?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(TextPart::Plain(rest.to_owned()));
        }
        Ok(Text(parts))
    }
}

impl TryFrom<String> for Text {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Text, TemplateError> {
        text.parse()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            TextPart::Plain(plain) => f.write_str(plain),
            TextPart::Value(reference) => write!(f, "{{{{{reference}}}}}"),
        })
    }
}

impl Json {
    /// Returns whether the value is a list.
    pub fn is_array(&self) -> bool {
        matches!(self, Json::Array(_))
    }

    /// Returns whether the value is an empty list.
    pub fn is_empty_list(&self) -> bool {
        matches!(self, Json::Array(items) if items.is_empty())
    }

    /// Returns the references in the value.
    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Json::Text(text) => text.references().collect(),
            Json::Array(items) => items.iter().flat_map(Json::references).collect(),
            Json::Object(members) => {
                members.iter().flat_map(|(name, member)| name.references().chain(member.references())).collect()
            }
            Json::Plain(_) => Vec::new(),
        }
    }

    /// Returns the strings in the value, without the names of members.
    pub fn texts(&self) -> Vec<&Text> {
        match self {
            Json::Text(text) => vec![text],
            Json::Array(items) => items.iter().flat_map(Json::texts).collect(),
            Json::Object(members) => members.iter().flat_map(|(_, member)| member.texts()).collect(),
            Json::Plain(_) => Vec::new(),
        }
    }

    /// Replaces the references by their values.
    pub fn resolve<'v>(&self, lookup: impl Fn(&Reference) -> Option<&'v Value> + Copy) -> Result<Value, Unbound> {
        Ok(match self {
            Json::Text(text) => match text.sole_reference() {
                Some(reference) => lookup(reference).cloned().ok_or_else(|| Unbound(reference.clone()))?,
                None => Value::String(text.resolve(lookup)?),
            },
            Json::Array(items) => items.iter().map(|item| item.resolve(lookup)).collect::<Result<_, _>>()?,
            Json::Object(members) => members
                .iter()
                .map(|(name, member)| Ok((name.resolve(lookup)?, member.resolve(lookup)?)))
                .collect::<Result<_, Unbound>>()?,
            Json::Plain(value) => value.clone(),
        })
    }

    /// Parses a JSON text; keeps its numbers as written.
    fn from_raw(raw: &RawValue) -> Result<Json, TemplateError> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'"') => Json::Text(parsed::<String>(text)?.parse()?),
            Some(b'[') => {
                Json::Array(parsed::<Vec<&RawValue>>(text)?.into_iter().map(Json::from_raw).collect::<Result<_, _>>()?)
            }
            Some(b'{') => Json::Object(
                parsed::<IndexMap<String, &RawValue>>(text)?
                    .into_iter()
                    .map(|(name, member)| Ok((name.parse()?, Json::from_raw(member)?)))
                    .collect::<Result<_, TemplateError>>()?,
            ),
            _ => Json::Plain(number::read(text).map_or_else(|| parsed(text), |number| Ok(Value::Number(number)))?),
        })
    }
}

fn parsed<'t, T: serde::Deserialize<'t>>(text: &'t str) -> Result<T, TemplateError> {
    serde_json::from_str(text).map_err(|error| TemplateError::BadJson(error.to_string()))
}

impl FromStr for Json {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Json, TemplateError> {
        // A raw value may be nested to any depth, which a value may not.
        parsed::<Value>(text)?;
        Json::from_raw(parsed(text)?)
    }
}

impl TryFrom<String> for Json {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Json, TemplateError> {
        text.parse()
    }
}
