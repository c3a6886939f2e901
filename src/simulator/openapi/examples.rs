//! Bodies that make sense in the demo world.

use serde_json::{Value, json};

use crate::api::Endpoint;

/// A body for an endpoint, where one can be told without knowing what is there.
pub fn body(endpoint: Endpoint) -> Option<Value> {
    Some(match endpoint {
        Endpoint::Account => json!({ "email": "owner@example.com", "first_name": "Ellen" }),
        Endpoint::AccountRegister => json!({ "email": "ripley@example.com", "password": "secret" }),
        Endpoint::AccountAuth => json!({ "email": "owner@example.com", "password": "demo-owner" }),
        Endpoint::AccountSocialAuth | Endpoint::SocialLogin => json!({ "access_token": "token" }),
        Endpoint::AccountPassword => json!({ "current_password": "demo-owner", "new_password": "secret" }),
        Endpoint::AccountPasswordSet => json!({ "password": "secret" }),
        Endpoint::AccountPasswordReset => json!({ "email": "owner@example.com" }),
        Endpoint::Instances => json!({ "name": "nostromo", "description": "A tug" }),
        Endpoint::Instance => json!({ "description": "A tug" }),
        Endpoint::InstanceRename => json!({ "new_name": "sulaco" }),
        Endpoint::Admin | Endpoint::Invitation => json!({ "role": "read" }),
        Endpoint::Invitations => json!({ "email": "ripley@example.com", "role": "write" }),
        Endpoint::ApiKeys | Endpoint::ApiKey => json!({ "description": "The app", "allow_user_create": true }),
        Endpoint::CurrentUser | Endpoint::User | Endpoint::Login => {
            json!({ "username": "alice", "password": "demo-alice" })
        }
        Endpoint::Users => {
            json!({ "username": "carol", "password": "secret", "profile": { "other_permissions": "read" } })
        }
        Endpoint::Groups | Endpoint::Group => json!({ "label": "crew", "description": "Who flies it" }),
        Endpoint::UserGroups => json!({ "group": 1 }),
        Endpoint::GroupUsers => json!({ "user": 1 }),
        Endpoint::Classes => {
            json!({ "name": "book", "schema": [{ "name": "title", "type": "string", "filter_index": true }] })
        }
        Endpoint::Class => json!({ "description": "Books", "other_permissions": "read" }),
        Endpoint::Objects | Endpoint::Object => json!({ "group": 1, "group_permissions": "write" }),
        Endpoint::Batch => json!({ "requests": [{ "method": "GET", "path": "/v1.1/instances/demo/users/" }] }),
        _ => return None,
    })
}
