//! Channels: `{name, description, type, group, group_permissions, other_permissions, created_at,
//! updated_at, custom_publish, links}`, and the changes that they pass on: messages, and created,
//! changed and deleted data objects.

pub mod changes;
pub mod handlers;
mod input;
pub mod messages;
pub mod storage;
mod view;

use serde_json::json;

use crate::access::{self, May};
use crate::endpoint_spec::{EndpointKind, EndpointSpec, ObjectRule, Parent};
use crate::endpoints::{EndpointRow, Handler, Success, create, delete, get, patch, post, put};
use crate::members::{CREATED_AT, GROUP, Inner, Member, Members, UPDATED_AT, links};
use crate::quirks::Quirk;
use input::{DESCRIPTION, KIND, NAME, ROOM};

static NEW: [(&str, Member); 10] = members(NAME, KIND);
static CHANNEL: [(&str, Member); 10] = members(NAME.read_only(), Member::shown("choice", "Type"));

const MESSAGE: Members = &[("payload", Member::optional("field", "Payload")), ("room", ROOM)];

/// Maximum length of the body of a message, in bytes.
const LONGEST_MESSAGE: usize = 65536;

const fn members(name: Member, kind: Member) -> [(&'static str, Member); 10] {
    [
        ("name", name),
        ("description", DESCRIPTION),
        ("type", kind),
        ("group", GROUP),
        ("group_permissions", permission("Group permissions")),
        ("other_permissions", permission("Other permissions")),
        ("created_at", Member { label: Some("created at"), ..CREATED_AT }),
        ("updated_at", Member { label: Some("updated at"), ..UPDATED_AT }),
        ("custom_publish", Member::optional("boolean", "custom_publish")),
        links(&[
            ("self", "detail"),
            ("group", "detail"),
            ("poll", "poll"),
            ("publish", "publish"),
            ("history", "history"),
        ]),
    ]
}

const fn permission(label: &'static str) -> Member {
    Member::optional("choice", label).with(Inner::Choices(&["none", "subscribe", "publish"]))
}

/// An `allow_anonymous_read` key reads every channel with a quirk.
const ANONYMOUS: &[(Quirk, May)] = &[(Quirk::ChannelAnon, access::anonymous_channels)];

const CHANNEL_ENDPOINT: EndpointSpec = EndpointSpec {
    title: "Channel",
    tag: "channels",
    selects: false,
    of_object: Some(ObjectRule { may: access::subscribed_channel, opened_by: ANONYMOUS }),
    ..EndpointSpec::item("", "", "channel", access::user_channels)
};

const HISTORY: EndpointSpec = EndpointSpec {
    selects: true,
    parent: Parent::Channel,
    may: access::subscribed_channel,
    opened_by: ANONYMOUS,
    of_object: None,
    shows: &view::CHANGE,
    ..CHANNEL_ENDPOINT
};

/// The endpoints of channels.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Channel List",
        takes: Some(("POST", |_| &NEW)),
        filter: Some("name__startswith"),
        tag: "channels",
        opened_by: &[(Quirk::ChannelWrite, access::user_channels)],
        shows: &view::CHANNEL,
        example: Some(|| json!({ "name": "news", "other_permissions": "subscribe", "custom_publish": true })),
        ..EndpointSpec::list("Channels", "/{version}/instances/{instance}/channels/", access::channels)
    }
    .operations(&[
        get("Lists the channels to which the caller may subscribe", Handler::Reads(handlers::list)),
        create("Creates a channel", Handler::Changes(handlers::create)),
    ]),
    EndpointSpec {
        name: "Channel",
        template: "/{version}/instances/{instance}/channels/{channel}/",
        title: "Channel Instance",
        selects: true,
        may: access::channels,
        opened_by: &[(Quirk::ChannelWrite, access::user_channels)],
        takes: Some(("PUT", |_| &CHANNEL)),
        shows: &view::CHANNEL,
        example: Some(|| json!({ "description": "The news", "other_permissions": "subscribe" })),
        ..CHANNEL_ENDPOINT
    }
    .operations(&[
        get("Returns a channel", Handler::Reads(handlers::show)),
        put(
            "Changes a channel; missing permissions and `custom_publish` are reset",
            Handler::Changes(handlers::change),
        ),
        patch("Changes some members of a channel", Handler::Changes(handlers::change)),
        delete("Deletes a channel with the objects that publish to it", Handler::Changes(handlers::delete))
            .note("The channels `default` and `eventlog` cannot be deleted (403)."),
    ]),
    EndpointSpec {
        name: "ChannelPublish",
        template: "/{version}/instances/{instance}/channels/{channel}/publish/",
        may: access::publishers,
        of_object: Some(ObjectRule { may: access::published_channel, opened_by: &[] }),
        takes: Some(("POST", |_| MESSAGE)),
        longest_body: Some(LONGEST_MESSAGE),
        shows: &view::CHANGE,
        example: Some(|| json!({ "payload": { "text": "Hello" }, "room": "lobby" })),
        ..CHANNEL_ENDPOINT
    }
    .operations(&[post("Publishes a message", Handler::Changes(messages::publish))
        .success(Success::Created)
        .note("A channel without `custom_publish` is 403.")]),
    EndpointSpec {
        name: "ChannelPoll",
        template: "/{version}/instances/{instance}/channels/{channel}/poll/",
        has_templates: false,
        shows: &view::CHANGE,
        ..CHANNEL_ENDPOINT
    }
    .operations(&[get("Waits for the next change of a channel", Handler::Changes(messages::poll))
        .success(Success::ShownOrNothing).note(
        "With `last_id`, it answers with the oldest change after it, at once. If nothing happens for 300 s, it is 204.",
    )]),
    EndpointSpec {
        name: "ChannelHistory",
        template: "/{version}/instances/{instance}/channels/{channel}/history/",
        title: "Change List",
        kind: EndpointKind::ListOnly,
        lookup: None,
        ..HISTORY
    }
    .operations(&[get("Lists the changes of a channel, the newest first", Handler::Reads(messages::history))]),
    EndpointSpec {
        name: "ChannelChange",
        template: "/{version}/instances/{instance}/channels/{channel}/history/{change}/",
        title: "Change Instance",
        lookup: Some("change"),
        ..HISTORY
    }
    .operations(&[get("Returns a change", Handler::Reads(messages::show))]),
];
