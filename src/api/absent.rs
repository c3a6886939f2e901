//! The resources that the platform has and the simulator has not: their paths are known, so that the right answer can be
//! given to those who may not go there, and an honest one to those who may.

use super::{Endpoint, Version};

/// A path of a resource that is not simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbsentEndpoint {
    /// What is missing.
    pub resource: Absent,
    /// What kind of path it is.
    pub form: Form,
    /// The one version that has the path; `None` if all have it.
    pub only_in: Option<Version>,
}

/// A resource that is not simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Absent {
    /// Channels, with polling and publishing.
    Channel,
    /// `poll/`, the one path of a channel that a batch may not go to.
    ChannelPoll,
    /// What was published on a channel.
    ChannelHistory,
    /// Scripts, called codeboxes in v1, and the runtimes they may ask for.
    Script,
    /// What became of the runs of a script.
    ScriptTrace,
    /// Schedules.
    Schedule,
    /// What became of the runs of a schedule.
    ScheduleTrace,
    /// Triggers.
    Trigger,
    /// What became of the runs of a trigger.
    TriggerTrace,
    /// Script endpoints, called webhooks in v1.
    ScriptEndpoint,
    /// What became of the runs of a script endpoint.
    ScriptEndpointTrace,
    /// Data endpoints, called `api/objects` in v1.
    DataEndpoint,
    /// Templates for answers.
    Template,
    /// What scripts are told of their instance.
    Configuration,
    /// Devices that receive push notifications.
    Device,
    /// Push notifications and the accounts they are sent with.
    PushNotification,
    /// Sites that are served from an instance.
    Hosting,
    /// The files of a site.
    HostingFile,
    /// Backups of an instance and their restoration.
    Backup,
    /// Backups of a part of an instance, which only the operators of a platform may make.
    PartialBackup,
    /// The backups of an account.
    AccountBackup,
    /// How much an account has used.
    Usage,
    /// What follows on an e-mail, none of which is sent.
    Mail,
}

/// What kind of path it is, which says what methods it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Shows and creates.
    List,
    /// Shows.
    ReadOnly,
    /// Shows, changes and deletes.
    Item,
    /// Shows and deletes.
    Removable,
    /// Shows and changes.
    Settings,
    /// Does something.
    Action,
    /// Does something, however it is asked.
    Run,
}

impl Absent {
    /// What there is none of, as it stands in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Absent::Channel | Absent::ChannelPoll | Absent::ChannelHistory => "channels",
            Absent::Script | Absent::ScriptTrace => "scripts",
            Absent::Schedule | Absent::ScheduleTrace => "schedules",
            Absent::Trigger | Absent::TriggerTrace => "triggers",
            Absent::ScriptEndpoint | Absent::ScriptEndpointTrace => "script endpoints",
            Absent::DataEndpoint => "data endpoints",
            Absent::Template => "templates",
            Absent::Configuration => "configuration for scripts",
            Absent::Device | Absent::PushNotification => "push notifications",
            Absent::Hosting | Absent::HostingFile => "hosting",
            Absent::Backup | Absent::PartialBackup | Absent::AccountBackup => "backups",
            Absent::Usage => "usage statistics",
            Absent::Mail => "e-mails",
        }
    }

    /// What the path goes through, as it is named where it is missing.
    pub fn parent(self) -> Option<&'static str> {
        match self {
            Absent::ChannelHistory => Some("Channel"),
            Absent::ScriptTrace => Some("Script"),
            Absent::ScheduleTrace => Some("Schedule"),
            Absent::TriggerTrace => Some("Trigger"),
            Absent::ScriptEndpointTrace => Some("Script Endpoint"),
            Absent::HostingFile => Some("Hosting"),
            _ => None,
        }
    }
}

impl Form {
    /// The methods, as the header `Allow` lists them.
    pub fn allow(self) -> &'static str {
        match self {
            Form::List | Form::Run => "GET, POST, HEAD, OPTIONS",
            Form::ReadOnly => "GET, HEAD, OPTIONS",
            Form::Item => "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
            Form::Removable => "GET, DELETE, HEAD, OPTIONS",
            Form::Settings => "GET, PUT, PATCH, HEAD, OPTIONS",
            Form::Action => "POST, OPTIONS",
        }
    }
}

const fn both(resource: Absent, form: Form) -> Endpoint {
    Endpoint::Absent(AbsentEndpoint { resource, form, only_in: None })
}

const fn v1(resource: Absent, form: Form) -> Endpoint {
    Endpoint::Absent(AbsentEndpoint { resource, form, only_in: Some(Version::V1) })
}

const fn v1_1(resource: Absent, form: Form) -> Endpoint {
    Endpoint::Absent(AbsentEndpoint { resource, form, only_in: Some(Version::V1_1) })
}

/// Every path of these resources, as in [`ENDPOINTS`](super::ENDPOINTS). What identifies something is called `id`, what
/// identifies what it belongs to, `parent`.
pub const ABSENT_ENDPOINTS: &[(Endpoint, &str)] = &[
    (both(Absent::Mail, Form::Action), "/{version}/account/resend_email/"),
    (both(Absent::Mail, Form::Action), "/{version}/account/activate/"),
    (both(Absent::Mail, Form::Action), "/{version}/account/password/reset/confirm/"),
    (both(Absent::AccountBackup, Form::ReadOnly), "/{version}/backups/full/"),
    (both(Absent::AccountBackup, Form::Removable), "/{version}/backups/full/{id}/"),
    (both(Absent::PartialBackup, Form::ReadOnly), "/{version}/backups/partial/"),
    (both(Absent::PartialBackup, Form::Removable), "/{version}/backups/partial/{id}/"),
    (both(Absent::Usage, Form::ReadOnly), "/{version}/usage/hourly/"),
    (both(Absent::Usage, Form::ReadOnly), "/{version}/usage/daily/"),
    (both(Absent::Channel, Form::List), "/{version}/instances/{instance}/channels/"),
    (both(Absent::Channel, Form::Item), "/{version}/instances/{instance}/channels/{id}/"),
    (both(Absent::ChannelPoll, Form::ReadOnly), "/{version}/instances/{instance}/channels/{id}/poll/"),
    (both(Absent::Channel, Form::Action), "/{version}/instances/{instance}/channels/{id}/publish/"),
    (both(Absent::ChannelHistory, Form::ReadOnly), "/{version}/instances/{instance}/channels/{parent}/history/"),
    (both(Absent::ChannelHistory, Form::ReadOnly), "/{version}/instances/{instance}/channels/{parent}/history/{id}/"),
    (v1(Absent::Script, Form::List), "/{version}/instances/{instance}/codeboxes/"),
    (v1(Absent::Script, Form::ReadOnly), "/{version}/instances/{instance}/codeboxes/runtimes/"),
    (v1(Absent::Script, Form::Item), "/{version}/instances/{instance}/codeboxes/{id}/"),
    (v1(Absent::Script, Form::Action), "/{version}/instances/{instance}/codeboxes/{id}/run/"),
    (v1(Absent::ScriptTrace, Form::ReadOnly), "/{version}/instances/{instance}/codeboxes/{parent}/traces/"),
    (v1(Absent::ScriptTrace, Form::ReadOnly), "/{version}/instances/{instance}/codeboxes/{parent}/traces/{id}/"),
    (v1_1(Absent::Script, Form::List), "/{version}/instances/{instance}/snippets/scripts/"),
    (v1_1(Absent::Script, Form::ReadOnly), "/{version}/instances/{instance}/snippets/scripts/runtimes/"),
    (v1_1(Absent::Script, Form::Item), "/{version}/instances/{instance}/snippets/scripts/{id}/"),
    (v1_1(Absent::Script, Form::Action), "/{version}/instances/{instance}/snippets/scripts/{id}/run/"),
    (v1_1(Absent::ScriptTrace, Form::ReadOnly), "/{version}/instances/{instance}/snippets/scripts/{parent}/traces/"),
    (
        v1_1(Absent::ScriptTrace, Form::ReadOnly),
        "/{version}/instances/{instance}/snippets/scripts/{parent}/traces/{id}/",
    ),
    (both(Absent::Schedule, Form::List), "/{version}/instances/{instance}/schedules/"),
    (both(Absent::Schedule, Form::Item), "/{version}/instances/{instance}/schedules/{id}/"),
    (both(Absent::ScheduleTrace, Form::ReadOnly), "/{version}/instances/{instance}/schedules/{parent}/traces/"),
    (both(Absent::ScheduleTrace, Form::ReadOnly), "/{version}/instances/{instance}/schedules/{parent}/traces/{id}/"),
    (both(Absent::Trigger, Form::List), "/{version}/instances/{instance}/triggers/"),
    (both(Absent::Trigger, Form::Item), "/{version}/instances/{instance}/triggers/{id}/"),
    (both(Absent::TriggerTrace, Form::ReadOnly), "/{version}/instances/{instance}/triggers/{parent}/traces/"),
    (both(Absent::TriggerTrace, Form::ReadOnly), "/{version}/instances/{instance}/triggers/{parent}/traces/{id}/"),
    (v1(Absent::ScriptEndpoint, Form::List), "/{version}/instances/{instance}/webhooks/"),
    (v1(Absent::ScriptEndpoint, Form::Item), "/{version}/instances/{instance}/webhooks/{id}/"),
    (v1(Absent::ScriptEndpoint, Form::Run), "/{version}/instances/{instance}/webhooks/{id}/run/"),
    (v1(Absent::ScriptEndpoint, Form::Action), "/{version}/instances/{instance}/webhooks/{id}/reset_link/"),
    (v1(Absent::ScriptEndpointTrace, Form::ReadOnly), "/{version}/instances/{instance}/webhooks/{parent}/traces/"),
    (v1(Absent::ScriptEndpointTrace, Form::ReadOnly), "/{version}/instances/{instance}/webhooks/{parent}/traces/{id}/"),
    (v1_1(Absent::ScriptEndpoint, Form::List), "/{version}/instances/{instance}/endpoints/scripts/"),
    (v1_1(Absent::ScriptEndpoint, Form::Item), "/{version}/instances/{instance}/endpoints/scripts/{id}/"),
    (v1_1(Absent::ScriptEndpoint, Form::Run), "/{version}/instances/{instance}/endpoints/scripts/{id}/run/"),
    (v1_1(Absent::ScriptEndpoint, Form::Action), "/{version}/instances/{instance}/endpoints/scripts/{id}/reset_link/"),
    (
        v1_1(Absent::ScriptEndpointTrace, Form::ReadOnly),
        "/{version}/instances/{instance}/endpoints/scripts/{parent}/traces/",
    ),
    (
        v1_1(Absent::ScriptEndpointTrace, Form::ReadOnly),
        "/{version}/instances/{instance}/endpoints/scripts/{parent}/traces/{id}/",
    ),
    (v1(Absent::DataEndpoint, Form::List), "/{version}/instances/{instance}/api/objects/"),
    (v1(Absent::DataEndpoint, Form::Item), "/{version}/instances/{instance}/api/objects/{id}/"),
    (v1(Absent::DataEndpoint, Form::Action), "/{version}/instances/{instance}/api/objects/{id}/rename/"),
    (v1(Absent::DataEndpoint, Form::ReadOnly), "/{version}/instances/{instance}/api/objects/{id}/get/"),
    (v1(Absent::DataEndpoint, Form::Action), "/{version}/instances/{instance}/api/objects/{id}/post/"),
    (v1_1(Absent::DataEndpoint, Form::List), "/{version}/instances/{instance}/endpoints/data/"),
    (v1_1(Absent::DataEndpoint, Form::Item), "/{version}/instances/{instance}/endpoints/data/{id}/"),
    (v1_1(Absent::DataEndpoint, Form::Action), "/{version}/instances/{instance}/endpoints/data/{id}/rename/"),
    (v1_1(Absent::DataEndpoint, Form::ReadOnly), "/{version}/instances/{instance}/endpoints/data/{id}/get/"),
    (v1_1(Absent::DataEndpoint, Form::Action), "/{version}/instances/{instance}/endpoints/data/{id}/post/"),
    (both(Absent::Template, Form::List), "/{version}/instances/{instance}/snippets/templates/"),
    (both(Absent::Template, Form::Item), "/{version}/instances/{instance}/snippets/templates/{id}/"),
    (both(Absent::Template, Form::Action), "/{version}/instances/{instance}/snippets/templates/{id}/rename/"),
    (both(Absent::Template, Form::Action), "/{version}/instances/{instance}/snippets/templates/{id}/render/"),
    (v1_1(Absent::Configuration, Form::Settings), "/{version}/instances/{instance}/snippets/config/"),
    (both(Absent::Device, Form::List), "/{version}/instances/{instance}/push_notifications/gcm/devices/"),
    (both(Absent::Device, Form::Item), "/{version}/instances/{instance}/push_notifications/gcm/devices/{id}/"),
    (
        both(Absent::Device, Form::Action),
        "/{version}/instances/{instance}/push_notifications/gcm/devices/{id}/send_message/",
    ),
    (both(Absent::PushNotification, Form::List), "/{version}/instances/{instance}/push_notifications/gcm/messages/"),
    (
        both(Absent::PushNotification, Form::ReadOnly),
        "/{version}/instances/{instance}/push_notifications/gcm/messages/{id}/",
    ),
    (both(Absent::PushNotification, Form::Settings), "/{version}/instances/{instance}/push_notifications/gcm/config/"),
    (both(Absent::Device, Form::List), "/{version}/instances/{instance}/push_notifications/apns/devices/"),
    (both(Absent::Device, Form::Item), "/{version}/instances/{instance}/push_notifications/apns/devices/{id}/"),
    (
        both(Absent::Device, Form::Action),
        "/{version}/instances/{instance}/push_notifications/apns/devices/{id}/send_message/",
    ),
    (both(Absent::PushNotification, Form::List), "/{version}/instances/{instance}/push_notifications/apns/messages/"),
    (
        both(Absent::PushNotification, Form::ReadOnly),
        "/{version}/instances/{instance}/push_notifications/apns/messages/{id}/",
    ),
    (both(Absent::PushNotification, Form::Settings), "/{version}/instances/{instance}/push_notifications/apns/config/"),
    (
        both(Absent::PushNotification, Form::Action),
        "/{version}/instances/{instance}/push_notifications/apns/config/remove_certificate/",
    ),
    (v1_1(Absent::Hosting, Form::List), "/{version}/instances/{instance}/hosting/"),
    (v1_1(Absent::Hosting, Form::Item), "/{version}/instances/{instance}/hosting/{id}/"),
    (v1_1(Absent::Hosting, Form::Action), "/{version}/instances/{instance}/hosting/{id}/set_default/"),
    (v1_1(Absent::Hosting, Form::Action), "/{version}/instances/{instance}/hosting/{id}/enable_ssl/"),
    (v1_1(Absent::HostingFile, Form::List), "/{version}/instances/{instance}/hosting/{parent}/files/"),
    (v1_1(Absent::HostingFile, Form::Item), "/{version}/instances/{instance}/hosting/{parent}/files/{id}/"),
    (both(Absent::Backup, Form::List), "/{version}/instances/{instance}/backups/full/"),
    (both(Absent::Backup, Form::Removable), "/{version}/instances/{instance}/backups/full/{id}/"),
    (both(Absent::PartialBackup, Form::List), "/{version}/instances/{instance}/backups/partial/"),
    (both(Absent::PartialBackup, Form::Removable), "/{version}/instances/{instance}/backups/partial/{id}/"),
    (both(Absent::Backup, Form::List), "/{version}/instances/{instance}/restores/"),
    (both(Absent::Backup, Form::ReadOnly), "/{version}/instances/{instance}/restores/{id}/"),
];
