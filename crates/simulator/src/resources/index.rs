//! Endpoints that list links. They are public.

use http::StatusCode;
use serde_json::{Value, json};

use super::view::LinkBase;
use crate::answer_schema::{self, AnswerSchema, closed, schema};
use crate::api::Version;
use crate::call::Call;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, HandlerResult, Operation, Outside, Reading, get};
use crate::world::Instance;

static ROOT: AnswerSchema = AnswerSchema::new("RootLinks", || {
    let absolute = json!({ "type": "string", "pattern": "^http://.*/v[0-9.]+/(\\?format=json)?$" });
    let versions = json!({ "v1": absolute.clone(), "v1.1": absolute.clone(), "v2": absolute });
    linked(closed(versions, &[]))
});
static TOP: AnswerSchema = AnswerSchema::new("LinksLinks", || page_of(&["instances", "backups", "account", "usage"]));
static ACCOUNT_BACKUPS: AnswerSchema = AnswerSchema::new("AccountBackupsLinks", || page_of(&["full"]));
static USAGE: AnswerSchema = AnswerSchema::new("UsageLinks", || page_of(&["hourly", "daily"]));
static BACKUPS: AnswerSchema = AnswerSchema::new("BackupsLinks", || page_of(&["full"]));
static SNIPPETS: AnswerSchema = AnswerSchema::new("SnippetsLinks", || page_of(&["scripts", "templates", "config"]));
static ENDPOINTS: AnswerSchema = AnswerSchema::new("EndpointsLinks", || page_of(&["scripts", "data"]));
static PUSH: AnswerSchema = AnswerSchema::new("PushNotificationsLinks", || {
    let section = || closed(json!({ "uri": schema("Link"), "links": answer_schema::links(SERVICE, &[]) }), &[]);
    linked(closed(json!({ "gcm": section(), "apns": section() }), &[]))
});
static GCM: AnswerSchema = AnswerSchema::new("GcmPushNotificationsLinks", || page_of(SERVICE));
static APNS: AnswerSchema = AnswerSchema::new("ApnsPushNotificationsLinks", || page_of(SERVICE));

/// The links of each push notification service.
const SERVICE: &[&str] = &["devices", "messages", "config"];

/// Returns the schema of an answer with links of these names.
fn page_of(names: &[&str]) -> Value {
    linked(answer_schema::links(names, &[]))
}

fn linked(links: Value) -> Value {
    closed(json!({ "links": links }), &[])
}

/// The rows of link endpoints.
pub static ROWS: &[EndpointRow] = &[
    page("Root", "/", "Api Links", &ROOT, &[get("Lists links to the versions", Handler::Outside(root))]),
    page(
        "Links",
        "/{version}/",
        "Top Level Api Links",
        &TOP,
        &[get("Lists links to endpoints outside of instances", Handler::Outside(links))],
    ),
    page(
        "AccountBackups",
        "/{version}/backups/",
        "Top Backups Link",
        &ACCOUNT_BACKUPS,
        &[get("Lists a link to the backups of an account", Handler::Outside(account_backups))],
    ),
    page(
        "Usage",
        "/{version}/usage/",
        "Stats Links",
        &USAGE,
        &[get("Lists links to the usage of an account", Handler::Outside(usage))],
    ),
    page(
        "Backups",
        "/{version}/instances/{instance}/backups/",
        "Top Backups Instance Link",
        &BACKUPS,
        &[get("Lists a link to the backups of an instance", Handler::Reads(backups))],
    ),
    only_in_v1_1(page(
        "Snippets",
        "/{version}/instances/{instance}/snippets/",
        "Top Snippets Link",
        &SNIPPETS,
        &[get("Lists links to scripts, templates and the configuration", Handler::Reads(snippets))],
    )),
    only_in_v1_1(page(
        "Endpoints",
        "/{version}/instances/{instance}/endpoints/",
        "Top Endpoints Link",
        &ENDPOINTS,
        &[get("Lists links to script endpoints and data endpoints", Handler::Reads(endpoints))],
    )),
    page(
        "PushNotifications",
        "/{version}/instances/{instance}/push_notifications/",
        "Top Push Notification Link",
        &PUSH,
        &[get("Lists links to the push notification services", Handler::Reads(push_notifications))],
    ),
    page(
        "GcmPushNotifications",
        "/{version}/instances/{instance}/push_notifications/gcm/",
        "Gcm Push Notification Link",
        &GCM,
        &[get("Lists links to devices, messages and configuration", Handler::Reads(gcm))],
    ),
    page(
        "ApnsPushNotifications",
        "/{version}/instances/{instance}/push_notifications/apns/",
        "APNS Push Notification Link",
        &APNS,
        &[get("Lists links to devices, messages and configuration", Handler::Reads(apns))],
    ),
];

const fn page(
    name: &'static str,
    template: &'static str,
    title: &'static str,
    shows: &'static AnswerSchema,
    operations: &'static [Operation],
) -> EndpointRow {
    EndpointSpec { title, shows, ..EndpointSpec::links(name, template) }.operations(operations)
}

const fn only_in_v1_1(row: EndpointRow) -> EndpointRow {
    EndpointRow { spec: EndpointSpec { only_in: Some(Version::V1_1), ..row.spec }, ..row }
}

/// `/`: links to the versions. Only these links are absolute.
fn root(Outside { call, .. }: Outside<'_>) -> HandlerResult {
    let link = |version: &str| format!("http://{}/{version}/", call.host);
    let (v1, v1_1, v2) = (link(Version::V1.as_str()), link(Version::V1_1.as_str()), link("v2"));
    show(call, json!({"v1": v1, "v1.1": v1_1, "v2": v2}))
}

/// `/v1.1/`: links to endpoints outside of instances.
fn links(Outside { call, .. }: Outside<'_>) -> HandlerResult {
    let link = |name: &str| format!("/{}/{name}/", call.route.version);
    let (instances, backups, account, usage) = (link("instances"), link("backups"), link("account"), link("usage"));
    show(call, json!({"instances": instances, "backups": backups, "account": account, "usage": usage}))
}

/// `/v1.1/backups/`
fn account_backups(Outside { call, .. }: Outside<'_>) -> HandlerResult {
    show(call, json!({"full": format!("/{}/backups/full/", call.route.version)}))
}

/// `/v1.1/usage/`
fn usage(Outside { call, .. }: Outside<'_>) -> HandlerResult {
    let version = call.route.version;
    show(call, json!({"hourly": format!("/{version}/usage/hourly/"), "daily": format!("/{version}/usage/daily/")}))
}

/// `/backups/` of an instance.
fn backups(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let place = LinkBase::new(call, instance);
    show(call, json!({"full": format!("{place}/backups/full/")}))
}

/// `/snippets/`
fn snippets(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let place = LinkBase::new(call, instance);
    let link = |name: &str| format!("{place}/snippets/{name}/");
    show(call, json!({"scripts": link("scripts"), "templates": link("templates"), "config": link("config")}))
}

/// `/endpoints/`
fn endpoints(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let place = LinkBase::new(call, instance);
    show(call, json!({"scripts": format!("{place}/endpoints/scripts/"), "data": format!("{place}/endpoints/data/")}))
}

/// `/push_notifications/`: links to each service.
fn push_notifications(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let place = LinkBase::new(call, instance);
    let section = |service: &str| json!({"uri": format!("{place}/push_notifications/{service}/"), "links": service_links(place, service)});
    show(call, json!({"gcm": section("gcm"), "apns": section("apns")}))
}

fn gcm(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    push_service(call, instance, "gcm")
}

fn apns(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    push_service(call, instance, "apns")
}

/// `/push_notifications/gcm/` and `/push_notifications/apns/`
fn push_service(call: &Call<'_>, instance: &Instance, service: &str) -> HandlerResult {
    show(call, service_links(LinkBase::new(call, instance), service))
}

fn service_links(place: LinkBase<'_>, service: &str) -> Value {
    let link = |name: &str| format!("{place}/push_notifications/{service}/{name}/");
    json!({"devices": link("devices"), "messages": link("messages"), "config": link("config")})
}

fn show(call: &Call<'_>, links: Value) -> HandlerResult {
    call.show(StatusCode::OK, &json!({"links": links}))
}
