//! The presentation of an answer: selected members, links with a format, indentation.

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::{AnswerBody, ApiAnswer, Failure};
use super::call::Call;
use super::endpoint_spec::EndpointSpec;
use super::negotiation;

/// Maximum number of names in `fields` and `excluded_fields`; the rest of the text counts as one
/// unknown name.
const MOST_NAMES: usize = 65;

/// Members to which the selection also applies inside. This does not hold for data objects, where
/// such a name is a field with a value.
pub const NESTED: [&str; 5] = ["profile", "groups", "owner", "group", "user"];

/// The selected members: `?fields=id,username` lists those to show, `?excluded_fields=links` those
/// to hide.
struct MemberSelection<'q> {
    wanted: Option<Vec<&'q str>>,
    unwanted: Vec<&'q str>,
}

impl Call<'_> {
    /// Returns an answer that shows an object or a page of objects, with the presentation that the
    /// request asks for.
    pub fn show(&self, status: StatusCode, view: &impl Serialize) -> Result<ApiAnswer, Failure> {
        let selection = MemberSelection::from_call(self);
        let indent = negotiation::indent(self.headers);
        let format = self.query.get("format");
        let is_plain = selection.is_none() && format.is_none() && indent == 0;
        if is_plain {
            return ApiAnswer::json(status, view);
        }
        let mut value = serde_json::to_value(view).map_err(|_| Failure::server_error())?;
        let is_nested = self.route.spec.shows.name != "DataObject";
        for object in shown_objects(&mut value) {
            if let Some(selection) = &selection {
                selection.apply_to_shown(self.route.spec, object, is_nested);
            }
            if let Some(format) = format {
                carry_format(format, object, is_nested);
            }
        }
        indented(status, &value, indent)
    }
}

impl<'q> MemberSelection<'q> {
    /// Returns the selection of a request. It applies to GET, and to HEAD because its
    /// `Content-Length` is that of GET.
    fn from_call(call: &'q Call<'_>) -> Option<MemberSelection<'q>> {
        if !reads(&call.method) || !call.route.spec.selects {
            return None;
        }
        let names = |parameter| {
            let names = call.query.get(parameter).filter(|names| !names.is_empty());
            names.map(|names| names.splitn(MOST_NAMES, ',').collect::<Vec<_>>())
        };
        let wanted = names("fields");
        let unwanted = names("excluded_fields");
        if wanted.is_none() && unwanted.is_none() {
            return None;
        }
        Some(MemberSelection { wanted, unwanted: unwanted.unwrap_or_default() })
    }

    fn shows(&self, name: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.contains(&name)) && !self.unwanted.contains(&name)
    }

    /// Removes the members of a shown object that are not selected. The `group` or `user` of a
    /// membership always stays; if not selected, it is moved to the end.
    fn apply_to_shown(&self, spec: &EndpointSpec, object: &mut Value, is_nested: bool) {
        let kept = match spec.shows.name {
            "UserMembership" => Some("group"),
            "GroupMembership" => Some("user"),
            _ => None,
        };
        let kept = kept.filter(|name| !self.shows(name));
        let end = kept.and_then(|name| Some((name, object.as_object_mut()?.shift_remove(name)?)));
        self.apply(object, is_nested);
        if let (Some((name, mut end)), Some(members)) = (end, object.as_object_mut()) {
            self.apply(&mut end, is_nested);
            members.insert(name.to_owned(), end);
        }
    }

    /// Removes the members of a value that are not selected, and applies the selection to nested
    /// objects.
    fn apply(&self, value: &mut Value, is_nested: bool) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.apply(item, is_nested)),
            Value::Object(members) => {
                members.retain(|name, _| self.shows(name));
                nested(members, is_nested).for_each(|(member, is_nested)| self.apply(member, is_nested));
            }
            _ => {}
        }
    }
}

/// Returns the objects of a page, or the one object of an answer.
fn shown_objects(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    let is_page = value.get("objects").is_some_and(Value::is_array);
    let (page, one) = if is_page { (value.get_mut("objects"), None) } else { (None, Some(value)) };
    page.and_then(Value::as_array_mut).into_iter().flatten().chain(one)
}

/// Returns the members that are nested API objects, each with whether it may contain nested objects
/// itself.
fn nested(members: &mut Map<String, Value>, is_nested: bool) -> impl Iterator<Item = (&mut Value, bool)> {
    let members = members.iter_mut().filter(move |(name, _)| is_nested && NESTED.contains(&name.as_str()));
    members.map(|(name, member)| (member, name != "profile"))
}

/// Adds the `format` of the query to the links of an object and of its nested objects.
fn carry_format(format: &str, value: &mut Value, is_nested: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| carry_format(format, item, is_nested)),
        Value::Object(members) => {
            if let Some(links) = members.get_mut("links") {
                add_format(format, links);
            }
            nested(members, is_nested).for_each(|(member, is_nested)| carry_format(format, member, is_nested));
        }
        _ => {}
    }
}

/// Adds the format to all links in a tree.
fn add_format(format: &str, links: &mut Value) {
    match links {
        Value::String(link) => {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("format", format).finish();
            link.push('?');
            link.push_str(&query);
        }
        Value::Object(members) => members.values_mut().for_each(|member| add_format(format, member)),
        _ => {}
    }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn indented(status: StatusCode, value: &Value, indent: usize) -> Result<ApiAnswer, Failure> {
    if indent == 0 {
        return ApiAnswer::json(status, value);
    }
    let spaces = [b' '; 8];
    let indent = spaces.get(..indent).unwrap_or(&spaces);
    let mut body = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent);
    let mut serializer = serde_json::Serializer::with_formatter(&mut body, formatter);
    value.serialize(&mut serializer).map_err(|_| Failure::server_error())?;
    Ok(ApiAnswer { status, content: AnswerBody::Json(body) })
}
