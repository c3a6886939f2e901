//! Handlers of `/channels/`, and the permissions of a caller on a channel.

use std::borrow::Cow;

use http::StatusCode;

use super::input::ChannelInput;
use super::storage::{Channel, ChannelPermission, Channels};
use super::view::ChannelView;
use crate::access::{self, AccessParent, Action};
use crate::answer::{ApiAnswer, Failure};
use crate::api::Flag;
use crate::call::Call;
use crate::caller::Caller;
use crate::endpoints::{Changing, HandlerResult, Reading};
use crate::paging::Paging;
use crate::quirks::{Quirk, Quirks};
use crate::resources::path::spelled_in_path;
use crate::resources::view::LinkBase;
use crate::world::{ChannelId, Instance};

/// `GET /channels/`: lists the channels to which the caller may subscribe.
pub fn list(Reading { call, caller, instance, .. }: Reading<'_>) -> HandlerResult {
    let paging = Paging::from_call(call)?;
    let prefix = call.query.get("name__startswith").unwrap_or_default();
    let channels = instance.channels.range(paging.range()).filter(|channel| {
        channel.name.starts_with(prefix) && permission(caller, instance, channel) >= ChannelPermission::Subscribe
    });
    let place = LinkBase::new(call, instance);
    let page = paging.page(
        call,
        channels,
        |channel| channel.id,
        |channel| ChannelView { place, instance, channel, spelled: Cow::Borrowed(&channel.name) },
    );
    call.show(StatusCode::OK, &page)
}

/// `POST /channels/`: creates a channel.
pub fn create(Changing { core, call, instance, .. }: Changing<'_>) -> HandlerResult {
    let input = ChannelInput::read(call, instance, true)?;
    let channel = input.create(core.source.now());
    let id = instance.channels.add(channel).map_err(|_| Failure::not_unique("name"))?;
    show_one(call, instance, StatusCode::CREATED, id)
}

/// `GET /channels/<name>/`
pub fn show(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    show_one(call, instance, StatusCode::OK, named(call, instance)?.id)
}

/// `PUT` and `PATCH /channels/<name>/`
pub fn change(Changing { core, call, instance, .. }: Changing<'_>) -> HandlerResult {
    let before = named(call, instance)?;
    let input = ChannelInput::read(call, instance, false)?;
    let channel = input.apply(before, core.source.now());
    let id = channel.id;
    if let Some(before) = instance.channels.get_mut(id) {
        *before = channel;
    }
    show_one(call, instance, StatusCode::OK, id)
}

/// `DELETE /channels/<name>/`: deletes a channel with the objects that publish to it. The channels
/// of every instance cannot be deleted.
pub fn delete(Changing { call, instance, .. }: Changing<'_>) -> HandlerResult {
    let channel = named(call, instance)?;
    if Channels::OF_EVERY_INSTANCE.contains(&&*channel.name) {
        return Err(Failure::forbidden());
    }
    instance.remove_channel(channel.id);
    Ok(ApiAnswer::no_content())
}

/// Returns the channel with the name in the path.
pub fn named<'i>(call: &Call<'_>, instance: &'i Instance) -> Result<&'i Channel, Failure> {
    instance.channels.named(call.route.param("channel")).ok_or_else(Failure::not_found)
}

/// Returns the permission of a caller on a channel: administrators and keys that ignore permissions
/// have every one, and a key without a user those of everybody.
fn permission(caller: &Caller, instance: &Instance, channel: &Channel) -> ChannelPermission {
    match caller {
        Caller::Anonymous => ChannelPermission::None,
        Caller::Account { .. } => ChannelPermission::Publish,
        Caller::Api { flags, .. } if flags.has(Flag::IgnoreAcl) => ChannelPermission::Publish,
        Caller::Api { user, .. } => instance.channel_permission(channel, *user),
    }
}

/// Returns whether a caller whose poll waits may still read the channel.
pub fn may_poll(quirks: Quirks, caller: &Caller, instance: &Instance, channel: &Channel) -> bool {
    let is_gone = caller.user().is_some_and(|user| instance.users.get(user).is_none());
    let through = AccessParent::of_channel(caller, instance, channel);
    let is_open = quirks.has(Quirk::ChannelAnon) && access::anonymous_channels(caller, Action::Read, through);
    !is_gone && (is_open || access::subscribed_channel(caller, Action::Read, through))
}

/// Returns whether a caller may publish to a channel.
pub fn may_publish(caller: &Caller, instance: &Instance, channel: &Channel) -> bool {
    permission(caller, instance, channel) >= ChannelPermission::Publish
}

fn show_one(call: &Call<'_>, instance: &Instance, status: StatusCode, id: ChannelId) -> Result<ApiAnswer, Failure> {
    let channel = instance.channels.get(id).ok_or_else(Failure::not_found)?;
    let spelled = match status {
        StatusCode::CREATED => Cow::Borrowed(&*channel.name),
        _ => Cow::Owned(spelled_in_path(call, "channel")),
    };
    call.show(status, &ChannelView { place: LinkBase::new(call, instance), instance, channel, spelled })
}
