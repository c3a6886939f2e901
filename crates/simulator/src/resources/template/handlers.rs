//! Handlers of `/snippets/templates/`.

use http::StatusCode;

use super::input::{TemplateInput, read_context, read_name, read_new_name};
use super::response;
use super::storage::Templates;
use super::view::TemplateView;
use crate::answer::{ApiAnswer, Failure};
use crate::call::Call;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::input::Input;
use crate::paging::Paging;
use crate::python;
use crate::resources::path::{encoded, spelled_in_path};
use crate::world::Instance;

/// `GET /snippets/templates/`
pub fn list(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
    let templates = Templates::of(instance).range(paging.range());
    let view = |(_, template)| TemplateView::new(call, instance, template);
    call.show(StatusCode::OK, &paging.page(call, templates, |(id, _)| *id, view))
}

/// `POST /snippets/templates/`
pub fn create(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let mut input = Input::from_call(call)?;
    let name = read_name(&mut input);
    let read = TemplateInput::read(&mut input);
    input.finish()?;
    let template = read.into_new(&name.ok_or_else(Failure::server_error)?);
    let templates: &mut Templates = instance.kept.get_mut();
    let id = templates.add(template).map_err(|_| taken("name"))?;
    call.show(StatusCode::CREATED, &view(call, instance, id)?)
}

/// `GET /snippets/templates/<name>/`
pub fn show(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    show_one(call, instance, named(call, instance)?)
}

/// `PUT` and `PATCH /snippets/templates/<name>/`: PUT empties a missing context. The name cannot
/// change.
pub fn change(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    let mut input = Input::from_call(call)?;
    let read = TemplateInput::read(&mut input);
    input.finish()?;
    let templates: &mut Templates = instance.kept.get_mut();
    if let Some(template) = templates.get_mut(id) {
        read.apply(template);
    }
    show_one(call, instance, id)
}

/// `DELETE /snippets/templates/<name>/`
pub fn delete(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    instance.kept.get_mut::<Templates>().remove(id);
    Ok(ApiAnswer::no_content())
}

/// `POST /snippets/templates/<name>/rename/ {"new_name"}`
pub fn rename(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let id = named(call, instance)?;
    let (shown, name) = read_new_name(call)?;
    let templates: &mut Templates = instance.kept.get_mut();
    templates.rename(id, name).map_err(|_| taken("new_name"))?;
    let spelled = encoded(&shown);
    call.show(StatusCode::OK, &view(call, instance, id)?.named(shown).spelled(spelled))
}

/// `POST /snippets/templates/<name>/render/ {"context"}`: the text is made once the instance is
/// unlocked.
pub fn render(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let context = read_context(call)?;
    let template = Templates::of(instance).get(named(call, instance)?).ok_or_else(Failure::not_found)?;
    let context = if context.is_empty() { template.context.clone() } else { context };
    response::prepare(call, caller, instance, (template, context));
    Ok(ApiAnswer::empty(StatusCode::OK))
}

/// Checks that the template in the path exists.
pub fn check_exists(call: &Call<'_>, instance: &Instance) -> Result<(), Failure> {
    named(call, instance).map(|_| ())
}

/// Returns the id of the template with the name in the path.
fn named(call: &Call<'_>, instance: &Instance) -> Result<u32, Failure> {
    let name = python::strip(call.route.param("template")).to_lowercase();
    Templates::of(instance).named(&name).ok_or_else(Failure::not_found)
}

fn taken(member: &str) -> Failure {
    Failure::invalid_member(member, "ResponseTemplate with this name already exists.")
}

fn view<'i>(call: &Call<'_>, instance: &'i Instance, id: u32) -> Result<TemplateView<'i>, Failure> {
    let template = Templates::of(instance).get(id).ok_or_else(Failure::not_found)?;
    Ok(TemplateView::new(call, instance, template))
}

fn show_one(call: &Call<'_>, instance: &Instance, id: u32) -> HandlerResult {
    call.show(StatusCode::OK, &view(call, instance, id)?.spelled(spelled_in_path(call, "template")))
}
