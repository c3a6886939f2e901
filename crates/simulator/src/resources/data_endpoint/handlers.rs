//! Handlers of `/endpoints/data/`.

use http::StatusCode;

use super::expand;
use super::input::{DataEndpointInput, read_name, read_new_name};
use super::storage::{DataEndpoint, DataEndpoints};
use super::view::DataEndpointView;
use crate::access::Action;
use crate::answer::{ApiAnswer, Failure};
use crate::call::Call;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::input::Input;
use crate::paging::Paging;
use crate::python;
use crate::resources::object::handlers::{admit, create_in, page};
use crate::resources::path::{encoded, spelled_in_path};
use crate::world::{Class, Instance};

/// `GET /endpoints/data/`
pub fn list(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
    let endpoints = DataEndpoints::of(instance).range(paging.range());
    let view = |(_, endpoint)| DataEndpointView::new(call, instance, endpoint);
    call.show(StatusCode::OK, &paging.page(call, endpoints, |(id, _)| *id, view))
}

/// `POST /endpoints/data/`
pub fn create(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let mut input = Input::from_call(call)?;
    let name = read_name(&mut input);
    let read = DataEndpointInput::read(&mut input, instance);
    input.finish()?;
    let endpoint = read.into_new(&name.ok_or_else(Failure::server_error)?)?;
    let endpoints: &mut DataEndpoints = instance.kept.get_mut();
    let id = endpoints.add(endpoint).map_err(|_| Failure::not_unique("name"))?;
    call.show(StatusCode::CREATED, &view(call, instance, id)?)
}

/// `GET /endpoints/data/<name>/`
pub fn show(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    show_one(call, instance, named(call, instance)?)
}

/// `PUT` and `PATCH /endpoints/data/<name>/`: PUT resets missing members, except the description.
/// The name cannot change.
pub fn change(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    let mut input = Input::from_call(call)?;
    let read = DataEndpointInput::read(&mut input, instance);
    input.finish()?;
    let endpoints: &mut DataEndpoints = instance.kept.get_mut();
    if let Some(endpoint) = endpoints.get_mut(id) {
        read.apply(endpoint);
    }
    show_one(call, instance, id)
}

/// `DELETE /endpoints/data/<name>/`
pub fn delete(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    instance.kept.get_mut::<DataEndpoints>().remove(id);
    Ok(ApiAnswer::no_content())
}

/// `POST /endpoints/data/<name>/rename/ {"new_name"}`: renames a data endpoint; the answer shows
/// the name as sent.
pub fn rename(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    let (shown, name) = read_new_name(call)?;
    let endpoints: &mut DataEndpoints = instance.kept.get_mut();
    endpoints.rename(id, name).map_err(|_| Failure::not_unique("new_name"))?;
    let spelled = encoded(&shown);
    call.show(StatusCode::OK, &view(call, instance, id)?.named(shown).spelled(spelled))
}

/// `GET /endpoints/data/<name>/get/`: lists the objects of the class that the caller can see.
pub fn get_objects(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let (endpoint, class) = endpoint_with_class(call, instance)?;
    admit(caller, Action::Read, instance, class)?;
    let call = &call.with_query(endpoint.parameters(&call.query));
    let page = page(call, caller, instance, class)?;
    if !expand::is_requested(call) {
        return call.show(StatusCode::OK, &page);
    }
    let mut page = serde_json::to_value(page).map_err(|_| Failure::server_error())?;
    expand::expand(call, caller, instance, class, &mut page)?;
    call.show(StatusCode::OK, &page)
}

/// `POST /endpoints/data/<name>/post/`: creates an object of the class.
pub fn post_object(changing: Changing<'_>) -> HandlerResult {
    let (_, class) = endpoint_with_class(changing.call, changing.instance)?;
    admit(changing.caller, Action::Create, changing.instance, class)?;
    create_in(class.id(), changing)
}

/// Returns the id of the data endpoint with the name in the path.
fn named(call: &Call<'_>, instance: &Instance) -> Result<u32, Failure> {
    let name = python::strip(call.route.param("data_endpoint")).to_lowercase();
    DataEndpoints::of(instance).named(&name).ok_or_else(Failure::not_found)
}

fn endpoint_with_class<'i>(call: &Call<'_>, instance: &'i Instance) -> Result<(&'i DataEndpoint, &'i Class), Failure> {
    let id = named(call, instance)?;
    let endpoint = DataEndpoints::of(instance).get(id).ok_or_else(Failure::not_found)?;
    let class = instance.classes.get(endpoint.class).ok_or_else(|| Failure::missing("Class"))?;
    Ok((endpoint, class))
}

fn view<'i>(call: &Call<'_>, instance: &'i Instance, id: u32) -> Result<DataEndpointView<'i>, Failure> {
    let endpoint = DataEndpoints::of(instance).get(id).ok_or_else(Failure::not_found)?;
    Ok(DataEndpointView::new(call, instance, endpoint))
}

fn show_one(call: &Call<'_>, instance: &Instance, id: u32) -> HandlerResult {
    let spelled = spelled_in_path(call, "data_endpoint");
    call.show(StatusCode::OK, &view(call, instance, id)?.spelled(spelled))
}
