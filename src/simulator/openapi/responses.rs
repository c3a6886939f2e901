//! What operations are answered with: every status that they may have, and what comes with it.

use http::Method;
use serde_json::{Map, Value, json};

use super::{bodies, parameters, reference, schema, schemas, with};
use crate::api::Endpoint;
use crate::simulator::presentation;

/// The answers to an operation.
pub fn of(endpoint: Endpoint, method: &Method, is_inside_instance: bool) -> Value {
    let mut answers = Map::new();
    if let Some((status, answer)) = success(endpoint, method, is_inside_instance) {
        answers.insert(status.to_owned(), answer);
    }
    for (status, name) in refusals(endpoint, method) {
        answers.insert(status.to_owned(), reference("responses", name));
    }
    answers.insert("400".to_owned(), bad_request(endpoint, method));
    answers.sort_keys();
    if *method == Method::HEAD {
        answers.values_mut().for_each(|answer| *answer = reference("responses", "Head"));
    }
    answers.into()
}

/// What comes when all is well; `None` where that cannot be.
fn success(endpoint: Endpoint, method: &Method, is_inside_instance: bool) -> Option<(&'static str, Value)> {
    let shows_tables = is_inside_instance && presentation::has_tables(endpoint);
    let shown = |schema: Value, description: &str| {
        let mut content = json!({ "application/json": { "schema": schema } });
        if shows_tables {
            content = with(content, "text/html", page());
        }
        json!({ "description": description, "headers": of_endpoint(), "content": content })
    };
    let nothing = || json!({ "description": "Done; there is nothing to say.", "headers": of_endpoint() });
    match (endpoint, method) {
        (Endpoint::Absent(_), _) => None,
        // A browser that asks what it may do gets an empty page.
        (_, &Method::OPTIONS) => Some((
            "200",
            json!({
                "description": "What may be sent; an empty page for a preflight.",
                "headers": of_anything(),
                "content": { "application/json": { "schema": schema("Description") }, "text/html": page() },
            }),
        )),
        // No social network knows any token, and every account has a password.
        (Endpoint::SocialLogin | Endpoint::AccountSocialAuth | Endpoint::AccountPasswordSet, _) => None,
        (_, &Method::DELETE) => Some(("204", nothing())),
        (
            Endpoint::AccountPassword
            | Endpoint::AccountPasswordReset
            | Endpoint::AcceptInvitation
            | Endpoint::InvitationResend,
            _,
        ) => Some(("204", nothing())),
        (_, &Method::GET | &Method::HEAD) => {
            let one = match presentation::has_choice(endpoint) {
                true => schemas::selected(&thing(endpoint)),
                false => thing(endpoint),
            };
            Some((
                "200",
                match parameters::shows_list(endpoint) {
                    true => shown(schemas::page(&one, endpoint == Endpoint::Objects), "A page of the list."),
                    false => shown(schema(&one), "What is asked for."),
                },
            ))
        }
        (Endpoint::AccountRegister, _) => Some(("201", shown(schema(&thing(endpoint)), "What was made."))),
        (endpoint, _) if parameters::shows_list(endpoint) => {
            let created = shown(schema(&thing(endpoint)), "What was made.");
            let created = match links(endpoint) {
                Some(links) => with(created, "links", links),
                None => created,
            };
            Some(("201", created))
        }
        _ => Some(("200", shown(schema(&thing(endpoint)), "What came of it."))),
    }
}

/// What an endpoint is about: the name of a schema.
fn thing(endpoint: Endpoint) -> String {
    let name = match endpoint {
        Endpoint::Account => "Account",
        Endpoint::AccountRegister | Endpoint::AccountAuth | Endpoint::AccountResetKey => "AccountWithKey",
        Endpoint::AccountInvitations | Endpoint::AccountInvitation => "OwnInvitation",
        Endpoint::Instances | Endpoint::Instance | Endpoint::InstanceRename => "Instance",
        Endpoint::Admins | Endpoint::Admin => "Administrator",
        Endpoint::Invitations | Endpoint::Invitation => "Invitation",
        Endpoint::ApiKeys | Endpoint::ApiKey | Endpoint::ApiKeyResetKey => "ApiKey",
        Endpoint::CurrentUser | Endpoint::Login | Endpoint::Users | Endpoint::User | Endpoint::UserResetKey => "User",
        Endpoint::UserGroups | Endpoint::UserGroup => "UserMembership",
        Endpoint::Groups | Endpoint::Group => "Group",
        Endpoint::GroupUsers | Endpoint::GroupUser => "GroupMembership",
        Endpoint::Classes | Endpoint::Class => "Class",
        Endpoint::Objects | Endpoint::Object => "DataObject",
        Endpoint::Batch => "BatchAnswers",
        links => return format!("{links:?}Links"),
    };
    name.to_owned()
}

/// Where what was created is found.
fn links(list: Endpoint) -> Option<Value> {
    let (item, parameter, member) = match list {
        Endpoint::Instances => (Endpoint::Instance, "instance", "name"),
        Endpoint::ApiKeys => (Endpoint::ApiKey, "api_key", "id"),
        Endpoint::Invitations => (Endpoint::Invitation, "invitation", "id"),
        Endpoint::Users => (Endpoint::User, "user", "id"),
        Endpoint::Groups => (Endpoint::Group, "group", "id"),
        Endpoint::Classes => (Endpoint::Class, "class", "name"),
        Endpoint::Objects => (Endpoint::Object, "object", "id"),
        _ => return None,
    };
    let mut known = json!({ "version": "$request.path.version" });
    if list != Endpoint::Instances {
        known = with(known, "instance", "$request.path.instance");
    }
    if list == Endpoint::Objects {
        known = with(known, "class", "$request.path.class");
    }
    let known = with(known, parameter, format!("$response.body#/{member}"));
    Some(json!({ "created": { "operationId": format!("get{item:?}"), "parameters": known } }))
}

/// The ways in which an operation is refused, but for 400.
fn refusals(endpoint: Endpoint, method: &Method) -> Vec<(&'static str, &'static str)> {
    let logs_account_in = matches!(endpoint, Endpoint::AccountAuth | Endpoint::AccountSocialAuth);
    let logs_in = logs_account_in || matches!(endpoint, Endpoint::Login | Endpoint::SocialLogin);
    let mut refusals = vec![("404", "NotFound"), ("415", "UnsupportedMediaType")];
    if leads_through_nothing(endpoint) {
        return refusals;
    }
    refusals.push(("406", "NotAcceptable"));
    if logs_in && method == Method::POST {
        refusals.push(("401", "Unauthorized"));
    }
    // Whoever logs in as an account is not asked for a key, so none is bad.
    if !logs_account_in {
        refusals.push(("403", "Forbidden"));
    }
    refusals
}

/// Whether the path goes through something of which there is none, so that it leads nowhere for anybody.
pub fn leads_through_nothing(endpoint: Endpoint) -> bool {
    let Endpoint::Absent(absent) = endpoint else { return false };
    // Every instance has the channel `default`.
    absent.resource.parent().is_some_and(|parent| parent != "Channel")
}

fn bad_request(endpoint: Endpoint, method: &Method) -> Value {
    let mut forms = vec![schema("Detail")];
    forms.extend(bodies::errors(endpoint, method));
    if matches!(endpoint, Endpoint::Objects | Endpoint::Object) {
        forms.extend([schema("QueryErrors"), schema("Texts")]);
    }
    if forms.len() == 1 {
        return reference("responses", "BadRequest");
    }
    refused("What was sent makes no sense.", json!({ "anyOf": forms }))
}

/// The answers that operations share.
pub fn components() -> Value {
    let not_found = "It is not there, or not for this caller. A page, where the path leads nowhere.";
    json!({
        "Head": { "description": "As GET, without the body.", "headers": of_anything() },
        "BadRequest": refused("What was sent makes no sense.", schema("Detail")),
        "Unauthorized": refused("The login has failed.", schema("UnauthorizedDetail")),
        "Forbidden": refused("The caller may not, or the key is none.", schema("ForbiddenDetail")),
        "NotFound": {
            "description": not_found,
            "headers": of_anything(),
            "content": { "application/json": { "schema": schema("NotFoundDetail") }, "text/html": page() },
        },
        "NotAcceptable": refused("`Accept` leaves out JSON, or there is no such template.", schema("NotAcceptableDetail")),
        "UnsupportedMediaType": refused("Nobody reads bodies of that type.", schema("UnsupportedMediaTypeDetail")),
    })
}

/// The headers of answers.
pub fn headers() -> Value {
    json!({
        "Allow": {
            "description": "The methods of the path.",
            "required": true,
            "schema": { "type": "string", "pattern": "^(GET, |PUT, |PATCH, |POST, |DELETE, |HEAD, )+OPTIONS$" },
        },
        "AllowUnlessPage": {
            "description": "The methods of the path. The pages of the server itself are without.",
            "schema": { "type": "string", "pattern": "^(GET, |PUT, |PATCH, |POST, |DELETE, |HEAD, )+OPTIONS$" },
        },
        "Vary": { "description": "Always `Origin`.", "required": true, "schema": { "const": "Origin" } },
    })
}

fn refused(description: &str, schema: Value) -> Value {
    json!({
        "description": description,
        "headers": of_endpoint(),
        "content": { "application/json": { "schema": schema } },
    })
}

fn page() -> Value {
    json!({ "schema": { "type": "string" } })
}

fn of_endpoint() -> Value {
    json!({ "Allow": reference("headers", "Allow"), "Vary": reference("headers", "Vary") })
}

fn of_anything() -> Value {
    json!({ "Allow": reference("headers", "AllowUnlessPage"), "Vary": reference("headers", "Vary") })
}
