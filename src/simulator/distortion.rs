//! How deviations spoil the form of an answer that is right otherwise.

use http::Method;
use serde_json::{Value, json};

use super::routes;
use super::transport::Call;
use super::variation::Variation;
use crate::api::{Endpoint, Flag, Version};

/// Spoils the view of an object or of a page of objects.
pub fn apply(call: &Call<'_>, view: &mut Value) {
    // The items of a batch have come this way already.
    if call.route.endpoint == Endpoint::Batch {
        return;
    }
    if let Value::Object(members) = view
        && call.deviates(Variation::ListsWithoutPrev)
    {
        members.shift_remove("prev");
    }
    if matches!(call.method, Method::PATCH | Method::PUT) && call.deviates(Variation::ChangesAnswerWithNothing) {
        *view = json!({});
    }
    spoil_members(call, view);
    if call.route.endpoint == Endpoint::Users
        && call.method == Method::POST
        && call.deviates(Variation::NewUsersShownAsTheFirst)
        && let Some(id) = view.get_mut("id")
    {
        *id = json!(1);
    }
}

fn spoil_members(call: &Call<'_>, view: &mut Value) {
    match view {
        Value::Array(items) => items.iter_mut().for_each(|item| spoil_members(call, item)),
        Value::Object(members) => {
            members.retain(|name, _| !is_left_out(call, name));
            for (name, member) in members.iter_mut() {
                if name == "links" {
                    member.as_object_mut().into_iter().flatten().for_each(|(_, link)| spoil_link(call, link));
                } else {
                    spoil_members(call, member);
                    spoil_member(call, name, member);
                }
            }
        }
        _ => {}
    }
}

fn is_left_out(call: &Call<'_>, name: &str) -> bool {
    match (name, call.route.endpoint) {
        ("user_key", Endpoint::CurrentUser) => call.deviates(Variation::UserWithoutKey),
        ("user_key", Endpoint::Login) => call.deviates(Variation::LoginWithoutKey),
        ("user_key", Endpoint::UserResetKey) => call.deviates(Variation::ResetWithoutKey),
        ("profile", _) => call.deviates(Variation::UsersWithoutProfile),
        ("user_key" | "api_key", Endpoint::UserResetKey | Endpoint::ApiKeyResetKey) => false,
        (_, Endpoint::UserResetKey | Endpoint::ApiKeyResetKey) => call.deviates(Variation::ResetAnswersWithTheKeyAlone),
        ("links", _) if routes::is_list(call.route.endpoint) && call.method == Method::GET => {
            call.deviates(Variation::ListsAreBrief)
        }
        ("username" | "label" | "description" | "groups" | "user" | "group", _) => {
            routes::is_list(call.route.endpoint)
                && call.method == Method::POST
                && call.deviates(Variation::NewThingsAreBare)
        }
        (flag, Endpoint::ApiKeys) if flag.parse::<Flag>().is_ok() => {
            call.method == Method::POST && call.deviates(Variation::NewThingsAreBare)
        }
        _ => false,
    }
}

fn spoil_member(call: &Call<'_>, name: &str, member: &mut Value) {
    let writes_api_key =
        matches!(call.route.endpoint, Endpoint::ApiKeys | Endpoint::ApiKey) && call.method != Method::GET;
    match (name, &member) {
        ("id", Value::Number(id)) if call.deviates(Variation::IdsAreTexts) => *member = json!(id.to_string()),
        ("user_key", Value::String(key)) if call.deviates(Variation::UserKeysInCapitals) => {
            *member = json!(key.to_uppercase());
        }
        ("user_key", Value::String(_))
            if call.deviates(Variation::UserKeysMasked) && routes::is_list(call.route.endpoint) =>
        {
            *member = json!("0".repeat(40));
        }
        ("groups", Value::Array(_)) if call.deviates(Variation::UsersWithoutGroups) => *member = json!([]),
        ("created_at" | "updated_at", Value::String(time)) if call.deviates(Variation::TimesWithoutFraction) => {
            *member = json!(time.split_once('.').map(|(seconds, _)| format!("{seconds}Z")));
        }
        ("role", Value::String(role)) if role == "api_key" && call.deviates(Variation::AppsShownAsFull) => {
            *member = json!("full");
        }
        (flag, Value::Bool(_))
            if call.route.endpoint == Endpoint::ApiKey
                && call.method == Method::GET
                && flag.parse::<Flag>().is_ok()
                && call.deviates(Variation::FlagsShownAsOff) =>
        {
            *member = json!(false);
        }
        (flag, Value::Bool(_))
            if writes_api_key && flag.parse::<Flag>().is_ok() && call.deviates(Variation::FlagsNotEchoed) =>
        {
            *member = json!(false);
        }
        _ => {}
    }
}

/// Spoils a link of something that is read.
fn spoil_link(call: &Call<'_>, link: &mut Value) {
    let Some(path) = link.as_str() else { return };
    if call.method != Method::GET {
        if call.method == Method::POST && call.deviates(Variation::NewThingsLinkAbroad) {
            *link = Value::String(format!("http://{}{path}", call.host));
        }
        return;
    }
    let path = match call.route.version {
        Version::V1_1 if call.deviates(Variation::LinksOfV1) => path.replacen("/v1.1/", "/v1/", 1),
        Version::V1 if call.deviates(Variation::V1LinksOfV11) => path.replacen("/v1/", "/v1.1/", 1),
        _ => path.to_owned(),
    };
    let is_absolute = call.deviates(Variation::LinksAbsolute);
    *link = Value::String(if is_absolute { format!("http://{}{path}", call.host) } else { path });
}
