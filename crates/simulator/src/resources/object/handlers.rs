//! Handlers of `/classes/<class>/objects/`, and the permissions of a caller on an object. Data
//! endpoints list and create objects with the same functions.

use http::{Method, StatusCode};

use super::input::{ObjectInput, Purpose, Rejected, check};
use super::publication;
use super::view::ObjectView;
use crate::access::{self, AccessParent, Action};
use crate::answer::{ApiAnswer, Failure};
use crate::api::Flag;
use crate::call::Call;
use crate::caller::Caller;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::input::Input;
use crate::order::Order;
use crate::paging::{Page, Paging};
use crate::query::ObjectQuery;
use crate::quirks::Quirk;
use crate::resources::class::handlers::parent;
use crate::resources::path::id_in_path;
use crate::resources::view::LinkBase;
use crate::world::{Class, ClassId, Instance, Object, ObjectId, Permission};

/// `GET /classes/<class>/objects/`
pub fn list(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    call.show(StatusCode::OK, &page(call, caller, instance, parent(call, instance)?)?)
}

/// Returns a page of the objects of a class that the caller can see, with `query`, `order_by` and
/// `include_count`.
pub fn page<'i>(
    call: &Call<'_>,
    caller: &Caller,
    instance: &'i Instance,
    class: &'i Class,
) -> Result<Page<ObjectView<'i>>, Failure> {
    let query = ObjectQuery::read(call.query.all("query"), instance, class)?;
    let paging = Paging::from_call(call)?;
    let order = Order::from_call(call, class)?;
    let paging = paging.ordered(order.as_ref().is_some_and(|order| order.descending));
    let place = LinkBase::new(call, instance);
    let view = |object| ObjectView { place, instance, class, object };
    let is_shown = |object: &&Object| is_shown(caller, instance, object) && query.holds(instance, object);
    let everything = (std::ops::Bound::Unbounded, std::ops::Bound::Unbounded);
    let page = match order {
        None => {
            let objects = instance.objects(class, paging.range()).filter(is_shown);
            paging.page(call, objects, |object| object.id, view)
        }
        Some(order) if order.is_by_id() => {
            let objects = instance.objects(class, paging.range()).filter(is_shown);
            paging.page_by(call, objects, |object| (object.id, order.shown_value(object)), view)
        }
        Some(order) => {
            let edge = order.edge(call, &paging)?;
            let mut objects: Vec<_> = instance
                .objects(class, everything)
                .filter(is_shown)
                .map(|object| (order.position(object), object))
                .filter(|(position, _)| edge.as_ref().is_none_or(|(edge, side)| position.order(edge) == *side))
                .collect();
            objects.sort_unstable_by(|(a, _), (b, _)| a.order(b));
            let last = |(_, object): &(_, &Object)| (object.id, order.shown_value(object));
            paging.page_by(call, objects.into_iter(), last, |(_, object)| view(object))
        }
    };
    let count = call.counts().then(|| instance.objects(class, everything).filter(is_shown).count());
    Ok(page.counted(count))
}

/// `POST /classes/<class>/objects/`
pub fn create(changing: Changing<'_>) -> HandlerResult {
    let class = parent(changing.call, changing.instance)?.id();
    create_in(class, changing)
}

/// Creates an object of a class. A user owns the objects that they create.
pub fn create_in(class: ClassId, Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let class = instance.classes.get(class).ok_or_else(Failure::not_found)?;
    let mut input = Input::from_call(call)?;
    let mut object = ObjectInput::read(&mut input, caller, instance, class, Purpose::Create);
    input.finish()?;

    let now = core.source.now();
    let owner = caller.user().or(object.owner());
    let files = object.take_files();
    let mut object = object.apply(&Object::new(0, None, now), class, Permission::Full, now);
    (object.owner, object.revision) = (owner, 1);
    let class_id = class.id();
    let checked = check(class, &object.values, None);
    if let Err(rejected @ Rejected::Invalid(_)) = checked {
        return Err(rejected.into());
    }
    files.store(core, call, instance, class, &mut object)?;
    // The API assigns the id before it notices that a value is taken, so the id is used up.
    object.id = instance.next_object_id();
    checked?;
    publication::check(caller, instance, &object)?;
    let id = object.id;
    instance.store_object(class_id, object);
    publication::created(core, call, caller, instance, class_id, id);
    show_one(call, instance, StatusCode::CREATED, class_id, id)
}

/// `GET /classes/<class>/objects/<id>/`
pub fn show(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let class = parent(call, instance)?;
    let object = visible(call, caller, instance, class)?;
    if call.method == Method::HEAD && call.reproduces(Quirk::ObjectHead403) && depends_on_user(caller) {
        return Err(Failure::forbidden());
    }
    show_one(call, instance, StatusCode::OK, class.id(), object.id)
}

/// `PATCH` and `POST /classes/<class>/objects/<id>/`: change an object. POST resets missing
/// permissions.
pub fn change(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let class = parent(call, instance)?;
    let before = visible(call, caller, instance, class)?;
    let ceiling = level(caller, instance, before);
    if ceiling < Permission::Write {
        return Err(Failure::forbidden());
    }
    let mut input = Input::from_call(call)?;
    let mut object = ObjectInput::read(&mut input, caller, instance, class, Purpose::Change(before));
    input.finish()?;

    object.check_revision(before)?;
    let files = object.take_files();
    let mut object = object.apply(before, class, ceiling, core.source.now());
    check(class, &object.values, Some(object.id))?;
    publication::check(caller, instance, before)?;
    files.store(core, call, instance, class, &mut object)?;
    let members = before.channel.is_some().then(|| publication::members(call, instance, class, before));
    let (class, id) = (class.id(), object.id);
    instance.store_object(class, object);
    publication::changed(core, call, caller, instance, class, id, &members.unwrap_or_default());
    show_one(call, instance, StatusCode::OK, class, id)
}

/// `DELETE /classes/<class>/objects/<id>/`: deletes an object. A profile can be deleted only with
/// its user.
pub fn delete(Changing { core, call, caller, instance }: Changing<'_>) -> HandlerResult {
    let class = parent(call, instance)?;
    let object = visible(call, caller, instance, class)?;
    if class.holds_profiles() || level(caller, instance, object) < Permission::Full {
        return Err(Failure::forbidden());
    }
    let (class, id) = (class.id(), object.id);
    if let Err(failure) = publication::check(caller, instance, object) {
        if call.reproduces(Quirk::DeleteRefused) {
            instance.remove_object(class, id);
        }
        return Err(failure);
    }
    publication::deleted(core, call, caller, instance, class, id);
    instance.remove_object(class, id);
    Ok(ApiAnswer::no_content())
}

/// Returns the object with the id in the path, if the caller can see it and it matches `query`.
fn visible<'i>(
    call: &Call<'_>,
    caller: &Caller,
    instance: &'i Instance,
    class: &'i Class,
) -> Result<&'i Object, Failure> {
    let query = ObjectQuery::read(call.query.all("query"), instance, class)?;
    let object = id_in_path(call, "object").and_then(|id| instance.object(class, id));
    let object = object.filter(|object| query.holds(instance, object));
    object.filter(|object| is_shown(caller, instance, object)).ok_or_else(Failure::not_found)
}

/// Checks that the caller may perform the action on objects of a class.
pub fn admit(caller: &Caller, action: Action, instance: &Instance, class: &Class) -> Result<(), Failure> {
    let may = access::objects(caller, action, AccessParent::of_class(caller, instance, class));
    if may { Ok(()) } else { Err(Failure::forbidden()) }
}

/// Returns whether the caller can see an object.
pub fn is_shown(caller: &Caller, instance: &Instance, object: &Object) -> bool {
    level(caller, instance, object) >= Permission::Read
}

/// Returns the caller's permission on an object: the highest of those as owner, as group member and
/// as other.
fn level(caller: &Caller, instance: &Instance, object: &Object) -> Permission {
    let user = match caller {
        Caller::Anonymous => return Permission::None,
        Caller::Account { .. } => return Permission::Full,
        Caller::Api { flags, .. } if flags.has(Flag::IgnoreAcl) => return Permission::Full,
        Caller::Api { user, .. } => *user,
    };
    let is_owner = user.is_some() && user == object.owner;
    let of_owner = if is_owner { object.owner_permissions } else { Permission::None };
    let is_member = user.zip(instance.group_of(object)).is_some_and(|(user, group)| instance.is_member(user, group));
    let of_group = if is_member { object.group_permissions } else { Permission::None };
    object.other_permissions.max(of_owner).max(of_group)
}

/// Returns whether the caller's access depends only on the permissions of the user.
fn depends_on_user(caller: &Caller) -> bool {
    match caller {
        Caller::Api { flags, user, .. } => {
            user.is_some() && !flags.has(Flag::IgnoreAcl) && !flags.has(Flag::AllowAnonymousRead)
        }
        Caller::Anonymous | Caller::Account { .. } => false,
    }
}

fn show_one(
    call: &Call<'_>,
    instance: &Instance,
    status: StatusCode,
    class: ClassId,
    id: ObjectId,
) -> Result<ApiAnswer, Failure> {
    let class = instance.classes.get(class).ok_or_else(Failure::not_found)?;
    let object = instance.object(class, id).ok_or_else(Failure::not_found)?;
    call.show(status, &ObjectView { place: LinkBase::new(call, instance), instance, class, object })
}
