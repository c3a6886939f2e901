//! Publishes the changes of data objects to their channels.

use http::StatusCode;
use serde_json::{Map, Value};

use super::view::ObjectView;
use crate::answer::Failure;
use crate::call::Call;
use crate::caller::Caller;
use crate::core::Core;
use crate::resources::channel::changes::ChangeAction;
use crate::resources::channel::handlers::may_publish;
use crate::resources::channel::messages::Publication;
use crate::resources::view::LinkBase;
use crate::world::{Class, ClassId, Instance, Object, ObjectId};

/// Checks that the caller may publish to the channel of an object, if it has one.
pub fn check(caller: &Caller, instance: &Instance, object: &Object) -> Result<(), Failure> {
    let channel = object.channel.as_deref().and_then(|name| instance.channels.named(name));
    match channel {
        Some(channel) if !may_publish(caller, instance, channel) => {
            let text = "You do not have permission to publish data to specified channel.";
            Err(Failure::detail(StatusCode::FORBIDDEN, text))
        }
        _ => Ok(()),
    }
}

/// Publishes a new object.
pub fn created(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance, class: ClassId, id: ObjectId) {
    publish(core, call, caller, instance, (class, id), |members| (ChangeAction::Create, members));
}

/// Publishes the members of an object that changed, or all if none did.
pub fn changed(
    core: &Core,
    call: &Call<'_>,
    caller: &Caller,
    instance: &mut Instance,
    class: ClassId,
    id: ObjectId,
    before: &Map<String, Value>,
) {
    publish(core, call, caller, instance, (class, id), |members| {
        let is_new = |(name, value): &(&String, &Value)| *name != "id" && before.get(*name) != Some(*value);
        if !members.iter().any(|member| is_new(&member)) {
            return (ChangeAction::Update, members);
        }
        let kept = members.iter().filter(|member| member.0 == "id" || is_new(member));
        (ChangeAction::Update, kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    });
}

/// Publishes the deletion of an object, which still exists.
pub fn deleted(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance, class: ClassId, id: ObjectId) {
    publish(core, call, caller, instance, (class, id), |members| {
        (ChangeAction::Delete, members.into_iter().filter(|(name, _)| name == "id").collect())
    });
}

/// Returns the members of an object that a change shows.
pub fn members(call: &Call<'_>, instance: &Instance, class: &Class, object: &Object) -> Map<String, Value> {
    let view = ObjectView { place: LinkBase::new(call, instance), instance, class, object };
    let Ok(Value::Object(mut members)) = serde_json::to_value(view) else { return Map::new() };
    for hidden in ["links", "channel", "channel_room"] {
        members.shift_remove(hidden);
    }
    members
}

fn publish(
    core: &Core,
    call: &Call<'_>,
    caller: &Caller,
    instance: &mut Instance,
    (class, id): (ClassId, ObjectId),
    change: impl FnOnce(Map<String, Value>) -> (ChangeAction, Map<String, Value>),
) {
    let Some(class) = instance.classes.get(class) else { return };
    let Some(object) = instance.object(class, id) else { return };
    let Some(channel) = object.channel.as_deref().and_then(|name| instance.channels.named(name)) else { return };
    let (action, payload) = change(members(call, instance, class, object));
    let publication = Publication {
        channel: channel.id,
        room: object.channel_room.as_deref().map(str::to_owned),
        action,
        class: Some(class.name().to_owned()),
        payload,
    };
    publication.publish(core, caller, instance);
}
