//! Accounts of administrators: `{id, email, first_name, last_name, is_active, has_password, metadata}`, and, where one is
//! made, entered or given another key, `account_key`.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::account_invitation;
use super::login;
use super::view::Shown;
use crate::Core;
use crate::access::{any_account, anybody};
use crate::answer::{Answer, Failure};
use crate::api::{Key, KeyKind};
use crate::caller::Caller;
use crate::endpoints::{Handler, Outside, Reply, Row, Success, create, get, patch, post, put};
use crate::input::Input;
use crate::members::{self, METADATA, Member, Members};
use crate::quirks::Quirk;
use crate::wording::is_email;
use crate::world::{Account, AccountId, NewAccount};
use serde_json::json;

pub const EMAIL: Member = members::EMAIL;
const PASSWORD: Member = Member::required("string", "Password").max(128).hashed();
const FIRST_NAME: Member = Member::optional("string", "First name").max(64);
const LAST_NAME: Member = Member::optional("string", "Last name").max(64);
const INVITATION: Member = Member::optional("string", "Invitation key").max(40).not_blank();
/// Where an account is looked for and not kept, nothing is too long.
const ANY_EMAIL: Member = Member::required("email", "Email");
const ANY_PASSWORD: Member = Member::required("string", "Password").hashed();
const CURRENT_PASSWORD: Member = Member::required("string", "Current password").hashed();
const NEW_PASSWORD: Member = Member::required("string", "New password").hashed();

const TEXT: &str = "See or update your account data.\n\nAdmin has to provide api_key to be authenticated\nvia http header or query param.";

pub const ACCOUNT: Members = &[
    ("id", members::ID),
    ("email", EMAIL),
    ("first_name", FIRST_NAME),
    ("last_name", LAST_NAME),
    (
        "is_active",
        Member::shown("boolean", "Active").help(
            "Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
        ),
    ),
    ("has_password", Member::shown("field", "Has password")),
    ("metadata", METADATA),
];

const REGISTER: Members = &[
    ("id", members::ID),
    ("email", EMAIL),
    ("password", PASSWORD),
    ("first_name", FIRST_NAME),
    ("last_name", LAST_NAME),
    ("invitation_key", INVITATION),
];

/// The endpoints of accounts.
pub static ROWS: &[Row] = &[
    Row {
        title: "Account",
        text: TEXT,
        takes: Some(("PUT", |_| ACCOUNT)),
        operations: &[
            get("The account whose key is sent", Handler::Outside(show)),
            put("Changes the account; the e-mail has to be sent", Handler::Outside(change)),
            patch("Changes some members of the account", Handler::Outside(change)),
        ],
        tag: "account",
        shows: "Account",
        example: Some(|| json!({ "email": "owner@example.com", "first_name": "Ellen" })),
        ..Row::single("Account", "/{version}/account/", any_account)
    },
    Row {
        title: "Register",
        takes: Some(("POST", |_| REGISTER)),
        operations: &[create("Creates an account with a key", Handler::Outside(register))],
        tag: "account",
        shows: "AccountWithKey",
        example: Some(|| json!({ "email": "ripley@example.com", "password": "secret" })),
        ..Row::single("AccountRegister", "/{version}/account/register/", anybody)
    },
    Row {
        title: "Auth",
        takes: Some(("POST", |_| &[("email", ANY_EMAIL), ("password", ANY_PASSWORD)])),
        takes_keys: false,
        operations: &[post(
            "Logs an administrator in: e-mail and password for the account key",
            Handler::Outside(auth),
        )],
        tag: "account",
        shows: "AccountWithKey",
        example: Some(|| json!({ "email": "owner@example.com", "password": "demo-owner" })),
        ..Row::single("AccountAuth", "/{version}/account/auth/", anybody)
    },
    Row {
        title: "Social Auth",
        takes: Some(("POST", |_| login::SOCIAL)),
        takes_keys: false,
        operations: &[post(
            "Logs an administrator in with the token of a social network",
            Handler::Outside(login::handlers::social_outside),
        )
        .note("The simulator asks no social network, so no token is right.")
        .success(Success::Never)],
        tag: "account",
        example: Some(|| json!({ "access_token": "token" })),
        ..Row::single("AccountSocialAuth", "/{version}/account/auth/{backend}/", anybody)
    },
    Row {
        title: "Admin Reset Key",
        text: "Reset admin account key",
        takes: Some(("POST", |_| &[])),
        operations: &[post("Gives the account another key; the old one ends", Handler::Outside(reset_key))],
        tag: "account",
        shows: "AccountWithKey",
        ..Row::single("AccountResetKey", "/{version}/account/reset_key/", any_account)
    },
    Row {
        title: "Admin Change Password",
        text: "Change admin password",
        takes: Some(("POST", |_| &[("current_password", CURRENT_PASSWORD), ("new_password", NEW_PASSWORD)])),
        operations: &[
            post("Changes the password of the account", Handler::Outside(change_password)).success(Success::Nothing)
        ],
        tag: "account",
        example: Some(|| json!({ "current_password": "demo-owner", "new_password": "secret" })),
        ..Row::single("AccountPassword", "/{version}/account/password/", any_account)
    },
    Row {
        title: "Admin Set Password",
        takes: Some(("POST", |_| &[("password", ANY_PASSWORD)])),
        operations: &[post("Gives a password to an account that has none", Handler::Outside(set_password))
            .note("Every account of the simulator has a password, so this is always refused.")
            .success(Success::Never)],
        tag: "account",
        example: Some(|| json!({ "password": "secret" })),
        ..Row::single("AccountPasswordSet", "/{version}/account/password/set/", any_account)
    },
    Row {
        title: "Admin Reset Password",
        text: "Reset admin password",
        takes: Some(("POST", |_| &[("email", ANY_EMAIL)])),
        operations: &[post("Asks for an e-mail with a link", Handler::Outside(lost_password))
            .note("The simulator sends no e-mail.")
            .success(Success::Nothing)],
        tag: "account",
        example: Some(|| json!({ "email": "owner@example.com" })),
        ..Row::single("AccountPasswordReset", "/{version}/account/password/reset/", anybody)
    },
];

/// An account as it is shown.
pub struct AccountView<'a> {
    pub account: &'a Account,
    /// The e-mail as it was typed just now, if it was.
    pub email: Option<&'a str>,
    pub key: Option<Key>,
}

impl Serialize for AccountView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.account.id())?;
        map.serialize_entry("email", self.email.unwrap_or(self.account.email()))?;
        map.serialize_entry("first_name", &self.account.first_name)?;
        map.serialize_entry("last_name", &self.account.last_name)?;
        map.serialize_entry("is_active", &false)?;
        map.serialize_entry("has_password", &true)?;
        map.serialize_entry("metadata", &self.account.metadata)?;
        if let Some(key) = self.key {
            map.serialize_entry("account_key", &Shown(key))?;
        }
        map.end()
    }
}

/// `POST /account/register/`. Nobody needs a key for it. The answer repeats the e-mail as it was typed. With an invitation
/// the account begins as an administrator; without the right one it does not begin at all.
pub fn register(Outside { core, call, .. }: Outside<'_>) -> Reply {
    let mut input = Input::of(call)?;
    let email = email(&mut input, EMAIL);
    let password = input.text("password", PASSWORD);
    let first_name = input.text("first_name", FIRST_NAME).unwrap_or_default();
    let last_name = input.text("last_name", LAST_NAME).unwrap_or_default();
    let invitation = input.text("invitation_key", INVITATION);
    input.finish()?;
    let (Some(email), Some(password)) = (email, password) else { return Err(Failure::server_error()) };

    let key = core.source.key(KeyKind::AccountOrUser);
    let new = NewAccount { email: email.clone(), password, first_name, last_name, key };
    let id = match invitation {
        None => core.world.accounts_mut().add(new).map(Account::id).map_err(|_| Failure::not_unique("email"))?,
        Some(invitation) => register_invited(core, new, &invitation)?,
    };
    let accounts = core.world.accounts();
    let account = accounts.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::CREATED, &AccountView { account, email: Some(&email), key: Some(key) })
}

/// Makes an account and accepts an invitation for it, or does neither.
fn register_invited(core: &Core, new: NewAccount, invitation: &str) -> Result<AccountId, Failure> {
    let taken = |_| Failure::not_unique("email");
    let Some(found) = account_invitation::Found::with_key(core, invitation) else {
        let is_taken = core.world.accounts().with_email(&new.email).is_some();
        return Err(if is_taken { Failure::not_unique("email") } else { account_invitation::not_found() });
    };
    found.open(|open| {
        let (instance, invitation) = open.ok_or_else(account_invitation::not_found)?;
        let id = core.world.accounts_mut().add(new).map(Account::id).map_err(taken)?;
        account_invitation::accept_as(core, instance, invitation, id);
        Ok(id)
    })
}

/// `POST /account/auth/`: e-mail and password for the account key.
pub fn auth(Outside { core, call, .. }: Outside<'_>) -> Reply {
    let mut input = Input::of(call)?;
    let email = email(&mut input, ANY_EMAIL);
    let password = input.text("password", ANY_PASSWORD);
    input.finish()?;
    let (Some(email), Some(password)) = (email, password) else { return Err(Failure::server_error()) };

    let accounts = core.world.accounts();
    let account = accounts.with_email(&email).ok_or_else(|| Failure::unauthorized("Invalid email."))?;
    if account.password != password {
        return Err(Failure::unauthorized("Invalid password."));
    }
    call.show(StatusCode::OK, &AccountView { account, email: None, key: Some(account.key()) })
}

/// `GET /account/`
pub fn show(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let accounts = core.world.accounts();
    let account = accounts.get(own_id(caller)?).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &AccountView { account, email: None, key: None })
}

/// `PUT` and `PATCH /account/`: e-mail, names and metadata. PUT needs the e-mail; what is left out stays.
pub fn change(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let mut input = Input::of(call)?;
    let email = email(&mut input, EMAIL);
    let first_name = input.text("first_name", FIRST_NAME);
    let last_name = input.text("last_name", LAST_NAME);
    let metadata = input.metadata("metadata");
    input.finish()?;

    let id = own_id(caller)?;
    let mut accounts = core.world.accounts_mut();
    if let Some(email) = &email {
        accounts.set_email(id, email).map_err(|_| {
            if call.reproduces(Quirk::AccountEmail500) { Failure::server_error() } else { Failure::not_unique("email") }
        })?;
    }
    let account = accounts.get_mut(id).ok_or_else(Failure::not_found)?;
    account.first_name = first_name.unwrap_or_else(|| std::mem::take(&mut account.first_name));
    account.last_name = last_name.unwrap_or_else(|| std::mem::take(&mut account.last_name));
    account.metadata = metadata.unwrap_or_else(|| std::mem::take(&mut account.metadata));
    call.show(StatusCode::OK, &AccountView { account, email: email.as_deref(), key: None })
}

/// `POST /account/reset_key/`: another account key; the old one ends.
pub fn reset_key(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let id = own_id(caller)?;
    let key = core.source.key(KeyKind::AccountOrUser);
    let mut accounts = core.world.accounts_mut();
    accounts.set_key(id, key);
    let account = accounts.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &AccountView { account, email: None, key: Some(key) })
}

/// `POST /account/password/`: another password for the present one. The key stays.
pub fn change_password(Outside { core, call, caller }: Outside<'_>) -> Reply {
    let id = own_id(caller)?;
    // Reading the body takes its time, so nobody waits for it.
    let mut input = Input::of(call)?;
    let mut accounts = core.world.accounts_mut();
    let account = accounts.get_mut(id).ok_or_else(Failure::not_found)?;
    let current = input.text("current_password", CURRENT_PASSWORD);
    if current.is_some_and(|current| current != account.password) {
        input.refuse("current_password", "Invalid password.");
    }
    let new = input.text("new_password", NEW_PASSWORD);
    input.finish()?;
    account.password = new.ok_or_else(Failure::server_error)?;
    Ok(Answer::no_content())
}

/// `POST /account/password/set/`: for accounts without a password, of which there are none.
pub fn set_password(Outside { call, .. }: Outside<'_>) -> Reply {
    let mut input = Input::of(call)?;
    input.text("password", ANY_PASSWORD);
    input.finish()?;
    Err(Failure::invalid_member("password", "Admin already has password."))
}

/// `POST /account/password/reset/`: would send an e-mail with a link.
pub fn lost_password(Outside { core, call, .. }: Outside<'_>) -> Reply {
    let mut input = Input::of(call)?;
    let email = email(&mut input, ANY_EMAIL);
    if email.is_some_and(|email| core.world.accounts().with_email(&email).is_none()) {
        input.refuse("email", "Email not found.");
    }
    input.finish()?;
    Ok(Answer::no_content())
}

fn own_id(caller: &Caller) -> Result<AccountId, Failure> {
    caller.account().ok_or_else(Failure::forbidden)
}

pub fn email(input: &mut Input<'_>, rule: Member) -> Option<String> {
    let email = input.text("email", rule)?;
    if is_email(&email) {
        return Some(email);
    }
    input.refuse("email", "Enter a valid email address.");
    None
}
