//! Reads the members of a body one by one and collects their errors for one answer.

use http::Method;
use serde_json::{Map, Value};

use super::answer::{Errors, Failure};
use super::body::{Data, from_json_text, not_a_dictionary};
use super::call::Call;
use super::field;
use super::members::Member;
use super::python;
use super::quirks::{Quirk, Quirks};
use super::upload::{SentFile, Upload, Uploads};
use super::wording::group_name_errors;
use super::world::{ChannelKind, ChannelPermission, ClassPermission, Field, FieldKind, FieldValue, Permission, Role};

pub const REQUIRED: &str = "This field is required.";
const BLANK: &str = "This field may not be blank.";
const NULL: &str = "This field may not be null.";
const NO_TEXT: &str = "Not a valid string.";

/// The members of a body while they are read.
pub struct Input<'d> {
    members: &'d Map<String, Value>,
    is_form: bool,
    /// The files of a form, by whole names: `profile.avatar`.
    uploads: Option<&'d Uploads>,
    /// The beginning of the names in a form: `profile.` for the members of a profile.
    prefix: String,
    /// Whether required members may be missing, as in PATCH.
    is_partial: bool,
    errors: Errors,
    quirks: Quirks,
    holds_nul: bool,
    /// Whether a member triggers a quirk that answers 500, regardless of other errors.
    breaks: bool,
}

/// The limits of a JSON object with arbitrary members.
pub struct Dictionary {
    /// Its name in error texts.
    pub label: &'static str,
    pub most_keys: usize,
    /// In characters.
    pub longest_key: usize,
    /// In characters of the value's Python notation.
    pub longest_value: usize,
    /// Keys that are rejected, in lower case.
    pub reserved: &'static [&'static str],
}

const METADATA: Dictionary =
    Dictionary { label: "Metadata", most_keys: 8, longest_key: 16, longest_value: 4096, reserved: &[] };

enum SentValue<'v> {
    Nothing,
    Null,
    Value(&'v Value),
}

impl<'d> Input<'d> {
    /// Returns the members of a request body.
    pub fn from_call(call: &'d Call<'_>) -> Result<Input<'d>, Failure> {
        let data: &Data = call.data()?;
        let is_partial = call.method == Method::PATCH;
        let uploads = Some(&data.uploads);
        Ok(Input { uploads, ..Input::new(data.members()?, data.is_form, is_partial, call.quirks) })
    }

    /// Returns the members of an object in a JSON body.
    pub fn from_members(members: &'d Map<String, Value>, quirks: Quirks) -> Input<'d> {
        Input::new(members, false, false, quirks)
    }

    fn new(members: &'d Map<String, Value>, is_form: bool, is_partial: bool, quirks: Quirks) -> Input<'d> {
        Input {
            members,
            is_form,
            uploads: None,
            prefix: String::new(),
            is_partial,
            errors: Errors::new(),
            quirks,
            holds_nul: false,
            breaks: false,
        }
    }

    /// Returns the failure if any member was wrong.
    pub fn finish(self) -> Result<(), Failure> {
        if self.breaks {
            return Err(Failure::server_error());
        }
        if !self.errors.is_empty() {
            return Err(Failure::invalid(&self.errors));
        }
        if self.holds_nul {
            return Err(Failure::server_error());
        }
        Ok(())
    }

    /// Returns the errors of a nested object.
    pub fn into_errors(self) -> Errors {
        self.errors
    }

    /// Returns whether no member was wrong so far.
    pub fn is_fine(&self) -> bool {
        self.errors.is_empty()
    }

    /// Returns whether missing members keep their value, as in PATCH.
    pub fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// Adds an error text for a member.
    pub fn reject(&mut self, name: &str, text: impl Into<String>) {
        let texts = self.errors.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(texts) = texts {
            texts.push(Value::String(text.into()));
        }
    }

    /// Reads a text and trims it.
    pub fn text(&mut self, name: &str, rule: Member) -> Option<String> {
        match self.given(name, rule.required, rule.blank, false) {
            SentValue::Nothing => self.absent(name, rule.required),
            SentValue::Null => self.null(name),
            SentValue::Value(value) => self.read_text(name, value, rule),
        }
    }

    /// Reads the name of a resource, and converts it to lower case.
    pub fn resource_name(&mut self, name: &str, rule: Member) -> Option<String> {
        let text = self.text(name, rule).map(|text| text.to_lowercase());
        for reason in text.as_deref().map(group_name_errors).unwrap_or_default() {
            self.reject(name, reason);
        }
        text
    }

    /// Reads a text or null, which is `Some(None)`.
    pub fn nullable_text(&mut self, name: &str, rule: Member) -> Option<Option<String>> {
        match self.given(name, rule.required, rule.blank, true) {
            SentValue::Nothing => None,
            SentValue::Null => Some(None),
            SentValue::Value(value) => self.read_text(name, value, rule).map(Some),
        }
    }

    /// Reads a required text. A missing member is reported like null.
    pub fn text_never_null(&mut self, name: &str, rule: Member) -> Option<String> {
        match self.given(name, true, rule.blank, false) {
            SentValue::Nothing | SentValue::Null => self.null(name),
            SentValue::Value(value) => self.read_text(name, value, rule),
        }
    }

    /// Reads a boolean.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.given(name, false, false, false) {
            SentValue::Nothing => None,
            SentValue::Null => self.null(name),
            SentValue::Value(value) => {
                let on = python::boolean(value);
                if on.is_none() {
                    self.reject(name, format!("\"{}\" is not a valid boolean.", python::str_of(value)));
                }
                on
            }
        }
    }

    /// Reads an object permission, by name or number.
    pub fn permission(&mut self, name: &str) -> Option<Permission> {
        let permissions = Permission::ALL.map(|permission| (permission.name(), permission));
        self.numbered_choice(name, 0, &permissions)
    }

    /// Reads a class permission, by name or number.
    pub fn class_permission(&mut self, name: &str) -> Option<ClassPermission> {
        let permissions = ClassPermission::ALL.map(|permission| (permission.name(), permission));
        self.numbered_choice(name, 0, &permissions)
    }

    /// Reads a channel permission, by name or number.
    pub fn channel_permission(&mut self, name: &str) -> Option<ChannelPermission> {
        let permissions = ChannelPermission::ALL.map(|permission| (permission.name(), permission));
        self.numbered_choice(name, 0, &permissions)
    }

    /// Reads the type of a channel, by name or number.
    pub fn channel_kind(&mut self, name: &str) -> Option<ChannelKind> {
        let kinds = ChannelKind::ALL.map(|kind| (kind.name(), kind));
        self.numbered_choice(name, 0, &kinds)
    }

    /// Reads the role of an administrator, by name or number.
    pub fn role(&mut self, name: &str) -> Option<Role> {
        self.numbered_choice(name, 1, &[("full", Role::Full), ("write", Role::Write), ("read", Role::Read)])
    }

    /// Reads a whole number as digits.
    pub fn whole_number(&mut self, name: &str) -> Option<String> {
        self.value(name, false, field::whole_number).flatten()
    }

    /// Reads a value with a function that returns the error text for a wrong one. `Some(None)` is
    /// null, if `nullable`.
    pub fn value<T>(
        &mut self,
        name: &str,
        nullable: bool,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<Option<T>> {
        match self.given(name, false, false, nullable) {
            SentValue::Nothing => None,
            SentValue::Null if nullable => Some(None),
            SentValue::Null => self.null(name),
            SentValue::Value(value) => match read(value) {
                Ok(value) => Some(Some(value)),
                Err(reason) => {
                    self.reject(name, reason);
                    None
                }
            },
        }
    }

    /// Reads a whole number within the limits of the member, or null, which is `Some(None)`.
    pub fn nullable_number(&mut self, name: &str, rule: Member) -> Option<Option<i32>> {
        let value = match self.given(name, false, false, true) {
            SentValue::Nothing => return None,
            SentValue::Null => return Some(None),
            SentValue::Value(value) => value,
        };
        let limits = rule.limits.unwrap_or((i32::MIN, i32::MAX));
        match field::integer(value).and_then(|number| field::within(number, limits)) {
            Ok(number) => Some(Some(number)),
            Err(reason) => {
                self.reject(name, reason);
                None
            }
        }
    }

    /// Reads the value of a class field; `Some(None)` is null.
    pub fn field(&mut self, field: &Field, reader: &field::FieldReader<'_>) -> Option<Option<FieldValue>> {
        let name = &*field.definition.name;
        let keeps_blank = matches!(field.definition.kind, FieldKind::String | FieldKind::Text);
        let value = match self.given(name, false, keeps_blank, true) {
            SentValue::Nothing => return None,
            SentValue::Null => return Some(None),
            // A file is read as an empty object, which this type would accept.
            SentValue::Value(_) if field.definition.kind == FieldKind::Object && self.upload(name).is_some() => {
                &Value::Bool(false)
            }
            SentValue::Value(value) => value,
        };
        match reader.read(field, value) {
            Ok(Some(FieldValue::Text(text))) if text.contains('\0') => self.nul(name),
            Ok(value) => Some(value),
            Err(reason) => {
                self.reject(name, reason);
                None
            }
        }
    }

    /// Reads the file of a class field; `Some(None)` is null.
    pub fn file(&mut self, name: &str) -> Option<Option<SentFile>> {
        if let Some(upload) = self.upload(name) {
            return match upload.reason() {
                None => Some(Some(SentFile::Upload(upload.clone()))),
                Some(reason) => {
                    self.reject(name, reason);
                    None
                }
            };
        }
        match self.given(name, false, false, true) {
            SentValue::Nothing => None,
            SentValue::Null => Some(None),
            SentValue::Value(Value::String(url)) if url.is_empty() => Some(None),
            SentValue::Value(Value::String(url)) => Some(Some(SentFile::Url(url.clone()))),
            SentValue::Value(_) => {
                self.reject(name, field::NO_FILE);
                None
            }
        }
    }

    /// Returns the file that a form sends under this name.
    pub fn upload(&self, name: &str) -> Option<&'d Upload> {
        self.uploads?.get(&format!("{}{name}", self.prefix))
    }

    /// Reads one of several words and returns the value of the word.
    pub fn choice<T: Copy>(&mut self, name: &str, required: bool, choices: &[(&str, T)]) -> Option<T> {
        self.chosen(name, required, |word| choices.iter().find(|(known, _)| *known == word).map(|(_, choice)| *choice))
    }

    /// Reads one of several words, or its number; `first` is the number of the first word.
    fn numbered_choice<T: Copy>(&mut self, name: &str, first: usize, choices: &[(&str, T)]) -> Option<T> {
        let is_unhashable = matches!(self.members.get(name), Some(Value::Array(_) | Value::Object(_)));
        self.breaks |= is_unhashable && self.quirks.has(Quirk::Choice500);
        self.chosen(name, false, |word| {
            let numbered = (first..).zip(choices);
            let mut found = numbered.filter(|(number, (known, _))| *known == word || number.to_string() == word);
            found.next().map(|(_, (_, choice))| *choice)
        })
    }

    fn chosen<T>(&mut self, name: &str, required: bool, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        match self.given(name, required, false, false) {
            SentValue::Nothing => self.absent(name, required),
            SentValue::Null => self.null(name),
            SentValue::Value(value) => {
                let word = python::str_of(value);
                let found = find(&word);
                if found.is_none() {
                    self.reject(name, format!("\"{word}\" is not a valid choice."));
                }
                found
            }
        }
    }

    /// Reads the id of an existing object; `Some(None)` is null, if `nullable`.
    pub fn id(
        &mut self,
        name: &str,
        required: bool,
        nullable: bool,
        exists: impl Fn(u32) -> bool,
    ) -> Option<Option<u32>> {
        let value = match self.given(name, required, required, nullable) {
            SentValue::Nothing => return self.absent(name, required),
            SentValue::Value(value) if value.as_str() != Some("") => value,
            SentValue::Null | SentValue::Value(_) if nullable => return Some(None),
            SentValue::Null | SentValue::Value(_) => return self.null(name),
        };
        let number = match value {
            Value::Bool(on) => Some(i64::from(*on)),
            Value::Number(number) => Some(python::truncated(number)),
            Value::String(text) => python::int(text),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        let Some(number) = number else {
            let kind = python::type_name(value);
            self.reject(name, format!("Incorrect type. Expected pk value, received {kind}."));
            return None;
        };
        match u32::try_from(number).ok().filter(|id| exists(*id)) {
            Some(id) => Some(Some(id)),
            None => {
                let shown = python::str_of(value);
                self.reject(name, format!("Invalid pk \"{shown}\" - object does not exist."));
                None
            }
        }
    }

    /// Reads the name of an existing object; `Some(None)` is null.
    pub fn slug(&mut self, name: &str, exists: impl Fn(&str) -> bool) -> Option<Option<Box<str>>> {
        match self.given(name, false, false, true) {
            SentValue::Nothing => None,
            SentValue::Null => Some(None),
            SentValue::Value(value) if value.as_str() == Some("") => Some(None),
            SentValue::Value(value) => {
                let slug = python::str_of(value);
                if exists(&slug) {
                    return Some(Some(slug.into()));
                }
                self.reject(name, format!("Object with name={slug} does not exist."));
                None
            }
        }
    }

    /// Reads the name of an existing object. It is required, and an empty name counts as null.
    pub fn required_slug(&mut self, name: &str, exists: impl Fn(&str) -> bool) -> Option<Box<str>> {
        if !self.members.contains_key(name) {
            return self.absent(name, true);
        }
        match self.slug(name, exists)? {
            Some(slug) => Some(slug),
            None => self.null(name),
        }
    }

    /// Reads JSON or its text. An empty text stands for `nothing`. A file is no JSON.
    pub fn json(&mut self, name: &str, nothing: Value) -> Option<Value> {
        if self.upload(name).is_some() {
            return Some(Value::Bool(false));
        }
        let value = match self.given(name, false, true, false) {
            SentValue::Nothing => return None,
            SentValue::Null => return self.null(name),
            SentValue::Value(value) => value,
        };
        match value.as_str() {
            Some("") => Some(nothing),
            Some(text) => match from_json_text(text) {
                Some(value) => Some(value),
                None => {
                    self.reject(name, "Not a valid JSON string.");
                    None
                }
            },
            None => Some(value.clone()),
        }
    }

    /// Reads an object with the limits of metadata, or its JSON text.
    pub fn metadata(&mut self, name: &str) -> Option<Map<String, Value>> {
        self.dictionary(name, &METADATA)
    }

    /// Reads an object with limits, or its JSON text.
    pub fn dictionary(&mut self, name: &str, rule: &Dictionary) -> Option<Map<String, Value>> {
        let value = self.json(name, Value::Object(Map::new()))?;
        match rule.reason(&value) {
            Some(reason) => self.reject(name, reason),
            None => {
                if let Value::Object(members) = value {
                    return Some(members);
                }
            }
        }
        None
    }

    /// Reads a member that is an object. Its errors are nested under its name.
    pub fn nested<T>(&mut self, name: &str, read: impl FnOnce(&mut Input<'_>) -> T) -> Option<T> {
        let of_form = if self.is_form { self.members_of_form(name) } else { Map::new() };
        let members = if self.is_form {
            if of_form.is_empty() {
                return None;
            }
            &of_form
        } else {
            match self.members.get(name) {
                None => return None,
                Some(Value::Null) => return self.null(name),
                Some(Value::Object(members)) => members,
                Some(other) => {
                    let errors = serde_json::json!({"non_field_errors": [not_a_dictionary(other)]});
                    self.errors.insert(name.to_owned(), errors);
                    return None;
                }
            }
        };
        let mut inner = Input {
            uploads: self.uploads,
            prefix: format!("{}{name}.", self.prefix),
            ..Input::new(members, self.is_form, self.is_partial, self.quirks)
        };
        let value = read(&mut inner);
        self.holds_nul |= inner.holds_nul;
        self.breaks |= inner.breaks;
        if inner.errors.is_empty() {
            return Some(value);
        }
        self.errors.insert(name.to_owned(), Value::Object(inner.errors));
        None
    }

    /// Returns whether the body has no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Returns the members of a form that belong to a nested object: `profile.group=1`.
    fn members_of_form(&self, name: &str) -> Map<String, Value> {
        let inner = self.members.iter().filter_map(|(member, value)| {
            let inner = member.strip_prefix(name)?.strip_prefix('.')?;
            Some((inner.to_owned(), value.clone()))
        });
        inner.collect()
    }

    fn given(&self, name: &str, required: bool, blank: bool, nullable: bool) -> SentValue<'d> {
        match self.members.get(name) {
            None => SentValue::Nothing,
            Some(Value::Null) => SentValue::Null,
            // A form cannot omit a field or express null; an empty field may mean either.
            Some(Value::String(text)) if self.is_form && text.is_empty() && !blank && nullable => SentValue::Null,
            Some(Value::String(text)) if self.is_form && text.is_empty() && !blank && !required => SentValue::Nothing,
            Some(value) => SentValue::Value(value),
        }
    }

    fn absent<T>(&mut self, name: &str, required: bool) -> Option<T> {
        if required && !self.is_partial {
            self.reject(name, REQUIRED);
        }
        None
    }

    fn null<T>(&mut self, name: &str) -> Option<T> {
        self.reject(name, NULL);
        None
    }

    fn read_text(&mut self, name: &str, value: &Value, rule: Member) -> Option<String> {
        if !matches!(value, Value::String(_) | Value::Number(_)) {
            self.reject(name, NO_TEXT);
            return None;
        }
        let sent = python::str_of(value);
        let text = python::strip(&sent);
        if text.is_empty() && !rule.blank {
            self.reject(name, BLANK);
            return None;
        }
        if let Some(max) = rule.max_length.filter(|max| text.chars().count() > *max as usize) {
            self.reject(name, format!("Ensure this field has no more than {max} characters."));
            return None;
        }
        if text.contains('\0') && !rule.hashed {
            return self.nul(name);
        }
        Some(text.to_owned())
    }

    fn nul<T>(&mut self, name: &str) -> Option<T> {
        if self.quirks.has(Quirk::Nul500) {
            self.holds_nul = true;
        } else {
            self.reject(name, "Null characters are not allowed.");
        }
        None
    }
}

impl Dictionary {
    /// Returns the API's error text for a value; `None` if the value is valid.
    pub fn reason(&self, value: &Value) -> Option<String> {
        let Dictionary { label, most_keys, longest_key, longest_value, reserved } = self;
        let Value::Object(members) = value else { return Some(format!("{label} passed in invalid format.")) };
        if members.len() > *most_keys {
            return Some(format!("Too many keys defined (exceeds {most_keys})."));
        }
        members.iter().find_map(|(name, value)| {
            if name.chars().count() > *longest_key {
                return Some(format!("Too long key defined (exceeds {longest_key})."));
            }
            if reserved.contains(&name.to_lowercase().as_str()) {
                return Some(format!("Reserved key \"{name}\" used."));
            }
            let is_long = python::repr(value).chars().count() > *longest_value;
            is_long.then(|| format!("Too long value defined for key {name} (exceeds {longest_value})."))
        })
    }
}
