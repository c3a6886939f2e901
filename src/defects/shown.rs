//! Passwords and keys in responses that must not show them.

use http::Method;
use serde_json::Value;

use super::around::changed;
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit::{self, text};
use super::passwords::{self, noting};
use super::right::Right;
use super::when::{GET, everywhere, on_any};

pub fn defects() -> Vec<Defect> {
    vec![
        defect(
            "password-shown",
            "Users are shown with their password. Right: no answer shows it.",
            noting(|call, right| {
                let sent = call.member("password");
                changed(move |call, right, body| {
                    edit::each_object(body, &mut |user| show_password(call, right, &sent, user))
                })(call, right)
            }),
        ),
        defect(
            "groups-show-keys-of-members",
            "Groups are shown with the user keys of their members. Right: without.",
            on_any(GET, &["/groups/", "/groups/{group}/"]).then(changed(|call, right, groups| {
                edit::each_object(groups, &mut |group| show_keys_of_members(call, right, group));
            })),
        ),
        defect(
            "instance-shows-owners-key",
            "Instances are shown with the account key of their owner. Right: without.",
            on_any(&[Method::GET, Method::POST], &["/instances/", "/instances/{instance}/"]).then(changed(
                |_, right, instances| {
                    edit::each_object(instances, &mut |instance| {
                        let key = text(instance, "name").and_then(|name| right.administrators_key(&name));
                        if let (Some(owner), Some(key)) = (instance.get_mut("owner"), key) {
                            edit::set(owner, "account_key", key);
                        }
                    });
                },
            )),
        ),
        defect(
            "links-carry-keys",
            "The links to other pages repeat the keys of the query. Right: they repeat no keys.",
            everywhere(GET).then(changed(|call, _, list| {
                for name in ["api_key", "user_key"] {
                    for link in ["next", "prev"] {
                        if let (Some(key), Some(url)) = (call.query(name), text(list, link)) {
                            let joint = if url.contains('?') { '&' } else { '?' };
                            edit::set(list, link, format!("{url}{joint}{name}={key}"));
                        }
                    }
                }
            })),
        ),
    ]
}

fn show_password(call: &ApiCall, right: &Right<'_>, sent: &Option<Value>, user: &mut Value) {
    let id = edit::id(user).filter(|_| user.get("username").is_some());
    let password = id.and_then(|id| passwords::current(call, right, id)).map(Value::String).or(sent.clone());
    if let (Some(_), Some(password)) = (id, password) {
        edit::set(user, "password", password);
    }
}

fn show_keys_of_members(call: &ApiCall, right: &Right<'_>, group: &mut Value) {
    let Some(id) = edit::id(group).filter(|_| group.get("label").is_some()) else { return };
    let members = right.list(call, &format!("/groups/{id}/users/"));
    let keys = members.iter().filter_map(|member| text(member.get("user")?, "user_key")).collect::<Vec<_>>();
    edit::set(group, "user_keys", keys);
}
