//! The bodies of requests on data endpoints.

use serde_json::{Map, Value};

use super::storage::{DataEndpoint, LARGEST_PAGE};
use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;
use crate::members::Member;
use crate::python;
use crate::quirks::Quirk;
use crate::wording::group_name_errors;
use crate::world::{ClassId, Instance};
use crate::{query, schema};

pub const NAME: Member = Member::required("string", "Name");
pub const NEW_NAME: Member = Member::required("string", "New name");
pub const DESCRIPTION: Member = Member::optional("string", "description");
pub const EXCLUDED_FIELDS: Member = Member::optional("string", "excluded_fields").max(LONGEST_LIST);
pub const ORDER_BY: Member = Member::optional("string", "order_by").max(50);
pub const PAGE_SIZE: Member = Member::optional("integer", "page_size").within(0, LARGEST_PAGE as i32);
pub const EXPAND: Member = Member::optional("string", "expand").max(LONGEST_LIST);

/// Maximum length of a list of names, in characters.
const LONGEST_LIST: u32 = 256;

/// The body of a request on a data endpoint. Missing members keep their values; for PUT, all but
/// the description are reset.
pub struct DataEndpointInput {
    description: Option<String>,
    class: Option<ClassId>,
    query: Option<Map<String, Value>>,
    excluded_fields: Option<Option<String>>,
    order_by: Option<Option<String>>,
    page_size: Option<Option<u8>>,
    expand: Option<Option<String>>,
}

impl DataEndpointInput {
    pub fn read(input: &mut Input<'_>, instance: &Instance) -> DataEndpointInput {
        let mut read = DataEndpointInput {
            description: input.text("description", DESCRIPTION),
            query: read_query(input),
            excluded_fields: read_list(input, "excluded_fields", EXCLUDED_FIELDS),
            order_by: input.nullable_text("order_by", ORDER_BY),
            page_size: input
                .nullable_number("page_size", PAGE_SIZE)
                .map(|size| size.and_then(|size| u8::try_from(size).ok())),
            expand: read_list(input, "expand", EXPAND),
            class: read_class(input, instance),
        };
        if !input.is_partial() {
            read.query.get_or_insert_default();
            read.excluded_fields.get_or_insert(None);
            read.order_by.get_or_insert(None);
            read.page_size.get_or_insert(None);
            read.expand.get_or_insert(None);
        }
        read
    }

    /// Returns a new data endpoint with a name in lower case.
    pub fn into_new(self, name: &str) -> Result<DataEndpoint, Failure> {
        let mut endpoint = DataEndpoint {
            name: name.into(),
            description: String::new(),
            class: self.class.ok_or_else(Failure::server_error)?,
            query: Map::new(),
            excluded_fields: None,
            order_by: None,
            page_size: None,
            expand: None,
        };
        self.apply(&mut endpoint);
        Ok(endpoint)
    }

    /// Applies the body to a data endpoint.
    pub fn apply(self, endpoint: &mut DataEndpoint) {
        set(&mut endpoint.description, self.description);
        set(&mut endpoint.class, self.class);
        set(&mut endpoint.query, self.query);
        set(&mut endpoint.excluded_fields, self.excluded_fields);
        set(&mut endpoint.order_by, self.order_by);
        set(&mut endpoint.page_size, self.page_size);
        set(&mut endpoint.expand, self.expand);
    }
}

/// Reads the name of a new data endpoint and converts it to lower case.
pub fn read_name(input: &mut Input<'_>) -> Option<String> {
    input.resource_name("name", NAME)
}

/// Reads the new name of a data endpoint: as the answer shows it, and in lower case.
pub fn read_new_name(call: &Call<'_>) -> Result<(String, String), Failure> {
    let mut input = Input::from_call(call)?;
    let typed = input.text_never_null("new_name", NEW_NAME);
    let name = typed.as_deref().map(str::to_lowercase);
    for reason in name.as_deref().map(group_name_errors).unwrap_or_default() {
        input.reject("new_name", reason);
    }
    input.finish()?;
    let sent = call.data()?.member("new_name").filter(|_| call.reproduces(Quirk::RenameEcho));
    let shown = sent.map(python::str_of).or(typed);
    shown.zip(name).ok_or_else(Failure::server_error)
}

/// Reads a query. Whether the class has its fields is checked when it is used.
fn read_query(input: &mut Input<'_>) -> Option<Map<String, Value>> {
    let sent = input.json("query", Value::Object(Map::new()))?;
    query::check(&sent).cloned().map_err(|reason| input.reject("query", reason)).ok()
}

/// Reads names of fields, separated by commas. Whether the class has them is not checked.
fn read_list(input: &mut Input<'_>, name: &str, rule: Member) -> Option<Option<String>> {
    let list = input.nullable_text(name, Member { max_length: None, ..rule })?;
    let Some(text) = list.as_deref().filter(|text| !text.is_empty()) else { return Some(list) };
    let is_list = text.split(',').all(schema::is_field_name);
    let is_long = text.chars().count() > LONGEST_LIST as usize;
    if !is_list {
        input.reject(name, "Enter a comma separated list.");
    }
    if is_long {
        input.reject(name, format!("Ensure this field has no more than {LONGEST_LIST} characters."));
    }
    (is_list && !is_long).then_some(list)
}

fn read_class(input: &mut Input<'_>, instance: &Instance) -> Option<ClassId> {
    let name = input.required_slug("class", |name| instance.classes.named(name).is_some())?;
    instance.classes.named(&name).map(|class| class.id())
}

fn set<T>(member: &mut T, sent: Option<T>) {
    if let Some(sent) = sent {
        *member = sent;
    }
}
