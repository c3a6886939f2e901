//! The pages that hold nothing but links. They are anybody's.

use http::StatusCode;
use serde_json::{Value, json};

use super::view::Place;
use crate::api::Version;
use crate::simulator::answer::{Answer, Failure};
use crate::simulator::transport::Call;
use crate::simulator::world::Instance;

/// `/`: the versions. These links alone are absolute.
pub fn root(call: &Call<'_>) -> Result<Answer, Failure> {
    let link = |version: &str| format!("http://{}/{version}/", call.host);
    let (v1, v1_1, v2) = (link(Version::V1.as_str()), link(Version::V1_1.as_str()), link("v2"));
    show(call, json!({"v1": v1, "v1.1": v1_1, "v2": v2}))
}

/// `/v1.1/`: what there is outside of instances.
pub fn links(call: &Call<'_>) -> Result<Answer, Failure> {
    let link = |name: &str| format!("/{}/{name}/", call.route.version);
    let (instances, backups, account, usage) = (link("instances"), link("backups"), link("account"), link("usage"));
    show(call, json!({"instances": instances, "backups": backups, "account": account, "usage": usage}))
}

/// `/v1.1/backups/`
pub fn account_backups(call: &Call<'_>) -> Result<Answer, Failure> {
    show(call, json!({"full": format!("/{}/backups/full/", call.route.version)}))
}

/// `/v1.1/usage/`
pub fn usage(call: &Call<'_>) -> Result<Answer, Failure> {
    let version = call.route.version;
    show(call, json!({"hourly": format!("/{version}/usage/hourly/"), "daily": format!("/{version}/usage/daily/")}))
}

/// `/backups/` of an instance.
pub fn backups(call: &Call<'_>, instance: &Instance) -> Result<Answer, Failure> {
    let place = Place::of(call, instance);
    show(call, json!({"full": format!("{place}/backups/full/")}))
}

/// `/snippets/`
pub fn snippets(call: &Call<'_>, instance: &Instance) -> Result<Answer, Failure> {
    let place = Place::of(call, instance);
    let link = |name: &str| format!("{place}/snippets/{name}/");
    show(call, json!({"scripts": link("scripts"), "templates": link("templates"), "config": link("config")}))
}

/// `/endpoints/`
pub fn endpoints(call: &Call<'_>, instance: &Instance) -> Result<Answer, Failure> {
    let place = Place::of(call, instance);
    show(call, json!({"scripts": format!("{place}/endpoints/scripts/"), "data": format!("{place}/endpoints/data/")}))
}

/// `/push_notifications/`: one section a service.
pub fn push_notifications(call: &Call<'_>, instance: &Instance) -> Result<Answer, Failure> {
    let place = Place::of(call, instance);
    let section = |service: &str| json!({"uri": format!("{place}/push_notifications/{service}/"), "links": service_links(place, service)});
    show(call, json!({"gcm": section("gcm"), "apns": section("apns")}))
}

/// `/push_notifications/gcm/` and `/push_notifications/apns/`
pub fn push_service(call: &Call<'_>, instance: &Instance, service: &str) -> Result<Answer, Failure> {
    show(call, service_links(Place::of(call, instance), service))
}

fn service_links(place: Place<'_>, service: &str) -> Value {
    let link = |name: &str| format!("{place}/push_notifications/{service}/{name}/");
    json!({"devices": link("devices"), "messages": link("messages"), "config": link("config")})
}

fn show(call: &Call<'_>, links: Value) -> Result<Answer, Failure> {
    call.show(StatusCode::OK, &json!({"links": links}))
}
