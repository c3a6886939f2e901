//! What people do, and what the model knows to be the right answer.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::ask::{FLAGS, ask};
use super::{
    CallerAction, CallerKind, INSTANCES, Model, ModelCaller, ModelUser, NAMES, NO_ID, Rights, has, id, password,
    spelled,
};

impl Model {
    /// Does it, and checks that the answer is the one that the model knows to be right.
    pub fn act(&mut self, who: &CallerKind, action: &CallerAction) -> Result<(), TestCaseError> {
        self.step += 1;
        let by = &self.resolve(who);
        match *action {
            CallerAction::CreateUser { name, spelling, password: number } => {
                self.create_user(by, name, spelling, number)
            }
            CallerAction::Login { name, spelling, password: number } => self.login(by, name, spelling, number),
            CallerAction::Change { user, as_current, put, name, password: number } => {
                self.change(by, user, as_current, put, name, number)
            }
            CallerAction::Reset { user } => self.reset(by, user),
            CallerAction::DeleteUser { user } => self.delete_user(by, user),
            CallerAction::CreateGroup => self.create_group(by),
            CallerAction::DeleteGroup { group } => self.delete_group(by, group),
            CallerAction::Join { user, group, from_group } => self.join(by, user, group, from_group),
            CallerAction::Leave { user, group, from_group } => self.leave(by, user, group, from_group),
            CallerAction::CreateApp { flags } => self.create_app(by, flags),
            CallerAction::ResetApp { app } => self.reset_app(by, app),
            CallerAction::DeleteApp { app } => self.delete_app(by, app),
            CallerAction::RenameInstance { name } => self.rename_instance(by, name),
            CallerAction::ResetAccount => self.reset_account(by),
        }
    }

    fn create_user(
        &mut self,
        by: &ModelCaller,
        name: usize,
        spelling: usize,
        number: usize,
    ) -> Result<(), TestCaseError> {
        let sent = spelled(name, spelling);
        let may = match by.rights {
            Rights::App { flags, .. } => has(flags, "ignore_acl") || has(flags, "allow_user_create"),
            _ => by.is_owner(),
        };
        let body = json!({"username": sent, "password": password(number)});
        let got = self.ask(by.keys(), "POST", "users/", Some(body));
        let taken = self.users.values().any(|user| user.name == NAMES[name]);
        prop_assert_eq!(got.status, or_forbidden(may, if taken { 400 } else { 201 }), "{}", got.body);
        if got.status == 201 {
            prop_assert_eq!(got.body["username"].as_str(), Some(sent.trim()));
            let key = self.new_key(&got.body["user_key"])?;
            let user =
                ModelUser { name: NAMES[name].to_owned(), password: password(number), key, groups: BTreeSet::new() };
            prop_assert!(self.users.insert(id(&got.body), user).is_none(), "an id twice");
        }
        Ok(())
    }

    fn login(&mut self, by: &ModelCaller, name: usize, spelling: usize, number: usize) -> Result<(), TestCaseError> {
        let body = json!({"username": spelled(name, spelling), "password": password(number)});
        let got = self.ask(by.keys(), "POST", "user/auth/", Some(body));
        let user = self.users.values().find(|user| user.name == NAMES[name]);
        let right = user.filter(|user| user.password == password(number));
        let may = matches!(by.rights, Rights::Owner | Rights::App { .. });
        prop_assert_eq!(got.status, or_forbidden(may, if right.is_some() { 200 } else { 401 }));
        if let (200, Some(user)) = (got.status, right) {
            prop_assert_eq!(got.body["user_key"].as_str(), Some(user.key.as_str()));
        }
        Ok(())
    }

    fn change(
        &mut self,
        by: &ModelCaller,
        user: usize,
        as_current: bool,
        put: bool,
        name: Option<(usize, usize)>,
        number: Option<usize>,
    ) -> Result<(), TestCaseError> {
        let mut body = json!({});
        if let Some((name, spelling)) = name {
            body["username"] = spelled(name, spelling).into();
        }
        if let Some(number) = number {
            body["password"] = password(number).into();
        }
        let (target, path, status) = match (as_current, &by.rights) {
            (true, Rights::App { user: Some(own), .. }) => (*own, "user/".to_owned(), 200),
            (true, _) => (NO_ID, "user/".to_owned(), 403),
            (false, _) => {
                let id = self.user(user);
                (id, format!("users/{id}/"), self.may_touch(&by.rights, id))
            }
        };
        let holder = name.and_then(|(name, _)| self.users.iter().find(|(_, user)| user.name == NAMES[name]));
        let is_wrong = put && (name.is_none() || number.is_none()) || holder.is_some_and(|(id, _)| *id != target);
        let status = if status == 200 && is_wrong { 400 } else { status };
        let got = self.ask(by.keys(), if put { "PUT" } else { "PATCH" }, &path, Some(body));
        prop_assert_eq!(got.status, status, "{}", got.body);
        if let (200, Some(user)) = (status, self.users.get_mut(&target)) {
            if let Some((name, _)) = name {
                user.name = NAMES[name].to_owned();
            }
            if let Some(number) = number {
                user.password = password(number);
            }
        }
        Ok(())
    }

    fn reset(&mut self, by: &ModelCaller, user: usize) -> Result<(), TestCaseError> {
        let id = self.user(user);
        let got = self.ask(by.keys(), "POST", &format!("users/{id}/reset_key/"), None);
        prop_assert_eq!(got.status, self.may_touch(&by.rights, id), "{}", got.body);
        if got.status == 200 {
            let key = self.new_key(&got.body["user_key"])?;
            if let Some(user) = self.users.get_mut(&id) {
                self.old_user_keys.push(std::mem::replace(&mut user.key, key));
            }
        }
        Ok(())
    }

    fn delete_user(&mut self, by: &ModelCaller, user: usize) -> Result<(), TestCaseError> {
        let id = self.user(user);
        let got = self.ask(by.keys(), "DELETE", &format!("users/{id}/"), None);
        let status = match by.rights {
            Rights::App { flags, .. } if !has(flags, "ignore_acl") => 403,
            _ => match self.may_touch(&by.rights, id) {
                200 => 204,
                rejected => rejected,
            },
        };
        prop_assert_eq!(got.status, status, "{}", got.body);
        if status == 204
            && let Some(user) = self.users.remove(&id)
        {
            self.old_user_keys.push(user.key);
        }
        Ok(())
    }

    fn create_group(&mut self, by: &ModelCaller) -> Result<(), TestCaseError> {
        let got = self.ask(by.keys(), "POST", "groups/", Some(json!({"label": "group"})));
        let may = match by.rights {
            Rights::App { flags, .. } => has(flags, "allow_group_create"),
            _ => by.is_owner(),
        };
        prop_assert_eq!(got.status, or_forbidden(may, 201), "{}", got.body);
        if got.status == 201 {
            prop_assert!(self.groups.insert(id(&got.body)), "an id twice");
        }
        Ok(())
    }

    fn delete_group(&mut self, by: &ModelCaller, group: usize) -> Result<(), TestCaseError> {
        let id = self.group(group);
        let got = self.ask(by.keys(), "DELETE", &format!("groups/{id}/"), None);
        let status = if id == NO_ID { 404 } else { 204 };
        prop_assert_eq!(got.status, or_forbidden(by.is_owner(), status), "{}", got.body);
        if got.status == 204 {
            self.groups.remove(&id);
            self.users.values_mut().for_each(|user| _ = user.groups.remove(&id));
        }
        Ok(())
    }

    fn join(&mut self, by: &ModelCaller, user: usize, group: usize, from_group: bool) -> Result<(), TestCaseError> {
        let (user, group) = (self.user(user), self.group(group));
        let (path, body, parent, child) = match from_group {
            true => (format!("groups/{group}/users/"), json!({"user": user}), group, user),
            false => (format!("users/{user}/groups/"), json!({"group": group}), user, group),
        };
        let got = self.ask(by.keys(), "POST", &path, Some(body));
        let member = self.users.get(&user).is_some_and(|user| user.groups.contains(&group));
        let status = match (parent, child) {
            (NO_ID, _) => 404,
            (_, NO_ID) => or_forbidden(by.is_owner(), 400),
            _ => or_forbidden(by.is_owner(), if member { 400 } else { 201 }),
        };
        prop_assert_eq!(got.status, status, "{}", got.body);
        if let (201, Some(user)) = (status, self.users.get_mut(&user)) {
            user.groups.insert(group);
        }
        Ok(())
    }

    fn leave(&mut self, by: &ModelCaller, user: usize, group: usize, from_group: bool) -> Result<(), TestCaseError> {
        let (user, group) = (self.user(user), self.group(group));
        let (path, parent) = match from_group {
            true => (format!("groups/{group}/users/{user}/"), group),
            false => (format!("users/{user}/groups/{group}/"), user),
        };
        let got = self.ask(by.keys(), "DELETE", &path, None);
        let member = self.users.get(&user).is_some_and(|user| user.groups.contains(&group));
        let status = match parent {
            NO_ID => 404,
            _ => or_forbidden(by.is_owner(), if member { 204 } else { 404 }),
        };
        prop_assert_eq!(got.status, status, "{}", got.body);
        if let (204, Some(user)) = (status, self.users.get_mut(&user)) {
            user.groups.remove(&group);
        }
        Ok(())
    }

    fn create_app(&mut self, by: &ModelCaller, flags: u8) -> Result<(), TestCaseError> {
        let body: Value = FLAGS.into_iter().map(|flag| (flag.to_owned(), json!(has(flags, flag)))).collect();
        let got = self.ask(by.keys(), "POST", "api_keys/", Some(body));
        prop_assert_eq!(got.status, or_forbidden(by.is_owner(), 201), "{}", got.body);
        if got.status == 201 {
            let key = self.new_key(&got.body["api_key"])?;
            prop_assert!(self.apps.insert(id(&got.body), (key, flags)).is_none(), "an id twice");
        }
        Ok(())
    }

    fn reset_app(&mut self, by: &ModelCaller, app: usize) -> Result<(), TestCaseError> {
        let id = self.app(app);
        let got = self.ask(by.keys(), "POST", &format!("api_keys/{id}/reset_key/"), None);
        let status = if id == NO_ID { 404 } else { 200 };
        prop_assert_eq!(got.status, or_forbidden(by.is_owner(), status), "{}", got.body);
        if got.status == 200 {
            let key = self.new_key(&got.body["api_key"])?;
            if let Some((old, _)) = self.apps.get_mut(&id) {
                self.old_api_keys.push(std::mem::replace(old, key));
            }
        }
        Ok(())
    }

    fn delete_app(&mut self, by: &ModelCaller, app: usize) -> Result<(), TestCaseError> {
        let id = self.app(app);
        let got = self.ask(by.keys(), "DELETE", &format!("api_keys/{id}/"), None);
        let status = if id == NO_ID { 404 } else { 204 };
        prop_assert_eq!(got.status, or_forbidden(by.is_owner(), status), "{}", got.body);
        if got.status == 204
            && let Some((old, _)) = self.apps.remove(&id)
        {
            self.old_api_keys.push(old);
        }
        Ok(())
    }

    fn rename_instance(&mut self, by: &ModelCaller, name: usize) -> Result<(), TestCaseError> {
        let name = INSTANCES[name];
        let got = self.ask(by.keys(), "POST", "rename/", Some(json!({"new_name": name})));
        let status = match by.rights {
            Rights::Owner if name == "sulaco" => 400,
            Rights::Owner => 200,
            Rights::Stranger => 404,
            Rights::None | Rights::App { .. } => 403,
        };
        prop_assert_eq!(got.status, status, "{}", got.body);
        if status == 200 {
            self.instance = name.to_owned();
        }
        Ok(())
    }

    fn reset_account(&mut self, by: &ModelCaller) -> Result<(), TestCaseError> {
        let got = ask(&self.simulator, by.keys(), "POST", "/v1.1/account/reset_key/", None);
        let may = matches!(by.rights, Rights::Owner | Rights::Stranger);
        prop_assert_eq!(got.status, or_forbidden(may, 200), "{}", got.body);
        if may {
            let key = self.new_key(&got.body["account_key"])?;
            let held = if by.is_owner() { &mut self.owner } else { &mut self.stranger };
            self.old_account_keys.push(std::mem::replace(held, key));
        }
        Ok(())
    }
}

/// A status for those who may, 403 for the others.
fn or_forbidden(may: bool, status: u16) -> u16 {
    if may { status } else { 403 }
}
